// The doctor: each of its questions provoked on a real page, and the answer read.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVisitor } from '../support/browser.mjs';
import { ask, IDS, startOwner } from '../support/owner.mjs';
import { until } from '../support/road.mjs';
import { CODE, makeContest } from '../support/stack.mjs';

let owner;
let ended;
before(async () => {
  owner = await startOwner();
  Object.assign(owner.pages, SCRIPTS);
  ended = await makeContest(owner.stack, { status: 'ended' });
});
after(() => owner?.stop());

const check = (report, id) => report.checks.find((one) => one.id === id);

/** Holds a check's state, answer and what to do against what is expected; without a `todo` there must be none. */
function holds(report, id, state, answer, todo) {
  const found = check(report, id);
  const told = JSON.stringify(found, null, 1);
  assert.equal(found.state, state, told);
  for (const part of [answer].flat()) assert.match(found.answer, part, told);
  if (todo === undefined) assert.equal(found.todo, undefined, told);
  for (const part of [todo ?? []].flat()) assert.match(found.todo ?? '', part, told);
}

test('where all is well it says so, keeps to the ten questions and leaves nothing behind', async () => {
  const page = await owner.open({ more: '&autoInject=stripe', body: '<a href="https://buy.stripe.com/a">Buy</a>' });
  await until(() => page.posts.length === 1 && page.evaluate(() => !Object.keys(localStorage).some((key) => key.startsWith('rocket:q:'))), 'the visit is answered');
  const left = () => page.evaluate(() => [document.cookie, JSON.stringify(Object.entries(localStorage).sort()), document.documentElement.outerHTML]);
  const were = await left();
  const report = await ask(page);
  assert.deepEqual(await left(), were);
  assert.deepEqual(report.checks.map(({ id }) => id), IDS);
  for (const { id, state, question, answer } of report.checks) {
    assert.equal(state, 'ok', `${id}: ${answer}`);
    assert.match(question, /\?$/);
  }
  holds(report, 'script', 'ok', /WebAssembly/);
  holds(report, 'contest', 'ok', new RegExp(owner.contest));
  holds(report, 'code', 'ok', [new RegExp(`Yes, \`${CODE}\`, from this page's address, the cookie, the storage`), /until .* 60 days/, /Jane Doe/]);
  holds(report, 'storage', 'ok', [/cookie/, /localStorage/]);
  holds(report, 'calls', 'ok', /Arrived from this page: 1 visit/);
  holds(report, 'stripe', 'ok', [/1 of 1/, /buy\.stripe\.com\/a/]);
  assert.deepEqual([report.engine, report.campaignId, report.code, report.consent, report.storage, report.cookie, report.endpoint, report.queue],
    ['wasm', owner.contest, CODE, 'granted', 'localStorage', 'kept', 'reachable', 0]);
  assert.deepEqual(report.stripe.map(({ element, outcome }) => [element, outcome]), [['a', 'injected']]);
  assert.deepEqual(page.noise, []);
});

test('without consent it stores nothing and asks nobody', async () => {
  const page = await newVisitor(owner.browser);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await owner.open({ page, more: '&consent=required', query: `?ref=${CODE}&doctor` });
  await page.getByRole('dialog').getByText('consent was not given').waitFor();
  await ask(page);
  assert.deepEqual(asked.filter((path) => path.startsWith('/api/')), []);
  assert.deepEqual(await page.evaluate(() => [document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]), ['', [], []]);
  assert.deepEqual(page.noise, []);
  await page.context().close();
});

const aborted = (pattern, reason) => (page) => page.route(pattern, (route) => route.abort(reason));
const gpc = (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }));
const LINKS = '<a href="https://buy.stripe.com/a">Buy</a>';

/** Each: what it is, the page, and per question `[state, answer, what to do]`. */
const CASES = [
  ['a policy that forbids WebAssembly', () => ({ csp: owner.policy().replace(" 'wasm-unsafe-eval'", '') }), {
    script: ['note', /as JavaScript.*Content Security Policy/, /'wasm-unsafe-eval'.*script-src/],
  }],
  ['WebAssembly that a blocker keeps away', () => ({ arrange: aborted('**/core/*.wasm', 'blockedbyclient') }), {
    script: ['note', /as JavaScript.*could not be fetched/, /connect-src/],
  }],
  ['neither engine to be had', () => ({ arrange: aborted(/core\/(.*wasm|engine.*)$/) }), {
    script: ['problem', /Only in part/, /content blocker/],
    queue: ['ok', /On its way|It waits/],
  }],
  ['a browser without WebAssembly', () => ({ arrange: (page) => page.addInitScript(() => delete window.WebAssembly) }), {
    script: ['note', /This browser has no WebAssembly/],
  }],
  ['a policy without connect-src', () => ({ csp: `default-src 'none'; script-src ${owner.stack.origin} 'wasm-unsafe-eval'` }), {
    endpoint: ['problem', /Content Security Policy forbids it/, () => new RegExp(`connect-src ${owner.stack.origin}\``)],
    contest: ['note', /Nobody knows/],
    script: ['note', /could not be fetched/, /connect-src/],
  }],
  ['a policy whose connect-src names others', () => ({ csp: `default-src 'self'; script-src ${owner.stack.origin} 'wasm-unsafe-eval'; connect-src 'self' https://other.example` }), {
    endpoint: ['problem', /Content Security Policy/, () => new RegExp(`connect-src 'self' https://other.example ${owner.stack.origin}\``)],
  }],
  ['a content blocker that knows the endpoint', () => ({ arrange: aborted('**/api/referral/**', 'blockedbyclient') }), {
    endpoint: ['problem', /content blocker/, /your own domain/],
  }],
  ['an endpoint that is gone', () => ({ more: '&api=http://127.0.0.1:9', csp: owner.policy(' http://127.0.0.1:9') }), {
    endpoint: ['problem', /nothing answers at `127\.0\.0\.1:9`/, /Open/],
    contest: ['note', /has not said anything/],
  }],
  ['an api that is no address', () => ({ more: '&api=http://[', before: '<script src="http://[/referral-tracker.js"></script>', act: counted }), {
    endpoint: ['problem', /`api=http:\/\/\[` is no address/, /leave `api` out/],
    tag: ['problem', /is no address/, /origin alone/],
    queue: ['problem', /there was no answer/, /can be reached/],
  }],
  ['a proxy that drops the header', () => {
    const proxy = `${owner.road.origin.replace('127.0.0.1', 'localhost')}/proxy`;
    return { more: `&api=${proxy}`, csp: owner.policy(` ${new URL(proxy).origin}`) };
  }, {
    endpoint: ['problem', /Access-Control-Allow-Origin/, /`api`/],
  }],
  ['an api that is something else', () => ({ arrange: (page) => page.route('**/api/referral/validate-code*', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html>', headers: { 'access-control-allow-origin': '*' } })) }), {
    endpoint: ['problem', /no RocketTracker endpoint/, /`api`/],
  }],
  ['an endpoint that is ill', () => ({ arrange: (page) => page.route('**/api/referral/validate-code*', (route) => route.fulfill({ status: 503, json: { success: false, error: 'Temporarily unavailable. Request abc' }, headers: { 'access-control-allow-origin': '*' } })) }), {
    endpoint: ['problem', /503, “Temporarily unavailable\. Request abc”/, /log/],
    contest: ['note', /Nobody knows/],
  }],
  ['a contest that nobody knows', () => ({ id: 'nowhere' }), {
    contest: ['problem', /knows no contest `nowhere`/, /letter by letter/],
    endpoint: ['ok', /answers/],
  }],
  ['a contest that has ended', () => ({ id: ended }), {
    contest: ['problem', /has ended/, /endDate/],
  }],
  ['no contest', () => ({ head: owner.tag('autoInject=stripe') }), {
    contest: ['problem', /`campaignId` is missing/, /campaignId=/],
    tag: ['problem', /`campaignId` is missing/, /campaignId=/],
    endpoint: ['note', /no `campaignId`/],
  }],
  ['consent that is required', () => ({ more: '&consent=required&autoInject=stripe', body: LINKS }), {
    consent: ['note', [/`consent=required`/, /1 event waits/, new RegExp(CODE)], /consent\(true\)/],
    endpoint: ['note', /not asked/, /consent\(true\)/],
    storage: ['note', /without consent/, /consent\(true\)/],
    stripe: ['note', /skipped, there is no consent/],
    queue: ['ok', /No/],
  }],
  ['Global Privacy Control', () => ({ arrange: gpc }), {
    consent: ['note', /Global Privacy Control/, /consent\(true\)/],
  }],
  ['consent that was withdrawn', () => ({ act: (page) => page.evaluate(() => window.RocketTracker.consent(false)) }), {
    consent: ['note', [/withdrawn/, /no event waits/], /consent\(true\)/],
  }],
  ['consent that was given', () => ({ more: '&consent=required', act: (page) => page.evaluate(() => window.RocketTracker.consent(true)) }), {
    consent: ['ok', /has agreed/],
  }],
  ['storage that is forbidden', () => ({ csp: `${owner.policy()}; sandbox allow-scripts` }), {
    storage: ['problem', [/takes no cookie/, /forbids `localStorage`/], /allow-same-origin/],
    code: ['ok', /from this page's address/],
  }],
  ['a browser that says it is Safari', () => ({ arrange: (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'vendor', { get: () => 'Apple Computer, Inc.' })) }), {
    storage: ['note', [/Safari deletes both 7 days after the last visit/, /60 days do not hold/], /\/r\/\w+\/CODE`: the server then sets the cookie/],
  }],
  ['another code while the first one counts', () => ({
    act: async (page) => {
      await page.waitForFunction((code) => document.cookie.includes(code), CODE); // storage comes first
      await page.goto(`${page.url().split('?')[0]}?ref=REF-OTHER1`);
    },
  }), {
    code: ['ok', [new RegExp(`Yes, \`${CODE}\`, from the cookie, the storage`), /`REF-OTHER1`, which does not count/, /Jane Doe/]],
  }],
  ['a page without a code', () => ({ query: '', more: '&autoInject=stripe', body: LINKS }), {
    code: ['note', /opened without one/, /\?ref=/],
    stripe: ['note', /skipped, there is no code/],
  }],
  ['a code that nobody has', () => ({ query: '?ref=REF-NOBODY' }), {
    code: ['problem', /`REF-NOBODY`.*nobody|Nobody/i, /Compare the link/],
  }],
  ['a link with something that is no code', () => ({ query: '?ref=jane%20%26%20joe' }), {
    code: ['problem', /“jane & joe”, which cannot be a code/, /letters/],
  }],
  ['the merchant\'s own references', () => ({
    more: '&autoInject=stripe',
    body: `${LINKS}<a href="https://buy.stripe.com/b?client_reference_id=mine">Buy</a><stripe-buy-button client-reference-id="jo@e"></stripe-buy-button>`,
  }), {
    stripe: ['problem', [/Some: 1 of 3/, /already set.*`mine`/, /`jo@e`, which Stripe drops/], /reference that Stripe takes/],
  }],
  ['a Payment Link on a domain of the merchant\'s', () => ({ more: '&autoInject=stripe', body: '<a href="https://pay.shop.example/b/test_8x2aGr">Buy</a>' }), {
    stripe: ['problem', /`pay\.shop\.example` is not known/, /`stripeHosts=pay\.shop\.example`/],
  }],
  ['that domain in the tag', () => ({ more: '&autoInject=stripe&stripeHosts=pay.shop.example', body: '<a href="https://pay.shop.example/b/test_8x2aGr">Buy</a>' }), {
    stripe: ['ok', /Yes: 1 of 1/],
  }],
  ['Stripe links and no autoInject', () => ({ body: LINKS }), {
    stripe: ['problem', /does not say `autoInject=stripe`/, /Add `autoInject=stripe`/],
  }],
  ['what cannot be seen', () => ({
    before: '<script src=/closed.js></script>', body: '<x-shop></x-shop><iframe title=Shop src="http://localhost:9/"></iframe>', csp: `${owner.policy()}; frame-src http://localhost:9`, more: '&autoInject=stripe',
  }), {
    stripe: ['note', [/frames of other sites.*`localhost:9`/, /closed shadow roots.*`<x-shop>`/]],
  }],
  ['links in an open shadow root', () => ({ before: '<script src=/open.js></script>', body: '<y-shop></y-shop>', more: '&autoInject=stripe' }), {
    stripe: ['problem', [/No: 0 of 2/, /`buy\.stripe\.com\/a`: skipped, it is in a shadow root, and gets the code at the click/], /setAttribute\("client-reference-id"/],
  }],
  ['two tags', () => ({ head: owner.tag(`campaignId=${owner.contest}`) + owner.tag('campaignId=another') }), {
    tag: ['problem', /2 times with different parameters/, /Leave one tag/],
  }],
  ['the same tag twice', () => ({ head: owner.tag(`campaignId=${owner.contest}`).repeat(2) }), {
    tag: ['note', /2 times/, /Leave one tag/],
  }],
  ['tags from two hosts', () => ({ head: owner.tag(`campaignId=${owner.contest}`) + owner.tag(`campaignId=${owner.contest}`, owner.road.origin) }), {
    tag: ['problem', /from 2 hosts/, /Leave one tag/],
  }],
  ['parameters that are spelled wrongly', () => ({ more: '&autoinject=stripe&days=999&atribution=last&utm=x' }), {
    tag: ['problem', [/`autoinject` is no parameter/, /`days=999`/, /`atribution`/, /`utm`.*no effect/], [/`autoInject` instead of/, /`attribution` instead/]],
  }],
  ['an injector that nobody knows', () => ({ more: '&autoInject=paypal' }), {
    tag: ['problem', /`autoInject=paypal` is not known/, /autoInject=stripe/],
  }],
  ['a domain that is another site\'s', () => ({ more: '&domain=shop.example' }), {
    tag: ['problem', /`domain=shop\.example` is not the domain of this page/, /leave `domain` out/],
    storage: ['ok', /cookie/],
  }],
  ['a purchase that is refused', () => ({ act: (page) => page.evaluate(() => window.RocketTracker.trackPurchase('1', 'free', 'USD', 'joe@example.com').catch(() => {})) }), {
    calls: ['problem', /Refused: purchase: amount must be a number/, /argument at fault/],
  }],
  ['a purchase by a stranger', () => ({ query: '', act: (page) => page.evaluate(() => window.RocketTracker.trackPurchase('1', 5, 'USD', 'stranger@example.com')) }), {
    calls: ['ok', [/1 purchase/, /nobody referred/]],
  }],
];

const element = (name, mode) => `customElements.define('${name}', class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: '${mode}' }).append(Object.assign(document.createElement('a'), { href: 'https://buy.stripe.com/a', textContent: 'Buy' }), document.createElement('stripe-buy-button'));
  }
})`;
const SCRIPTS = { '/closed.js': element('x-shop', 'closed'), '/open.js': element('y-shop', 'open'), '/proxy/api/referral/validate-code': '{"valid":false}' };

for (const [name, arrange, expected] of CASES)
  test(`${name}: ${Object.keys(expected).join(', ')}`, async () => {
    const { act, ...options } = arrange();
    const page = await owner.open(options);
    await act?.(page);
    const report = await ask(page);
    for (const [id, [state, answer, todo]] of Object.entries(expected)) holds(report, id, state, answer, typeof todo === 'function' ? todo() : todo);
    await page.context().close();
  });

const counted = (page) => page.waitForFunction(() => /\d/.test(localStorage['rocket:outage']));

test('what waits during an outage: since when, how it failed and when it goes again', async () => {
  owner.road.fault = () => ({ status: 503 });
  const page = await owner.open({ host: owner.road.origin });
  await counted(page);
  const report = await ask(page);
  holds(report, 'queue', 'problem', [/Yes: 1 visit, the oldest for \d+ seconds?/, /failed \d+ seconds? ago: the endpoint answered 503/, /in \d+ seconds? at the latest/, /Nothing is lost/], /Wait for the next attempt/);
  holds(report, 'endpoint', 'ok', /answers/);
  assert.equal(report.queue, 1);
  owner.road.fault = undefined;
  await until(async () => (await ask(page)).queue === 0, 'it goes by itself');
  const later = await ask(page);
  holds(later, 'queue', 'ok', /No:/);
  holds(later, 'calls', 'ok', /1 visit/);
  await page.context().close();
});

test('a blocker that lets questions through and events not', async () => {
  const page = await owner.open({ arrange: aborted('**/api/referral/track-*', 'blockedbyclient') });
  await counted(page);
  holds(await ask(page), 'queue', 'problem', [/there was no answer/, /a content blocker knows their addresses/], /your own domain/);
  await page.context().close();
});

test('a browser that is off line', async () => {
  const page = await owner.open();
  await ask(page);
  await page.context().setOffline(true);
  await page.evaluate(() => void window.RocketTracker.trackSignup('joe@example.com'));
  await counted(page);
  const report = await ask(page);
  holds(report, 'endpoint', 'problem', /off line/, /once the browser is on line/);
  holds(report, 'queue', 'problem', /1 signup/, /endpoint can be reached/);
  assert.equal(report.endpoint, 'unreachable');
  await page.context().close();
});

test('a doctor that is kept away is a report all the same', async () => {
  const page = await owner.open({ arrange: aborted('**/core/doctor-*') });
  const report = await ask(page);
  assert.equal(report.engine, 'wasm');
  assert.match(report.failure, /doctor-/);
  assert.deepEqual(report.checks, []);
  await page.context().close();
});
