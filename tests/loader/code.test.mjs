import assert from "node:assert/strict";
import { test } from "node:test";

import { attribute, codeInQuery, format, parse, parseCode, referralLink } from "../../tracker/loader/code.js";

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

test("a kept code is read by its own contest only", () => {
  const code = ["REF-1", 1734567890123];
  for (const contest of ["demo", "a.b", "cmp_ü 1;x", "1.2"]) {
    const text = format(code, contest);
    assert.doesNotMatch(text, /[\s;,]/);
    assert.deepEqual(parse(text, contest), [code], text);
    assert.deepEqual(parse(`a=b; ${format(["B", 1], "other")}; ${text}; c=d`, contest), [code]);
    assert.deepEqual(parse(text, "another"), []);
  }
  assert.equal(format(code, "demo"), "rocket_ref=REF-1.demo.1734567890123");
  for (const text of ["", "garbage", "rocket_ref=%E0%A4%A", "rocket_ref=A.demo.", "rocket_ref=.demo.1", "rocket_ref=A.demo.x"])
    assert.deepEqual(parse(text, "demo"), [], text);
});

test("inside the window the first or the last code counts", () => {
  const DAY = 864e5;
  const now = 100 * DAY;
  const codes = [
    ["OLD", now - 61 * DAY],
    ["B", now - 10 * DAY],
    ["A", now - 20 * DAY],
    ["NEW", now],
  ];
  for (const [days, last, expected] of [
    [60, false, "A"],
    [60, true, "NEW"],
    [15, false, "B"],
    [400, false, "OLD"],
    [1, false, "NEW"],
  ])
    assert.equal(attribute(codes, now, days, last)[0], expected, `${days} ${last}`);
  assert.equal(attribute([], now, 60, false), undefined);
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
