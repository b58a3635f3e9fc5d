// The script that a site pastes: what cannot wait for WebAssembly.
//
// It reads the code from the page's URL and keeps it, exposes `RocketTracker`, keeps calls in storage until the core
// runs (on this page or the next one), and gives Stripe the code. Everything else is the core's: see core.js.

import { attribute, COOKIE, codeInQuery, cookies, parseCode, parseToken, referralLink, writeCookie } from "./code.js";
import { attempt, store, text } from "./store.js";
import { injector } from "./stripe.js";

/* global CORE_URL -- the build puts the hashed name here, without what it ends in; names that end in _ it makes shorter */

// A module, or a script that another one has evaluated, is not told which tag it came from.
const script = document.currentScript || document.querySelector("script[src*=referral-tracker]");

// A page that names the script twice has one tracker.
const { ready, q = [] } = window.RocketTracker || {};
if (!ready) {
  const source = new URL(script?.src || location.href);
  const option = (name, otherwise) => (script && source.searchParams.get(name)) || otherwise;
  const contest = parseToken(option("campaignId"));
  const names = option("param", "ref").split(",");
  /** What holds for as long as nobody has said anything. */
  const unasked = navigator.globalPrivacyControl || option("consent") === "required" ? "" : "yes";
  const domain = option("domain");

  // Asked anew each time: another tab may have withdrawn it.
  store.granted_ = () => (store.read_("consent") || unasked) > "no";

  /** What the core is handed. */
  const page = {
    contest_: contest,
    option_: option,
    source_: source,
    store_: store,
    /** By the id of their call, what settles a promise. `kept_` beside it is every code that is known, as it is kept. */
    settlers_: {},

    /** The query that the page was opened with, whatever it makes of its address before there is time to look. */
    search_: location.search,

    /** Takes the code that it carries, and the visit with it. */
    land_() {
      page.kept_ ??= cookies() + store.read_("ref");
      const code = contest && codeInQuery(page.search_, names);
      if (code) page.kept_ += `${COOKIE}${code}.${contest}.${Date.now()}`;
      page.attribute_();
      if (code) call("visit", () => [location.origin + location.pathname], code);
    },

    /** Finds the code that counts and keeps it; again whenever what is known of contest or code changes. */
    attribute_() {
      const [asked, rule] = text(store.read_("contest:" + contest)).split(" ");
      const days = +option("days", asked) || 60;
      const [cookie, code] = attribute(page.kept_, contest, Date.now(), days, option("attribution", rule) === "last") || [];
      page.current_ = code;
      if (!code) return;
      store.write_("ref", cookie);
      soon(() => store.granted_() && writeCookie(cookie, days, domain));
      page.stripe_?.scan_(document);
    },

    /** Forgets all codes but these. */
    forget_(rest) {
      page.kept_ = rest;
      store.erase_("ref");
      writeCookie(COOKIE, 0, domain);
    },
  };

  /** The code that counts. Whoever is the first to ask waits for the browser's storage and cookies. */
  const current = () => (page.kept_ ?? page.land_(), page.current_);

  /** A promise that makes no noise where the site does not listen to it. */
  const quiet = (promise) => {
    promise.catch(() => {});
    return promise;
  };

  /** What `act` gives, in a task of its own. */
  const soon = (act) => quiet(new Promise(setTimeout).then(act));

  /** Into storage in the caller's own task, so that a call right before a navigation is not lost. */
  const call = (kind, read, code = current()) => {
    // When, and at random: the core makes the event's id of it.
    const id = "q:" + [Date.now(), ...crypto.getRandomValues(new Uint32Array(3))].join("-");
    store.write_(id, [kind, contest, code, ...(attempt(read) || [])].map(text).join("\0"));
    return quiet(new Promise((resolve) => {
      page.settlers_[id] = resolve;
      page.run_?.(id);
    }));
  };

  if (/stripe/.test(option("autoInject")))
    page.stripe_ = injector(() => store.granted_() && current(), ("buy.stripe.com," + text(option("stripeHosts"))).toLowerCase().split(","));

  // One after the other: on a slow phone each takes a browser as long as all that comes before.
  soon(current);
  const wasm = soon(() => fetch(new URL(CORE_URL + ".wasm", source)));
  const core = soon(() => import(new URL(CORE_URL + ".js", source)));

  // The npm package has entries that say what they are only while they are taken apart.
  const push = (entry) =>
    attempt(() => {
      const [member, ...rest] = entry;
      tracker[member](...rest);
    });

  const tracker = (window.RocketTracker = {
    trackSignup: (email, person) =>
      call("signup", () => [email, person?.name, person?.phone]),
    trackPurchase: (orderId, amount, currency, email) =>
      call("purchase", () => [orderId, amount, currency, email]),
    getReferralCode: () => current() || null,
    getReferralLink: (code) => referralLink(location.href, parseCode(code), names),
    validateCode: (code) => quiet(core.then((core) => core.validate(page, code))),
    consent(given) {
      if (given) {
        store.write_("consent", "yes");
        store.flush_();
        page.land_();
        return page.run_?.();
      }
      store.names_().forEach(store.erase_);
      // Where consent need not be asked for, nothing else would tell the next page that it was withdrawn.
      if (unasked) store.write_("consent", "no");
      page.forget_("");
      quiet(core.then((core) => core.withdraw(page)));
    },
    // Where nothing can run it stays open: a site that waits for it must not be told in its own console.
    ready: new Promise((resolve) => core.then((core) => core.start(page, wasm)).then(resolve, () => {})),
    doctor: () => core.then((core) => core.doctor(page), (error) => ({ engine: null, failure: text(error) })),
    q,
  });

  attempt(() => {
    q.splice(0).forEach(push);
    q.push = push;
  });
}
