// What must hold in every engine, in the one that $ENGINE names: `cargo xtask test` runs this once for each. Chromium has the
// whole suite in tests/browser.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startEngine } from '../support/engine.mjs';
import { startSite } from '../support/site.mjs';
import { ask, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
let engine;
let site;
let contest;

before(async () => {
  const starting = [startStack(), startEngine(process.env.ENGINE)];
  // What has started is there to be stopped even where the other has not.
  starting[0].then((started) => (stack = started), () => {});
  starting[1].then((started) => (engine = started), () => {});
  await Promise.all(starting.map((one) => one.catch(() => {})));
  await Promise.all(starting);
  site = await startSite(stack);
  console.log(`${process.env.ENGINE} ${engine.version}`);
}, { timeout: 900_000 });

after(async () => {
  await engine?.stop();
  await site?.stop();
  await stack?.stop();
});

/** A contest of its own for each test, and a site that the browser has never seen. */
beforeEach(async () => {
  contest = await makeContest(stack);
  site.move();
});

const TAG = (options = '') => `<script src="${stack.origin}/referral-tracker.js?campaignId=${contest}${options}" async></script>`;

/** Runs a function in the page, and gives what its promise gives. */
async function evaluate(read, ...args) {
  const { value, error } = await engine.driver.executeAsyncScript(
    `const done = arguments[arguments.length - 1];
     (async () => (${read})(...[...arguments].slice(0, -1)))().then((value) => done({ value }), (error) => done({ error: String(error) }));`,
    ...args,
  );
  if (error) throw new Error(error);
  return value;
}

/** Polls until `read` gives `expected`. */
async function becomes(read, expected, what, seconds = 30) {
  let got;
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
    got = await read();
    try {
      return assert.deepEqual(got, expected);
    } catch {}
  }
  assert.deepEqual(got, expected, what);
}

/** Opens a page of the site with the tag on it, and waits for the core. */
async function open(query = `?ref=${CODE}`, { options, head = '', body, sandbox, origin = site.origin } = {}) {
  site.pages['/shop'] = { head: head + TAG(options), body, sandbox };
  await engine.driver.get(`${origin}/shop${query}`);
  assert.deepEqual(await ready(), { engine: 'wasm' });
}

async function ready() {
  await becomes(() => evaluate(() => typeof window.RocketTracker?.getReferralCode), 'function', 'the script has run');
  return evaluate(() => window.RocketTracker.ready);
}

const click = async (id) => (await engine.driver.findElement({ id })).click();
const code = () => evaluate(() => window.RocketTracker.getReferralCode());
const stored = () => evaluate(() => ({ cookie: document.cookie, keys: Object.keys(localStorage) }));
/** What is in storage and not answered yet. */
const queued = () => evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('rocket:q:')));
/** How often this page has sent something of the kind. */
const sent = (kind) => evaluate((kind) => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(`/track-${kind}`)).length, kind);
const counted = async () => {
  const { visits, signups, purchases, points } = (await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)).body.data;
  return { visits, signups, purchases, points };
};
const silent = async () => assert.deepEqual(await evaluate(() => window.noise), []);

test('a landing keeps the code, and its visit is tracked once', async () => {
  await open();
  assert.equal(await code(), CODE);
  await becomes(async () => (await counted()).visits, 1);
  await becomes(queued, []);
  assert.equal(await sent('visit'), 1);
  const kept = await evaluate(() => [document.cookie, localStorage['rocket:ref']]);
  for (const text of kept) assert.match(text, new RegExp(`^rocket_ref=${CODE}\\.${contest}\\.\\d+$`));

  await engine.driver.navigate().refresh();
  await ready();
  await becomes(queued, []);
  assert.equal(await sent('visit'), 0, 'after a reload');
  assert.equal((await counted()).visits, 1);

  await open('');
  assert.equal(await code(), CODE, 'kept for a page without a code');
  await silent();
});

test('the code is kept for the whole domain, and for no other', async () => {
  await open();
  await open('', { origin: site.parent });
  assert.equal(await code(), CODE);
  await open('', { origin: site.parent.replace('shop', 'bakery') });
  assert.equal(await code(), null);
  await silent();
});

test('the promises give what the endpoint said', async () => {
  await open();
  const { signup, again, purchase, validated } = await evaluate(async () => {
    const { trackSignup, trackPurchase, validateCode } = window.RocketTracker;
    return {
      signup: await trackSignup('joe@example.com', { name: 'Joe' }),
      again: await trackSignup('joe@example.com'),
      purchase: await trackPurchase('1001', 79.99, 'USD', 'joe@example.com'),
      validated: await validateCode(),
    };
  });
  assert.deepEqual([signup.isReferred, signup.pointsAwarded], [true, { advocate: 10, friend: 5 }]);
  assert.equal(again.alreadyExists, true);
  assert.deepEqual([purchase.status, purchase.pointsAwarded.advocate], ['confirmed', 80]);
  assert.deepEqual([validated.valid, validated.referrerName], [true, 'Jane Doe']);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 90], ['Joe', 5]]);
  await silent();
});

test('a rejection names the argument at fault', async () => {
  await open();
  const said = await evaluate(() => {
    const { trackSignup, trackPurchase } = window.RocketTracker;
    const calls = [
      trackSignup(), trackSignup('joe'), trackSignup(Symbol('x')), trackSignup('a@example.com', { name: 'x'.repeat(201) }),
      trackPurchase(), trackPurchase('1', NaN, 'USD', 'a@example.com'), trackPurchase('1', 0.001, 'USD', 'a@example.com'),
      trackPurchase('1', 10.5, 'JPY', 'a@example.com'), trackPurchase('1', 5, 'DOLLAR', 'a@example.com'), trackPurchase('1', 5, 'USD', 'a'),
      trackPurchase('1', { toString() { throw new Error('no'); } }, 'USD', 'a@example.com'),
    ];
    return Promise.all(calls.map((call) => call.then(() => 'fulfilled', (error) => `${error instanceof window.Error} ${error.message}`)));
  });
  const fields = ['email', 'email', 'email', 'name', 'orderId', 'amount', 'amount', 'amount', 'currency', 'email', 'amount'];
  said.forEach((text, n) => assert.match(text, new RegExp(`^true ${fields[n]}`), `call ${n}`));
  assert.deepEqual(await counted(), { visits: 1, signups: 0, purchases: 0, points: 0 });
  await silent();
});

test('calls made before the script are kept', async () => {
  site.scripts['/early.js'] = `window.RocketTracker = window.RocketTracker || { q: [] };
    window.RocketTracker.q.push(['trackSignup', 'early@example.com']);`;
  await open(undefined, { head: '<script src=/early.js></script>' });
  await becomes(() => board(stack, contest), [['Jane Doe', 10], ['early@example.com', 5]]);
  await silent();
});

test('a call right before a navigation arrives, though the next page knows nothing of it', async () => {
  site.pages['/thanks'] = { body: '<p>Thanks' };
  site.scripts['/buy.js'] = `document.querySelector('#buy').addEventListener('click', () => {
    window.RocketTracker.trackSignup('joe@example.com');
    window.RocketTracker.trackPurchase('1001', 20, 'USD', 'joe@example.com');
    location.href = '/thanks';
  });`;
  await open(undefined, { body: '<button id=buy>Buy</button><script src=/buy.js></script>' });
  await click('buy');
  await becomes(() => engine.driver.getCurrentUrl(), `${site.origin}/thanks`);
  await becomes(counted, { visits: 1, signups: 1, purchases: 1, points: 30 });

  await open('');
  await becomes(queued, []);
  assert.deepEqual(await counted(), { visits: 1, signups: 1, purchases: 1, points: 30 }, 'once, whoever was told of it');
  await silent();
});

test('a call before the core has arrived goes from the next page', async () => {
  site.scripts['/leave.js'] = `window.RocketTracker.trackSignup('joe@example.com'); location.replace('/next');`;
  site.pages['/first'] = { head: `${TAG().replace(' async', '')}<script src=/leave.js></script>` };
  site.pages['/next'] = { head: TAG() };
  await engine.driver.get(`${site.origin}/first?ref=${CODE}`);
  await becomes(() => engine.driver.getCurrentUrl(), `${site.origin}/next`);
  await ready();
  await becomes(counted, { visits: 1, signups: 1, purchases: 0, points: 10 });
  await becomes(queued, []);
  await silent();
});

test('Payment Links get the code, also those that come later', async () => {
  site.scripts['/stay.js'] = `addEventListener('click', (event) => event.preventDefault());
    document.querySelector('#host').attachShadow({ mode: 'open' }).innerHTML = '<a href="https://buy.stripe.com/hidden">Buy</a>';`;
  await open(undefined, {
    options: '&autoInject=stripe',
    body: `
      <a id=plain href="https://buy.stripe.com/a?x=a+b#now">Buy</a>
      <a id=taken href="https://buy.stripe.com/a?client_reference_id=mine">Buy</a>
      <a id=other href="https://shop.example/a">Buy</a>
      <stripe-buy-button id=button></stripe-buy-button>
      <form id=form data-rocket-referral></form>
      <p id=host></p><script src=/stay.js></script>`,
  });
  const href = (id) => evaluate((id) => document.getElementById(id).getAttribute('href'), id);
  await becomes(() => href('plain'), `https://buy.stripe.com/a?x=a+b&client_reference_id=${CODE}#now`);
  assert.equal(await href('taken'), 'https://buy.stripe.com/a?client_reference_id=mine');
  assert.equal(await href('other'), 'https://shop.example/a');
  assert.equal(await evaluate(() => document.querySelector('#button').getAttribute('client-reference-id')), CODE);
  assert.equal(await evaluate(() => new FormData(document.querySelector('#form')).get('referral_code')), CODE);

  await evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<div><a id=later href="https://buy.stripe.com/later">Buy</a></div>');
    document.querySelector('#plain').href = 'https://buy.stripe.com/again';
  });
  await becomes(() => href('later'), `https://buy.stripe.com/later?client_reference_id=${CODE}`);
  await becomes(() => href('plain'), `https://buy.stripe.com/again?client_reference_id=${CODE}`);

  await click('host');
  await evaluate(() => document.querySelector('#host').shadowRoot.querySelector('a').click());
  assert.match(await evaluate(() => document.querySelector('#host').shadowRoot.querySelector('a').href), /client_reference_id/, 'on its click');
  await silent();
});

test('nothing is stored or sent before consent, and nothing is left once it is withdrawn', async () => {
  await open(undefined, { options: '&consent=required' });
  await evaluate(() => {
    window.early = window.RocketTracker.trackSignup('joe@example.com');
  });
  assert.deepEqual(await stored(), { cookie: '', keys: [] });
  assert.deepEqual([await sent('visit'), await sent('signup')], [0, 0]);
  assert.deepEqual(await counted(), { visits: 0, signups: 0, purchases: 0, points: 0 });

  await evaluate(() => {
    window.RocketTracker.consent(true);
    return window.early;
  });
  await becomes(counted, { visits: 1, signups: 1, purchases: 0, points: 10 });
  assert.match((await stored()).cookie, /^rocket_ref=/);
  await becomes(queued, []);

  await evaluate(() => window.RocketTracker.consent(false));
  assert.deepEqual(await stored(), { cookie: '', keys: [] });
  await silent();
});

test('where the browser refuses storage, a page still tracks', async () => {
  // A sandboxed page may read neither cookies nor storage: both throw.
  await open(undefined, { sandbox: '; sandbox allow-scripts' });
  await assert.rejects(evaluate(() => localStorage.length), /SecurityError/);
  assert.equal(await code(), CODE);
  assert.equal((await evaluate(() => window.RocketTracker.trackSignup('joe@example.com'))).isReferred, true);
  await becomes(counted, { visits: 1, signups: 1, purchases: 0, points: 10 });
  await silent();
});

// What a browser freezes when it is left, and thaws when somebody goes back: WebKit does it also to a page that waits for an
// answer, and that answer never comes.
test('a page that is gone back to settles what it had on its way', async () => {
  site.pages['/thanks'] = { body: '<p>Thanks' };
  site.scripts['/buy.js'] = `document.querySelector('#buy').addEventListener('click', () => {
    window.RocketTracker.trackSignup('joe@example.com');
    location.href = '/thanks';
  });`;
  await open(undefined, { body: '<button id=buy>Buy</button><script src=/buy.js></script>' });
  await becomes(queued, []);
  await click('buy');
  await becomes(() => engine.driver.getCurrentUrl(), `${site.origin}/thanks`);
  await becomes(counted, { visits: 1, signups: 1, purchases: 0, points: 10 });
  await engine.driver.navigate().back();
  await ready();
  await becomes(queued, [], 'what was on its way is settled', 15);
  await silent();
});

test('a page that is gone back to keeps to a consent withdrawn since', async () => {
  site.pages['/privacy'] = { head: TAG() };
  await open();
  await becomes(queued, []);
  await engine.driver.get(`${site.origin}/privacy`);
  await ready();
  await evaluate(() => window.RocketTracker.consent(false));
  await engine.driver.navigate().back();
  await ready();
  const keys = await evaluate(() => {
    window.RocketTracker.trackSignup('joe@example.com');
    return Object.keys(localStorage);
  });
  assert.deepEqual(keys, ['rocket:consent']);
  assert.equal(await sent('signup'), 0);
  await silent();
});

// Firefox keeps the lock of a page that it has frozen, and with it every other page of the site from what is in storage.
test('a page that was left lets the next one send', async () => {
  site.pages['/thanks'] = { body: '<p>Thanks' };
  site.scripts['/buy.js'] = `document.querySelector('#buy').addEventListener('click', () => {
    window.RocketTracker.trackSignup('joe@example.com');
    location.href = '/thanks';
  });`;
  site.scripts['/leave.js'] = `window.RocketTracker.trackSignup('ann@example.com'); location.replace('/next');`;
  site.pages['/first'] = { head: `${TAG().replace(' async', '')}<script src=/leave.js></script>` };
  site.pages['/next'] = { head: TAG() };
  await open(undefined, { body: '<button id=buy>Buy</button><script src=/buy.js></script>' });
  await click('buy');
  await becomes(() => engine.driver.getCurrentUrl(), `${site.origin}/thanks`);
  await becomes(async () => (await counted()).signups, 1);
  await open('');
  await becomes(queued, []);
  await engine.driver.get(`${site.origin}/first`);
  await becomes(() => engine.driver.getCurrentUrl(), `${site.origin}/next`);
  await becomes(async () => (await counted()).signups, 2, 'what an earlier page has left in storage', 15);
  await silent();
});
