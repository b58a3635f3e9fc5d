// Puts the referral code where Stripe takes one from a browser, and never over a value that is there already.

const PARAMETER = "client_reference_id";
const ATTRIBUTE = "client-reference-id";
const FIELD = "referral_code";

/** What the injector looks at. */
export const SELECTOR = "a[href],stripe-buy-button,stripe-pricing-table,form[data-rocket-referral]";

/** A page that sets an href back whenever it changes would go on for ever; after so many times the click has to do. */
const PATIENCE = 20;

/**
 * `href` with the code, if it is a Payment Link: undefined if it is none, empty if it names a reference already.
 *
 * Nothing else in it changes, which is why it is text and not `URL` that is edited: `URL` would encode the query anew.
 */
export const withReference = (href, { host, search }, code, hosts) => {
  if (!host || !hosts.includes(host)) return;
  if (new URLSearchParams(search).has(PARAMETER)) return "";
  return href.trim().replace(/(\??)(#|$)/, (_, mark, hash) => (search ? mark + "&" : "?") + PARAMETER + "=" + code + hash);
};

/**
 * Injects into the page as it is and as it becomes. `code()` is the current code, if there is one to give away.
 * Returns it with what was done with each element, and with a function that looks at a part of the page again.
 */
export const injector = (code, hosts) => {
  /** `[attribute, before, after, times]`, of a form its field; `after` is empty where something was there already. */
  const seen = new WeakMap();

  const inject = (element, insist) => {
    const value = element.matches?.(SELECTOR) && code();
    if (!value) return;
    const isLink = element.localName === "a";
    const isForm = element.localName === "form";
    const attribute = isLink ? "href" : ATTRIBUTE;
    const before = isForm ? element[FIELD] : element.getAttribute(attribute);
    const [, , ours, times = 0] = seen.get(element) || [];
    if (before && before === ours) return;
    let after = isLink ? withReference(before, element, value, hosts) : before == null && value;
    // No Payment Link; or a page that never gives in.
    if (after === undefined || (times > PATIENCE && !insist)) return;
    if (after)
      if (isForm) element.append((after = Object.assign(document.createElement("input"), { type: "hidden", name: FIELD, value })));
      else element.setAttribute(attribute, after);
    seen.set(element, [attribute, before, after, after ? times + 1 : 0]);
  };

  const scan = (root) => {
    inject(root);
    root.querySelectorAll?.(SELECTOR).forEach((element) => inject(element));
  };

  new MutationObserver((changes) => {
    changes.forEach(({ target, addedNodes }) => {
      inject(target);
      addedNodes.forEach(scan);
    });
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["href"] });

  // The last moment: a link set back since, or inside a shadow root that the observer cannot see.
  for (const type of ["click", "auxclick"])
    addEventListener(type, (event) => event.composedPath().forEach((node) => inject(node, true)), true);

  return { seen_: seen, scan_: scan };
};
