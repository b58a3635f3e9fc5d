// What people paste into the page at /doctor/.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tag from "../../tracker/loader/doctor/tag.js";
import { corrected, faultsOfPlace, readSnippet } from "../../www/doctor/snippet.js";

const HERE = "https://go.shop.example";
const SRC = `${HERE}/referral-tracker.js?campaignId=summer&autoInject=stripe`;
const problems = ({ faults }) => faults.map(({ state, text }) => `${state}: ${text}`);

test("a tag is read however it is written, and is without fault where it would work", () => {
  for (const pasted of [
    `<script src="${SRC}" async></script>`,
    `<script async src='${SRC}'></script>`,
    `<script src="${SRC.replace("&", "&amp;")}" async></script>`,
    `<script src="${SRC.replace("&", "&#038;")}" id="rocket-js" defer></script>`,
    `<SCRIPT SRC="${SRC}" ASYNC></SCRIPT>`,
    `<!-- RocketTracker -->\n<script\n  src="${SRC}"\n  async\n></script>\n<p>more`,
    `<script type="module" src="${SRC}"></script>`,
    `<script src="/app.js"></script><script src="${SRC}" async></script>`,
    SRC,
    `const s = document.createElement("script"); s.src = "${SRC}"; document.head.append(s);`,
  ]) {
    const read = readSnippet(pasted);
    assert.equal(read.src, SRC, pasted);
    assert.deepEqual(problems(read), [], pasted);
  }
});

test("what is wrong around the address is said", () => {
  for (const [pasted, src, ...expected] of [
    ["", undefined, /nothing to look at/],
    ["hello", undefined, /No address/],
    ["<script src=\"/app.js\"></script>", undefined, /None of these scripts/],
    [`<script src=“${SRC}” async></script>`, SRC, /typographic/],
    [`<script src="${SRC} async></script>`, SRC, /one side only/],
    [`<script src=${SRC}" async></script>`, SRC, /one side only/],
    [`<script src=${SRC} async></script>`, SRC, /note: .*without quotation marks/],
    [`<script src="${SRC}" async>`, SRC, /`<\/script>` is missing/],
    [`<script src="${SRC}" async />`, SRC, /`<\/script>` is missing/],
    [`<script src="${SRC}"></script>`, SRC, /note: Without `async`/],
    [`<script type="text/plain" src="${SRC}" async></script>`, SRC, /note: .*consent manager/],
    [`<script data-src="${SRC}" async></script>`, SRC, /note: .*`data-src`/],
    [`<script integrity="sha384-x" src="${SRC}" async></script>`, SRC, /`integrity` without `crossorigin`/],
    [`&lt;script src="${SRC}" async&gt;&lt;/script&gt;`, SRC, /as text/],
    [`<script src="${SRC}" async></script>`.repeat(2), SRC, /2 times/],
  ]) {
    const read = readSnippet(pasted);
    assert.equal(read.src, src, pasted);
    assert.equal(read.faults.length, expected.length, `${pasted}: ${problems(read)}`);
    expected.forEach((pattern, n) => assert.match(problems(read)[n], pattern));
  }
});

test("an address of another place is said", () => {
  for (const [src, ...expected] of [
    [SRC],
    [SRC.replace("https:", "")],
    [SRC.replace("go.shop", "go.other"), /problem: It names the host `go.other.example`/],
    [SRC.replace("https:", "http:"), /problem: It begins with `http:/],
    ["/referral-tracker.js?campaignId=summer", /note: The address names no host/],
    [SRC.replace("referral-tracker.js", "referral-tracker.js/x"), /is not where the script is/],
  ])
    assert.deepEqual(problems({ faults: faultsOfPlace(src, HERE) }).map((text, n) => expected[n]?.test(text) ?? text), expected.map(() => true), src);
});

test("the corrected tag keeps what was understood", () => {
  for (const [src, query] of [
    [SRC, "campaignId=summer&autoInject=stripe"],
    ["https://go.other.example/referral-tracker.js?campaign=summer&amp;autoinject=stripe&days=30&colour=red", "campaignId=summer&autoInject=stripe&days=30"],
    [`${HERE}/referral-tracker.js?campaignId=summer&autoInject=Stripes`, "campaignId=summer&autoInject=stripe"],
    [`${HERE}/referral-tracker.js?days=999&param=ref,via`, "campaignId=CONTEST_ID&param=ref,via"],
  ])
    assert.equal(corrected(src, HERE, tag), `<script src="${HERE}/referral-tracker.js?${query}" async></script>`);
});
