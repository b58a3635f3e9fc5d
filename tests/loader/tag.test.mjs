import assert from "node:assert/strict";
import { test } from "node:test";

import { policyLine } from "../../tracker/loader/doctor/endpoint.js";
import { faultsOf, meantBy } from "../../tracker/loader/doctor/tag.js";

const faults = (query, hostname) => faultsOf(`https://go.shop.example/referral-tracker.js?${query}`, hostname).map(({ state, text }) => `${state}: ${text}`);

test("an address with every parameter as the contract has it is without fault", () => {
  const query = "campaignId=summer&autoInject=stripe&param=ref,via&days=400&domain=shop.example&attribution=last&consent=required&stripeHosts=pay.shop.example,buy.shop.example&api=https://api.shop.example";
  assert.deepEqual(faults(query, "www.shop.example"), []);
  assert.deepEqual(faults("campaignId=summer&ver=6.5"), [], "what a site builder adds");
});

test("each fault is said in words", () => {
  for (const [query, ...expected] of [
    ["", /problem: `campaignId` is missing/],
    ["campaignID=summer", /problem: `campaignID` is no parameter/],
    ["campaignId=CONTEST_ID", /problem: `CONTEST_ID` is a placeholder/],
    ["campaignId={{contest}}", /placeholder/],
    ["campaignId=my%20contest", /problem: `my contest` cannot be a contest's id/],
    ["campaignId=a&campaignId=b", /`campaignId` is there twice/],
    ["campaignId=a&amp;autoInject=stripe", /`&amp;` where `&` is meant/],
    ["campaignId=a&colour=red", /note: `colour` is no parameter/],
    ["campaignId=a&days=0", /days=0/],
    ["campaignId=a&days=401", /days=401/],
    ["campaignId=a&days=1.5", /days=1.5/],
    ["campaignId=a&days=thirty", /days=thirty/],
    ["campaignId=a&attribution=Last", /attribution=Last/],
    ["campaignId=a&consent=yes", /consent=yes/],
    ["campaignId=a&autoInject=stripe,paypal", /autoInject=paypal/],
    ["campaignId=a&stripeHosts=https://pay.shop.example/", /stripeHosts/],
    ["campaignId=a&domain=https://shop.example", /domain=https:\/\/shop.example` is no bare/],
    ["campaignId=a&domain=op.example", /domain=op.example` is not the domain of this page/],
    ["campaignId=a&api=api.shop.example", /does not begin/],
    ["campaignId=a&api=https://api.shop.example/", /ends in a slash/],
  ]) {
    const found = faults(query, "www.shop.example");
    assert.equal(found.length, expected.length, `${query}: ${found}`);
    expected.forEach((pattern, n) => assert.match(found[n], pattern));
  }
});

test("what was meant by another name", () => {
  for (const [name, expected] of [
    ["campaignid", "campaignId"], ["campaign_id", "campaignId"], ["contestId", "campaignId"], ["campainId", "campaignId"], ["auto-inject", "autoInject"],
    ["day", "days"], ["stripeHost", "stripeHosts"], ["atribution", "attribution"], ["campaignId", undefined], ["x", undefined], ["utm_source", undefined], ["lang", undefined],
  ])
    assert.equal(meantBy(name), expected, name);
});

test("a policy's line gets the origin and keeps what it has", () => {
  for (const [policy, expected] of [
    ["connect-src 'self' https://a.example", "connect-src 'self' https://a.example https://go.example"],
    ["default-src 'self'; img-src *", "connect-src 'self' https://go.example"],
    ["default-src *; connect-src 'none'", "connect-src https://go.example"],
    ["", "connect-src https://go.example"],
  ])
    assert.equal(policyLine(policy, "connect-src", "https://go.example"), expected);
});
