// Stripe's links and elements as a real React application renders them, with the core there, late, or not there at all.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { CODE, makeContest, startStack } from '../support/stack.mjs';
import { makeShop, openShop } from '../support/shop.mjs';

const REFERENCE = `client_reference_id=${CODE}`;

let stack;
let browser;
let shop;
let site;
let contest;
let till;
before(async () => {
  shop = await makeShop();
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  site = await openShop(shop, stack.origin);
  contest = await makeContest(stack);
  till = await openTill();
});
after(async () => {
  await browser?.close();
  await till?.close();
  await site?.close();
  await stack?.stop();
  await shop?.stop();
});

/** What becomes of the core on its way to the page. */
const ROADS = {
  'as it is': () => {},
  'without WebAssembly': (page) => page.route('**/core/*.wasm', (route) => route.abort()),
  'without the core': (page) => page.route('**/core/**', (route) => route.abort()),
  'WebAssembly 3 s late': (page) =>
    page.route('**/core/*.wasm', async (route) => {
      await sleep(3_000);
      await route.continue().catch(() => {}); // the page may be gone
    }),
};

/** A visitor whom Jane has brought, on the page that renders this case. */
async function open(name, road = 'as it is', page) {
  if (!page) {
    page = await newVisitor(browser);
    await ROADS[road](page);
    // Every write of an attribute that the script may write, whoever it was.
    await page.addInitScript(() => {
      window.writes = {};
      new MutationObserver((changes) => {
        for (const { target } of changes) window.writes[target.id] = (window.writes[target.id] ?? 0) + 1;
      }).observe(document, { subtree: true, attributeFilter: ['href', 'client-reference-id'] });
    });
  }
  await page.goto(`${site.origin}/links?${new URLSearchParams({ ref: CODE, contest, till: till.host, case: name })}`);
  await page.waitForFunction(() => window.RocketTracker?.ready && document.querySelector('#step'));
  return page;
}

/** Clicks the page's own button, so that React renders once more. */
async function press(page, id, times = 1) {
  await page.evaluate(async ([id, times]) => {
    const button = document.getElementById(id);
    for (let n = 0; n < times; n += 1) {
      const before = Number(button.textContent);
      button.click();
      await new Promise((resolve) => setTimeout(resolve));
      if (Number(button.textContent) !== before + 1) throw new Error('React has not rendered');
    }
  }, [id, times]);
}

const hrefs = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('a')].map((a) => [a.id, a.getAttribute('href')])));
const references = (page) =>
  page.evaluate(() =>
    Object.fromEntries([...document.querySelectorAll('stripe-buy-button, stripe-pricing-table')].map((element) => {
      const reference = element.getAttribute('client-reference-id');
      return [element.id, reference === (element.dataset.shown ?? null) ? reference : `${reference}, but shows ${element.dataset.shown}`];
    })));

/** The writes so far, by id; and from then on there are none while the page does nothing. */
async function writes(page) {
  return page.evaluate(async () => {
    const before = { ...window.writes };
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setTimeout(resolve));
    if (JSON.stringify(before) !== JSON.stringify(window.writes)) throw new Error(`it goes on: ${JSON.stringify([before, window.writes])}`);
    return before;
  });
}

const thrown = (page) => page.noise.filter((line) => line.startsWith('thrown'));

const MOVES = {
  'a click': (page) => page.locator('#link').click(),
  'a middle click': (page) => page.locator('#link').click({ button: 'middle' }),
  'a click with Ctrl': (page) => page.locator('#link').click({ modifiers: ['Control'] }),
  async Enter(page) {
    await page.locator('#link').focus();
    await page.keyboard.press('Enter');
  },
};

/** What such a move asks the till for, once it has led there, in a new tab or in this one. */
async function follow(page, move) {
  const landed = Promise.any([page.context().waitForEvent('page'), page.waitForURL(`http://${till.host}/**`)]);
  const [asked] = await Promise.all([till.next(), landed, move(page)]);
  for (const other of page.context().pages()) if (other !== page) await other.close();
  return asked;
}

/** In the place of Stripe, a host of Payment Links that is really asked, also by a new tab, which no test could intercept. */
async function openTill() {
  let serve = () => {};
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A till</title><link rel="icon" href="data:,">');
    serve(request.url);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${server.address().port}`,
    next: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('nobody comes to the till')), 10_000);
        serve = (asked) => {
          clearTimeout(timer);
          resolve(asked);
        };
      }),
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

for (const road of Object.keys(ROADS)) {
  test(`${road}: several links whose href React sets anew`, async () => {
    const page = await open('several', road);
    for (const n of [0, 1, 2, 3]) {
      assert.deepEqual(await hrefs(page), {
        plain: `https://buy.stripe.com/plain-${n}?${REFERENCE}`,
        query: `https://buy.stripe.com/query?prefilled_email=joe%40example.com&n=${n}&${REFERENCE}`,
        fragment: `https://buy.stripe.com/fragment-${n}?${REFERENCE}#now`,
        both: `https://buy.stripe.com/both?n=${n}&${REFERENCE}#a?b=c`,
        custom: `https://pay.shop.example/custom-${n}?${REFERENCE}`,
        taken: `https://buy.stripe.com/taken-${n}?client_reference_id=mine`,
        other: `https://shop.example/other-${n}`,
        like: `https://buy.stripe.com.shop.example/like-${n}`,
      });
      // Each time one write is React's and one the script's; the first of React's made the element.
      const [injected, left] = [1 + 2 * n, n];
      const none = left ? { taken: left, other: left, like: left } : {};
      assert.deepEqual(await writes(page), { plain: injected, query: injected, fragment: injected, both: injected, custom: injected, ...none });
      await press(page, 'next');
    }
    if (road === 'as it is' || road.endsWith('late')) {
      const before = await hrefs(page);
      assert.deepEqual(await page.evaluate(() => window.RocketTracker.ready), { engine: 'wasm' });
      assert.deepEqual(await hrefs(page), before, 'the core changes nothing');
    }
    assert.deepEqual(thrown(page), []);
  });

  test(`${road}: a link that becomes another kind of link`, async () => {
    const page = await open('kinds', road);
    const seen = [(await hrefs(page)).link];
    for (let step = 1; step <= 5; step += 1) {
      await press(page, 'step');
      seen.push((await hrefs(page)).link);
    }
    assert.deepEqual(seen, [
      `https://buy.stripe.com/a?${REFERENCE}`, '/sold-out', 'https://buy.stripe.com/b?client_reference_id=mine',
      `https://buy.stripe.com/c?${REFERENCE}`, null, `https://buy.stripe.com/d?${REFERENCE}`,
    ]);
    await writes(page);
  });

  test(`${road}: links inserted later, removed and inserted again, moved`, async () => {
    const page = await open('later', road);
    await press(page, 'step');
    for (const n of [0, 1]) {
      assert.deepEqual(await hrefs(page), { later: `https://buy.stripe.com/later-${n}?${REFERENCE}`, deep: `https://buy.stripe.com/deep-${n}?${REFERENCE}` });
      await press(page, 'next');
    }
    await open('removed', road, page);
    for (const n of [0, 1, 2, 3]) {
      const links = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, `https://buy.stripe.com/${name}-${n}?${REFERENCE}`]));
      assert.deepEqual(await hrefs(page), n % 2 ? links : { mounted: `https://buy.stripe.com/mounted-${n}?${REFERENCE}`, ...links });
      await press(page, 'step');
      await press(page, 'next');
    }
    // The very same element, changed while it was out of the page.
    const href = await page.evaluate(async () => {
      const link = document.querySelector('#a');
      const { parentNode } = link;
      link.remove();
      link.href = 'https://buy.stripe.com/elsewhere';
      parentNode.append(link);
      await Promise.resolve();
      return link.href;
    });
    assert.equal(href, `https://buy.stripe.com/elsewhere?${REFERENCE}`);
    await writes(page);
    assert.deepEqual(thrown(page), []);
  });

  test(`${road}: target=_blank, middle click, Ctrl, Enter`, async () => {
    const page = await open('blank', road);
    for (const [n, [name, move]] of Object.entries(MOVES).entries()) {
      assert.equal(await follow(page, move), `/blank-${n}?${REFERENCE}`, name);
      await press(page, 'next');
    }
  });

  test(`${road}: buy buttons and pricing tables, there, later and with new keys`, async () => {
    const page = await open('embedded', road);
    const early = { button: CODE, table: CODE, 'keyed-button': CODE, 'keyed-table': CODE, 'taken-button': 'mine', 'taken-table': 'mine' };
    for (let n = 0; n < 3; n += 1) {
      assert.deepEqual(await references(page), early);
      await press(page, 'next');
    }
    await press(page, 'step');
    for (let n = 0; n < 3; n += 1) {
      assert.deepEqual(await references(page), { ...early, 'later-button': CODE, 'later-table': CODE });
      await press(page, 'next');
    }
    const written = await writes(page);
    assert.deepEqual([written.button, written.table, written['keyed-button'], written['taken-button']], [1, 1, 7, undefined]);
    assert.deepEqual(thrown(page), []);
  });

  test(`${road}: marked forms, there, later and with new keys`, async () => {
    const page = await open('form', road);
    await press(page, 'step');
    await press(page, 'next', 2);
    const fields = await page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll('form')].map((form) => [form.id, new FormData(form).getAll('referral_code')])));
    assert.deepEqual(fields, { marked: [CODE], later: [CODE], unmarked: [] });
  });
}

for (const road of ['as it is', 'without the core']) {
  for (const on of ['onClick', 'onAuxClick', 'onMouseDown', 'onMouseUp', 'onPointerDown', 'onFocus', 'onKeyDown']) {
    test(`${road}: a link that React sets back at its own ${on} still carries the code`, async () => {
      const page = await open(`${on} at once`, road);
      for (const when of ['at once', 'soon']) {
        for (const name of ['a middle click', 'Enter', 'a click']) {
          await open(`${on} ${when}`, road, page);
          assert.match(await follow(page, MOVES[name]), new RegExp(`^/reset-\\d\\?${REFERENCE}$`), `${name}, ${when}`);
        }
      }
    });
  }
  test(`${road}: a link that a script clicks right after React has set it back`, async () => {
    const page = await open('scripted', road);
    assert.equal(await follow(page, () => page.locator('#follow').click()), `/scripted-1?${REFERENCE}`);
  });
}

test('a link that was set anew many times is followed with the code', async () => {
  for (const [name, move] of Object.entries(MOVES)) {
    const page = await open('followed');
    await press(page, 'next', 25);
    assert.equal(await follow(page, move), `/followed-25?${REFERENCE}`, name);
  }
});

test('a page that sets its link back whenever it changes does not loop', async () => {
  const page = await open('stubborn');
  await press(page, 'next', 2);
  const { link } = await writes(page);
  assert(link < 150, `${link} writes`);
});
