// Every place in the page where Stripe would take a code, and whether it is there. It is read from the page itself, so that
// what is reported is what Stripe will see; shadow roots that are open are looked into.

import { say } from "./endpoint.js";
import { code, option, parseUrl } from "./tag.js";

const PARAMETER = "client_reference_id";
const ATTRIBUTE = "client-reference-id";
const FIELD = "referral_code";

/** What Stripe takes; it drops any other reference without a word. */
const TAKEN = /^[\w-]{1,200}$/;

/** Hosts on which Stripe itself serves Payment Links. */
const STRIPE_LINKS = ["buy.stripe.com", "book.stripe.com", "donate.stripe.com"];

/** Stripe's own frames, which hold no link. */
const STRIPE_FRAMES = /^(js|m|hooks|api|checkout)\.stripe\.(com|network)$/;

/** A Payment Link on a domain of the merchant's: `/b/…`, or with a parameter that only those have. */
const looksLikeLink = (url) => /^\/b\/(test_)?\w{8,}$/.test(url.pathname) || [PARAMETER, "prefilled_email", "prefilled_promo_code"].some((name) => url.searchParams.has(name));

/** All elements below `root` that match, also inside open shadow roots; `visit` is told each element that has a name of its own. */
const everywhere = (root, selector, visit) => {
  const found = [...root.querySelectorAll(selector)];
  for (const element of root.querySelectorAll("*")) {
    visit?.(element);
    if (element.shadowRoot) found.push(...everywhere(element.shadowRoot, selector, visit));
  }
  return found;
};

const addressOf = (link) => {
  const url = parseUrl(link.href, document.baseURI);
  return /^https?:$/.test(url?.protocol) ? url : undefined;
};

/** `{ element, href?, label, value, known }` of what may carry a code; undefined for other links. */
const read = (element, hosts) => {
  const name = element.localName;
  if (name === "form") return { element: name, label: `form ${code("data-rocket-referral")}`, value: element.querySelector(`[name=${FIELD}]`)?.value ?? null, known: true };
  if (name !== "a") return { element: name, label: code(`<${name}>`), value: element.getAttribute(ATTRIBUTE), known: true };
  const url = addressOf(element);
  if (!url) return;
  const known = hosts.includes(url.host);
  if (!known && !STRIPE_LINKS.includes(url.host) && !looksLikeLink(url)) return;
  return { element: name, href: element.href, label: code(url.host + url.pathname), value: url.searchParams.get(PARAMETER), known, host: url.host };
};

const judge = (page, place) => {
  const { element, value, known, host, inside } = place;
  const current = page.code;
  if (value !== null && value === current) return ["injected"];
  if (value !== null) {
    if (!TAKEN.test(value)) return ["already set", `to ${code(value)}, which Stripe drops: it takes letters, digits, \`-\` and \`_\`, at most 200`, "dropped"];
    return ["already set", `to ${code(value)}, which stays: such a sale is attributed by the buyer's e-mail`];
  }
  if (!page.injects) return ["skipped", "the tag does not say `autoInject=stripe`", "off"];
  if (!known) return ["skipped", `${code(host)} is not known to be Stripe's`, "host"];
  if (!page.granted) return ["skipped", "there is no consent"];
  if (!current) return ["skipped", "there is no code"];
  if (!TAKEN.test(current)) return ["skipped", "Stripe would drop this code"];
  if (inside && element === "a") return ["skipped", "it is in a shadow root, and gets the code at the click"];
  if (inside) return ["skipped", "it is in a shadow root, which the script does not watch", "inside"];
  return ["skipped", "the page sets it back whenever it changes, so it gets the code at the click"];
};

/** What was found, as other programs read it, and what the report says of it. */
export const checkStripe = (page) => {
  const hosts = ["buy.stripe.com", ...option(page, "stripeHosts").toLowerCase().split(",")].filter(Boolean);
  const closed = new Set();
  const frames = new Set();
  const selector = "a[href],stripe-buy-button,stripe-pricing-table,form[data-rocket-referral]";
  const elements = everywhere(document, selector, (element) => {
    if (element.localName === "iframe") frames.add(frameHost(element));
    else if (isClosed(element)) closed.add(element.localName);
  });
  const found = elements.map((element) => ({ inside: element.getRootNode() !== document, ...read(element, hosts) })).filter(({ element }) => element);
  for (const place of found) [place.outcome, place.why, place.fault] = judge(page, place);
  frames.delete(undefined);
  return { field: field(page, found), ...words(page, found, [...closed], [...frames]) };
};

const field = (page, found) =>
  page.injects ? found.map(({ element, href, outcome, why }) => ({ element, href, outcome, why })) : "not injected: the script's URL does not say autoInject=stripe";

/** The host of a frame that cannot be looked into and may hold a shop. */
const frameHost = (frame) => {
  try {
    if (frame.contentDocument) return;
    const { host } = new URL(frame.src, document.baseURI);
    return host && !STRIPE_FRAMES.test(host) ? host : undefined;
  } catch {}
};

/** It has a name of its own, shows something, and holds nothing that could be seen: what it shows is in a closed root. */
const isClosed = (element) =>
  element.localName.includes("-") &&
  !element.localName.startsWith("stripe-") &&
  !element.shadowRoot &&
  !element.childElementCount &&
  element.matches(":defined") &&
  customElements.get(element.localName) !== undefined &&
  element.getClientRects().length > 0;

const words = (page, found, closed, frames) => {
  const has = (fault) => found.filter((place) => place.fault === fault);
  const carry = found.filter(({ outcome }) => outcome === "injected").length;
  const todo = [];
  const lines = [];
  if (found.length) lines.push(`${carry === found.length ? "Yes" : carry ? "Some" : "No"}: ${carry} of ${found.length} that were found.`);
  else lines.push("This page has no Payment Link, buy button, pricing table or marked form.");
  for (const { label, outcome, why } of found) lines.push(`- ${label}: ${outcome}${why ? (outcome === "skipped" ? ", " : " ") + why : ""}`);

  if (has("off").length) todo.push("Add `autoInject=stripe` to the script's address.");
  const unknown = [...new Set(has("host").map(({ host }) => host))];
  if (unknown.length) todo.push(`If ${unknown.map(code).join(", ")} is where your Payment Links are, add ${code("stripeHosts=" + unknown.join(","))} to the script's address.`);
  if (has("inside").length) todo.push(`Give it the code yourself: ${code(`element.setAttribute("${ATTRIBUTE}", RocketTracker.getReferralCode())`)}.`);
  if (has("dropped").length) todo.push("Set a reference that Stripe takes, or none, so that the code can go there.");
  if (!found.length && (window.Stripe || document.querySelector("script[src*='js.stripe.com']")))
    lines.push("Stripe.js is there, so a server of yours may make the Checkout Session: mark the form that leads to it `data-rocket-referral`, and put its field `referral_code` into the Session's metadata.");
  if (frames.length) lines.push(`What is in frames of other sites cannot be seen: ${frames.map(code).join(", ")}. If your shop is in one, paste the tag there as well.`);
  if (closed.length) lines.push(`What is in closed shadow roots cannot be seen: ${closed.map((name) => code(`<${name}>`)).join(", ")}. A link in there gets no code: build it with ${code("RocketTracker.getReferralCode()")}.`);
  const state = todo.length ? "problem" : found.some(({ outcome }) => outcome !== "injected") || frames.length || closed.length ? "note" : "ok";
  return { state, text: lines.join("\n"), todo: todo.join("\n") };
};
