// What became of the events: those that wait, and those of this page that have an answer.

import { mayPost, say } from "./endpoint.js";
import { parseUrl } from "./tag.js";

/** The longest that the queue waits between two attempts by itself, and the first; as `queue.rs` has it. */
const LONGEST = 3e5;
const FIRST = 2e3;

/** For so long an event may be on its way without anything being wrong. */
const MOMENT = 5e3;

const plural = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;

const span = (millis) => {
  const seconds = Math.max(0, Math.round(millis / 1e3));
  if (seconds < 120) return plural(seconds, "second");
  if (seconds < 7200) return plural(Math.round(seconds / 60), "minute");
  return seconds < 172_800 ? plural(Math.round(seconds / 3600), "hour") : plural(Math.round(seconds / 86_400), "day");
};

const kindOf = (entry) => /^(visit|signup|purchase)/.exec(entry || "")?.[1] || "event";

/** `2 visits, 1 signup` */
const listed = (kinds) => [...new Set(kinds)].map((kind) => plural(kinds.filter((one) => one === kind).length, kind)).join(", ");

/** The status that this page's last event was answered with, as far as the browser tells; 0 or undefined if it was not. */
const lastStatus = (page) => {
  const address = parseUrl(page.api + "/api/referral/track-", location.href);
  const [last] = performance
    .getEntriesByType("resource")
    .filter(({ name }) => address && name.startsWith(address.href))
    .sort((a, b) => b.startTime - a.startTime);
  return last?.responseStatus;
};

export const checkQueue = async (page, asked, now = Date.now()) => {
  const ids = page.queue;
  if (!ids.length) return say("ok", "No: everything that was to be sent has an answer.");
  const since = Math.min(...ids.map((id) => +id.slice(2).split("-")[0] || now));
  const waiting = `${listed(ids.map((id) => kindOf(page.read(id))))}, the oldest for ${span(now - since)}`;
  const [until, failures, at] = (page.read("outage") || "").split(" ").map(Number);
  if (!failures) {
    if (now - since < MOMENT) return say("ok", `On its way right now: ${waiting}.`);
    if (!page.engine) return say("problem", `Yes: ${waiting}. It waits because the core does not run on this page.`, "See the first question; what waits goes from the next page on which the core runs.");
    return say("note", `Yes: ${waiting}. Nothing has failed since.`, "Ask again in a few seconds. Another tab of this site may be sending it.");
  }
  const status = lastStatus(page);
  const how = status ? `the endpoint answered ${status}` : "there was no answer";
  // The half of each wait is left to chance.
  const wait = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  const latest = Math.max(at + wait, until + wait / 2);
  const lines = [
    `Yes: ${waiting}.`,
    `The last attempt failed ${span(now - at)} ago: ${how}.${failures > 1 ? ` That was ${failures} times in a row.` : ""}`,
    `The next one is ${latest > now ? `in ${span(latest - now)} at the latest` : "due"}, and on every page that is opened. Nothing is lost meanwhile.`,
  ];
  if (asked?.status && asked.status < 500 && !(await mayPost(page))) {
    lines.push("The endpoint answers questions, but events do not get through: a content blocker knows their addresses.");
    return say("problem", lines.join("\n"), "Look with the blocker off. To get past it, have the deployment run under your own domain, or name a proxy in `api`.");
  }
  return say("problem", lines.join("\n"), asked?.status === 200 ? "Wait for the next attempt: the endpoint answers again." : "See whether the endpoint can be reached.");
};

/** What `rockettracker:*` events of this page said. Of a person it tells nothing. */
export const checkCalls = (page) => {
  const told = (page.told || []).map(({ type, detail }) => ({ ...detail, type: type.split(":")[1] }));
  const of = (type, test = () => true) => told.filter((one) => one.type === type && test(one)).length;
  const lines = [];
  const arrived = told.filter(({ type }) => type !== "error").map(({ type }) => type);
  if (arrived.length) lines.push(`Arrived from this page: ${listed(arrived)}.`);
  const strangers = of("purchase", ({ entryId }) => entryId === null);
  if (strangers) lines.push(`${plural(strangers, "purchase")} by somebody whom nobody referred: nothing was stored of it.`);
  const again = of("signup", ({ alreadyExists }) => alreadyExists) + of("purchase", ({ alreadyExists }) => alreadyExists);
  if (again) lines.push(`${plural(again, "call")} named an address or order that was known already, and earned nothing.`);
  const alone = of("signup", ({ isReferred, alreadyExists }) => !isReferred && !alreadyExists);
  if (alone) lines.push(`${plural(alone, "signup")} without a friend who gets the credit: there was no code, or it was the person's own.`);
  const pending = of("purchase", ({ status }) => status === "pending");
  if (pending) lines.push(`${plural(pending, "purchase")} earns points once the shop's server or Stripe reports the same order.`);
  const refused = told.filter(({ type }) => type === "error");
  for (const { kind, message } of refused) lines.push(`Refused: ${kind || "call"}: ${message}.`);
  if (refused.length) return say("problem", lines.join("\n"), "Look at what your site passes to the call: the refusal names the argument at fault. Such an event is not sent again.");
  if (of("signup") + of("purchase")) return say("ok", lines.join("\n"));
  lines.push("No sign-up and no purchase was reported from this page since it was opened, which is right unless somebody has just signed up or bought.");
  return say("ok", lines.join("\n"));
};
