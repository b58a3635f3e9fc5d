import assert from "node:assert/strict";
import { test } from "node:test";

import { withReference } from "../../tracker/loader/stripe.js";

const HOSTS = ["buy.stripe.com", "pay.example.com"];
/** As an element shows it: the link in the page's own words, and its parts as the browser reads them. */
const parts = (href) => {
  try {
    return new URL(href, "https://shop.example/page");
  } catch {
    return { host: "", search: "" };
  }
};
const link = (href) => withReference(href, parts(href), "REF-1", HOSTS);

test("a Payment Link gets the code, and nothing else in it changes", () => {
  for (const [href, expected] of [
    ["https://buy.stripe.com/x", "https://buy.stripe.com/x?client_reference_id=REF-1"],
    ["https://buy.stripe.com/x?", "https://buy.stripe.com/x?client_reference_id=REF-1"],
    ["https://buy.stripe.com/x?a=1", "https://buy.stripe.com/x?a=1&client_reference_id=REF-1"],
    ["https://buy.stripe.com/x?a=1&", "https://buy.stripe.com/x?a=1&&client_reference_id=REF-1"],
    ["https://buy.stripe.com/x?a=1?", "https://buy.stripe.com/x?a=1?&client_reference_id=REF-1"],
    ["https://buy.stripe.com/x#top", "https://buy.stripe.com/x?client_reference_id=REF-1#top"],
    ["https://buy.stripe.com/x#a?b", "https://buy.stripe.com/x?client_reference_id=REF-1#a?b"],
    [
      "https://buy.stripe.com/x?prefilled_email=a%20b%2Bc+d#f#g",
      "https://buy.stripe.com/x?prefilled_email=a%20b%2Bc+d&client_reference_id=REF-1#f#g",
    ],
    ["HTTPS://Buy.Stripe.COM/x", "HTTPS://Buy.Stripe.COM/x?client_reference_id=REF-1"],
    ["//buy.stripe.com/x", "//buy.stripe.com/x?client_reference_id=REF-1"],
    [" https://buy.stripe.com/x\n", "https://buy.stripe.com/x?client_reference_id=REF-1"],
    ["https://pay.example.com/x", "https://pay.example.com/x?client_reference_id=REF-1"],
  ])
    assert.equal(link(href), expected, href);
});

test("a reference that is there already stays, also an empty one", () => {
  for (const query of ["client_reference_id=mine", "a=1&client_reference_id=", "client%5Freference_id=mine"])
    assert.equal(link("https://buy.stripe.com/x?" + query), "", query);
});

test("any other link is left alone", () => {
  for (const href of [
    "",
    "#",
    "/buy.stripe.com/x",
    "https://buy.stripe.com.example.com/x",
    "https://example.com/?u=https://buy.stripe.com/x",
    "https://checkout.stripe.com/x",
    "mailto:buy.stripe.com",
    "javascript:void 0",
    "https://",
  ])
    assert.equal(link(href), undefined, href);
});
