// What the browser keeps: the code, where it came from and until when, the cookie and the storage that hold it, and whether
// it may. Whatever is tried here is undone, and nothing is tried without consent.

import { codeInQuery, cookies } from "../code.js";
import { say } from "./endpoint.js";
import { code, option } from "./tag.js";

const DAY = 864e5;

/** Safari deletes after that many days without a visit what a script has stored. */
const SAFARI_DAYS = 7;

const names = (page) => (option(page, "param") || "ref").split(",");

/** The code in this page's address. */
export const landing = (page) => codeInQuery(location.search, names(page));

const days = (page) => {
  const asked = (page.read("contest:" + page.contest) || "").split(" ")[0];
  return +(option(page, "days") || asked || 60);
};

const date = (time) => new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

const isSafari = () => /apple/i.test(navigator.vendor || "");

/** When a code was kept that is in a text. */
const times = (text, code, contest) => [...text.matchAll(/rocket_ref=([\w-]+)\.([\w-]+)\.(\d+)/g)].filter((found) => found[1] === code && found[2] === contest).map((found) => +found[3]);

export const checkCode = (page, asked) => {
  const current = page.code;
  const here = landing(page);
  const link = names(page).map((name) => [name, new URLSearchParams(location.search).get(name)]).find(([, value]) => value);
  if (!current) {
    if (here && page.contest) return say("problem", `No: this page was opened with ${code(here)}, but nobody in the contest has that code, so it was dropped.`, "Compare the link with the participant's own, and the contest with the one that the code is from.");
    if (link) return say("problem", `No: \`${link[0]}\` in this page's address holds “${link[1]}”, which cannot be a code.`, "A code is 1 to 64 letters, digits, `-` and `_`.");
    if (cookies().includes("rocket_ref=") && page.contest) return say("note", "No. The browser keeps a code of another contest, which does not count here.", "Open the page through a link of this contest, such as `?ref=REF-XYZ789`.");
    return say("note", "No: this page was opened without one, and none was kept. That is how it is for everybody who comes by themselves.", `To try it, open this page with ${code(`?${names(page)[0]}=`)} and the code of a participant.`);
  }
  const [cookie, stored] = [cookies(), (page.granted && page.read("ref")) || ""].map((text) => times(text, current, page.contest));
  const [kept] = [...cookie, ...stored].sort((a, b) => a - b);
  const places = [here === current && "this page's address", cookie.length && "the cookie", stored.length && "the storage"].filter(Boolean);
  const lines = [`Yes, ${code(current)}, from ${places.join(", ") || "this page's own memory"}.`];
  if (kept && page.granted) lines.push(`It counts until ${date(kept + days(page) * DAY)}: ${days(page)} days since ${date(kept)}.`);
  if (here && here !== current) lines.push(`This page's address holds ${code(here)}, which does not count: the first code inside those days does (\`attribution=first\`), or nobody has it.`);
  const { valid, referrerName, referrerEmail } = asked?.answer || {};
  if (valid === false) return say("problem", [...lines, "Nobody in the contest has that code: nobody gets the credit."].join("\n"), "Compare the link with the participant's own, and the contest with the one that the code is from.");
  lines.push(valid ? `It is the code of ${[referrerName, referrerEmail].filter(Boolean).join(", ") || "a participant"}.` : "Whose it is was not to be learned from the endpoint.");
  return say("ok", lines.join("\n"));
};

/** Why storage does not keep anything; undefined where it does. */
const storageFault = () => {
  try {
    localStorage.setItem("rocket:?", "");
    localStorage.removeItem("rocket:?");
  } catch (error) {
    return error;
  }
};

export const storageField = (page) => {
  if (!page.granted) return "not used";
  const fault = storageFault();
  return fault ? `memory only, lost with the page: ${fault.name}` : "localStorage";
};

export const cookieField = (page) => {
  if (!page.granted) return "not used";
  if (cookies().includes("rocket_ref=")) return "kept";
  return page.code ? "refused by the browser" : "none: there is no code";
};

/** The domain for which the browser takes the script's cookie; empty where only this host, undefined where none. */
const cookieScope = (page) => {
  const labels = location.hostname.split(".");
  const asked = option(page, "domain");
  for (const scope of [...(asked ? [asked] : labels.map((_, n) => labels.slice(~n).join("."))), ""]) {
    const rest = `;path=/;samesite=lax${scope && ";domain=" + scope}`;
    const taken = cookies("rocket_probe=1;max-age=9" + rest).includes("rocket_probe=1");
    cookies("rocket_probe=;max-age=0" + rest);
    if (taken) return scope;
  }
};

/** Is the script's host of the same site, so that a cookie may come from the server? */
const sameSite = (scope) => scope && ("." + new URL(import.meta.url).hostname).endsWith("." + scope);

export const checkStorage = (page) => {
  if (!page.granted) return say("note", "It is not asked to: without consent nothing is stored, not even to try it here.", "Call `RocketTracker.consent(true)` in the console and ask again.");
  const fault = storageFault();
  const scope = cookieScope(page);
  const lines = [];
  const todo = [];
  if (scope === undefined) lines.push("It takes no cookie.");
  else if (scope && !/^[\d.]+$/.test(scope)) lines.push(`It keeps the cookie for ${code(scope)} and all its subdomains.`);
  else lines.push(`It keeps the cookie for ${code(location.hostname)} only, not for subdomains.`);
  if (!fault) lines.push("It keeps `localStorage`.");
  else if (fault.name === "QuotaExceededError") {
    lines.push("Its `localStorage` is full: events live in memory, and are lost with the page if they cannot be sent.");
    todo.push("Find what fills `localStorage` on your site, and delete it.");
  } else lines.push(`It forbids \`localStorage\` (${fault.name}): events live in memory, and are lost with the page if they cannot be sent.`);
  if (scope === undefined || (fault && fault.name !== "QuotaExceededError"))
    todo.push(
      self.origin === "null"
        ? "This page is in a sandbox without an origin of its own: take `sandbox` off, or add `allow-same-origin` to it."
        : "Look at this browser's settings for cookies and at private browsing. Other visitors are not affected.",
    );
  if (self !== self.top) lines.push("This page is in a frame: some browsers give it a store of its own there, which is not that of the site.");
  if (isSafari() && days(page) > SAFARI_DAYS) {
    lines.push(`Safari deletes both ${SAFARI_DAYS} days after the last visit, and the cookie after one day where a link from a social network was followed: ${days(page)} days do not hold here.`);
    todo.push(
      sameSite(scope)
        ? `Share links of the form ${code(`${new URL("/", import.meta.url)}r/${page.contest}/CODE`)}: the server then sets the cookie, which Safari keeps.`
        : "Have the deployment run under your own domain, as `go.yoursite.com`, and share its links `/r/CONTEST/CODE`: the server then sets the cookie, which Safari keeps.",
    );
    return say(fault || scope === undefined ? "problem" : "note", lines.join("\n"), todo.join("\n"));
  }
  return say(fault || scope === undefined ? "problem" : "ok", lines.join("\n"), todo.join("\n"));
};

export const checkConsent = (page) => {
  const said = page.read("consent");
  const required = option(page, "consent") === "required";
  if (page.granted) {
    if (said === "yes" && (required || navigator.globalPrivacyControl)) return say("ok", "Yes: the visitor has agreed, and the browser remembers it.");
    return said ? say("ok", "Yes: consent was given.") : say("ok", "Yes: the tag does not ask for consent.");
  }
  const held = page.calls;
  const back = [
    page.code && `the code ${code(page.code)} is in this page's memory only`,
    held ? `${held} ${held === 1 ? "event waits" : "events wait"}` : "no event waits",
    "Stripe is given nothing",
  ].filter(Boolean);
  const why =
    said === "no"
      ? "No: it was withdrawn in this browser."
      : navigator.globalPrivacyControl && !required
        ? "No: this browser sends Global Privacy Control, which is taken as `consent=required`."
        : "No: the tag says `consent=required`, and consent was not given, or was withdrawn.";
  return say("note", `${why}\nHeld back: ${back.join(", ")}.`, "Have your consent banner call `RocketTracker.consent(true)` once the visitor agrees; in the console the same call tries it.");
};
