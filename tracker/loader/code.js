// Which referral code this browser holds: read from links, kept in a cookie and in storage.
//
// What is kept is `rocket_ref=CODE.CONTEST.TIME`, TIME in milliseconds since 1970.

import { attempt } from "./store.js";

const COOKIE = "rocket_ref=";
const DAY = 864e5;

/** A code in the form it is compared in, as `domain::Code` has it; undefined where it cannot be one. */
export const parseCode = (text) => /^[\w-]{1,64}$/.exec((text || "").trim())?.[0].toUpperCase();

/** The first of the link parameters `names` that holds a code. */
export const codeInQuery = (search, names) => {
  const query = new URLSearchParams(search);
  return names.map((name) => parseCode(query.get(name))).find((code) => code);
};

/** The cookie of a code, kept in storage in the same form. */
export const format = ([code, at], contest) => `${COOKIE}${code}.${encodeURIComponent(contest)}.${at}`;

/** The codes of `contest` in a text of cookies, each with its time. */
export const parse = (cookies, contest) =>
  [...cookies.matchAll(/rocket_ref=([\w-]{1,64})\.([^\s;]*)\.(\d+)/g)]
    .filter((found) => found[2] === encodeURIComponent(contest))
    .map((found) => [found[1], +found[3]]);

/** The code that counts: of those inside the window the first, or the last. */
export const attribute = (codes, now, days, last) =>
  codes.filter(([, at]) => now - at < days * DAY).sort(([, a], [, b]) => (last ? b - a : a - b))[0];

/** All cookies of the page that a script may read, once it has written one. */
export const cookies = (written) =>
  attempt(() => {
    if (written) document.cookie = written;
    return document.cookie;
  }) || "";

/**
 * Keeps `cookie`, or deletes it where `days` is 0.
 *
 * Without `domain` the widest scope that the browser accepts is the registrable domain: it refuses public suffixes.
 */
export const writeCookie = (cookie, days, domain) => {
  const wider = (_, n, labels) => ";domain=" + labels.slice(~n).join(".");
  for (const scope of [...(domain ? [";domain=" + domain] : location.hostname.split(".").map(wider)), ""])
    if (!days || !cookies().includes(cookie))
      cookies(`${cookie};path=/;samesite=lax;max-age=${days * 86400}${scope}${location.protocol === "https:" ? ";secure" : ""}`);
};

const TRACKING = /^utm_|clid$|^([gw]braid|mc_.id|igshid|_g[al])$/;

/** The page at `href` as a referral link: with `code` in the parameter `names[0]` and no other tracking parameter. */
export const referralLink = (href, code, names) => {
  const url = new URL(href);
  for (const name of [...url.searchParams.keys()])
    if (names.includes(name) || TRACKING.test(name)) url.searchParams.delete(name);
  if (code) url.searchParams.set(names[0], code);
  return url.href;
};
