// What can be wrong with the pasted tag: its address, and how often it is there. Knows no page but by what it is given, so
// that the page where one pastes a snippet asks the same.

import { parseToken } from "../code.js";

export const PARAMETERS = ["campaignId", "autoInject", "param", "days", "domain", "attribution", "consent", "stripeHosts", "api"];
const INJECTORS = ["stripe"];

/** Under these names sites ask for what has another one here. */
const ALIASES = { campaign: "campaignId", contest: "campaignId", contestid: "campaignId", inject: "autoInject", window: "days", cookiedomain: "domain" };

/** What builders of sites put behind every script's address. */
const HARMLESS = /^(v|ver|version|t|ts|_|cb|hash)$/i;

const problem = (text, todo) => ({ state: "problem", text, todo });
const note = (text, todo) => ({ state: "note", text, todo });

/** All that is wrong with a script's address, as `{ state, text, todo }`; `hostname` is the page's, where that matters. */
export const faultsOf = (src, hostname) => {
  const url = new URL(src);
  const query = url.searchParams;
  const found = [];
  const check = (name, look) => query.get(name) && found.push(...[look(query.get(name))].flat().filter(Boolean));

  for (const name of new Set(query.keys())) {
    const meant = meantBy(name);
    if (PARAMETERS.includes(name)) {
      if (query.getAll(name).length > 1) found.push(problem(`\`${name}\` is there twice: only the first counts.`, `Leave one \`${name}\` in the script's address.`));
    } else if (/^(amp;|#0?38;)/.test(name))
      found.push(problem("The script's address holds `&amp;` where `&` is meant, so what follows it is not read.", "Write a plain `&` between the parameters."));
    else if (meant) found.push(problem(`\`${name}\` is no parameter of the script.`, `Write \`${meant}\` instead of \`${name}\`${meant.toLowerCase() === name.toLowerCase() ? ": upper and lower case count" : ""}.`));
    else if (!HARMLESS.test(name)) found.push(note(`\`${name}\` is no parameter of the script and has no effect.`));
  }

  if (!query.get("campaignId")) {
    // One that was misspelled is said already.
    if (![...query.keys()].some((name) => meantBy(name) === "campaignId"))
      found.push(problem("`campaignId` is missing from the script's address.", "Add `campaignId=` and your contest's id."));
  } else
    check("campaignId", (id) => {
      if (/^(CONTEST_ID|CAMPAIGN_ID|YOUR.*)$|[{}<>]/i.test(id)) return problem(`\`${id}\` is a placeholder.`, "Put your contest's id in its place.");
      if (!parseToken(id)) return problem(`\`${id}\` cannot be a contest's id: that is 1 to 64 letters, digits, \`-\` and \`_\`.`, "Put your contest's id in its place.");
    });
  check("days", (days) => !(/^\d+$/.test(days) && +days >= 1 && +days <= 400) && problem(`\`days=${days}\` is not a whole number from 1 to 400.`, "Correct it, or leave it out for the contest's own window."));
  check("attribution", (rule) => !["first", "last"].includes(rule) && problem(`\`attribution=${rule}\` is neither \`first\` nor \`last\`, and is taken for \`first\`.`, "Write `first` or `last`."));
  check("consent", (rule) => !["required", "granted"].includes(rule) && problem(`\`consent=${rule}\` is not known and is taken for \`granted\`: cookies are set at once.`, "Write `consent=required` if you ask for consent."));
  check("autoInject", (list) =>
    list.split(",").filter((name) => !INJECTORS.includes(name)).map((name) => problem(`\`autoInject=${name}\` is not known.`, `Write \`autoInject=${INJECTORS}\`.`)));
  check("stripeHosts", (list) =>
    list.split(",").filter((host) => host && !/^[a-z0-9.-]+(:\d+)?$/i.test(host)).map((host) => problem(`\`stripeHosts\`: \`${host}\` is no bare host name, so no link matches it.`, "Write it as `pay.yoursite.com`, without `https://` and path.")));
  check("domain", (domain) => {
    if (/[/:]/.test(domain)) return problem(`\`domain=${domain}\` is no bare host name.`, "Write it as `yoursite.com`.");
    const bare = domain.replace(/^\./, "").toLowerCase();
    if (hostname && hostname !== bare && !hostname.endsWith("." + bare))
      return problem(`\`domain=${domain}\` is not the domain of this page (${hostname}): the browser refuses such a cookie.`, "Name a domain that this page is on, or leave `domain` out.");
  });
  check("api", (api) => {
    const wrong = (what) => problem(`\`api=${api}\` ${what}.`, "Write the origin alone, as in `api=https://go.yoursite.com`.");
    if (!/^https?:\/\/[^/]/.test(api)) return wrong("does not begin with `https://`");
    if (!parseUrl(api)) return wrong("is no address");
    if (/\/$/.test(api)) return wrong("ends in a slash, so that every request goes to an address with `//`");
  });
  return found;
};

/** The parameter that was meant by another name. */
export const meantBy = (name) => {
  if (PARAMETERS.includes(name)) return;
  const plain = name.toLowerCase().replace(/[-_]/g, "");
  return ALIASES[plain] || PARAMETERS.find((known) => distance(plain, known.toLowerCase()) <= (known.length < 6 ? 1 : 2));
};

/** How many letters have to be put in, left out or changed. */
const distance = (a, b) => {
  let row = [...b, ""].map((_, n) => n);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
};

/** Undefined where a text is no address. */
export const parseUrl = (text, base) => {
  try {
    return new URL(text, base);
  } catch {}
};

/** The address of every tag of the script in this page, in the page's order. */
const tags = () => [...document.querySelectorAll("script[src]")].map(({ src }) => parseUrl(src)).filter((url) => url?.pathname.endsWith("/referral-tracker.js"));

/** The tag that runs: of this deployment, and with the contest that the script goes by. */
export const running = (page) => {
  const home = new URL("..", import.meta.url).href;
  const [tag] = tags()
    .filter((url) => (parseToken(url.searchParams.get("campaignId")) || "") === page.contest)
    .sort((a, b) => Number(b.href.startsWith(home)) - Number(a.href.startsWith(home)));
  return tag;
};

/** An option of the running tag. */
export const option = (page, name) => page.option(name, "");

export const checkTag = (page) => {
  const all = tags();
  const tag = running(page);
  if (!tag) {
    if (!page.contest)
      return problem("The script runs, but no tag in this page names `referral-tracker.js` and a contest: it cannot know which contest it is for.", "Paste the tag as it is; a script that was put into a bundle does not see its parameters.");
    return note(`The script runs for \`${page.contest}\`, but its tag is no longer in this page.`);
  }
  const found = faultsOf(tag, location.hostname);
  const others = all.filter(({ href }) => href !== tag.href);
  const hosts = [...new Set(all.map(({ host }) => host))];
  if (hosts.length > 1)
    found.push(problem(`The script is named from ${hosts.length} hosts: ${hosts.map(code).join(", ")}. The first to arrive runs, the others do nothing.`, "Leave one tag in the page."));
  else if (others.length)
    found.push(problem(`The tag is there ${all.length} times with different parameters; the one that counts is ${code(tag.href)}.`, "Leave one tag in the page: look in the theme, the tag manager and plugins."));
  else if (all.length > 1) found.push(note(`The tag is there ${all.length} times. One runs, the others do nothing.`, "Leave one tag in the page."));
  return { state: worst(found), text: [`The tag is ${code(tag.href)}.`, ...found.map(({ text }) => text)].join("\n"), todo: found.map(({ todo }) => todo).filter(Boolean).join("\n") };
};

export const worst = (found) => ["problem", "note"].find((state) => found.some((one) => one.state === state)) || "ok";

export const code = (text) => "`" + text + "`";
