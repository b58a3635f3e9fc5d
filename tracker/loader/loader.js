// The script that a site pastes: what cannot wait for WebAssembly.
//
// It reads the code from the page's URL and keeps it, exposes `RocketTracker`, keeps calls in storage until the core
// runs (on this page or the next one), and gives Stripe the code. Everything else is the core's: see core.js.

import { attribute, codeInQuery, cookies, format, parse, parseCode, referralLink, writeCookie } from "./code.js";
import { attempt, store } from "./store.js";
import { injector } from "./stripe.js";

/* global CORE_URL, WASM_URL -- the build puts the hashed names here */

// A module, or a script that another one has evaluated, is not told which tag it came from.
const script = document.currentScript || document.querySelector("script[src*='/referral-tracker.js']");

// A page that names the script twice has one tracker.
if (!window.RocketTracker?.ready) {
  const source = new URL(script?.src || location.href);
  const option = (name, otherwise = "") => (script && source.searchParams.get(name)) || otherwise;
  const list = (name, otherwise) => option(name, otherwise).split(",");
  const contest = option("campaignId");
  const names = list("param", "ref");
  const required = option("consent") === "required" || navigator.globalPrivacyControl;
  const domain = option("domain");

  const now = Date.now();
  const landing = codeInQuery(location.search, names);
  let candidates = parse(cookies() + ";" + store.get("ref"), contest);
  if (landing) candidates.push([landing, now]);
  let current;
  const consented = store.get("consent");

  /** Calls that wait for consent. */
  const held = [];

  /** What the core is handed. */
  const page = {
    contest,
    api: option("api", source.origin),
    granted: consented ? consented > "no" : !required,
    store,
    /** By the id of their call, what settles a promise. */
    settlers: {},
    current: () => current?.[0],

    /** Finds the code that counts and keeps it; again whenever what is known of contest or code changes. */
    attribute() {
      const [asked, rule] = (store.get("contest:" + contest) || "").split(" ");
      const days = option("days", asked) || 60;
      current = attribute(candidates, now, days, option("attribution", rule) === "last");
      if (!page.granted || !current || !contest) return;
      const cookie = format(current, contest);
      store.set("ref", cookie);
      writeCookie(cookie, days, domain);
      page.stripe?.scan(document);
    },

    /** Forgets all codes but those that `test` lets pass. */
    keep(test) {
      candidates = candidates.filter(test);
      store.remove("ref");
      writeCookie("rocket_ref=", 0, domain);
    },

    settle(id, error, answer) {
      page.settlers[id]?.(error ? Promise.reject(Error(error)) : answer);
      delete page.settlers[id];
    },
  };

  /** A promise that makes no noise where the site does not listen to it, whatever `act` throws. */
  const quiet = (act) => {
    const promise = (async () => act())();
    promise.catch(() => {});
    return promise;
  };

  /** What stands between arguments must not be in one; the core refuses what takes its place. */
  const text = (value) => attempt(() => String(value ?? "").replace(/\0/g, "\x01")) || "";

  const flush = () => {
    if (page.granted)
      for (const [id, call] of held.splice(0)) {
        store.set(id, call);
        page.run?.(id);
      }
  };

  /** Into storage in the caller's own task, so that a call right before a navigation is not lost. */
  const call = (kind, read, code = page.current()) => {
    // When, and at random: the core makes the event's id of it.
    const id = "q:" + [Date.now(), ...crypto.getRandomValues(new Uint32Array(3))].join("-");
    held.push([id, [kind, contest, code, ...(attempt(read) || [])].map(text).join("\0")]);
    const promise = quiet(() => new Promise((resolve) => (page.settlers[id] = resolve)));
    flush();
    return promise;
  };

  page.attribute();
  if (list("autoInject").includes("stripe"))
    page.stripe = injector(() => page.granted && page.current(), ("buy.stripe.com," + option("stripeHosts")).toLowerCase().split(","));

  // Both at once.
  const wasm = quiet(() => fetch(new URL(WASM_URL, source)));
  const core = quiet(() => import(new URL(CORE_URL, source)));

  const push = (entry) =>
    attempt(() => {
      const [member, ...rest] = entry;
      tracker[member](...rest);
    });
  const queue = window.RocketTracker?.q || [];

  const tracker = (window.RocketTracker = {
    trackSignup: (email, person) =>
      call("signup", () => [email, person?.name, person?.phone]),
    trackPurchase: (orderId, amount, currency, email) =>
      call("purchase", () => [orderId, amount, currency, email]),
    getReferralCode: () => page.current() || null,
    getReferralLink: (code) => referralLink(location.href, parseCode(text(code)), names),
    validateCode: (code) => quiet(async () => (await core).validate(page, text(code ?? page.current()))),
    consent(given) {
      page.granted = given;
      if (given) {
        store.set("consent", "yes");
        page.attribute();
        flush();
        return;
      }
      for (const key of store.keys()) {
        store.remove(key);
        page.settle(key, "consent was withdrawn");
      }
      page.keep(([, at]) => at === now);
      quiet(async () => (await core).revert(page));
      // Where consent need not be asked for, nothing else would tell the next page that it was withdrawn.
      if (!required) store.set("consent", "no");
    },
    // Where nothing can run it stays open: a site that waits for it must not be told in its own console.
    ready: new Promise((resolve) => core.then((core) => core.start(page, wasm)).then(resolve, () => {})),
    doctor: () => core.then((core) => core.doctor(page), (error) => ({ engine: null, failure: String(error) })),
    q: queue,
  });

  if (!contest) console.warn("RocketTracker: campaignId is missing from the script's URL");
  else if (landing) call("visit", () => [location.origin + location.pathname], landing);

  attempt(() => {
    queue.splice(0).forEach(push);
    queue.push = push;
  });
}
