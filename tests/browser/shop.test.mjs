// The main job, end to end: a shopper follows Jane's link to the demo shop, signs up and buys; Jane gets the points.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { askPrivately, CODE, startStack } from '../support/stack.mjs';

let stack;
let browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const it = (page, id) => page.locator(`[data-testid=${id}]`);
const text = async (page, id) => (await it(page, id).innerText()).trim();

/** Polls until `read` gives `expected`. */
async function becomes(read, expected, what) {
  let got;
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await new Promise((r) => setTimeout(r, 50))) {
    got = await read();
    if (got === expected) return;
  }
  assert.equal(got, expected, what);
}

test('follow the link, sign up, buy: 10 and the amount for the advocate', async () => {
  const page = await newVisitor(browser);
  await page.goto(`${stack.origin}/demo/?ref=${CODE}`);
  assert.deepEqual(await page.evaluate(() => window.RocketTracker.ready), { engine: 'wasm' });
  await becomes(() => text(page, 'tracker-code'), CODE);
  await becomes(() => text(page, 'score-visits'), '1');
  assert.equal(await it(page, 'payment-link').getAttribute('href'), `https://buy.stripe.com/test_demo?client_reference_id=${CODE}`);
  assert.match(await it(page, 'payment-link-taken').getAttribute('href'), /client_reference_id=account-4711$/);

  await it(page, 'signup-name').fill('Joe');
  await it(page, 'signup-email').fill('joe@example.com');
  await it(page, 'signup-submit').click();
  await becomes(() => text(page, 'score-points'), '10');
  await it(page, 'signup-link').waitFor();
  assert.match(await it(page, 'signup-link').getAttribute('href'), /\?ref=REF-[2-9A-Z]{6}$/);

  await page.locator('[data-sku=albatross]').click();
  await page.locator('[data-sku=wren]').click();
  assert.equal(await text(page, 'cart-total'), '$98.49');
  await it(page, 'checkout-email').fill('joe@example.com');
  await it(page, 'checkout-submit').click();
  await becomes(() => text(page, 'score-points'), '108', '10, and 98.49 rounded half up');
  assert.equal(await text(page, 'score-purchases'), '1');

  await it(page, 'checkout-again').click();
  await it(page, 'checkout-result').getByText('already').waitFor();
  assert.equal(await text(page, 'score-points'), '108', 'the same order does not count twice');

  const { body } = await askPrivately(stack, 'GET', '/api/v1/contests/demo/leaderboard');
  const seen = body.data.map(({ name, points, referralsCount }) => [name, points, referralsCount]);
  assert.deepEqual(seen, [['Jane Doe', 108, 1], ['Joe', 5, 0]]);
  assert.deepEqual(page.noise, [], 'nothing in the console');
  await page.context().close();
});

test('the other form of a link leads to the shop with the code, and the server sets the cookie', async () => {
  const page = await newVisitor(browser, { javaScriptEnabled: false });
  await page.goto(`${stack.origin}/r/demo/${CODE.toLowerCase()}?to=/demo/`);
  assert.equal(page.url(), `${stack.origin}/demo/?ref=${CODE}`);
  const [cookie] = await page.context().cookies();
  assert.match(cookie.value, new RegExp(`^${CODE}\\.demo\\.\\d{13}$`));
  // What the server wrote is what the script reads, also on a page without the code.
  const state = await page.context().storageState();
  const scripted = await newVisitor(browser, { storageState: state });
  await scripted.goto(`${stack.origin}/demo/`);
  await becomes(() => text(scripted, 'tracker-code'), CODE);
  await Promise.all([page.context().close(), scripted.context().close()]);
});

test('what is wrong is said beside the form, and the shop goes on', async () => {
  const page = await newVisitor(browser);
  await page.goto(`${stack.origin}/demo/?ref=${CODE}`);
  await page.evaluate(() => window.RocketTracker.ready);
  // The browser takes this for an address, and the rules of a contest do not.
  await it(page, 'signup-email').fill('joe@localhost');
  await it(page, 'signup-submit').click();
  const alert = page.locator('[data-testid=signup-result] [role=alert]');
  await alert.getByText('email').waitFor();
  assert.deepEqual(page.posts.filter(({ path }) => path.endsWith('track-signup')), [], 'it never left the browser');
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

test('opened without a code it says how to open it with one', async () => {
  const page = await newVisitor(browser);
  await page.goto(`${stack.origin}/demo/`);
  await page.evaluate(() => window.RocketTracker.ready);
  await it(page, 'open-with-code').waitFor();
  assert.deepEqual(page.posts, [], 'no visit without a code');
  await it(page, 'open-with-code').click();
  await becomes(() => text(page, 'tracker-code'), CODE);
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

test('the shop sells without the script', async () => {
  const page = await newVisitor(browser);
  await page.route('**/referral-tracker.js*', (route) => route.abort());
  await page.goto(`${stack.origin}/demo/?ref=${CODE}`);
  await page.locator('[data-sku=swift]').click();
  await it(page, 'checkout-email').fill('ann@example.com');
  await it(page, 'checkout-submit').click();
  await it(page, 'checkout-result').getByText('is placed').waitFor();
  assert.deepEqual(page.posts, []);
  await page.context().close();
});

test('it fits a phone', async () => {
  const page = await newVisitor(browser, { viewport: { width: 360, height: 740 } });
  for (const path of ['/', `/demo/?ref=${CODE}`]) {
    await page.goto(stack.origin + path);
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= 360), `${path} scrolls sideways`);
  }
  await it(page, 'strip-toggle').click();
  await becomes(() => it(page, 'score-points').isVisible(), true);
  await page.context().close();
});
