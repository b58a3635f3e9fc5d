// Where the code lives: what an address may carry, what a browser may have kept, and pages that change their address themselves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { landed, newVisitor, servePage, startBrowser } from '../support/browser.mjs';
import { until } from '../support/road.mjs';
import { ask, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
let browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A new visitor on a page with the tag, `prepare(page)` having been there before. */
async function open(query, { tag = '', body = '', head = '', prepare = () => {} } = {}) {
  const contest = await makeContest(stack);
  const page = Object.assign(await newVisitor(browser), { contest });
  await prepare(page);
  await servePage(page, `${stack.origin}/shop**`, `${head}<script src="/referral-tracker.js?campaignId=${contest}${tag}" async></script>${body}`);
  await page.goto(`${stack.origin}/shop${query}`);
  await landed(page);
  return page;
}

const ready = (page) => page.evaluate(() => window.RocketTracker.ready);
const code = (page) => page.evaluate(() => window.RocketTracker.getReferralCode());
const visits = async ({ contest }) => (await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)).body.data.visits;
const posted = (page) => page.posts.filter(({ path }) => path.endsWith('track-visit')).map(({ body }) => body.referralCode);

const WITHOUT_NAVIGATION_API = (page) => page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }));

for (const [api, prepare] of [['the Navigation API', undefined], ['the History API alone', WITHOUT_NAVIGATION_API]])
  test(`an address that changes without the page is a landing like any other: ${api}`, async () => {
    const page = await open('', { prepare });
    await ready(page);
    assert.equal(await code(page), null);
    const link = `/shop/kites?ref=${CODE.toLowerCase()}`;
    const seen = await page.evaluate((link) => {
      const length = history.length;
      history.pushState({ mine: 1 }, '', link);
      return { code: window.RocketTracker.getReferralCode(), state: history.state, pushed: history.length - length, href: location.pathname + location.search };
    }, link);
    assert.deepEqual(seen, { code: CODE, state: { mine: 1 }, pushed: 1, href: link }, 'in the same task, and the page has what it asked for');
    await until(async () => (await visits(page)) === 1, 'the visit arrives');

    // The same address again, other parameters, and the way back are no new visit.
    await page.evaluate(async (link) => {
      history.replaceState(null, '', `${link}&page=2`);
      history.pushState(null, '', '/shop');
      history.back();
      await new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
    }, link);
    assert.equal(await code(page), CODE);
    await page.evaluate(() => window.RocketTracker.trackSignup('joe@example.com'));
    assert.deepEqual(posted(page), [CODE]);
    assert.equal(await visits(page), 1);
    // What the page does wrong stays the page's own error.
    assert.equal(await page.evaluate(() => { try { history.pushState(null, '', 'https://elsewhere.example/'); } catch ({ name }) { return name; } }), 'SecurityError');
    assert.deepEqual(page.noise, []);
  });

test('an address that changes before the core has arrived is not missed', async () => {
  let arrive;
  const page = await open('', {
    prepare: (page) => page.route('**/core/*.js', async (route) => {
      await new Promise((resolve) => (arrive = resolve));
      await route.continue();
    }),
  });
  await page.evaluate((code) => history.pushState(null, '', `/shop?ref=${code}`), CODE);
  await until(() => arrive, 'the core is asked for');
  arrive();
  await ready(page);
  assert.equal(await code(page), CODE);
  await until(async () => (await visits(page)) === 1, 'the visit arrives');
});

test('a site that intercepts its navigations', async () => {
  const page = await open('');
  await ready(page);
  await page.evaluate(async (code) => {
    navigation.addEventListener('navigate', (event) => event.intercept({ handler: async () => {} }));
    await navigation.navigate(`/shop/pricing?ref=${code}`).finished;
  }, CODE);
  assert.equal(await code(page), CODE);
  await until(async () => (await visits(page)) === 1, 'the visit arrives');
});

for (const [query, expected] of [
  [`?ref=${CODE}&ref=REF-SECOND`, CODE],
  [`?ref=&ref=${CODE}`, null],
  [`?ref=%20${CODE.toLowerCase()}%0A`, CODE],
  [`?ref=${'A'.repeat(64)}`, 'A'.repeat(64)],
  [`?ref=${'A'.repeat(10_240)}`, null],
  ['?ref=<img src=x onerror=alert(1)>', null],
  ['?ref=%3Cscript%3Ealert(1)%3C/script%3E', null],
  ["?ref=A';alert(1)//", null],
  ['?ref=%E0%A4%A', null],
  ['?ref=%00', null],
  ['?ref=A;%20domain=evil.example', null],
  ['?ref[]=A', null],
  ['?REF=A', null],
  ['#ref=A', null],
])
  test(`${query.slice(0, 40)} is ${expected === null ? 'no code' : 'a code'}`, async () => {
    const page = await open(query, {
      tag: '&autoInject=stripe',
      body: '<a href="https://buy.stripe.com/a">Buy</a>',
      // Whether anybody has the code is not asked here.
      prepare: (page) => page.route('**/track-visit', (route) => route.fulfill({ status: 201, json: { success: true, data: {} } })),
    });
    await ready(page);
    assert.equal(await code(page), expected);
    const kept = await page.evaluate(() => [document.cookie, localStorage['rocket:ref'] ?? '']);
    for (const text of kept) assert.match(text, expected === null ? /^$/ : new RegExp(`^rocket_ref=${expected}\\.`));
    assert.equal(await page.locator('a').getAttribute('href'), `https://buy.stripe.com/a${expected === null ? '' : `?client_reference_id=${expected}`}`);
    assert.deepEqual(page.noise, []);
  });

test('what somebody else has left in cookies and storage is not believed and breaks nothing', async () => {
  for (const value of ['%E0%A4%A', 'x', '', '..', 'A.CONTEST.', 'A.CONTEST.-1', 'A.CONTEST.1e9', '<b>.CONTEST.1', `${'A'.repeat(65)}.CONTEST.9999999999999`, '"A.CONTEST.1"', 'A'.repeat(3_000)]) {
    const page = await open('', {
      prepare: async (page) => {
        await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
        await page.goto(`${stack.origin}/empty`);
        await page.evaluate(([value, contest]) => {
          const text = value.replace('CONTEST', contest);
          document.cookie = `rocket_ref=${text}`;
          document.cookie = 'other=%E0%A4%A';
          for (const key of ['ref', 'consent', 'outage', 'visitor', `visits:${contest}`, `contest:${contest}`, 'q:', 'q:1-2', `q:${text}`, 'q:1-2-3-4', 'x']) localStorage.setItem(`rocket:${key}`, key === 'ref' ? `rocket_ref=${text}` : value);
          localStorage.setItem('rocket:consent', 'yes');
        }, [value, page.contest]);
      },
    });
    assert.deepEqual(await ready(page), { engine: 'wasm' }, value);
    assert.equal(await code(page), null, value);
    const signup = await page.evaluate(() => window.RocketTracker.trackSignup('joe@example.com'));
    assert.equal(signup.alreadyExists, false, value);
    assert.deepEqual(page.noise, [], value);
    await page.context().close();
  }
});

test('a code of another contest on the same site is not this one\'s', async () => {
  const page = await open(`?ref=${CODE}`);
  await ready(page);
  const [before, contest] = [page.contest, await makeContest(stack)];
  await servePage(page, `${stack.origin}/other**`, `<script src="/referral-tracker.js?campaignId=${contest}" async></script>`);
  await page.goto(`${stack.origin}/other`);
  assert.deepEqual(await ready(page), { engine: 'wasm' });
  assert.equal(await code(page), null);
  assert.notEqual(before, contest);
});

test('a window that is no number is the contest\'s', async () => {
  for (const days of ['abc', '0', '', 'NaN']) {
    const page = await open(`?ref=${CODE}`, { tag: `&days=${days}` });
    await ready(page);
    assert.equal(await code(page), CODE, days);
    const { expires } = (await page.context().cookies()).find(({ name }) => name === 'rocket_ref');
    assert.equal(Math.round((expires - Date.now() / 1000) / 86_400), 60, days);
  }
});

test('a stub of any shape breaks nothing', async () => {
  for (const stub of ['null', '5', '"x"', '[]', '{}', '{q:[null,5,"x",[],["nothing"],[{}],["trackSignup"],["getReferralLink",Symbol()],["trackSignup","early@example.com"]]}']) {
    const page = await open('', {
      prepare: (page) => page.route('**/early.js', (route) => route.fulfill({ contentType: 'text/javascript', body: `window.RocketTracker=${stub}` })),
      head: '<script src="/early.js"></script>',
    });
    assert.deepEqual(await ready(page), { engine: 'wasm' }, stub);
    await page.evaluate(() => window.RocketTracker.q.push(['trackPurchase', '1', 5, 'USD', 'late@example.com']));
    await until(() => page.posts.some(({ path }) => path.endsWith('track-purchase')), `${stub}: what is pushed later is called at once`);
    assert.equal(page.posts.some(({ body }) => body.email === 'early@example.com'), stub.includes('early'), stub);
    assert.deepEqual(page.noise, [], stub);
    await page.context().close();
  }
});

/** As old Stripe.js did it: a factory whose instances have methods of their own. */
const OLD_STRIPE = `window.asked = []; window.Stripe = function Stripe(key) { return { key, redirectToCheckout: (options) => (window.asked.push(options), Promise.resolve({})) }; }; window.Stripe.version = 3;`;

for (const [when, first] of [['before the tag', true], ['after the core', false]])
  test(`redirectToCheckout of an old Stripe.js that came ${when} takes the code, and never over the merchant's own`, async () => {
    const page = await open(`?ref=${CODE}`, {
      tag: '&autoInject=stripe',
      prepare: (page) => page.route('**/stripe.js', (route) => route.fulfill({ contentType: 'text/javascript', body: OLD_STRIPE })),
      head: first ? '<script src="/stripe.js"></script>' : '',
    });
    await ready(page);
    if (!first) await page.evaluate(OLD_STRIPE);
    const asked = await page.evaluate(async () => {
      const { Stripe } = window;
      const stripe = Stripe('pk_test');
      await stripe.redirectToCheckout({ mode: 'payment' });
      await stripe.redirectToCheckout({ mode: 'payment', clientReferenceId: 'mine' });
      await new Stripe('pk_test').redirectToCheckout();
      window.RocketTracker.consent(false);
      await stripe.redirectToCheckout({ mode: 'payment' });
      return { asked: window.asked, version: Stripe.version, key: stripe.key };
    });
    assert.deepEqual(asked, {
      asked: [{ clientReferenceId: CODE, mode: 'payment' }, { clientReferenceId: 'mine', mode: 'payment' }, { clientReferenceId: CODE }, { mode: 'payment' }],
      version: 3,
      key: 'pk_test',
    });
    assert.deepEqual(page.noise, []);
  });

test('a Stripe.js without redirectToCheckout is left as it is', async () => {
  const page = await open(`?ref=${CODE}`, { tag: '&autoInject=stripe' });
  await ready(page);
  const keys = await page.evaluate(() => {
    window.Stripe = () => Object.freeze({ elements() {} });
    return Object.keys(window.Stripe('pk_test'));
  });
  assert.deepEqual(keys, ['elements']);
  assert.deepEqual(page.noise, []);
});
