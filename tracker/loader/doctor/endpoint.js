// Asks the endpoint about the code, and where no answer comes tells apart who is in the way as well as a page can: the site's
// policy, the browser, a content blocker, the network, a proxy.

import { code, parseUrl } from "./tag.js";

/** Milliseconds; whoever reads the report waits for it. */
const PATIENCE = 8e3;

/** The browser tells of a violation in a task of its own, which may come after the failure that it explains. */
const AFTERTHOUGHT = 100;

/** `{ status, answer }`, or `{ status: 0, fault }` where `fault` says which way it failed. */
export const ask = async (page, about) => {
  const url = `${page.api}/api/referral/validate-code?${new URLSearchParams({ code: about, contestId: page.contest })}`;
  const forbidden = [];
  const hear = (event) => {
    if (event.disposition === "enforce" && event.effectiveDirective === "connect-src") forbidden.push(event);
  };
  document.addEventListener("securitypolicyviolation", hear);
  try {
    const response = await get(url);
    return { status: response.status, answer: await response.json().catch(() => undefined) };
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, AFTERTHOUGHT));
    return { status: 0, fault: await fault(url, error, forbidden[0]) };
  } finally {
    document.removeEventListener("securitypolicyviolation", hear);
  }
};

const get = (url, init) => fetch(url, { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE), ...init });

const reached = (url, init) => get(url, init).then(() => true, () => false);

const fault = async (url, error, violation) => {
  const address = parseUrl(url, location.href);
  if (!address) return { kind: "nowhere" };
  if (violation) return { kind: "policy", policy: violation.originalPolicy };
  if (!navigator.onLine) return { kind: "offline" };
  if (error.name === "TimeoutError") return { kind: "slow" };
  if (location.protocol === "https:" && address.protocol === "http:") return { kind: "insecure" };
  // An answer that a page may not read is one all the same.
  if (await reached(url, { mode: "no-cors" })) return { kind: "unreadable" };
  return { kind: (await reached(address.origin + "/", { mode: "no-cors" })) ? "blocked" : "unreachable" };
};

/** The line of a policy that lets the page ask `origin`: what it says today, and the origin. */
export const policyLine = (policy, name, source) => {
  const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
  const [, ...present] = directives.find(([directive]) => directive === name) || directives.find(([directive]) => directive === "default-src") || [];
  return [name, ...present.filter((word) => word !== "'none'"), source].join(" ");
};

const IN_THE_WAY = {
  nowhere: (_, __, { api }) => [`No: ${code("api=" + api)} is no address.`, "Write the origin alone, as in `api=https://go.yoursite.com`, or leave `api` out."],
  policy: ({ policy }, { origin }) => [
    "No: this page's Content Security Policy forbids it.",
    `In the policy, write ${code(policyLine(policy, "connect-src", origin))}.`,
  ],
  offline: () => ["No: this browser is off line. Events are kept, and go when it is back.", "Open the page again once the browser is on line."],
  slow: (_, { host }) => [`It did not answer within ${PATIENCE / 1e3} seconds.`, `Open ${code(host)} in a tab; if it does not answer there either, whoever runs the deployment has to look.`],
  insecure: (_, { origin }) => ["No: a page on https may not ask an address on http.", `Write ${code(origin.replace("http:", "https:"))} in the tag.`],
  unreadable: (_, { host }) => [
    `Something answers at ${code(host)}, but does not let this page read it (no \`Access-Control-Allow-Origin\`).`,
    "If `api` names a proxy of yours, let it pass the headers of the endpoint on; if it names something else, correct it.",
  ],
  blocked: (_, { host }) => [
    `The host ${code(host)} answers, but this browser does not let the request through: a content blocker knows its address.`,
    "Look with the blocker off. To get past it, have the deployment run under your own domain, or name a proxy in `api`.",
  ],
  unreachable: (_, { host }) => [
    `No: nothing answers at ${code(host)}. Either it is down, or the network or a content blocker keeps this browser from it. Events are kept, and go when it is back.`,
    `Open ${code(host)} in a tab: if it answers there, a content blocker is in the way; if not, whoever runs the deployment has to look.`,
  ],
};

const unasked = (page) =>
  (!page.granted && ["It was not asked: without consent nothing is sent, not even by this report.", "Call `RocketTracker.consent(true)` in the console and ask again."]) ||
  (!page.contest && ["It was not asked: there is no `campaignId`.", ""]);

const isTracker = ({ answer }) => typeof answer?.valid === "boolean" || typeof answer?.error === "string";

export const checkEndpoint = (page, asked) => {
  if (!asked) return say("note", ...unasked(page));
  const url = parseUrl(page.api, location.href);
  const { status, answer, fault } = asked;
  if (fault) return say("problem", ...IN_THE_WAY[fault.kind](fault, url, page));
  if (!isTracker(asked))
    return say("problem", `Something answers at ${code(url.host)} (${status}), but it is no RocketTracker endpoint.`, "Correct `api` in the script's address, or leave it out; a proxy has to pass `/api/referral/` on as it is.");
  if (status === 429) return say("note", "Yes, but it has been asked too often from this address and wants a minute's rest. Events are kept.", "Wait a minute.");
  if (status >= 500) return say("problem", `Yes, but it is not well: ${status}, “${answer.error}”. Events are kept, and go when it is.`, "Tell whoever runs the deployment; what it says is what to look for in its log.");
  return say("ok", `Yes: ${code(url.host)} answers.`);
};

/** What the endpoint says when a contest takes nothing, and what its owner does about it. */
const CLOSED = {
  "This contest has not started": "Set its `status` to `active`, and look at its `startDate`.",
  "This contest is paused": "Set its `status` to `active`.",
  "This contest has ended": "Set its `status` to `active` and its `endDate` to a later day, or put the id of the contest that follows into the tag.",
  "This contest does not track referrals": "Set `referralTracking` to `true` in its settings.",
};

export const checkContest = (page, asked) => {
  if (!page.contest) return say("problem", "The script does not know which contest it is for: `campaignId` is missing. Nothing is tracked.", "Add `campaignId=` and your contest's id to the script's address.");
  const name = code(page.contest);
  if (!asked || asked.fault || !isTracker(asked) || asked.status === 429 || asked.status >= 500)
    return say("note", `Nobody knows: the endpoint has not said anything of ${name}.`, "");
  const { status, answer } = asked;
  if (status === 200) return say("ok", `Yes: ${name} is open.`);
  if (status === 404) return say("problem", `The endpoint knows no contest ${name}. Nothing is tracked.`, "Compare `campaignId` with your contest's id, letter by letter. One that was made a moment ago may take a minute to be known everywhere.");
  if (status === 403) return say("problem", `${answer.error}: ${name} takes nothing now, and what is sent to it is lost.`, CLOSED[answer.error] || "");
  return say("problem", `The endpoint refuses ${name}: ${status}, “${answer.error}”.`, "Compare `campaignId` with your contest's id.");
};

/** The one word that other programs read. */
export const endpointField = (page, asked) => {
  if (!page.granted) return "not asked: no consent";
  if (!page.contest) return "not asked: no campaignId";
  const { status, answer } = asked;
  return status === 200 && isTracker(asked) ? "reachable" : status ? `${status} ${answer?.error || ""}` : "unreachable";
};

export const say = (state, text, todo) => ({ state, text, todo });

/** Can events be posted at all, where asking works? Blockers know addresses one by one. */
export const mayPost = (page) => reached(`${page.api}/api/referral/track-visit`, { method: "OPTIONS" });
