// What is the matter with this page, for the person who set it up. Loaded when somebody asks: none of it is a visitor's to
// download. It throws nothing, and leaves the page and the browser's store as they were.

import { parseCode } from "./code.js";
import { ask, checkContest, checkEndpoint, endpointField } from "./doctor/endpoint.js";
import { checkCode, checkConsent, checkStorage, cookieField, landing, storageField } from "./doctor/kept.js";
import { checkCalls, checkQueue } from "./doctor/sent.js";
import { checkStripe } from "./doctor/stripe.js";
import { checkTag } from "./doctor/tag.js";
import { checkScript } from "./doctor/script.js";

/* global VIEW_URL -- the build puts the hashed name here */

// For the page where one pastes a snippet.
export { faultsOf, meantBy, PARAMETERS, worst } from "./doctor/tag.js";

/** Longer than a core takes that comes at all. */
const PATIENCE = 8e3;

/** The ten questions, in the order in which one answer rests on the others. */
const QUESTIONS = [
  ["script", "Is the script running?", checkScript],
  ["tag", "Is the tag as it should be?", checkTag],
  ["endpoint", "Can the endpoint be reached?", checkEndpoint],
  ["contest", "Does it know the contest, and is that open?", checkContest],
  ["consent", "May anything be stored and sent?", checkConsent],
  ["storage", "Does the browser keep the code?", checkStorage],
  ["code", "Is there a code now, and whose is it?", checkCode],
  ["queue", "Is anything waiting to be sent?", checkQueue],
  ["calls", "Do sign-ups and purchases arrive?", checkCalls],
  ["stripe", "Do Stripe's links carry the code?", checkStripe],
];

/** The page as the questions ask it: what loader and core know of it, by names that the build has not shortened. */
const known = (page) => ({
  contest: page.contest_ || "",
  api: page.option_("api", page.source_.origin),
  option: page.option_,
  code: page.current_ || null,
  granted: page.store_.granted_(),
  read: page.store_.read_,
  queue: page.store_.granted_() ? [...new Set(page.store_.names_())].filter((key) => key.startsWith("q:")) : [],
  calls: Object.keys(page.settlers_).length,
  injects: Boolean(page.stripe_),
  engine: page.engine_ || null,
  failure: page.failure_,
  told: page.told_,
});

export const doctor = async (of) => {
  await Promise.race([Promise.allSettled([of.started_, parsed()]), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  const page = known(of);
  const asked = page.granted && page.contest ? await ask(page, parseCode(page.code) || landing(page) || "DOCTOR") : undefined;
  const checks = [];
  for (const [id, question, check] of QUESTIONS) checks.push({ id, question, ...(await answer(check, page, asked)) });
  const stripe = checks.at(-1);
  return {
    engine: page.engine,
    failure: page.failure,
    campaignId: page.contest,
    code: page.code,
    consent: page.granted ? "granted" : "required",
    storage: storageField(page),
    cookie: cookieField(page),
    api: page.api,
    endpoint: endpointField(page, asked),
    queue: page.queue.length,
    stripe: stripe.field,
    checks: checks.map(({ id, question, state, text, todo }) => ({ id, question, state, answer: text, ...(todo ? { todo } : {}) })),
  };
};

/** One question that cannot be answered must not take the others with it. */
const answer = async (check, page, asked) => {
  try {
    return await check(page, asked);
  } catch (error) {
    return { state: "note", text: `This could not be found out: ${error}` };
  }
};

/** What stands further down in the page is there as well. */
const parsed = () => document.readyState !== "loading" || new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));

/** Opens the report over the page. */
export const show = async (page) => (await import(new URL(VIEW_URL, import.meta.url))).open(() => doctor(page));
