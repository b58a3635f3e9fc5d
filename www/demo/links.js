// Watches the two Payment Links: shows where each leads, and reports what the tracker did to it.

const REFERENCE = 'client_reference_id';

function referenceOf(href) {
  try {
    return new URL(href).searchParams.get(REFERENCE);
  } catch {
    return null;
  }
}

/** Shows a URL with its reference marked. */
function showWhere(place, href) {
  const at = href.indexOf(`${REFERENCE}=`);
  if (at < 0) return place.replaceChildren(href);
  const mark = document.createElement('mark');
  mark.textContent = href.slice(at);
  place.replaceChildren(href.slice(0, at), mark);
}

/** Calls `report({ title, text, url })` when the free link gets its code, and once for the link left alone. */
export function watchLinks(report) {
  const free = document.querySelector('[data-testid=payment-link]');
  const taken = document.querySelector('[data-testid=payment-link-taken]');
  const takenHref = taken.getAttribute('href');
  let reported = null;

  function look() {
    for (const link of [free, taken]) {
      showWhere(document.querySelector(`[data-leads-to=${link.dataset.testid}]`), link.getAttribute('href'));
    }
    const code = referenceOf(free.href);
    if (!code || code === reported) return;
    const first = reported === null;
    reported = code;
    report({ title: 'Code on the Payment Link', text: 'Stripe hands it back with the payment.', url: free.href });
    if (first && taken.getAttribute('href') === takenHref) {
      report({
        title: 'The other link left alone',
        text: `It carries the shop’s own reference, ${referenceOf(takenHref)}.`,
      });
    }
  }

  const watcher = new MutationObserver(look);
  for (const link of [free, taken]) watcher.observe(link, { attributes: true, attributeFilter: ['href'] });
  look();
}
