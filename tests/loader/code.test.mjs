import assert from "node:assert/strict";
import { test } from "node:test";

import { attribute, codeInQuery, COOKIE, parseCode, parseToken, referralLink } from "../../tracker/loader/code.js";

test("a code is what domain::Code takes for one", () => {
  for (const [text, expected] of [
    ["REF-XYZ789", "REF-XYZ789"],
    [" ref-xyz789 ", "REF-XYZ789"],
    ["jane_2024", "JANE_2024"],
    ["A".repeat(64), "A".repeat(64)],
    ["A".repeat(65), undefined],
    ["a b", undefined],
    ["<script>", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])
    assert.equal(parseCode(text), expected);
});

test("the first of the link's parameters that holds a code counts", () => {
  for (const [search, names, expected] of [
    ["?ref=a", ["ref"], "A"],
    ["?via=a&ref=b", ["ref", "via"], "B"],
    ["?via=a&ref=", ["ref", "via"], "A"],
    ["?ref=a%20b&via=c", ["ref", "via"], "C"],
    ["?other=a", ["ref"], undefined],
    ["", ["ref"], undefined],
    ["?ref=%E0%A4%A", ["ref"], undefined],
  ])
    assert.equal(codeInQuery(search, names), expected, search);
});

const DAY = 864e5;
const NOW = 20_000 * DAY;
const kept = (...codes) => codes.map(([code, contest, at]) => `${COOKIE}${code}.${contest}.${at}`).join("; ");

test("the id of a contest is taken as it is written, and nothing else for one", () => {
  for (const [value, expected] of [["demo", "demo"], [" Cmp_1-2 ", "Cmp_1-2"], ["a.b", undefined], ["(", undefined], ["", undefined], [null, undefined], [5, "5"]])
    assert.equal(parseToken(value), expected);
});

test("a kept code is read by its own contest only, and nothing else for one", () => {
  const code = ["REF-1", "demo", NOW];
  for (const text of [kept(code), `a=b; ${kept(["B", "other", 1], code)}; c=d`, `undefined${kept(code)}undefined`]) {
    assert.deepEqual([...attribute(text, "demo", NOW, 60)].slice(0, 2), [kept(code), "REF-1"], text);
    assert.equal(attribute(text, "dem", NOW, 60), undefined);
  }
  for (const text of ["", "garbage", "rocket_ref=%E0%A4%A", "rocket_ref=A.demo.", "rocket_ref=.demo.1", "rocket_ref=A.demo.x", `rocket_ref=<b>.demo.${NOW}`, kept(["A".repeat(65), "demo", NOW])])
    assert.equal(attribute(text, "demo", NOW, 60), undefined, text);
});

test("inside the window the first or the last code counts", () => {
  const codes = kept(["OLD", "demo", NOW - 61 * DAY], ["B", "demo", NOW - 10 * DAY], ["A", "demo", NOW - 20 * DAY], ["NEW", "demo", NOW]);
  for (const [days, last, expected] of [
    [60, false, "A"],
    [60, true, "NEW"],
    [15, false, "B"],
    [400, false, "OLD"],
    [1, false, "NEW"],
  ])
    assert.equal(attribute(codes, "demo", NOW, days, last)[1], expected, `${days} ${last}`);
});

test("a referral link carries the code and no other tracking", () => {
  for (const [href, code, expected] of [
    ["https://shop.example/a", "ME", "https://shop.example/a?ref=ME"],
    ["https://shop.example/a?ref=X&size=m&ref=Y#top", "ME", "https://shop.example/a?size=m&ref=ME#top"],
    ["https://shop.example/?utm_source=n&utm_id=1&fbclid=2&gclid=3&_gl=4&via=5", "ME", "https://shop.example/?ref=ME"],
    ["https://shop.example/?ref=X", undefined, "https://shop.example/"],
  ])
    assert.equal(referralLink(href, code, ["ref", "via"]), expected);
});
