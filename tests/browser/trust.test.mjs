// An advocate who opens their own link, in the browser they signed up with.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVisitor, servePage, startBrowser } from '../support/browser.mjs';
import { askPrivately, board, makeContest, startStack } from '../support/stack.mjs';

let stack;
let browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const signup = (page, email) => page.evaluate((address) => window.RocketTracker.trackSignup(address), email);
const purchase = (page, ...order) => page.evaluate((given) => window.RocketTracker.trackPurchase(...given), order);

async function open(page, contest, query = '') {
  await servePage(page, `${stack.origin}/shop**`, `<script src="/referral-tracker.js?campaignId=${contest}" async></script>`);
  await page.goto(`${stack.origin}/shop${query}`);
  await page.waitForFunction(() => window.RocketTracker?.ready);
  await page.evaluate(() => window.RocketTracker.ready);
}

test('who signs up through their own link under another spelling of their address gets nothing, and no error', async () => {
  const contest = await makeContest(stack);
  const page = await newVisitor(browser);
  await open(page, contest);
  const ann = await signup(page, 'ann@gmail.com');
  await open(page, contest, `?ref=${ann.referralCode}`);
  const again = await signup(page, 'A.nn+prize@gmail.com');
  assert.deepEqual([again.isReferred, again.pointsAwarded], [false, { advocate: 0, friend: 0 }]);
  const bought = await purchase(page, '1001', 80, 'USD', 'ann+shop@gmail.com');
  assert.deepEqual(bought.pointsAwarded, { advocate: 0, friend: 0 });
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 0], ['ann@gmail.com', 0], ['a.nn+prize@gmail.com', 0]]);
  const { body } = await askPrivately(stack, 'GET', `/api/v1/entries/${ann.entryId}/why`);
  assert.deepEqual(body.data.grants.map(({ cause, flags }) => [cause, flags]), [
    ['blocked', ['selfReferral', 'sameBrowser']], ['blocked', ['selfReferral', 'sameBrowser']],
  ]);
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

test('somebody else in the same browser earns by default and is flagged, and in a browser of their own is not', async () => {
  const contest = await makeContest(stack);
  const page = await newVisitor(browser);
  await open(page, contest);
  const ann = await signup(page, 'ann@example.com');
  await open(page, contest, `?ref=${ann.referralCode}`);
  const sister = await signup(page, 'sister@example.com');
  assert.deepEqual(sister.pointsAwarded, { advocate: 10, friend: 5 });
  const other = await newVisitor(browser);
  await open(other, contest, `?ref=${ann.referralCode}`);
  const joe = await signup(other, 'joe@example.com');
  const flags = async ({ entryId }) => (await askPrivately(stack, 'GET', `/api/v1/entries/${entryId}`)).body.data.flags;
  assert.deepEqual([await flags(ann), await flags(sister), await flags(joe)], [['sameBrowser'], ['sameBrowser'], []]);
  const sent = [...page.posts, ...other.posts].filter(({ path }) => /signup|visit/.test(path)).map(({ body }) => body.visitorId);
  assert.equal(new Set(sent).size, 2, 'one id a browser, whatever it sends');
  assert.deepEqual([page.noise, other.noise], [[], []]);
  await Promise.all([page.context().close(), other.context().close()]);
});
