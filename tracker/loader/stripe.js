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
export const withReference = (href, code, hosts, base) => {
  try {
    const url = new URL(href, base);
    if (!url.host || !hosts.includes(url.host)) return;
    if (url.searchParams.has(PARAMETER)) return "";
  } catch {
    return;
  }
  const [, link, fragment] = /^([^#]*)(.*)/s.exec(href.trim());
  const glue = /[?&]$/.test(link) ? "" : link.includes("?") ? "&" : "?";
  return link + glue + PARAMETER + "=" + code + fragment;
};

/** The attribute that takes the code. */
export const attributeOf = (element) => (element.localName === "a" ? "href" : ATTRIBUTE);

/**
 * Injects into the page as it is and as it becomes. `code()` is the current code, if there is one to give away.
 * Returns `{seen, scan}`: what was done with each element, and a function that looks at the whole page again.
 */
export const injector = (code, hosts) => {
  /** `[times, before, after]`, of the attribute, or of a form its field; `[0]` where something was there already. */
  const seen = new WeakMap();

  const inject = (element, insist) => {
    const value = code();
    if (!value || !element.matches?.(SELECTOR)) return;
    const name = element.localName;
    const attribute = attributeOf(element);
    const isForm = name === "form";
    const [times, , ours] = seen.get(element) || [0];
    const before = isForm ? element.querySelector(`[name=${FIELD}]`) : element.getAttribute(attribute);
    if (before && before === ours) return;
    let after = before === null ? value : "";
    if (name === "a") after = withReference(before, value, hosts, document.baseURI);
    // No Payment Link; or a page that never gives in.
    if (after === undefined || (times > PATIENCE && !insist)) return;
    if (after)
      if (isForm) element.append((after = Object.assign(document.createElement("input"), { type: "hidden", name: FIELD, value })));
      else element.setAttribute(attribute, after);
    seen.set(element, after ? [times + 1, before, after] : [0]);
  };

  const scan = (root) => root.querySelectorAll?.(SELECTOR).forEach((element) => inject(element));

  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes)
      for (const node of [target, ...addedNodes]) {
        inject(node);
        if (node !== target) scan(node);
      }
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["href"] });

  // The last moment: a link set back since, or inside a shadow root that the observer cannot see.
  for (const type of ["click", "auxclick", "keydown"])
    addEventListener(type, (event) => event.composedPath().forEach((node) => inject(node, true)), true);

  scan(document);
  return { seen, scan };
};
