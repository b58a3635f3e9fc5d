// The pasted tag on a bare page: the script table of the contract, in its simple form, with either engine.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { landed, newVisitor, NO_WASM, running, servePage, startBrowser } from '../support/browser.mjs';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
let browser;
let contest;
let policy;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Opens a page with the tag on the stack's own origin; each test has a contest and a profile of its own. */
async function open(query = `?ref=${CODE}`, { tag = '', body = '', before = '', page, campaign } = {}) {
  contest = campaign ?? (page ? contest : await makeContest(stack));
  page ??= await newVisitor(browser);
  await servePage(page, `${stack.origin}/shop**`,
    `${before}<script src="/referral-tracker.js?campaignId=${contest}${tag}" async></script>${body}`, policy);
  await page.goto(`${stack.origin}/shop${query}`);
  await landed(page);
  return page;
}

const ready = (page) => page.evaluate(() => window.RocketTracker.ready);
const code = (page) => page.evaluate(() => window.RocketTracker.getReferralCode());
const visits = async (code = CODE) => (await ask(stack, 'GET', `/api/referral/stats?code=${code}&contestId=${contest}`)).body.data.visits;
/** What the page said, but for the browser's own line about a WebAssembly that the policy forbids. */
const quiet = (page) => page.noise.filter((line) => !line.includes('wasm-unsafe-eval'));
const settled = (page, path) => page.waitForResponse((response) => response.url().includes(path));
const stored = (page) => page.evaluate(() => ({ cookie: document.cookie, keys: Object.keys(localStorage) }));

for (const engine of ['wasm', 'js']) describe(engine, () => {
  before(() => {
    policy = engine === 'js' ? NO_WASM : undefined;
  });
  after(() => {
    policy = undefined;
  });

  test('a visit is tracked by itself, once a code, browser and day', async () => {
    const page = await newVisitor(browser);
    const first = settled(page, 'track-visit');
    await open(undefined, { page, campaign: await makeContest(stack) });
    assert.equal((await first).status(), 201);
    await ready(page);
    await open(undefined, { page });
    await ready(page);
    await open('', { page });
    await ready(page);
    assert.equal(await code(page), CODE, 'kept for the page without a code');
    assert.equal(await visits(), 1);
    const [{ body }] = page.posts;
    assert.equal(body.url, `${stack.origin}/shop`, 'no query, which may hold what is nobody\'s business');
    assert.match(body.eventId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(quiet(page), []);
  });

  test('calls made before the script has loaded are kept', async () => {
    const page = await newVisitor(browser);
    const signup = settled(page, 'track-signup');
    // The page's own script, as a file: the policy allows no inline one.
    await page.route('**/early.js', (route) => route.fulfill({
      contentType: 'text/javascript',
      body: `window.RocketTracker = window.RocketTracker || { q: [] }; window.RocketTracker.q.push(['trackSignup', 'early@example.com']);`,
    }));
    await open(undefined, { page, before: '<script src="/early.js"></script>', campaign: await makeContest(stack) });
    assert.equal((await signup).status(), 201);
    assert.deepEqual(await board(stack, contest), [['Jane Doe', 10], ['early@example.com', 5]]);
    assert.deepEqual(quiet(page), []);
  });

  test('the promises give what the endpoint said, or name the argument at fault', async () => {
    const page = await open();
    const result = await page.evaluate(async () => {
      const said = (promise) => promise.then((value) => value, (error) => `${error instanceof Error}: ${error.message}`);
      const { trackSignup, trackPurchase, validateCode } = window.RocketTracker;
      return {
        signup: await said(trackSignup('joe@example.com', { name: 'Joe' })),
        purchase: await said(trackPurchase('1001', '149.97', 'usd', 'joe@example.com')),
        noise: await said(trackPurchase(1002, 0.1 + 0.2, undefined, 'joe@example.com')),
        validate: await said(validateCode()),
        unknown: await said(validateCode('REF-NOBODY')),
        bad: await Promise.all([
          trackSignup(), trackSignup('joe'), trackSignup(Symbol('x')), trackSignup({}), trackSignup('a@example.com', { name: 'x'.repeat(201) }),
          trackPurchase(), trackPurchase('1', NaN, 'USD', 'a@example.com'), trackPurchase('1', -5, 'USD', 'a@example.com'),
          trackPurchase('1', 1e400, 'USD', 'a@example.com'), trackPurchase('1', 0.001, 'USD', 'a@example.com'),
          trackPurchase('1', 10.5, 'JPY', 'a@example.com'), trackPurchase('1', 5, 'DOLLAR', 'a@example.com'), trackPurchase('1', 5, 'USD', 'a'),
          trackPurchase('1', { toString() { throw new Error('no'); } }, 'USD', 'a@example.com'),
        ].map(said)),
      };
    });
    assert.deepEqual(result.signup.pointsAwarded, { advocate: 10, friend: 5 });
    assert.deepEqual([result.purchase.pointsAwarded.advocate, result.purchase.status], [150, 'confirmed']);
    assert.equal(result.noise.alreadyExists, false);
    assert.deepEqual([result.validate.valid, result.validate.referrerName], [true, 'Jane Doe']);
    assert.deepEqual(result.unknown, { valid: false });
    const fields = ['email', 'email', 'email', 'email', 'name', 'orderId', 'amount', 'amount', 'amount', 'amount', 'amount', 'currency', 'email', 'amount'];
    result.bad.forEach((text, n) => assert.match(text, new RegExp(`^true: ${fields[n]}`), `call ${n}: ${text}`));
    assert.deepEqual(quiet(page), []);
  });

  test('the link of a code is this page with it and no other tracking parameter', async () => {
    const page = await open(`?ref=${CODE}&color=red&utm_source=x&gclid=y#top`);
    const link = await page.evaluate(() => window.RocketTracker.getReferralLink('REF-ABCDEF'));
    assert.equal(new URL(link).searchParams.get('ref'), 'REF-ABCDEF');
    assert(link.startsWith(`${stack.origin}/shop`) && !/utm_|gclid|XYZ789/.test(link), link);
  });

  test('the tag says which parameters carry the code', async () => {
    const page = await open(`?via=${CODE.toLowerCase()}`, { tag: '&param=ref,via' });
    assert.equal(await code(page), CODE);
  });

  test('first keeps the first code, last takes the newest', async () => {
    const campaign = await makeContest(stack);
    // A code that nobody has is forgotten as soon as the endpoint has said so.
    const participants = [{ email: 'ann@example.com', referralCode: 'REF-NEWEST' }];
    await askPrivately(stack, 'POST', `/api/v1/contests/${campaign}/import`, { participants });
    for (const [attribution, expected] of [['first', CODE], ['last', 'REF-NEWEST']]) {
      const page = await newVisitor(browser);
      for (const query of [`?ref=${CODE}`, '?ref=REF-NEWEST']) {
        const visit = settled(page, 'track-visit');
        await open(query, { page, campaign, tag: `&attribution=${attribution}` });
        assert.equal((await visit).status(), 201, query);
      }
      assert.equal(await code(page), expected, attribution);
    }
  });

  test('the cookie says code, contest and time, and lives as long as the window', async () => {
    const page = await open(undefined, { tag: '&days=7' });
    await ready(page);
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'rocket_ref');
    assert(cookie.value.includes(CODE) && cookie.value.includes(contest), cookie.value);
    assert.equal(cookie.sameSite, 'Lax');
    const days = (cookie.expires - Date.now() / 1000) / 86_400;
    assert(days > 6.9 && days < 7.1, `${days} days`);
  });

  test('nothing is stored or sent before consent, and everything is deleted when it is withdrawn', async () => {
    const page = await open(undefined, { tag: '&consent=required' });
    await ready(page);
    assert.deepEqual(await stored(page), { cookie: '', keys: [] });
    assert.deepEqual(page.posts, []);
    const visit = settled(page, 'track-visit');
    await page.evaluate(() => window.RocketTracker.consent(true));
    await visit;
    assert.match((await stored(page)).cookie, /rocket_ref=/);
    assert.equal(await visits(), 1);
    await page.evaluate(() => window.RocketTracker.consent(false));
    assert.deepEqual(await stored(page), { cookie: '', keys: [] });
    await open('', { page, tag: '&consent=required' });
    assert.equal(await code(page), null);
    assert.deepEqual(quiet(page), []);
  });

  test('Global Privacy Control is consent required', async () => {
    const page = await newVisitor(browser);
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }));
    await open(undefined, { page, campaign: await makeContest(stack) });
    await ready(page);
    assert.deepEqual(await stored(page), { cookie: '', keys: [] });
    assert.deepEqual(page.posts, []);
  });

  test('a missing or unknown contest is one warning, and every call is safe', async () => {
    for (const campaign of ['', 'nowhere']) {
      const page = await newVisitor(browser);
      await open(undefined, { page, campaign });
      await page.evaluate(async () => {
        const { getReferralCode, getReferralLink, validateCode, doctor, consent, trackSignup } = window.RocketTracker;
        getReferralCode();
        getReferralLink('X');
        consent(true);
        await Promise.allSettled([validateCode(), doctor(), trackSignup('joe@example.com'), trackSignup('ann@example.com')]);
      });
      const warnings = page.noise.filter((line) => line.startsWith('warning: '));
      assert.equal(warnings.length, 1, `${campaign}: ${page.noise}`);
      assert.match(warnings[0], /campaignId|contest/i);
      // The browser itself notes each 404.
      assert.deepEqual(quiet(page).filter((line) => !line.startsWith('warning: ') && !line.includes('404')), []);
    }
  });

  test('what the endpoint could not take yet goes from the next page', async () => {
    const page = await open('');
    await ready(page);
    await page.route('**/track-signup', (route) => route.abort());
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('track-signup'));
    await page.evaluate(() => void window.RocketTracker.trackSignup('joe@example.com'));
    await failed;
    await page.unroute('**/track-signup');
    const sent = settled(page, 'track-signup');
    await open('', { page });
    assert.equal((await sent).status(), 201);
    assert.deepEqual(await board(stack, contest), [['Jane Doe', 0], ['joe@example.com', 0]]);
  });

  test('a code that nobody has costs no signup, and makes room for one that somebody has', async () => {
    const page = await newVisitor(browser);
    await open('?ref=producthunt', { page, campaign: await makeContest(stack) });
    const signup = await page.evaluate(() => window.RocketTracker.trackSignup('joe@example.com'));
    assert.deepEqual([signup.isReferred, signup.alreadyExists], [false, false]);
    await page.waitForFunction(() => window.RocketTracker.getReferralCode() === null);
    await open(undefined, { page });
    assert.equal(await code(page), CODE);
  });

  test('each event is told to the page', async () => {
    const page = await open('', { before: '' });
    const seen = await page.evaluate(async () => {
      const seen = {};
      for (const name of ['signup', 'purchase', 'error']) {
        document.addEventListener(`rockettracker:${name}`, (event) => (seen[name] = event.detail));
      }
      await window.RocketTracker.trackSignup('joe@example.com');
      await window.RocketTracker.trackPurchase('1', 10, 'USD', 'joe@example.com');
      await window.RocketTracker.trackSignup('nobody').catch(() => {});
      return seen;
    });
    assert.equal(seen.signup.email, 'joe@example.com');
    assert.equal(seen.purchase.status, 'confirmed');
    assert.match(seen.error.message, /email/);
  });

  test('an argument that holds the character between arguments is refused and shifts no other', async () => {
    const page = await open('');
    const said = await page.evaluate(() => {
      const said = (promise) => promise.then((value) => value.email, ({ message }) => message);
      const { trackSignup, trackPurchase } = window.RocketTracker;
      return Promise.all([
        trackSignup('joe@example.com', { name: 'Joe\0', phone: '1' }),
        trackPurchase('1\x000.01', 100, 'USD', 'joe@example.com'),
      ].map(said));
    });
    assert.deepEqual(said, ['name must not hold control characters', 'orderId must not hold control characters']);
    assert.deepEqual(page.posts, []);
  });

  test('the page is told which engine runs', async () => {
    const page = await open('');
    assert.deepEqual(await ready(page), { engine });
    const report = await page.evaluate(() => window.RocketTracker.doctor());
    assert.equal(report.engine, engine);
    assert.equal(/CompileError/.test(report.failure), engine === 'js', report.failure);
    assert.deepEqual(quiet(page), []);
  });

  test('many long calls in a row, so that its memory has to grow', async () => {
    const page = await open('');
    await ready(page);
    const names = await page.evaluate(() => {
      const { trackSignup } = window.RocketTracker;
      const calls = [...Array(30).keys()].map((n) => trackSignup(`friend${n}@example.com`, { name: '名'.repeat(200), phone: '1'.repeat(40) }));
      return Promise.all(calls).then((made) => made.filter((one) => one.entryId && !one.alreadyExists).length);
    });
    assert.equal(names, 30);
    const [first] = page.posts;
    assert.equal(first.body.name, '名'.repeat(200));
  });
});

test('the code goes where Stripe takes it, and nowhere else', async () => {
  const page = await open(undefined, {
    tag: '&autoInject=stripe&stripeHosts=pay.shop.example',
    body: `
      <a id=plain href="https://buy.stripe.com/a">Buy</a>
      <a id=query href="https://buy.stripe.com/a?prefilled_email=joe%40example.com&amp;x=a+b#now">Buy</a>
      <a id=taken href="https://buy.stripe.com/a?client_reference_id=mine">Buy</a>
      <a id=custom href="https://pay.shop.example/a">Buy</a>
      <a id=other href="https://shop.example/a">Buy</a>
      <a id=like href="https://buy.stripe.com.evil.example/a">Buy</a>
      <stripe-buy-button id=button></stripe-buy-button>
      <stripe-pricing-table id=table></stripe-pricing-table>
      <stripe-buy-button id=buttontaken client-reference-id=mine></stripe-buy-button>
      <form id=marked data-rocket-referral></form><form id=unmarked></form>`,
  });
  const seen = () => page.evaluate(() => ({
    ...Object.fromEntries([...document.querySelectorAll('a')].map((a) => [a.id, a.getAttribute('href')])),
    ...Object.fromEntries([...document.querySelectorAll('stripe-buy-button, stripe-pricing-table')].map((e) => [e.id, e.getAttribute('client-reference-id')])),
    marked: new FormData(document.querySelector('#marked')).get('referral_code'),
    unmarked: new FormData(document.querySelector('#unmarked')).get('referral_code'),
  }));
  await page.waitForFunction(() => document.querySelector('#plain').href.includes('client_reference_id'));
  assert.deepEqual(await seen(), {
    plain: `https://buy.stripe.com/a?client_reference_id=${CODE}`,
    query: `https://buy.stripe.com/a?prefilled_email=joe%40example.com&x=a+b&client_reference_id=${CODE}#now`,
    taken: 'https://buy.stripe.com/a?client_reference_id=mine',
    custom: `https://pay.shop.example/a?client_reference_id=${CODE}`,
    other: 'https://shop.example/a',
    like: 'https://buy.stripe.com.evil.example/a',
    button: CODE,
    table: CODE,
    buttontaken: 'mine',
    marked: CODE,
    unmarked: null,
  });
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('a'), { id: 'later', href: 'https://buy.stripe.com/later' }));
    document.querySelector('#plain').setAttribute('href', 'https://buy.stripe.com/again');
  });
  const both = [`https://buy.stripe.com/later?client_reference_id=${CODE}`, `https://buy.stripe.com/again?client_reference_id=${CODE}`];
  await page.waitForFunction((both) => document.querySelector('#later').href === both[0] && document.querySelector('#plain').href === both[1], both);
  assert.deepEqual(quiet(page), []);
});

test('the doctor says how it is', async () => {
  const page = await open(undefined, { tag: '&autoInject=stripe', body: '<a href="https://buy.stripe.com/a">Buy</a><a href="https://buy.stripe.com/b?client_reference_id=mine">Buy</a>' });
  await ready(page);
  const report = await page.evaluate(() => window.RocketTracker.doctor());
  assert.match(JSON.stringify(report), /wasm/);
  assert.match(JSON.stringify(report), /buy\.stripe\.com/);
});

test('what was injected follows the code, and goes with the consent; what the merchant set stays', async () => {
  const page = await open('?ref=REF-GONE', {
    tag: '&autoInject=stripe',
    body: `
      <a id=link href="https://buy.stripe.com/a?x=a%20b#now">Buy</a>
      <a id=taken href="https://buy.stripe.com/a?client_reference_id=mine">Buy</a>
      <stripe-buy-button id=button></stripe-buy-button>
      <stripe-buy-button id=buttontaken client-reference-id=mine></stripe-buy-button>
      <form id=marked data-rocket-referral></form>`,
  });
  const seen = () => page.evaluate(() => ({
    link: document.querySelector('#link').getAttribute('href'),
    taken: document.querySelector('#taken').getAttribute('href'),
    button: document.querySelector('#button').getAttribute('client-reference-id'),
    buttontaken: document.querySelector('#buttontaken').getAttribute('client-reference-id'),
    field: new FormData(document.querySelector('#marked')).get('referral_code'),
  }));
  const MINE = { taken: 'https://buy.stripe.com/a?client_reference_id=mine', buttontaken: 'mine' };
  const given = (code) => ({ ...MINE, link: `https://buy.stripe.com/a?x=a%20b&client_reference_id=${code}#now`, button: code, field: code });
  const bare = { ...MINE, link: 'https://buy.stripe.com/a?x=a%20b#now', button: null, field: null };

  // The endpoint knows no such code.
  await page.waitForFunction(() => window.RocketTracker.getReferralCode() === null);
  assert.deepEqual(await seen(), bare);

  await open(undefined, { page, tag: '&autoInject=stripe', body: await page.evaluate(() => document.body.innerHTML) });
  assert.deepEqual(await seen(), given(CODE));
  // What was given is taken back by the core, as soon as that is there.
  await ready(page);
  await page.evaluate(() => window.RocketTracker.consent(false));
  assert.deepEqual(await seen(), bare);
  await page.evaluate(() => window.RocketTracker.consent(true));
  assert.deepEqual(await seen(), given(CODE));

  // A link that the page has written since is the page's, even where our code is still in it.
  await page.evaluate(() => document.querySelector('#link').href += '#mine');
  await page.evaluate(() => window.RocketTracker.consent(false));
  assert.match((await seen()).link, /#now#mine$/);
});

test('a tag that the script is not told of is found, and one that cannot be is said', async () => {
  for (const [tag, expected] of [
    [(id) => `<script type=module src="/referral-tracker.js?campaignId=${id}"></script>`, []],
    [() => `<script type=module src="/bundle.js"></script>`, [/^warning: RocketTracker: campaignId is missing/]],
  ]) {
    contest = await makeContest(stack);
    const page = await newVisitor(browser);
    // A site that has put the script into its own bundle.
    const source = await (await fetch(`${stack.origin}/referral-tracker.js`)).text();
    await page.route('**/bundle.js', (route) => route.fulfill({ contentType: 'text/javascript', body: source }));
    await servePage(page, `${stack.origin}/shop**`, tag(contest));
    await page.goto(`${stack.origin}/shop?ref=${CODE}`);
    await running(page);
    assert.deepEqual(await ready(page), { engine: 'wasm' });
    const noise = page.noise.filter((line) => !line.includes('404'));
    assert.equal(noise.length, expected.length, `${noise}`);
    expected.forEach((line, n) => assert.match(noise[n], line));
    const report = await page.evaluate(() => window.RocketTracker.doctor());
    assert.equal(report.campaignId, expected.length ? '' : contest);
  }
});

const aborted = (pattern) => (page) => page.route(pattern, (route) => route.abort());
for (const [name, prepare, engine] of [
  ['WebAssembly deleted', (page) => page.addInitScript(() => delete window.WebAssembly), 'js'],
  ['the core\'s WebAssembly blocked', aborted('**/core/*.wasm'), 'js'],
  ['a page in the place of the core\'s WebAssembly', (page) => page.route('**/core/*.wasm', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })), 'js'],
  ['the core\'s WebAssembly and its fallback blocked', aborted(/core\/(.*wasm|engine.*)$/), null],
  ['all of the core blocked', aborted('**/core/**'), null],
])
  test(`${name}: ${engine ? 'the same core as JavaScript' : 'the code is kept, Stripe has it, and calls wait for another page'}`, async () => {
    const page = await newVisitor(browser);
    await prepare(page);
    const body = '<a id=link href="https://buy.stripe.com/a">Buy</a>';
    await open(undefined, { page, campaign: await makeContest(stack), tag: '&autoInject=stripe', body });
    const link = await page.locator('#link').getAttribute('href');
    assert.equal(link, `https://buy.stripe.com/a?client_reference_id=${CODE}`);
    if (engine) {
      assert.deepEqual(await ready(page), { engine });
      const made = await page.evaluate(() => window.RocketTracker.trackSignup('joe@example.com'));
      assert.equal(made.isReferred, true);
    } else {
      const report = await page.evaluate(() => {
        void window.RocketTracker.ready.then(() => {});
        void window.RocketTracker.trackSignup('joe@example.com');
        return window.RocketTracker.doctor();
      });
      assert.equal(report.engine, null);
      assert(report.failure, 'the doctor knows why');
      const { cookie, keys } = await stored(page);
      assert(cookie.includes(CODE));
      assert.equal(keys.filter((key) => key.startsWith('rocket:q:')).length, 2, 'the visit and the signup');
      await page.unrouteAll();
      const sent = settled(page, 'track-signup');
      await open('', { page });
      assert.equal((await (await sent).json()).data.isReferred, true);
    }
    // The browser itself notes what it could not load.
    assert.deepEqual(page.noise.filter((line) => !/ERR_FAILED/.test(line)), []);
  });
