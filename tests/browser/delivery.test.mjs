// No event is lost and none counts twice, whatever happens to the page, the browser and the endpoint.
//
// A few tries of each; ROCKET_TRIES=200 gives the figures of docs/benchmarks.md, with outages of 30 s. They are printed
// either way.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newVisitor, restartable, running, startBrowser } from '../support/browser.mjs';
import { sleep, startRoad, until } from '../support/road.mjs';
import { ask, CODE, makeContest, startStack } from '../support/stack.mjs';

const TRIES = Number(process.env.ROCKET_TRIES ?? 10);
/** So many events wait at once in the tests of an outage. */
const WAITING = Math.min(TRIES, 20);
const OUTAGE = TRIES >= 200 ? 30_000 : 5_000;
/** Longest wait between two attempts after that, and the queue that goes then. */
const RECOVERY = 20 + OUTAGE / 1_000 + WAITING / 2;

let stack;
let browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** One whose profile goes with the test. */
async function visitor(t) {
  const page = await newVisitor(browser);
  t.after(() => page.context().close());
  return page;
}

/** What a test has measured, in words that say of what. */
const figure = (t, text) => t.diagnostic(`${t.name}: ${text}`);

async function newProfile(t) {
  const profile = await mkdtemp(join(tmpdir(), 'rockettracker-profile-'));
  t.after(() => rm(profile, { recursive: true, force: true }));
  return profile;
}

const SHOP = '/shop';
const EMPTY = '/empty';
/** The click goes on to the page `to`, with the next number. */
const click = (track, to) => `
  document.querySelector('button')?.addEventListener('click', () => {
    const n = Number(new URL(location).searchParams.get('n'));
    ${track};
    location.href = '${to}?n=' + (n + 1);
  });`;
const SIGN_UP = "RocketTracker.trackSignup('friend' + n + '@example.com')";

/** A contest of its own, and a road to it with a shop beside it. */
async function shop(t, { headers, far, track = () => SIGN_UP, to = SHOP } = {}) {
  const contest = await makeContest(stack);
  const html = (road) => `<!doctype html><meta charset=utf-8><title>A shop</title>
    <script src="${road.api}/referral-tracker.js?campaignId=${contest}" async></script><button>Sign up</button><script src="/click.js"></script>`;
  const road = await startRoad(stack, {
    [SHOP]: (road) => ({ html: html(road), headers }),
    '/click.js': (road) => click(track(road, contest), to),
    '/favicon.ico': '',
    [EMPTY]: '<!doctype html><title>Empty</title>',
  }, { far });
  t.after(() => road.stop());
  const stats = async () => (await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)).body.data;
  return { contest, road, stats, signups: async () => (await stats()).signups };
}

const ready = (page) => page.evaluate(() => window.RocketTracker.ready);
async function enter(road, page, query = `?ref=${CODE}`) {
  await page.goto(road.origin + SHOP + query);
  await running(page);
  await ready(page);
  return page;
}

/** Signs `count` friends up in one task. */
const signUp = (page, count, from = 0) =>
  page.evaluate(([count, from]) => {
    for (let n = from; n < from + count; n++) void window.RocketTracker.trackSignup(`friend${n}@example.com`);
  }, [count, from]);

const queue = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('rocket:q:')).length);
const bySignup = (road) => road.posts.filter(({ kind }) => kind === 'signup');

/**
 * The signups that the page sends from now on, with the milliseconds of some clock. Where a connection that it used before is
 * reset, Chromium posts once more by itself; that is seen at the endpoint, and not here.
 */
async function watchSignups(page) {
  const sent = [];
  const devtools = await page.context().newCDPSession(page);
  devtools.on('Network.requestWillBeSent', ({ request: { method, url, postData }, timestamp }) => {
    if (method === 'POST' && url.endsWith('/track-signup')) sent.push({ id: JSON.parse(postData).eventId, at: timestamp * 1_000 });
  });
  await devtools.send('Network.enable');
  return sent;
}

/** All `count` signups are at the endpoint, each once; gives how many requests that took. */
async function arrive(t, { road, stats, signups }, count, seconds) {
  await until(async () => (await signups()) >= count, `${t.name}: all ${count} arrive`, seconds).catch(async ({ message }) => {
    const ids = new Set(bySignup(road).map(({ id }) => id)).size;
    assert.fail(`${message}: ${await signups()} counted, ${ids} on the wire`);
  });
  const { signups: counted, points } = await stats();
  assert.deepEqual({ counted, points }, { counted: count, points: 10 * count }, 'and none twice');
  // Two requests with one event at the same moment may both be told that it is new; the contest has it once all the same.
  assert.equal(new Set(bySignup(road).filter(({ isNew }) => isNew).map(({ id }) => id)).size, count);
  return bySignup(road).length;
}

async function allArrive(t, there, count, seconds) {
  const requests = await arrive(t, there, count, seconds);
  figure(t, `${count} events, 0 lost, 0 counted twice, ${requests} requests`);
}

/** Signs `TRIES` friends up, as many at once as may wait, the next when those have gone. */
async function inTurns(t, there, act) {
  let done = 0;
  for (; done < TRIES; done += WAITING) {
    await act(Math.min(WAITING, TRIES - done), done);
    await until(async () => (await there.signups()) >= Math.min(TRIES, done + WAITING), `${t.name}: those of turn ${done / WAITING} arrive`);
  }
  await allArrive(t, there, TRIES);
}

for (const [delay, awaitCore] of [[0, true], [150, true], [150, false]])
  test(`a click that tracks and navigates away, endpoint ${delay} ms away${awaitCore ? '' : ', before the core runs'}`, async (t) => {
    const there = await shop(t);
    const { road } = there;
    const page = await visitor(t);
    await enter(road, page, `?n=0&ref=${CODE}`);
    road.delay = delay;
    for (let n = 0; n < TRIES; n++) {
      await page.waitForURL(`**${SHOP}?n=${n}*`, { waitUntil: 'commit' });
      await running(page);
      if (awaitCore) await ready(page);
      await page.locator('button').click({ noWaitAfter: true });
    }
    await allArrive(t, there, TRIES);
    assert(bySignup(road).length <= 3 * TRIES, `${bySignup(road).length} requests for ${TRIES} events`);
    // Those whose answer found nobody go once more, one after the other.
    await until(async () => (await queue(page)) === 0, 'the queue empties', 20 + TRIES / 2);
    assert.deepEqual(page.noise, []);
  });

/** Far enough that nothing gets out before the page is gone, by a connection that has yet to be made. */
const FAR = 80;

/**
 * Clicks `tries` times, each time as another visitor who leaves the site and does not come back; gives how many arrive within
 * `patience` milliseconds.
 */
async function leave({ road, signups }, tries, patience) {
  const noise = [];
  const lane = async (first) => {
    for (let n = first; n < tries; n += 4) {
      const page = await newVisitor(browser);
      await page.goto(`${road.origin}${SHOP}?n=${n}&ref=${CODE}`);
      await running(page);
      await ready(page);
      await until(async () => (await queue(page)) === 0, 'the visit is done with');
      await page.locator('button').click({ noWaitAfter: true });
      await page.waitForURL(`**${EMPTY}?n=${n + 1}`);
      const deadline = Date.now() + patience;
      while (Date.now() < deadline && !bySignup(road).some(({ email }) => email === `friend${n}@example.com`)) await sleep(20);
      noise.push(...page.noise);
      await page.context().close();
    }
  };
  road.delay = FAR;
  await Promise.all([0, 1, 2, 3].map(lane));
  assert.deepEqual(noise, []);
  return signups();
}

test(`a click that tracks and leaves the site, endpoint ${FAR} ms away over TLS on another site, cold connection`, async (t) => {
  const there = await shop(t, { far: true, to: EMPTY });
  assert.equal(await leave(there, TRIES, 10_000), TRIES, 'from the page that is gone: no other has the tag');
  // Chromium now and then opens one connection more than it needs, and has it for the next request.
  const warm = bySignup(there.road).filter(({ age }) => age > 5 * FAR).length;
  assert(warm <= TRIES / 5, `${warm} of ${TRIES} by a connection that was there`);
  await allArrive(t, there, TRIES);
});

test('that this road is what it is said to be: a fetch of JSON is lost on it', async (t) => {
  const track = ({ api }, contest) => `fetch('${api}/api/referral/track-signup', {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contestId: '${contest}', email: 'friend' + n + '@example.com', eventId: 'json' + n }),
    })`;
  const there = await shop(t, { far: true, to: EMPTY, track });
  const tries = Math.min(TRIES, 20);
  // Connection, TLS, preflight and request take half of that.
  const arrived = await leave(there, tries, 8 * FAR);
  figure(t, `${tries} events, ${tries - arrived} lost`);
  assert.equal(arrived, 0);
});

test('the same click before the core runs, and the site is opened again', async (t) => {
  const there = await shop(t, { far: true });
  const { road } = there;
  const page = await visitor(t);
  road.delay = FAR;
  await page.goto(`${road.origin}${SHOP}?n=0&ref=${CODE}`);
  for (let n = 0; n < TRIES; n++) {
    await page.waitForURL(`**${SHOP}?n=${n}*`, { waitUntil: 'commit' });
    await running(page);
    await page.locator('button').click({ noWaitAfter: true });
  }
  await allArrive(t, there, TRIES, 60);
  assert.deepEqual(page.noise, []);
});

test('a tab closed right after the call', async (t) => {
  const there = await shop(t);
  const { road } = there;
  const opener = await visitor(t);
  await enter(road, opener);
  road.delay = 150;
  for (let n = 0; n < TRIES; n++) {
    const opened = opener.context().waitForEvent('page');
    await opener.evaluate((path) => void window.open(path), SHOP);
    const tab = await opened;
    await running(tab);
    await ready(tab);
    const closed = tab.waitForEvent('close');
    // The evaluation dies with the tab.
    tab.evaluate((n) => {
      void window.RocketTracker.trackSignup(`friend${n}@example.com`);
      window.close();
    }, n).catch(() => {});
    await closed;
  }
  // What did not get out in time goes from the next page.
  await enter(road, await opener.context().newPage(), '');
  await allArrive(t, there, TRIES);
});

for (const [name, fault] of [
  ['answers 503', () => ({ status: 503 })],
  ['answers 429 with Retry-After', () => ({ status: 429, headers: { 'retry-after': '3' } })],
  ['resets the connection', () => 'reset'],
])
  test(`the endpoint ${name} for ${OUTAGE / 1_000} s`, async (t) => {
    const gaps = await Promise.all([...Array(Math.ceil(TRIES / WAITING)).keys()].map(async () => {
      const there = await shop(t);
      const { road } = there;
      const page = await visitor(t);
      await enter(road, page);
      await until(async () => (await queue(page)) === 0, 'the visit is done with');
      road.fault = fault;
      const sent = await watchSignups(page);
      await signUp(page, WAITING);
      await sleep(OUTAGE);
      // Those of the first task were on their way before anything was known of the outage.
      const again = sent.filter(({ id }, n) => sent.slice(0, n).some((before) => before.id === id));
      const times = again.map(({ at }) => at - sent[0].at);
      const asked = fault().headers ? 3_000 : 1_000;
      const gaps = times.map((at, n) => at - (times[n - 1] ?? 0));
      for (const gap of gaps) assert(gap >= asked - 50, `again after ${times} ms`);
      assert(times.length >= 1, 'it tries again by itself');
      assert.equal(await queue(page), WAITING);
      road.fault = undefined;
      await arrive(t, there, WAITING, RECOVERY);
      return gaps;
    }));
    const least = Math.min(...gaps.flat());
    figure(t, `${gaps.length * WAITING} events, 0 lost, 0 counted twice; while it fails no two requests within ${least.toFixed(0)} ms`);
  });

test(`the endpoint is down for ${OUTAGE / 1_000} s: every connection is refused`, async (t) => {
  const there = await shop(t, { far: true });
  const { road } = there;
  const pages = [];
  for (let n = 0; n < TRIES; n += WAITING) pages.push(await enter(road, await visitor(t)));
  for (const page of pages) await until(async () => (await queue(page)) === 0, 'the visit is done with');
  await road.cut();
  for (const [n, page] of pages.entries()) await signUp(page, WAITING, n * WAITING);
  await sleep(OUTAGE);
  for (const page of pages) {
    assert.equal(await queue(page), WAITING);
    // The browser's own line for each request that failed: one a second at most, but for those of the first task.
    const failed = page.noise.filter((line) => line.includes('ERR_CONNECTION_REFUSED'));
    assert(failed.length <= WAITING + OUTAGE / 1_000, `${failed.length} requests`);
    assert.deepEqual(page.noise.filter((line) => !failed.includes(line)), []);
  }
  await road.mend();
  await allArrive(t, there, pages.length * WAITING, RECOVERY);
});

test('offline, then on line', async (t) => {
  const there = await shop(t);
  const page = await visitor(t);
  await enter(there.road, page);
  for (let n = 0; n < TRIES; n += WAITING) {
    await page.context().setOffline(true);
    await signUp(page, WAITING, n);
    await sleep(300);
    await page.context().setOffline(false);
    await until(async () => (await queue(page)) === 0, 'the queue empties', 5);
  }
  await allArrive(t, there, TRIES);
});

test('a browser that is started again with a full queue', async (t) => {
  let done = 0;
  for (; done < TRIES; done += 100) {
    const there = await shop(t);
    const { road } = there;
    const profile = await newProfile(t);
    const first = await restartable(profile);
    const page = await first.newPage();
    await enter(road, page);
    road.fault = () => ({ status: 503 });
    await signUp(page, 100);
    await until(async () => (await queue(page)) === 100, 'all are kept');
    await first.close();
    road.fault = undefined;
    const second = await restartable(profile);
    await enter(road, await second.newPage(), '');
    await arrive(t, there, 100, 60);
    await second.close();
  }
  figure(t, `${done} events, 0 lost, 0 counted twice`);
});

for (const locks of [true, false])
  test(`two tabs with one queue${locks ? '' : ', in a browser without Web Locks'}`, async (t) => {
    let [events, requests] = [0, 0];
    for (; events < TRIES; events += WAITING) {
      const there = await shop(t);
      const { road } = there;
      const page = await visitor(t);
      if (!locks) await page.context().addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
      await enter(road, page);
      const other = await enter(road, await page.context().newPage());
      road.fault = () => ({ status: 503 });
      await signUp(page, WAITING / 2);
      await signUp(other, WAITING / 2, WAITING / 2);
      await until(() => bySignup(road).length >= 2, 'the outage is noticed');
      road.fault = undefined;
      road.delay = 50;
      const before = bySignup(road).length;
      requests += await arrive(t, there, WAITING);
      const after = bySignup(road).length - before;
      assert(locks ? after === WAITING : after <= 2 * WAITING, `${after} requests for ${WAITING} events once the endpoint was back`);
    }
    figure(t, `${events} events, 0 lost, 0 counted twice, ${requests} requests`);
  });

test('a call that was sent a moment ago is not sent again by the next page', async (t) => {
  const there = await shop(t);
  const { road } = there;
  const page = await visitor(t);
  await enter(road, page);
  road.delay = 2_000;
  await signUp(page, 1);
  await enter(road, page, '');
  await enter(road, page, '');
  await allArrive(t, there, 1);
  assert.equal(bySignup(road).length, 1);
});

test('a hundred events are kept: the oldest visits go first, and no purchase ever', async (t) => {
  const { contest, road } = await shop(t);
  const page = await visitor(t);
  road.fault = () => ({ status: 503 });
  await page.goto(road.origin + EMPTY);
  await page.evaluate((contest) => {
    for (let n = 0; n < 150; n++) {
      const [kind, ...rest] = n < 40 ? ['visit', `CODE${n}`, ''] : n < 60 ? ['signup', '', `friend${n}@example.com`, '', ''] : ['purchase', '', `${n}`, '1', '', 'a@example.com'];
      localStorage.setItem(`rocket:q:${Date.now() - 1_000_000 + n}-1-2-${n}`, [kind, contest, ...rest].join('\0'));
    }
  }, contest);
  await enter(road, page, '');
  const kinds = () => page.evaluate(() => {
    const kinds = { v: 0, s: 0, p: 0 };
    for (const [key, entry] of Object.entries(localStorage)) if (key.startsWith('rocket:q:')) kinds[entry[0]]++;
    return kinds;
  });
  await until(() => page.evaluate(() => localStorage['rocket:outage']), 'the outage is noticed');
  await signUp(page, 1);
  assert.deepEqual(await kinds(), { v: 0, s: 10, p: 90 });
  await page.evaluate(() => {
    for (let n = 0; n < 15; n++) void window.RocketTracker.trackPurchase(`more${n}`, 1, 'USD', 'a@example.com');
  });
  assert.deepEqual(await kinds(), { v: 0, s: 0, p: 105 });
  assert(road.posts.length <= 3, `${road.posts.length} requests`);
  figure(t, '150 events of an earlier page: 10 signups and 90 purchases stay; 15 purchases more, 105 purchases stay');
});

test('storage that is full keeps its calls for as long as the page lives', async (t) => {
  const there = await shop(t);
  const page = await visitor(t);
  await page.goto(there.road.origin + EMPTY);
  await page.evaluate(() => {
    for (let size = 2 ** 22; size >= 1; size >>= 1)
      try {
        while (true) localStorage.setItem(`filler${localStorage.length}`, 'x'.repeat(size));
      } catch {}
  });
  await enter(there.road, page);
  const report = await page.evaluate(() => window.RocketTracker.doctor());
  assert.match(report.storage, /memory/);
  await inTurns(t, there, (count, from) => signUp(page, count, from));
  assert.deepEqual(page.noise, []);
});

test('storage and cookies that are forbidden cost nothing but memory', async (t) => {
  // A sandbox without an origin of its own: reading either throws a SecurityError.
  const there = await shop(t, { headers: { 'content-security-policy': 'sandbox allow-scripts' } });
  const page = await visitor(t);
  await enter(there.road, page);
  const report = await page.evaluate(async () => {
    let thrown = '';
    try {
      void localStorage;
    } catch ({ name }) {
      thrown = name;
    }
    return { ...(await window.RocketTracker.doctor()), thrown, now: window.RocketTracker.getReferralCode() };
  });
  assert.deepEqual([report.thrown, report.now, report.endpoint], ['SecurityError', CODE, 'reachable']);
  assert.match(report.storage, /memory/);
  assert.match(report.cookie, /refused/);
  await inTurns(t, there, (count, from) => signUp(page, count, from));
  assert.deepEqual(page.noise, []);
});

test('a browser that is set to keep no cookies for anybody', async (t) => {
  const there = await shop(t);
  const profile = await newProfile(t);
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const context = await restartable(profile);
  t.after(() => context.close());
  const page = await context.newPage();
  const noise = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(`thrown: ${error}`));
  await enter(there.road, page);
  const report = await page.evaluate(async () => {
    let thrown = '';
    try {
      void localStorage;
    } catch ({ name }) {
      thrown = name;
    }
    document.cookie = 'a=b';
    return { ...(await window.RocketTracker.doctor()), thrown, kept: document.cookie, now: window.RocketTracker.getReferralCode() };
  });
  assert.deepEqual([report.thrown, report.kept, report.now], ['SecurityError', '', CODE]);
  assert.match(report.cookie, /refused/);
  assert.match(report.storage, /memory/);
  await inTurns(t, there, (count, from) => signUp(page, count, from));
  assert.deepEqual(noise, []);
});

test('a clock that is wrong by a day, or set meanwhile', async (t) => {
  const count = Math.ceil(TRIES / 4);
  for (const days of [-1, 1]) {
    const there = await shop(t);
    const page = await visitor(t);
    await page.addInitScript((days) => {
      const now = Date.now;
      window.shift = days;
      Date.now = () => now() + window.shift * 86_400_000;
    }, days);
    await enter(there.road, page);
    await signUp(page, count);
    await arrive(t, there, count);
    there.road.fault = () => 'reset';
    await signUp(page, count, count);
    await until(() => bySignup(there.road).length > count, 'it fails');
    await page.evaluate(() => (window.shift = 0));
    there.road.fault = undefined;
    await allArrive(t, there, 2 * count);
    assert.equal(await page.evaluate(() => window.RocketTracker.getReferralCode()), CODE);
  }
});
