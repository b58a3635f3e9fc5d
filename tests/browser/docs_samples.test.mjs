// The samples of the docs that are for a page: put into one, as a reader pastes them, under the policy that the docs say is enough.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVisitor } from '../support/browser.mjs';
import { ask, startOwner } from '../support/owner.mjs';
import { read } from '../support/pages.mjs';
import { until } from '../support/road.mjs';
import { mine } from '../support/samples.mjs';
import { CODE, makeContest } from '../support/stack.mjs';

let owner, own, policies;
before(async () => {
  owner = await startOwner();
  own = await mine(import.meta.url);
  policies = own.filter(({ language }) => language === 'csp').map(({ page, text }) => ({ page, csp: meant(text).trim() }));
});
after(() => owner?.stop());

/** With what a reader puts in the place of names. */
const meant = (text) =>
  text
    .replaceAll('https://HOST', owner.stack.origin)
    .replaceAll("host: 'HOST'", `host: '${owner.stack.origin}'`)
    .replaceAll('CONTEST_ID', owner.contest);

const of = (language) => own.filter((sample) => sample.language === language);
const title = ({ page, heading, text }) => `${page}, ${heading}: ${text.split('\n').find((line) => line.length > 4)}`;

let pages = 0;
/** Opens a page of the site with this HTML and the first policy of the docs, to which `more` may be added. */
async function open(html, more = '', csp = policies.find(({ page }) => page === 'docs/privacy.md').csp) {
  const page = await newVisitor(owner.browser);
  pages += 1;
  const path = `/sample-${pages}`;
  owner.pages[path] = { html: `<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>${html}`, headers: { 'content-security-policy': `${csp}${more}` } };
  await page.goto(`${owner.road.origin}${path}?ref=${CODE}`);
  return page;
}

const tag = () => owner.tag(`campaignId=${owner.contest}&autoInject=stripe`);
const widget = () => `<script src="${owner.stack.origin}/referral-widget.js" async></script>`;
const runs = (page) => page.waitForFunction(() => window.RocketTracker?.ready);

test('whoever follows the quick start has a link, a friend who came by it, and the points for that', async () => {
  const { origin } = owner.road;
  const settings = { siteUrl: `${origin}/shop`, points: { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1 } } } };
  const contest = await makeContest(owner.stack, { settings });
  const steps = own.filter(({ page }) => page === 'docs/quick-start.md').map(({ language, text }) => [language, meant(text).replaceAll(owner.contest, contest)]);
  assert.deepEqual(steps.map(([language]) => language), ['html', 'js', 'js']);
  owner.pages['/shop'] = `<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>${steps[0][1]}`;

  const me = await newVisitor(owner.browser);
  const mine = `${owner.stack.origin}/c/${contest}`;
  await me.goto(mine);
  const form = me.locator('rocket-referral');
  await form.getByRole('textbox').nth(0).fill('Me');
  await form.getByRole('textbox').nth(1).fill('me@example.com');
  await form.getByRole('button').first().click();
  const link = await form.locator('[part~=link]').inputValue();
  assert(link.startsWith(`${origin}/shop?ref=`), link);

  const friend = await newVisitor(owner.browser);
  await friend.goto(`${link}&doctor`);
  const report = friend.getByRole('dialog');
  await report.getByText('It is the code of Me').waitFor();
  await friend.keyboard.press('Escape');
  // As a page of the site calls it; that the policy lets it through is tried elsewhere.
  for (const [, call] of steps.slice(1)) await friend.evaluate(call.replace(/;\s*$/, ''));

  await until(async () => {
    await me.goto(mine);
    return /\b90\b/.test(await form.locator('[part~=stats]').innerText());
  }, '10 for the signup, 80 for the order');
  assert.deepEqual([...me.noise, ...friend.noise], []);
  for (const page of [me, friend]) await page.context().close();
});

test('what a browser keeps is what the page about privacy says, and consent(false) clears it', async () => {
  const told = [...(await read('docs/privacy.md')).matchAll(/^\| (?:cookie )?`(rocket[\w:…]+)`/gm)].map(([, name]) => name.replace('CONTEST_ID', owner.contest));
  const page = await open(`${tag()}${widget()}<rocket-referral contest="${owner.contest}"></rocket-referral>`);
  await runs(page);
  await until(() => page.posts.length === 1, 'the visit goes out');
  const form = page.locator('rocket-referral');
  await form.getByRole('textbox').nth(0).fill('Ann');
  await form.getByRole('textbox').nth(1).fill('ann.lee@example.com');
  await form.getByRole('button').first().click();
  await form.locator('[part~=link]').waitFor();
  await page.evaluate(() => window.RocketTracker.consent(true));
  await page.route('**/api/referral/**', (route) => route.fulfill({ status: 503, json: {}, headers: { 'access-control-allow-origin': '*' } }));
  await page.evaluate(() => void window.RocketTracker.trackPurchase('ORDER-1', 1, 'USD', 'ann.lee@example.com'));
  await page.waitForFunction(() => localStorage.getItem('rocket:outage'));
  const kept = () => page.evaluate(() => [...document.cookie.split('; ').map((cookie) => cookie.split('=')[0]), ...Object.keys(localStorage)].filter(Boolean));
  assert.deepEqual([...new Set((await kept()).map((name) => name.replace(/:q:.*/, ':q:…')))].sort(), told.sort());
  await page.evaluate(() => window.RocketTracker.consent(false));
  await page.waitForFunction(() => !document.cookie);
  assert.deepEqual(await kept(), ['rocket:consent']);
  await page.context().close();
});

test('each policy is enough for what it is for', async () => {
  assert(policies.length >= 3);
  for (const { page: where, csp } of policies) {
    const isWidget = where === 'docs/widget.md';
    const page = await open(isWidget ? `${widget()}<rocket-referral contest="${owner.contest}"></rocket-referral>` : tag(), '', `default-src 'none'; ${csp}`);
    if (isWidget) await page.getByRole('textbox').first().waitFor();
    else {
      await runs(page);
      assert.deepEqual(await page.evaluate(() => window.RocketTracker.ready), { engine: csp.includes('wasm') ? 'wasm' : 'js' });
      await until(() => page.posts.length === 1, 'the visit goes out');
    }
    assert.deepEqual(page.noise, [], csp);
    await page.context().close();
  }
});

test('each piece of HTML does what it is there for, and the doctor has nothing to say against its tag', async (t) => {
  for (const sample of of('html'))
    await t.test(title(sample), async () => {
      const text = meant(sample.text);
      const isWidget = text.includes('<rocket-referral');
      const page = await open(text.includes('<script') ? text : (isWidget ? widget() : tag()) + text);
      if (isWidget) await page.locator('rocket-referral').first().getByRole(text.includes('code=') ? 'table' : 'textbox').first().waitFor();
      else {
        await runs(page);
        const { checks } = await ask(page);
        for (const id of ['script', 'tag', 'endpoint', 'contest']) {
          const { state, answer } = checks.find((check) => check.id === id);
          assert(state === 'ok' || (state === 'note' && text.includes('consent=required')), `${id}: ${answer}`);
        }
        if (/stripe\.com|data-rocket/.test(text)) {
          const { state, answer } = checks.find(({ id }) => id === 'stripe');
          assert.equal(state, 'ok', answer);
          assert.match(answer, /^Yes/);
        }
        const kept = await page.evaluate(() => [document.cookie, Object.keys(localStorage).length]);
        if (text.includes('consent=required')) assert.deepEqual(kept, ['', 0]);
        else assert.match(kept[0], new RegExp(`rocket_ref=${CODE}`));
      }
      assert.deepEqual(page.noise, []);
      await page.context().close();
    });
});

/** What a sample is for: seen in the page once it has run. */
const EFFECTS = [
  [/trackSignup\(|\['trackSignup'/, (page) => until(() => page.posts.some(({ path, body }) => path.endsWith('track-signup') && body.email === 'joe@example.com'), 'the signup is sent')],
  [/trackPurchase\(/, (page) => until(() => page.posts.some(({ path, body }) => path.endsWith('track-purchase') && body.orderId === 'ORDER-1001'), 'the order is sent')],
  [/consent\(true\)/, (page) => page.waitForFunction(() => document.cookie.includes('rocket_ref='))],
  [/consent\(false\)/, (page) => page.waitForFunction(() => !document.cookie && !localStorage.getItem('rocket:ref') && localStorage.getItem('rocket:consent') !== 'yes')],
  [/cart\/update\.js/, (page) => until(() => page.posts.some(({ path, body }) => path === '/cart/update.js' && body.attributes.referral_code === CODE), 'the cart has the code')],
  [/rockettracker:signup/, async (page) => {
    await page.evaluate(() => window.RocketTracker.trackSignup('ann@example.com'));
    await page.waitForFunction(() => /^Welcome, REF-/.test(document.title));
  }],
  [/doctor\(\)/, (page) => until(() => page.noise.splice(0).length >= 10, 'the report is printed')],
];

test('each piece of JavaScript runs in a page with the tag, and does what it is there for', async (t) => {
  Object.assign(owner.pages, { '/cart/update.js': '{}', '/npm/index.js': await read('npm/index.js') });
  for (const sample of of('js'))
    await t.test(title(sample), async () => {
      pages += 1;
      const path = `/sample-${pages}.js`;
      const isPackage = sample.text.includes("from 'rockettracker'");
      owner.pages[path] = `${meant(sample.text).replace("'rockettracker'", "'/npm/index.js'")}\n;document.documentElement.dataset.ran = '';`;
      // A sample that queues comes before the tag, another one once that has run.
      const early = sample.text.includes('q: []') || sample.text.includes("'rockettracker:");
      const consent = sample.text.includes('consent(true)') ? '&consent=required' : '';
      const script = `<script type=module src="${path}"></script>`;
      const before = isPackage ? '' : tag().replace('" async', `${consent}" async`);
      const csp = `script-src 'self' ${owner.stack.origin} 'wasm-unsafe-eval'; connect-src 'self' ${owner.stack.origin}`;
      const page = await open(early || isPackage ? script + before : before, '', csp);
      if (!early && !isPackage) {
        await runs(page);
        await page.evaluate((src) => document.head.append(Object.assign(document.createElement('script'), { type: 'module', src })), path);
      }
      await page.waitForFunction(() => 'ran' in document.documentElement.dataset);
      const effects = EFFECTS.filter(([sign]) => sign.test(sample.text));
      assert(effects.length > 0, 'say in EFFECTS what it is there for');
      for (const [, seen] of effects) await seen(page);
      assert.deepEqual(page.noise, []);
      await page.context().close();
    });
});

test('each piece of style is understood, and names what the widget has', async (t) => {
  const style = await read('widget/style.css');
  for (const sample of of('css'))
    await t.test(title(sample), async () => {
      owner.pages['/sample.css'] = { html: sample.text, headers: { 'content-type': 'text/css' } };
      const page = await open(`<link rel=stylesheet href=/sample.css>${widget()}<rocket-referral contest="${owner.contest}"></rocket-referral>`);
      await page.locator('rocket-referral').getByRole('textbox').first().waitFor();
      const rules = await page.evaluate(() => [...document.styleSheets[0].cssRules].map(({ selectorText, style }) => [selectorText, [...style]]));
      const written = sample.text.match(/\{[^}]*\}/g).map((block) => block.match(/[\w-]+(?=:\s)/g));
      assert.deepEqual(rules.map(([, names]) => names.length), written.map((names) => names.length));
      for (const [selector, names] of rules) {
        for (const name of names.filter((name) => name.startsWith('--'))) assert(style.includes(`var(${name}`), `${name} is not the widget's`);
        const [, part] = selector.match(/::part\((\w+)\)/) ?? [];
        if (part) assert.equal(await page.locator(`rocket-referral [part~=${part}]`).count() > 0, true, `there is no part ${part}`);
      }
      await page.context().close();
    });
});
