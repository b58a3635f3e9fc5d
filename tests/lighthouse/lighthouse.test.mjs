// The pages that people see, as Lighthouse judges them on a phone: against the whole product, the dashboard signed in.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';
import { ARGS } from '../support/browser.mjs';
import { startStack } from '../support/stack.mjs';

/** Of 100. Only speed depends on what else the machine does. */
const GOALS = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };
/** So often a page may be slow, or Chromium too slow to be asked, for the machine's sake. */
const TRIES = 3;

const PAGES = [
  ['the front page', '/'],
  ['the demo shop', '/demo/'],
  ['a contest’s own page with the widget', '/c/demo'],
  ['the docs’ first page', '/docs/'],
  ['the longest guide', '/docs/api-reference/'],
  ['the dashboard before one has signed in', '/app/', { shows: 'Your contests' }],
  ['the overview of a contest, signed in', '/app/#/c/demo', { enter: signIn, shows: 'Demo contest' }],
];

let stack, browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ARGS })]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function signIn(page) {
  await page.locator('input[name=key]').fill(stack.key);
  await page.keyboard.press('Enter');
  await page.locator('.figures').wait();
}

/** What keeps a page from its goals: `['seo 91: Document does not have a meta description', …]`. The page stays as the audit had it. */
async function missed(page, url) {
  const { lhr } = await lighthouse(url, { disableStorageReset: true, onlyCategories: Object.keys(GOALS), logLevel: 'error' }, undefined, page);
  if (lhr.runtimeError) return [`no judgement: ${lhr.runtimeError.message}`];
  const scores = Object.values(lhr.categories).map(({ id, score, auditRefs }) => ({ id, score: Math.round(score * 100), auditRefs }));
  console.log(`  ${new URL(url).pathname}: ${scores.map(({ id, score }) => `${id} ${score}`).join(', ')}`);
  assert.deepEqual(scores.map(({ id }) => id), Object.keys(GOALS));
  return scores.filter(({ id, score }) => !(score >= GOALS[id])).map(({ id, score, auditRefs }) => {
    const audits = auditRefs.filter(({ weight }) => weight > 0).map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 0.9);
    return `${id} ${score}: ${audits.map(({ title, displayValue }) => [title, displayValue].filter(Boolean).join(' ')).join('; ')}`;
  });
}

for (const [name, path, { enter, shows } = {}] of PAGES)
  test(`${name}: fast, open to everybody, found`, { timeout: 120_000 }, async () => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const url = stack.origin + path;
    if (enter) {
      await page.goto(url);
      await enter(page);
    }
    let left;
    for (let tries = 0; tries < TRIES && left?.length !== 0; tries += 1) {
      left = await missed(page, url);
      if (shows) assert.equal(await page.$eval('h1', (title) => title.textContent), shows, 'that was what was looked at');
    }
    assert.deepEqual(left, []);
    await context.close();
  });

test('a page that is slow, nameless and hard to read is found out', async () => {
  const bad = '<!doctype html><p style="color:#ddd">Hardly seen</p><img src="/x.png"><script>const end = performance.now() + 800; while (performance.now() < end);</script>';
  const server = createServer((_, response) => setTimeout(() => response.setHeader('content-type', 'text/html').end(bad), 200));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  try {
    const found = await missed(page, `http://127.0.0.1:${server.address().port}/`);
    assert.deepEqual(found.map((line) => line.split(' ')[0]), Object.keys(GOALS), found.join('\n'));
  } finally {
    await page.close();
    server.closeAllConnections();
    server.close();
  }
});
