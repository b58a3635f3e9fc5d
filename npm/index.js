// Puts the script tag into the page, and makes its calls possible before the script has come. What the calls mean is the
// script's business, which is not in this package: it comes from the deployment, so that both are of one version.

/** The options that the script reads from its own address. */
const PARAMETERS = ["campaignId", "autoInject", "param", "days", "attribution", "domain", "consent", "stripeHosts", "api"];

/** Why the script could not be loaded, until it is tried again. */
let failure;

/** What rejects the calls that wait for the script. */
let waiting = [];

const onServer = () => typeof document === "undefined";

const problem = (text) => new Error("RocketTracker: " + text);

/** A promise that makes no noise, and stops no server, where nobody listens to it. */
const quiet = (promise) => {
  promise.catch(() => {});
  return promise;
};

const queue = () => ((window.RocketTracker ??= {}).q ??= []);

const fail = (error) => {
  failure = error;
  for (const reject of waiting.splice(0)) reject(error);
  throw error;
};

const addressOf = (options) => {
  for (const name of ["host", "campaignId"]) if (!options[name]) throw problem(name + " is required");
  const host = String(options.host);
  let url;
  try {
    url = new URL("referral-tracker.js", (/^https?:/i.test(host) ? host : "https://" + host).replace(/\/*$/, "/"));
  } catch {
    throw problem(`host is no address: ${host}`);
  }
  // A list becomes a text with commas by itself.
  for (const name of PARAMETERS) if (options[name]) url.searchParams.set(name, options[name]);
  return url.href;
};

const insert = (src, { nonce, integrity }) => {
  queue();
  failure = undefined;
  const script = document.createElement("script");
  script.async = true;
  script.dataset.rockettracker = "";
  if (nonce) script.nonce = nonce;
  if (integrity) {
    script.integrity = integrity;
    script.crossOrigin = "anonymous";
  }
  script.src = src;
  document.head.append(script);
  return script;
};

const arrive = async (options) => {
  if (onServer()) return { ...tracker, ready: new Promise(() => {}) };
  const src = addressOf(options ?? {});
  // Found in the page and not remembered here: a bundle may hold this module twice.
  let script = document.querySelector("script[data-rockettracker]");
  if (script && script.src !== src) throw problem(`a page has one, and ${script.src} is it already`);
  if (!window.RocketTracker?.ready) {
    script ??= insert(src, options);
    const loaded = await new Promise((resolve) => {
      script.addEventListener("load", () => resolve(true));
      script.addEventListener("error", () => resolve(false));
    });
    if (!window.RocketTracker?.ready) {
      // Out of the way of another attempt.
      script.remove();
      fail(
        problem(
          loaded
            ? `${src} is not the script: does host name a RocketTracker deployment?`
            : `${src} could not be loaded: a content blocker, the Content Security Policy, a wrong integrity or the network is in the way`,
        ),
      );
    }
  }
  waiting = [];
  return window.RocketTracker;
};

export const load = (options) => quiet(arrive(options));

/**
 * Calls the script, or leaves it an entry in the queue that it empties when it comes.
 *
 * The script takes entries apart and tells nobody what came of them. So this one makes the call itself while it is taken
 * apart, which is in the script's own task, and leaves nothing more to do.
 */
const call = (member, args) => {
  if (onServer()) return quiet(Promise.reject(problem(`${member}() is for the browser, this is a server`)));
  const make = () => window.RocketTracker[member](...args);
  if (window.RocketTracker?.[member]) return make();
  return quiet(
    new Promise((resolve, reject) => {
      const entry = [member, ...args];
      entry[Symbol.iterator] = () => {
        resolve(make());
        return ["getReferralCode"].values();
      };
      queue().push(entry);
      if (failure) reject(failure);
      else waiting.push(reject);
    }),
  );
};

const ask = (member, args) => (onServer() ? null : (window.RocketTracker?.[member]?.(...args) ?? null));

export const trackSignup = (...args) => call("trackSignup", args);
export const trackPurchase = (...args) => call("trackPurchase", args);
export const validateCode = (...args) => call("validateCode", args);
export const doctor = () => call("doctor", []);
export const consent = (given) => void call("consent", [given]);
export const getReferralCode = () => ask("getReferralCode", []);
export const getReferralLink = (...args) => ask("getReferralLink", args);

export const tracker = { trackSignup, trackPurchase, validateCode, doctor, consent, getReferralCode, getReferralLink };
