// The doctor's report as people see it: over a page of theirs, and on the page of the deployment that looks at a pasted tag.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { newVisitor } from '../support/browser.mjs';
import { IDS, startOwner } from '../support/owner.mjs';
import { until } from '../support/road.mjs';
import { CODE } from '../support/stack.mjs';

let owner;
before(async () => {
  owner = await startOwner();
});
after(() => owner?.stop());

const LINKS = '<a href="https://buy.stripe.com/a">Buy</a>';

/** What many sites have, with no word of RocketTracker in it: the script is on the site's own host here. */
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const BEHIND = `<button id=behind>Kites</button>${LINKS}<a href="https://buy.stripe.com/b?client_reference_id=mine">Buy</a>`;
const overlay = (options) => owner.open({ host: owner.road.origin, csp: STRICT, query: `?ref=${CODE}&doctor`, more: '&autoInject=stripe&dayz=30', body: BEHIND, ...options });
const dialog = (page) => page.getByRole('dialog', { name: 'How RocketTracker is doing here' });
const looked = (page) => dialog(page).getByRole('status').filter({ hasText: /fine\.$/ }).waitFor();

test('?doctor opens the report over the page, under a strict policy, and Escape leaves the page as it was', async () => {
  const bare = await overlay({ query: `?ref=${CODE}` });
  await until(() => bare.evaluate(() => window.RocketTracker.ready), 'the core runs');
  const before = await bare.evaluate(() => document.documentElement.outerHTML);

  const page = await overlay();
  await looked(page);
  assert.equal(await dialog(page).getByRole('status').innerText(), '1 problem, 1 note, 8 fine.');
  const cards = dialog(page).getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
  assert.equal(await cards.count(), IDS.length);
  assert.match(await cards.first().innerText(), /Is the tag as it should be\?\s*Problem[^]*dayz[^]*What to do[^]*days/);
  await page.keyboard.press('Escape');
  // The dialog closes first, and its host goes when it has.
  await page.locator('[data-rocket-doctor=dialog]').waitFor({ state: 'detached' });
  const numbered = (html) => html.replace(/page-\d+/g, '');
  assert.equal(numbered(await page.evaluate(() => document.documentElement.outerHTML)), numbered(before));
  assert.deepEqual([...bare.noise, ...page.noise], []);
  for (const one of [bare, page]) await one.context().close();
});

test('by keyboard alone: the page behind is out of reach, its shortcuts are silent, and focus comes back', async () => {
  const shortcuts = `window.heard = []; document.addEventListener('keydown', ({ key }) => window.heard.push(key)); document.querySelector('#behind').focus();`;
  Object.assign(owner.pages, { '/shortcuts.js': shortcuts });
  const page = await overlay({ before: '<button id=behind>Kites</button><script src=/shortcuts.js></script>', body: LINKS });
  await looked(page);
  const focused = () => page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot) at = at.shadowRoot.activeElement;
    return at?.getAttribute('aria-label') || at?.textContent.slice(0, 20) || at?.localName;
  });
  const go = async (name) => {
    for (let n = 0; (await focused()) !== name; n += 1) {
      assert(n < 10, `${name} is not reached`);
      await page.keyboard.press('Tab');
    }
  };
  for (const stop of ['How RocketTracker is', 'Close the report', 'Look again', 'Copy as text', 'The report', 'Close the report']) await go(stop);
  for (let n = 0; n < 8; n += 1) {
    await page.keyboard.press('Shift+Tab');
    assert.notEqual(await focused(), 'Kites');
  }
  await go('The report');
  await page.evaluate(() => (window.heard = []));
  for (const key of ['k', 'End', 'Home']) await page.keyboard.press(key);
  assert.deepEqual(await page.evaluate(() => window.heard), []);
  await go('Look again');
  const again = page.waitForResponse(/validate-code/);
  await page.keyboard.press('Enter');
  await again;
  await looked(page);
  await go('Close the report');
  await page.keyboard.press('Enter');
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Kites');
  await page.context().close();
});

test('it is copied as text, for whoever helps', async () => {
  const page = await overlay({ context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  await looked(page);
  await dialog(page).getByRole('button', { name: 'Copy as text' }).click();
  await dialog(page).getByText('Copied.').waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^RocketTracker on http:[^?]*\n[^]*\[Problem\] Is the tag as it should be\?\n[^]*What to do: [^]*\[Fine\] Is the script running\?/);
  await page.context().close();
});

test('nothing is loaded where nobody asks, nor for a parameter of the site\'s own', async () => {
  for (const query of ['', '?doctor=smith', '?doctor=', '?mydoctor', '?doctors']) {
    const page = await newVisitor(owner.browser);
    const loaded = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await overlay({ page, query });
    await page.evaluate(() => window.RocketTracker.ready);
    assert(loaded.some((path) => path.startsWith('/core/core-')));
    assert.deepEqual(loaded.filter((path) => /doctor-|view-/.test(path)), [], query);
    await page.context().close();
  }
});

// The page of the deployment, and what both look like.

const paste = async (snippet, context) => {
  const page = await newVisitor(owner.browser, context);
  await page.goto(`${owner.stack.origin}/doctor/`);
  await page.getByLabel('The tag, or the script’s address').fill(snippet);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('status').filter({ hasText: /report is there|No script/ }).waitFor({ state: 'attached' });
  return page;
};
const card = (page, id) => page.locator(`[data-check=${id}]`);

test('a tag that is right: said so, run and reported', async () => {
  const page = await paste(owner.tag(`campaignId=${owner.contest}&amp;autoInject=stripe&amp;consent=required`));
  assert.match(await card(page, 'snippet').innerText(), /Fine[^]*Yes/);
  assert.match(await card(page, 'contest').innerText(), new RegExp(`Yes: ${owner.contest} is open`));
  assert.equal(await page.locator('[data-check]').count(), 1 + IDS.length);
  assert.match(await page.locator('[data-left-out]').innerText(), /consent=required is left out/);
  assert.equal(await page.locator('[data-fixed]').isVisible(), false);
  assert.equal(await page.locator(':focus').innerText(), 'The snippet');
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

test('a tag that is wrong: each fault in words, and the tag as it should be', async () => {
  const page = await paste(`<script src=“http://tracker.example/referral-tracker.js?campaignid=${owner.contest}&amp;amp;autoInject=stripe&days=0 async>`);
  const said = await card(page, 'snippet').innerText();
  for (const part of [/typographic/, /one side only/, /<\/script> is missing/, /host tracker\.example/, /campaignid is no parameter/, /&amp; where & is meant/, /days=0/]) assert.match(said, part);
  assert.equal(await page.locator('[data-fixed] code').innerText(), `<script src="${owner.stack.origin}/referral-tracker.js?campaignId=${owner.contest}&autoInject=stripe" async></script>`);
  assert.match(await card(page, 'contest').innerText(), /campaignId is missing/);
  await page.getByRole('button', { name: 'Look at this one' }).click();
  await page.waitForURL((url) => url.searchParams.get('tag').includes('campaignId'));
  await card(page, 'contest').waitFor();
  assert.match(await card(page, 'snippet').innerText(), /Fine/);
  assert.match(await card(page, 'contest').innerText(), /is open/);
  await page.context().close();
});

test('what holds no script, and what would be one of another host, is not run', async () => {
  for (const [snippet, said] of [
    ['hello', /No address of referral-tracker\.js/],
    ['<script src="https://evil.example/x.js"></script>', /None of these scripts/],
    ['<script src="https://evil.example/referral-tracker.js?campaignId=demo" async></script>', /It names the host evil\.example/],
    ['javascript:alert(1)//referral-tracker.js', /./],
  ]) {
    const page = await paste(snippet);
    assert.match(await card(page, 'snippet').innerText(), said, snippet);
    const sources = await page.evaluate(() => [...document.scripts].map(({ src }) => new URL(src).origin));
    assert(sources.every((origin) => origin === owner.stack.origin), `${sources}`);
    await page.context().close();
  }
});

const SCREENS = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };
const WRONG = `<script src="https://tracker.example/referral-tracker.js?campaignid=demo&autoInject=stripes" async></script>`;
for (const colorScheme of ['light', 'dark'])
  for (const [screen, viewport] of Object.entries(SCREENS))
    test(`${colorScheme}, ${screen}: nothing that keeps anybody out, and nothing wider than the screen`, async () => {
      const context = { colorScheme, viewport };
      const over = await overlay({ context });
      await looked(over);
      const own = await newVisitor(owner.browser, context);
      await own.goto(`${owner.stack.origin}/doctor/`);
      for (const [name, page, where] of [['over a page', over, '[data-rocket-doctor]'], ['empty', own, 'html'], ['pasted', await paste(WRONG, context), 'html']]) {
        await page.evaluate(axe.source);
        const { violations, passes } = await page.evaluate((where) => window.axe.run(where), where);
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]), [], name);
        assert(passes.some(({ id }) => id === 'color-contrast'), `${name}: contrast was looked at`);
        const wide = await page.evaluate(() => {
          const boxes = [document.documentElement, ...[...document.querySelectorAll('[data-rocket-doctor]')].flatMap(({ shadowRoot }) => [...shadowRoot.querySelectorAll('dialog, .place, .sheet')])];
          return boxes.filter((box) => box.scrollWidth > box.clientWidth).map(({ localName, className, scrollWidth }) => `${localName}.${className} ${scrollWidth}`);
        });
        assert.deepEqual(wide, [], name);
        // For whoever changes how it looks.
        if (process.env.SHOTS) {
          await mkdir(process.env.SHOTS, { recursive: true });
          await page.screenshot({ path: `${process.env.SHOTS}/${name.replaceAll(' ', '-')}-${screen}-${colorScheme}.png`, fullPage: where === 'html' });
        }
        await page.context().close();
      }
    });
