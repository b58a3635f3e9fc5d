// The page, for the Rust core: what `browser.rs` imports, and when the core is asked to go on. Nothing here throws,
// and what is sent when is the core's to decide.

import { answered, run as runCore } from "tracker-glue";
import { attempt } from "./store.js";
import { SELECTOR } from "./stripe.js";

let page;
let timer;
let busy;
let left;
let leave;
const waiting = new Set();
const sent = {};
const underway = {};
const warned = {};

/** More than that are not kept. */
const ROOM = 100;

/** Longer than any endpoint that is well; a request that hangs must not keep the others waiting. */
const PATIENCE = 3e4;

/** Longer than a page is still there once it is being left. */
const PARTING = 500;

/** A new task: what is done in one is a long one on a slow phone. */
export const breath = () => new Promise(setTimeout);

/** Hands the calls of this page to the core, and, in a task of their own, those of earlier pages. */
export const connect = async (to) => {
  page = to;
  // There is no such call; but what runs for the first time has to be compiled.
  run("");
  await breath();
  // Without an id: there is consent now.
  page.run_ = (id) => {
    if (!id) return void wake();
    if (!page.store_.granted_()) return;
    makeRoom();
    const wait = run(id);
    if (wait) plan(wait);
  };
  for (const id in page.settlers_) page.run_(id);
  await breath();
  attend();
};

/** To all that happens from now on. */
const attend = () => {
  // A frozen page would keep its lock, and with it all other pages of the site.
  addEventListener("pagehide", () => {
    left = true;
    leave?.();
  });
  addEventListener("pageshow", thaw);
  // A page that comes back out of the cache is no new visit, and its timers may be late.
  for (const type of ["online", "pageshow", "visibilitychange"]) addEventListener(type, wake, true);
  follow();
  wake();
};

/** Back from where it was frozen: the answers that it waited for may never come, and there may be no consent any more. */
const thaw = ({ persisted }) => {
  left = false;
  if (!persisted) return;
  busy = false;
  for (const giveUp of waiting) giveUp();
  if (!page.store_.granted_()) revert();
};

/** Takes the code of an address that changes without the page, too. */
const follow = () => {
  const land = () => {
    if (page.search_ !== (page.search_ = location.search)) attempt(page.land_);
  };
  land();
  if (window.navigation) return navigation.addEventListener("currententrychange", land);
  addEventListener("popstate", land);
  for (const name of ["pushState", "replaceState"]) {
    const change = history[name];
    history[name] = function (...to) {
      change.apply(this, to);
      land();
    };
  }
};

export const get = (key) => page.store_.read_(key);
export const set = (key, text) => page.store_.write_(key, text);
export const remove = (key) => page.store_.erase_(key);

const queued = (store) => [...new Set(store.names_())].filter((key) => key.startsWith("q:")).sort();

/** Oldest visits first, then signups; what somebody has paid for stays. */
const makeRoom = () => {
  const ids = queued(page.store_);
  let surplus = ids.length - ROOM;
  for (const kind of ["visit", "signup"])
    for (const id of ids)
      if (surplus > 0 && get(id)?.startsWith(kind)) {
        surplus--;
        remove(id);
        settleCall(page, id, "too many events wait to be sent");
      }
};

/** Milliseconds that the entry has to wait, 0 if it is on its way or done with. */
const run = (id) => {
  try {
    return underway[id] ? 0 : runCore(id, Date.now());
  } catch {
    return 0;
  }
};

const plan = (wait) => {
  clearTimeout(timer);
  timer = setTimeout(wake, wait);
};

/** One tab at a time goes through what waits. Where tabs cannot agree, the time that is kept with an event has to do. */
const wake = async () => {
  if (busy || left || !page.store_.granted_()) return;
  busy = true;
  const leaving = new Promise((resolve) => (leave = resolve));
  try {
    await navigator.locks.request("rocket:queue", () => Promise.race([round(), leaving]));
  } catch {
    await round();
  }
  busy = false;
};

/** One event at a time, the next when the one before has an answer, until one fails. */
const round = async () => {
  let next;
  for (const id of queued(page.store_)) {
    const wait = run(id);
    if (wait) next = Math.min(next || wait, wait);
    else if (await underway[id]) return;
  }
  if (next) plan(next);
};

export const warn = (text) => {
  if (!warned[text]) console.warn(text);
  warned[text] = true;
};

/** Tells the page; `detail` is the endpoint's answer, or what went wrong. */
export const emit = (type, detail) => document.dispatchEvent(new CustomEvent("rockettracker:" + type, { detail }));

/** Asks the endpoint; an answer that cannot be read has status 0. */
export const request = async ({ option_, source_ }, path, init) => {
  const ask = async () => {
    const response = await fetch(option_("api", source_.origin) + "/api/referral/" + path, { credentials: "omit", ...init });
    const answer = await response.json().catch(() => ({}));
    return [response.status, answer || {}, response.headers.get("retry-after")];
  };
  let giveUp;
  const given = new Promise((resolve) => waiting.add((giveUp = () => resolve([0, {}]))));
  const timer = setTimeout(giveUp, PATIENCE);
  try {
    // What WebKit has cut off while the page was frozen settles by nothing, not even by an abort.
    return await Promise.race([ask(), given]);
  } catch {
    return [0, {}];
  } finally {
    clearTimeout(timer);
    waiting.delete(giveUp);
  }
};

export const send = (id, kind, body) => {
  underway[id] = post(id, kind, body);
};

/** True where it failed and an attempt is planned. */
const post = async (id, kind, body) => {
  const [status, answer, retryAfter] = await request(page, "track-" + kind, {
    method: "POST",
    keepalive: true,
    // As text/plain it needs no preflight, which would die with the page.
    headers: { "Content-Type": "text/plain;charset=UTF-8" },
    body,
  });
  // A page that goes away is told that its requests have failed, which go on without it: one that is still here believes it.
  if (!status) await new Promise((resolve) => setTimeout(resolve, PARTING));
  delete underway[id];
  sent[id] = { body, data: answer.data };
  if (answer.data?.contest) learn(answer.data.contest);
  const retry = answered(id, status, +retryAfter || 0, String(answer.error || ""), Math.random() * 2 ** 32, Date.now());
  delete sent[id];
  if (retry) plan(retry);
  else wake();
  return retry;
};

/** The contest's own window and attribution, for where the script's URL does not say. */
const learn = ({ windowDays, attribution }) => {
  set("contest:" + page.contest_, `${+windowDays || ""} ${attribution}`);
  attribute();
};

/** Which code counts, and so which one Stripe has. */
const attribute = () => {
  const before = page.current_;
  page.attribute_();
  if (before !== page.current_) revert();
};

/** Takes back what was given to Stripe, where it is still what was given; the injector then gives what it now may. */
const revert = ({ stripe_ } = page) => {
  if (!stripe_) return;
  for (const element of document.querySelectorAll(SELECTOR)) {
    const [attribute, before, after] = stripe_.seen_.get(element) || [];
    if (!after) continue;
    stripe_.seen_.delete(element);
    if (after.remove) after.remove();
    else if (element.getAttribute(attribute) !== after) continue;
    else if (before === null) element.removeAttribute(attribute);
    else element.setAttribute(attribute, before);
  }
  stripe_.scan_(document);
};

/** Of what is not kept any more nobody will hear. */
export const withdraw = (page) => {
  for (const id in page.settlers_) if (!page.store_.read_(id)) settleCall(page, id, "consent was withdrawn");
  revert(page);
};

const settleCall = ({ settlers_ }, id, error, answer) => {
  settlers_[id]?.(error ? Promise.reject(Error(error)) : answer);
  delete settlers_[id];
};

export const settle = (id, kind, error) => {
  const data = sent[id]?.data;
  settleCall(page, id, error, data);
  if (error) emit("error", { kind, message: error });
  else emit(kind, data);
};

/** A code that the contest does not know must not stand in the way of one that it does. */
export const forgetCodeOf = (id) => {
  const { referralCode } = JSON.parse(sent[id].body);
  page.forget_(page.kept_.replaceAll(`=${referralCode}.`, "=."));
  attribute();
};
