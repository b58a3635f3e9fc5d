// What is the matter with this page, for the person who set it up. Loaded when somebody asks.

import { cookies, parseCode } from "./code.js";
import { SELECTOR } from "./stripe.js";

export const doctor = async (page, request, queue) => ({
  engine: page.engine || null,
  failure: page.failure,
  campaignId: page.contest,
  code: page.current() || null,
  consent: page.granted ? "granted" : "required",
  storage: page.granted ? storage() : "not used",
  cookie: cookie(page),
  api: page.api,
  endpoint: await endpoint(page, request),
  queue,
  stripe: page.stripe
    ? [...document.querySelectorAll(SELECTOR)]
        .filter((element) => page.stripe.seen.has(element))
        .map((element) => ({
          element: element.localName,
          href: element.href,
          outcome: page.stripe.seen.get(element)[0] ? "injected" : "already set",
        }))
    : "not injected: the script's URL does not say autoInject=stripe",
});

const storage = () => {
  try {
    localStorage.setItem("rocket:?", "");
    localStorage.removeItem("rocket:?");
    return "localStorage";
  } catch (error) {
    return `memory only, lost with the page: ${error.name}`;
  }
};

const cookie = (page) => {
  if (!page.granted) return "not used";
  if (cookies().includes("rocket_ref=")) return "kept";
  return page.current() ? "refused by the browser" : "none: there is no code";
};

const endpoint = async (page, request) => {
  if (!page.granted) return "not asked: no consent";
  if (!page.contest) return "not asked: no campaignId";
  const code = parseCode(page.current()) || "DOCTOR";
  const [status, answer] = await request(page, "validate-code?" + new URLSearchParams({ code, contestId: page.contest }));
  return status === 200 ? "reachable" : status ? `${status} ${answer.error || ""}` : "unreachable";
};
