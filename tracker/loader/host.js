// The page, for the Rust core: what `browser.rs` imports, and when the core is asked to go on. Nothing here throws,
// and what is sent when is the core's to decide.

import { attributeOf, SELECTOR } from "./stripe.js";

let page;
let core;
let timer;
let busy;
const sent = {};
const underway = {};
const warned = {};

/** More than that are not kept. */
const ROOM = 100;

/** Longer than any endpoint that is well; a request that hangs must not keep the others waiting. */
const PATIENCE = 3e4;

/** Longer than a page is still there once it is being left. */
const PARTING = 500;

/** Hands the calls of this page to the core, and then those of earlier pages. */
export const connect = (to, by) => {
  page = to;
  core = by;
  page.run = (id) => {
    makeRoom();
    const wait = run(id);
    if (wait) plan(wait);
  };
  for (const id in page.settlers) page.run(id);
  // A page that comes back out of the cache is no new visit, and its timers may be late.
  for (const type of ["online", "pageshow", "visibilitychange"]) addEventListener(type, wake, true);
  wake();
};

export const get = (key) => page.store.get(key);
export const set = (key, text) => page.store.set(key, text);
export const remove = (key) => page.store.remove(key);

export const queued = (store) =>
  store
    .keys()
    .filter((key) => key.startsWith("q:"))
    .sort();

/** Oldest visits first, then signups; what somebody has paid for stays. */
const makeRoom = () => {
  const ids = queued(page.store);
  let surplus = ids.length - ROOM;
  for (const kind of ["visit", "signup"])
    for (const id of ids)
      if (surplus > 0 && get(id)?.startsWith(kind)) {
        surplus--;
        remove(id);
        page.settle(id, "too many events wait to be sent");
      }
};

/** Milliseconds that the entry has to wait, 0 if it is on its way or done with. */
const run = (id) => {
  try {
    return underway[id] ? 0 : core.run(id, Date.now());
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
  if (busy || !page.granted) return;
  busy = true;
  try {
    await navigator.locks.request("rocket:queue", round);
  } catch {
    await round();
  }
  busy = false;
};

/** One event at a time, the next when the one before has an answer, until one fails. */
const round = async () => {
  let next;
  for (const id of queued(page.store)) {
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
export const request = async (page, path, init) => {
  try {
    const signal = AbortSignal.timeout?.(PATIENCE);
    const response = await fetch(page.api + "/api/referral/" + path, { credentials: "omit", signal, ...init });
    const answer = await response.json().catch(() => ({}));
    return [response.status, answer || {}, response.headers.get("retry-after")];
  } catch {
    return [0, {}];
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
  const retry = core.answered(id, status, +retryAfter || 0, String(answer.error || ""), Math.random() * 2 ** 32, Date.now());
  delete sent[id];
  if (retry) plan(retry);
  else wake();
  return retry;
};

/** The contest's own window and attribution, for where the script's URL does not say. */
const learn = ({ windowDays, attribution }) => {
  set("contest:" + page.contest, `${+windowDays || ""} ${attribution}`);
  attribute();
};

/** Which code counts, and so which one Stripe has. */
const attribute = () => {
  const before = page.current();
  page.attribute();
  if (before !== page.current()) revert(page);
};

/** Takes back what was given to Stripe, where it is still what was given; the injector then gives what it now may. */
export const revert = ({ stripe }) => {
  if (!stripe) return;
  for (const element of document.querySelectorAll(SELECTOR)) {
    const [times, before, after] = stripe.seen.get(element) || [];
    const attribute = attributeOf(element);
    if (!times) continue;
    stripe.seen.delete(element);
    if (after.remove) after.remove();
    else if (element.getAttribute(attribute) !== after) continue;
    else if (before === null) element.removeAttribute(attribute);
    else element.setAttribute(attribute, before);
  }
  stripe.scan(document);
};

export const settle = (id, kind, error) => {
  const data = sent[id]?.data;
  page.settle(id, error, data);
  if (error) emit("error", { kind, message: error });
  else emit(kind, data);
};

/** A code that the contest does not know must not stand in the way of one that it does. */
export const forgetCodeOf = (id) => {
  const { referralCode } = JSON.parse(sent[id].body);
  page.keep(([code]) => code !== referralCode);
  attribute();
};
