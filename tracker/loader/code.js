// Which referral code this browser holds: read from links, kept in a cookie and in storage.
//
// What is kept is `rocket_ref=CODE.CONTEST.TIME`, TIME in milliseconds since 1970.

import { attempt, text } from "./store.js";

export const COOKIE = "rocket_ref=";
const DAY = 864e5;

/** The id of a contest, or a code as it was written: undefined where it can be neither. */
export const parseToken = (value) => /^[\w-]{1,64}$/.exec(text(value).trim())?.[0];

/** A code in the form it is compared in, as `domain::Code` has it; undefined where it cannot be one. */
export const parseCode = (value) => parseToken(value)?.toUpperCase();

/** The first of the link parameters `names` that holds a code. */
export const codeInQuery = (search, names) => {
  const query = new URLSearchParams(search);
  return names.map((name) => parseCode(query.get(name))).find((code) => code);
};

/**
 * Of the codes of `contest` that are kept in a text and inside the window the first, or the last:
 * `[what is kept, code]`, or undefined.
 */
export const attribute = (kept, contest, now, days, last) =>
  [...kept.matchAll(`${COOKIE}([\\w-]{1,64})\\.${contest}\\.(\\d+)`)]
    .filter((found) => now - found[2] < days * DAY)
    .sort((a, b) => a[2] - b[2])
    .slice(-last)[0];

/** All cookies of the page that a script may read, once it has written one. */
export const cookies = (written) =>
  attempt(() => {
    if (written) document.cookie = written;
    return document.cookie;
  }) || "";

/**
 * Keeps `cookie`, or deletes it where `days` is 0. Whatever asks for cookies waits for another process, so it is done seldom.
 *
 * Where the browser refuses `domain`, as it does where there is none, the widest scope that it accepts is the registrable
 * domain: it refuses public suffixes.
 */
export const writeCookie = (cookie, days, domain) => {
  const isKept = (written) => cookies(written).includes(cookie) && days;
  // The empty one is the page's own host.
  isKept() ||
    [domain, ...location.hostname.split(".").map((_, n, labels) => labels.slice(-2 - n).join(".")), ""].some((scope) =>
      isKept(`${cookie};path=/;samesite=lax;max-age=${days * 86400};domain=${scope}${location.protocol > "http:" ? ";secure" : ""}`),
    );
};

const TRACKING = /^utm_|clid$|braid$|^mc_.id|^igsh|^_g[al]$/;

/** The page at `href` as a referral link: with `code` in the parameter `names[0]` and no other tracking parameter. */
export const referralLink = (href, code, names) => {
  const url = new URL(href);
  const query = url.searchParams;
  for (const name of [...query.keys()]) if (names.includes(name) || TRACKING.test(name)) query.delete(name);
  if (code) query.set(names[0], code);
  return url.href;
};
