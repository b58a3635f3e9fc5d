// The docs as people read them: on a phone and on a desk, in both themes, by keyboard alone; and found by searching.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { addresses, markdown } from '../support/pages.mjs';
import { startStack } from '../support/stack.mjs';

const SCREENS = { phone: { width: 360, height: 740 }, desk: { width: 1440, height: 900 } };

let stack, browser, pages;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  pages = await addresses();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function open(path = '/docs/', context = { viewport: SCREENS.desk }) {
  const page = await newVisitor(browser, context);
  page.asked = [];
  page.on('request', (request) => page.asked.push(new URL(request.url())));
  await page.goto(stack.origin + path);
  return page;
}

const field = (page) => page.getByRole('searchbox', { name: 'Search the docs' });
const results = (page) => page.locator('.results a');
const count = (page) => page.locator('.results [role=status]');
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute('href') || document.activeElement.localName);

test('every Markdown file is a page, under a policy without unsafe-inline, that asks nobody else and says what it is', async () => {
  assert.equal(pages.length, (await markdown()).length);
  const page = await open();
  const titles = new Set();
  for (const path of pages) {
    const response = await page.goto(stack.origin + path);
    assert.equal(response.status(), 200, path);
    const policy = response.headers()['content-security-policy'];
    assert.match(policy, /script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    titles.add(await page.title());
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, path);
    assert.equal(await page.locator('.pages.wide [aria-current=page]').getAttribute('href'), path);
    assert((await page.locator('meta[name=description]').getAttribute('content')).length > 20, `${path} has no description`);
    const source = await page.getByRole('link', { name: 'This page as Markdown' }).getAttribute('href');
    const markdown = await fetch(stack.origin + source);
    assert.equal(markdown.headers.get('content-type'), 'text/markdown; charset=utf-8');
    assert.match(await markdown.text(), /^# /);
  }
  assert.equal(titles.size, pages.length, 'titles differ');
  assert.deepEqual(page.asked.filter(({ origin }) => origin !== stack.origin), []);
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'])
  for (const [screen, viewport] of Object.entries(SCREENS))
    test(`${colorScheme}, ${screen}: nothing on any page keeps anybody out, and nothing is wider than the screen`, async () => {
      const page = await open('/docs/', { colorScheme, viewport });
      for (const path of pages) {
        await page.goto(stack.origin + path);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width, path);
        await page.evaluate(axe.source);
        const { violations, passes } = await page.evaluate(() => window.axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]), [], path);
        assert(passes.some(({ id }) => id === 'color-contrast'), `${path}: contrast was looked at`);
        // For whoever changes how it looks.
        if (process.env.SHOTS) {
          await mkdir(process.env.SHOTS, { recursive: true });
          await page.screenshot({ path: `${process.env.SHOTS}/${path.slice(6, -1).replaceAll('/', '-') || 'overview'}-${screen}-${colorScheme}.png`, fullPage: true });
        }
      }
      await field(page).fill('webhook');
      await results(page).first().waitFor();
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]), [], 'with results');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width, 'with results');
      assert.deepEqual(page.noise, []);
      await page.context().close();
    });

for (const [screen, viewport] of Object.entries(SCREENS))
  test(`by keyboard alone, ${screen}: skip to the text, or slash, type, choose, and land at the heading`, async () => {
    const page = await open('/docs/', { viewport, colorScheme: screen === 'phone' ? 'dark' : 'light' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'main');
    await page.keyboard.press('/');
    assert.equal(await focused(page), 'search');
    await page.keyboard.type('leaderboardNames');
    await results(page).first().waitFor();
    assert.match(await count(page).innerText(), /^\d+ results?/);
    const hrefs = await results(page).evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), hrefs[0]);
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), hrefs[1]);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(page), 'search');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.results').isVisible(), false);
    assert.equal(await focused(page), 'search');
    await field(page).fill('coming and going');
    await results(page).filter({ hasText: 'Coming and going' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/docs/api-reference/#coming-and-going');
    assert.equal(await focused(page), 'coming-and-going');
    assert.equal(await page.evaluate(() => document.activeElement.getBoundingClientRect().top > 60), true, 'it is not under the masthead');
    // A result on this very page.
    await page.keyboard.press('/');
    await page.keyboard.type('doubtful referrals');
    await results(page).filter({ hasText: 'The API: Doubtful referrals' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#doubtful-referrals');
    assert.equal(await focused(page), 'doubtful-referrals');
    assert.equal(await page.locator('.results').isVisible(), false);
    assert.deepEqual(page.noise, []);
    await page.context().close();
  });

test('the index is loaded when somebody searches, finds what is spelled nearly right, and says what to try where there is nothing', async () => {
  const page = await open('/docs/decisions/doubtful-referrals/');
  const loaded = () => page.asked.filter(({ pathname }) => /search/.test(pathname)).map(({ pathname }) => pathname);
  assert.deepEqual(loaded(), []);
  for (const [asked, expected] of [
    ['webhok', /Webhook/i],
    ['autoinject', /stripe/i],
    ['sameBrowser', /sameBrowser/],
    ['same browser', /sameBrowser|same browser/i],
    ['DISQUALIFY', /disqualify/i],
    ['429', /429|Limits/i],
  ]) {
    await field(page).fill(asked);
    await count(page).filter({ hasText: /result/ }).waitFor();
    await page.waitForFunction(([asked]) => document.querySelector('#search').value === asked, [asked]);
    assert.match(await page.locator('.results').innerText(), expected, asked);
  }
  assert.deepEqual(loaded().sort(), ['/docs/search.js', '/docs/search.json']);
  for (const nothing of ['qqzzxy', '<img src=x onerror=alert(1)>zzqy']) {
    await field(page).fill('');
    await field(page).fill(nothing);
    if (nothing.startsWith('q')) await count(page).filter({ hasText: /^Nothing about “qqzzxy”\. Try/ }).waitFor();
    assert.equal(await page.locator('.results img').count(), 0);
  }
  await field(page).fill('  ');
  await page.locator('.results').waitFor({ state: 'hidden' });
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

test('an index that does not come is said, and the page goes on', async () => {
  const page = await newVisitor(browser);
  await page.route('**/docs/search.json', (route) => route.fulfill({ status: 503 }));
  await page.goto(`${stack.origin}/docs/`);
  await field(page).fill('consent');
  await count(page).filter({ hasText: 'could not be loaded' }).waitFor();
  assert(page.noise.every((text) => text.includes('503')), page.noise.join());
  await page.context().close();
});

test('samples name this deployment and are copied as they stand', async () => {
  const page = await open('/docs/widget/', { viewport: SCREENS.desk, permissions: ['clipboard-read', 'clipboard-write'] });
  const sample = page.locator('.sample').first();
  assert.equal(await page.getByText('https://HOST/referral-widget.js').count(), 0);
  await sample.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, new RegExp(`^<script src="${stack.origin}/referral-widget\\.js" async></script>\n<rocket-referral`));
  await page.context().close();
});

test('without JavaScript every page is there to read, with its lists of pages and parts', async () => {
  const page = await open('/docs/deploy/', { viewport: SCREENS.phone, javaScriptEnabled: false });
  await page.getByText('All pages', { exact: true }).click();
  await page.getByRole('navigation', { name: 'All pages' }).getByRole('link', { name: 'Webhooks' }).click();
  await page.waitForURL('**/docs/webhooks/');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Webhooks');
  assert.equal(await field(page).isVisible(), false);
  await page.context().close();
});

test('what is too wide for a phone scrolls in its own box, by keyboard too, and what fits is no stop', async () => {
  const page = await open('/docs/script/', { viewport: SCREENS.phone });
  const boxes = page.locator('.table, .sample pre');
  await page.waitForFunction(() => document.querySelector('.sample pre').scrollWidth > document.querySelector('.sample pre').clientWidth);
  const states = await boxes.evaluateAll((all) => all.map((box) => [box.scrollWidth > box.clientWidth, box.tabIndex === 0]));
  assert(states.some(([wide]) => wide));
  for (const [wide, stops] of states) assert.equal(stops, wide);
  const sample = page.getByRole('group', { name: 'Sample: html' }).first();
  await sample.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.activeElement.scrollLeft > 0);
  const wide = await open('/docs/quick-start/', { viewport: SCREENS.desk });
  await wide.waitForFunction(() => [...document.querySelectorAll('.sample pre')].some((pre) => !pre.hasAttribute('tabindex')));
  for (const one of [page, wide]) await one.context().close();
});
