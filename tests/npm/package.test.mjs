// The npm package in a new React project: what is in it, what its types say, and what it does on a page and on a server.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { ask, board, CODE, makeContest, startStack } from '../support/stack.mjs';
import { mine } from '../support/samples.mjs';
import { makeShop, openShop } from '../support/shop.mjs';

const SCRIPT = '**/referral-tracker.js*';

let stack;
let browser;
let shop;
let site;
before(async () => {
  shop = await makeShop();
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  site = await openShop(shop, stack.origin);
});
after(async () => {
  await browser?.close();
  await site?.close();
  await stack?.stop();
  await shop?.stop();
});

/** The shop's page with a contest of its own, and what was loaded from the deployment so far in `page.scripts`. */
async function open(query = '', { options = {}, path = '/', arrange = () => {} } = {}) {
  const page = await newVisitor(browser);
  page.contest = await makeContest(stack);
  page.scripts = [];
  page.on('request', (request) => request.url().includes('referral-tracker.js') && page.scripts.push(request.url()));
  await arrange(page);
  const told = new URLSearchParams({ ref: CODE, contest: page.contest, options: JSON.stringify(options) });
  await page.goto(`${site.origin}${path}?${told}&${query}`);
  await page.waitForFunction(() => window.rockettracker);
  return page;
}

const becomes = (page, selector, text) =>
  page.waitForFunction(([selector, text]) => document.querySelector(selector)?.textContent.includes(text), [selector, text], { timeout: 15_000 });
const said = (promise) => `(${promise}).then((value) => value, (error) => String(error))`;
const tags = (page) => page.evaluate(() => [...document.scripts].filter(({ src }) => src.includes('referral-tracker')).length);

test('the package holds its modules, their types and nothing else', async () => {
  const { packed } = shop;
  assert.deepEqual(packed.files.map(({ path }) => path).sort(), [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'index.d.ts', 'index.js', 'package.json', 'react.d.ts', 'react.js',
  ]);
  const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  for (const license of ['LICENSE-APACHE', 'LICENSE-MIT']) assert.equal(await read(`npm/${license}`), await read(license));
  const manifest = JSON.parse(await read('npm/package.json'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(`version = "${manifest.version}"`, (await read('Cargo.toml')).match(/^version = .*$/m)[0]);
});

test('tsc takes what the types allow, and refuses what they do not', () => shop.run('tsc --noEmit', 'npm', 'exec', '--', 'tsc', '--noEmit'));

test('on a server nothing happens, and nothing breaks', async () => {
  const told = await shop.run('a page rendered on a server', process.execPath, '--input-type=module', '--eval', `
    import { createElement } from 'react';
    import { renderToString } from 'react-dom/server';
    import { consent, getReferralCode, getReferralLink, load, trackSignup } from 'rockettracker';
    import { useReferral } from 'rockettracker/react';
    const options = { host: 'go.shop.example', campaignId: 'summer' };
    const Page = () => {
      const { code, ready, error } = useReferral(options);
      return createElement('p', null, JSON.stringify([code, ready, error]));
    };
    trackSignup('unheard@example.com');
    consent(true);
    const tracker = await load(options);
    const refused = await trackSignup('joe@example.com').catch((error) => error.message);
    console.log(JSON.stringify([renderToString(createElement(Page)), getReferralCode(), getReferralLink('X'), tracker.getReferralCode(), refused]));
  `);
  assert.deepEqual(JSON.parse(told), ['<p>[null,false,null]</p>', null, null, null, 'RocketTracker: trackSignup() is for the browser, this is a server']);
});

test('the hook on the page about the script is one that a component takes', async () => {
  const [{ text }] = await mine(import.meta.url);
  const [head, body] = [text.split('\n').filter((line) => line.startsWith('import ')), text.split('\n').filter((line) => !line.startsWith('import '))];
  const told = await shop.run("the docs' component rendered on a server", process.execPath, '--input-type=module', '--eval', `
    import { createElement } from 'react';
    import { renderToString } from 'react-dom/server';
    ${head.join('\n')}
    const Page = () => {
      ${body.join('\n')}
      return createElement('p', null, JSON.stringify([code, ready, error, tracker.getReferralCode()]));
    };
    console.log(renderToString(createElement(Page)));
  `);
  assert.equal(told, '<p>[null,false,null,null]</p>\n');
});

test('the hook shows the code, and a signup and a purchase arrive', async () => {
  const page = await open();
  await becomes(page, '#state', CODE);
  await becomes(page, '#badge', `Brought by ${CODE}`);
  await page.locator('#signup').click();
  await becomes(page, '#said', '"isReferred":true');
  await page.locator('#buy').click();
  await becomes(page, '#said', '"status":"confirmed"');
  assert.deepEqual(await board(stack, page.contest), [['Jane Doe', 90], ['Joe', 5]]);
  const { body } = await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${page.contest}`);
  assert.equal(body.data.visits, 1);
  assert.deepEqual(page.noise, []);
});

test('one tag, however many components, renders and StrictMode ask for it', async () => {
  const page = await open();
  await becomes(page, '#state', CODE);
  for (let n = 1; n <= 5; n += 1) {
    await page.locator('#render').click();
    await becomes(page, '#render', String(n));
  }
  const same = await page.evaluate(async (options) => {
    const both = await Promise.all([window.rockettracker.load(options), window.rockettracker.load(options)]);
    return both.every((tracker) => tracker === window.RocketTracker);
  }, { host: stack.origin, campaignId: page.contest, autoInject: 'stripe', stripeHosts: ['pay.shop.example'] });
  assert.equal(same, true);
  assert.equal(await tags(page), 1);
  assert.equal(page.scripts.length, 1);
  assert.deepEqual(page.noise, []);
});

test('the options are in the tag as the script reads them', async () => {
  const page = await open('via=REF-OTHER1', { options: { param: ['via', 'ref'], days: 7, attribution: 'last', autoInject: ['stripe'], api: stack.origin } });
  await becomes(page, '#state', 'REF-OTHER1');
  assert.deepEqual([...new URL(page.scripts[0]).searchParams], [
    ['campaignId', page.contest], ['autoInject', 'stripe'], ['param', 'via,ref'], ['days', '7'], ['attribution', 'last'],
    ['stripeHosts', 'pay.shop.example'], ['api', stack.origin],
  ]);
});

test('a host may be a name, an origin or an address with a path', async () => {
  const page = await open('', { path: '/empty', arrange: (page) => page.route(/shop\.example/, (route) => route.abort()) });
  const told = await page.evaluate(async () => {
    const hosts = ['go.shop.example', 'http://go.shop.example:8080', 'https://shop.example/rocket/', 'https://shop.example/rocket'];
    const tried = [];
    for (const host of hosts) await window.rockettracker.load({ host, campaignId: 'a b&c' }).catch(({ message }) => tried.push(message.split(' ')[1]));
    return tried;
  });
  assert.deepEqual(told, ['https://go.shop.example', 'http://go.shop.example:8080', 'https://shop.example/rocket', 'https://shop.example/rocket']
    .map((base) => `${base}/referral-tracker.js?campaignId=a+b%26c`));
});

test('calls made at once are kept, and their promises give the answer', async () => {
  let release;
  const page = await open('early=early@example.com', {
    arrange: (page) => page.route(SCRIPT, (route) => new Promise((resolve) => (release = () => resolve(route.continue())))),
  });
  await page.locator('#signup').click();
  assert.equal(await page.evaluate(() => window.rockettracker.getReferralCode()), null);
  assert.deepEqual(await page.evaluate(() => window.RocketTracker.q.map((entry) => JSON.stringify(entry))), [
    '["trackSignup","early@example.com",{"name":"Early"}]', '["trackSignup","joe@example.com",{"name":"Joe"}]',
  ]);
  assert.equal(await page.locator('#state').innerText(), 'unknown');
  release();
  assert.equal((await page.evaluate(() => window.early)).email, 'early@example.com');
  await becomes(page, '#said', 'joe@example.com');
  // Both in the same millisecond, it may be: then their ids decide who is first.
  assert.deepEqual((await board(stack, page.contest)).sort(), [['Early', 5], ['Jane Doe', 20], ['Joe', 5]]);
  assert.deepEqual(page.noise, []);
});

test('with a tag that somebody else has put there, calls go to it', async () => {
  const page = await open('early=early@example.com', { path: '/empty' });
  await page.evaluate(([origin, contest]) => {
    const script = document.createElement('script');
    script.src = `${origin}/referral-tracker.js?campaignId=${contest}`;
    document.head.append(script);
  }, [stack.origin, page.contest]);
  assert.equal((await page.evaluate(() => window.early)).isReferred, true);
  const same = await page.evaluate(async (options) => (await window.rockettracker.load(options)) === window.RocketTracker, { host: stack.origin, campaignId: page.contest });
  assert.equal(same, true);
  assert.equal(await tags(page), 1);
});

test('a script that is blocked is an error that says so, for the hook and for every call; later it may come', async () => {
  const page = await open('early=early@example.com', { arrange: (page) => page.route(SCRIPT, (route) => route.abort('blockedbyclient')) });
  await becomes(page, '#state', 'could not be loaded');
  assert.match(await page.locator('#state').innerText(), /^RocketTracker: http.*referral-tracker\.js\S* could not be loaded: a content blocker/);
  for (const call of ['window.early', `window.rockettracker.trackSignup('late@example.com')`]) {
    assert.match(await page.evaluate(said(call)), /^Error: RocketTracker: .* could not be loaded/, call);
  }
  assert.equal(await tags(page), 0, 'the tag is gone, out of the way of another attempt');
  assert.deepEqual(page.noise.filter((line) => !line.includes('ERR_BLOCKED_BY_CLIENT')), [], 'no promise makes a noise');

  await page.unroute(SCRIPT);
  const code = await page.evaluate(async (options) => (await window.rockettracker.load(options)).getReferralCode(), { host: stack.origin, campaignId: page.contest });
  assert.equal(code, CODE);
  await page.evaluate(() => window.RocketTracker.trackSignup('last@example.com'));
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('rocket:q:')));
  assert.deepEqual((await board(stack, page.contest)).map(([name]) => name).sort(), ['Early', 'Jane Doe', 'last@example.com', 'late@example.com']);
});

test('what cannot be loaded is refused in words, and nothing throws', async () => {
  const page = await open('', { path: '/empty' });
  const load = (options) => page.evaluate(async (options) => {
    let promise;
    try {
      promise = window.rockettracker.load(options);
    } catch {
      return 'thrown';
    }
    return promise.then(() => 'loaded', (error) => `${error instanceof Error} ${error.message}`);
  }, options);
  const fine = { host: stack.origin, campaignId: page.contest };
  assert.match(await load(undefined), /^true RocketTracker: host is required/);
  assert.match(await load({ host: stack.origin }), /^true RocketTracker: campaignId is required/);
  assert.match(await load({ ...fine, host: 'shop.example:port' }), /^true RocketTracker: host is no address: shop.example:port/);
  assert.match(await load({ ...fine, host: site.origin }), /^true RocketTracker: .* could not be loaded/, 'the policy names another host');
  await page.route(SCRIPT, (route) => route.fulfill({ contentType: 'text/javascript', body: '/* something else */' }));
  assert.match(await load(fine), /^true RocketTracker: .* is not the script/);
  await page.unroute(SCRIPT);
  assert.equal(await load(fine), 'loaded');
  assert.equal(await load(fine), 'loaded');
  assert.match(await load({ ...fine, campaignId: 'another' }), /^true RocketTracker: a page has one/);
});

test('a nonce is enough for a policy that names no host', async () => {
  const page = await open('nonce=r4nd0m', { options: { nonce: 'r4nd0m' } });
  await becomes(page, '#state', CODE);
  assert.deepEqual(await page.evaluate(() => window.RocketTracker.ready), { engine: 'wasm' });
  assert.deepEqual(page.noise, []);
});

test('a script with another hash than the site knows does not run', async () => {
  const script = Buffer.from(await (await fetch(`${stack.origin}/referral-tracker.js`)).arrayBuffer());
  const hash = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
  await becomes(await open('', { options: { integrity: hash(script) } }), '#state', CODE);
  await becomes(await open('', { options: { integrity: hash('another') } }), '#state', 'integrity');
});

test('consent that is asked for is given through the package', async () => {
  const page = await open('', { options: { consent: 'required' } });
  await becomes(page, '#state', CODE);
  assert.deepEqual(page.posts, []);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  const visit = page.waitForResponse((response) => response.url().includes('track-visit'));
  await page.evaluate(() => window.rockettracker.consent(true));
  assert.equal((await visit).status(), 201);
});

test('a code that nobody has is gone from the hook as well', async () => {
  const page = await newVisitor(browser);
  const contest = await makeContest(stack);
  await page.goto(`${site.origin}/?ref=producthunt&contest=${contest}`);
  await becomes(page, '#state', 'no code');
});
