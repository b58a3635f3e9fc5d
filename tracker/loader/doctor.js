// What is the matter with this page, for the person who set it up. Loaded when somebody asks.

import { cookies, parseCode } from "./code.js";
import { SELECTOR } from "./stripe.js";

export const doctor = async (page, request, queue) => ({
  engine: page.engine_ || null,
  failure: page.failure_,
  campaignId: page.contest_ || "",
  code: page.current_ || null,
  consent: page.store_.granted_() ? "granted" : "required",
  storage: page.store_.granted_() ? storage() : "not used",
  cookie: cookie(page),
  api: page.option_("api", page.source_.origin),
  endpoint: await endpoint(page, request),
  queue,
  stripe: page.stripe_
    ? [...document.querySelectorAll(SELECTOR)]
        .filter((element) => page.stripe_.seen_.has(element))
        .map((element) => ({
          element: element.localName,
          href: element.href,
          outcome: page.stripe_.seen_.get(element)[2] ? "injected" : "already set",
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
  if (!page.store_.granted_()) return "not used";
  if (cookies().includes("rocket_ref=")) return "kept";
  return page.current_ ? "refused by the browser" : "none: there is no code";
};

const endpoint = async (page, request) => {
  if (!page.store_.granted_()) return "not asked: no consent";
  if (!page.contest_) return "not asked: no campaignId";
  const code = parseCode(page.current_) || "DOCTOR";
  const [status, answer] = await request(page, "validate-code?" + new URLSearchParams({ code, contestId: page.contest_ }));
  return status === 200 ? "reachable" : status ? `${status} ${answer.error || ""}` : "unreachable";
};
