// The widget as the people who meet it do: on a site of another origin under the strictest policy, and on a contest's own page.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { startRoad, until } from '../support/road.mjs';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

/** Nothing of the site's own but this; no style may be written anywhere. */
let strict;
const pages = { '/favicon.ico': '' };
let stack, browser, road;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  road = await startRoad(stack, pages);
  strict = `default-src 'none'; script-src ${stack.origin} 'wasm-unsafe-eval'; connect-src ${stack.origin}; require-trusted-types-for 'script'; trusted-types 'none'`;
});
after(async () => {
  await browser?.close();
  await road?.stop();
  await stack?.stop();
});

let visits = 0;

/** A new visitor on a site's page with the widget. `arrange` is given the browser's page before it opens. */
async function open({ contest, attributes = '', inside = '', head = '', behind = '', csp = strict, query = '', lang = 'en', context, arrange, page } = {}) {
  page ??= await newVisitor(browser, context);
  await arrange?.(page);
  visits += 1;
  const path = `/shop-${visits}`;
  const html = `<!doctype html><html lang=${lang}><meta charset=utf-8><meta name=viewport content="width=device-width"><title>A shop</title>${head}<script src="${stack.origin}/referral-widget.js" async></script>
    <body><main><h1>A shop</h1><rocket-referral contest="${contest}" ${attributes}>${inside}</rocket-referral>${behind}</main>`;
  pages[path] = { html, headers: { 'content-security-policy': csp } };
  await page.goto(road.origin + path + query);
  return page;
}

const join = async (page, email, name = '') => {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Get my link' }).click();
};
const ownLink = (page) => page.getByRole('textbox', { name: 'Your link' });
const board = async (page) => (await page.getByRole('table').getByRole('row').allInnerTexts()).slice(1).map((row) => row.split(/\s*\t\s*/));
const site = { settings: { siteUrl: 'https://shop.example/?lang=en', points: { purchase: { perUnit: { advocate: 1 } } } } };
const close = (page) => page.context().close();

test('a visitor becomes a participant, copies the link, shows it as a QR code and sees the board', async () => {
  const contest = await makeContest(stack, site);
  const page = await open({ contest, context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  await page.getByRole('table').waitFor();
  assert.deepEqual(await board(page), [['1', 'Jane D.', '0']]);
  await join(page, 'joe@example.com', 'Joe Public');
  await ownLink(page).waitFor();
  const link = await ownLink(page).inputValue();
  assert.match(link, /^https:\/\/shop\.example\/\?lang=en&ref=REF-[2-9A-Z]{6}$/);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('status').getByText('on the clipboard').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  assert.deepEqual(await board(page), [['1', 'Jane D.', '0'], ['2', 'Joe P. (you)', '0']]);

  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const qr = page.getByRole('button', { name: 'QR code' });
  await qr.click();
  await page.getByRole('img', { name: 'QR code of your link' }).waitFor();
  assert.deepEqual([asked.length, /\/core\/widget-qr-[0-9a-f]{8}\.js$/.test(asked[0])], [1, true], 'it is loaded when it is asked for');
  const { matches } = await page.evaluate(async () => {
    const image = document.querySelector('rocket-referral').shadowRoot.querySelector('svg.qr');
    const [, , width] = image.getAttribute('viewBox').split(' ').map(Number);
    return { matches: width >= 29 && image.querySelector('path').getAttribute('d').split('M').length > 200 };
  });
  assert(matches, 'it has modules');
  await qr.click();
  await page.getByRole('img', { name: 'QR code of your link' }).waitFor({ state: 'hidden' });

  await page.reload();
  assert.equal(await ownLink(page).inputValue(), link, 'who comes back sees their own');
  await page.getByRole('button', { name: 'Not you?' }).click();
  await page.getByLabel('E-mail').waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('whoever follows the link and signs up in the widget is credited to whom it belongs to', async () => {
  const contest = await makeContest(stack, site);
  for (const [story, email, query, head] of [
    ['by the address', 'a@example.com', `?ref=${CODE.toLowerCase()}`, ''],
    ['by the tracker', 'b@example.com', `?ref=${CODE}`, `<script src="${stack.origin}/referral-tracker.js?campaignId=${contest}" async></script>`],
    ['by the tracker, without consent', 'c@example.com', `?ref=${CODE}`, `<script src="${stack.origin}/referral-tracker.js?campaignId=${contest}&consent=required" async></script>`],
    ['a tracker of another contest', 'd@example.com', `?ref=${CODE}`, `<script src="${stack.origin}/referral-tracker.js?campaignId=demo" async></script>`],
  ]) {
    const page = await open({ contest, query, head });
    await join(page, email);
    await ownLink(page).waitFor();
    const { body } = await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`);
    assert.equal(body.data.signups, 'abcd'.indexOf(email[0]) + 1, story);
    assert.deepEqual(page.noise, [], story);
    await close(page);
  }
  const mistyped = await open({ contest, query: '?ref=REF-NOBODY' });
  await join(mistyped, 'e@example.com');
  await ownLink(mistyped).waitFor();
  await close(mistyped);
});

test('with a code it shows that participant, whatever this browser remembers', async () => {
  const contest = await makeContest(stack, site);
  for (const n of [1, 2]) await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: `v${n}` });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com' });
  const page = await open({ contest, attributes: `code=${CODE}` });
  await ownLink(page).waitFor();
  const numbers = await page.locator('dl > div').allInnerTexts();
  assert.deepEqual(numbers.map((text) => text.split(/\s*\n\s*/)), [['Points', '10'], ['Rank', '1 of 2'], ['Visits', '2'], ['Sign-ups', '1'], ['Purchases', '0']]);
  assert.deepEqual(await board(page), [['1', 'Jane D. (you)', '10'], ['2', 'Participant', '5']]);
  assert.equal(await page.getByRole('button', { name: 'Not you?' }).count(), 0);
  const links = await page.getByRole('group', { name: 'Share your link' }).getByRole('link').evaluateAll((all) => all.map(({ host, target, rel }) => [host, target, rel]));
  assert.deepEqual(links.slice(0, 4), ['wa.me', 'x.com', 'www.facebook.com', 'www.linkedin.com'].map((host) => [host, '_blank', 'noopener noreferrer']));
  await page.evaluate(() => document.querySelector('rocket-referral').setAttribute('code', 'REF-NOBODY'));
  await page.getByRole('alert').getByText('Nobody has this code.').waitFor();
  await close(page);
});

for (const [width, height, colorScheme] of [[360, 740, 'dark'], [1440, 900, 'light']])
  test(`by keyboard alone, ${width} pixels, ${colorScheme}, from the form to the copied link`, async () => {
    const contest = await makeContest(stack, site);
    const page = await open({ contest, context: { viewport: { width, height }, colorScheme, permissions: ['clipboard-read', 'clipboard-write'] } });
    await page.getByLabel('E-mail').waitFor();
    const { keyboard } = page;
    await keyboard.press('Tab');
    await keyboard.type('Kim Key');
    await keyboard.press('Tab');
    await keyboard.type('kim');
    await keyboard.press('Enter');
    await page.getByRole('alert').getByText('That is not an e-mail address').waitFor();
    assert.equal(await page.getByLabel('E-mail').getAttribute('aria-invalid'), 'true');
    await keyboard.type('@example.com');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await until(() => ownLink(page).evaluate((input) => input.getRootNode().activeElement === input), 'the link has the focus');
    await page.getByRole('status').getByText('Your link is ready.').waitFor();
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.getByRole('status').getByText('on the clipboard').waitFor();
    for (let n = 0; n < 6; n += 1) await keyboard.press('Tab');
    await keyboard.press('Space');
    await page.getByRole('img', { name: 'QR code of your link' }).waitFor();
    assert.deepEqual(page.noise, []);
    await close(page);
  });

test('where the clipboard is forbidden the link is selected, and it is said how to go on', async () => {
  const contest = await makeContest(stack, site);
  const page = await open({
    contest, attributes: `code=${CODE}`,
    arrange: (page) => page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      document.execCommand = () => false;
    }),
  });
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('status').getByText('copy it with your keyboard').waitFor();
  const selected = await ownLink(page).evaluate((input) => input.value.slice(input.selectionStart, input.selectionEnd) === input.value && input.getRootNode().activeElement === input);
  assert(selected);
  await close(page);
});

test('the device\'s own way to share gets the link, and to change one\'s mind is no failure', async () => {
  const contest = await makeContest(stack, site);
  const page = await open({
    contest, attributes: `code=${CODE}`,
    arrange: (page) => page.addInitScript(() => {
      window.shared = [];
      navigator.share = async (what) => {
        window.shared.push(what);
        throw new DOMException('no', window.shared.length === 1 ? 'AbortError' : 'DataError');
      };
    }),
  });
  const share = page.getByRole('button', { name: 'Share', exact: true });
  await share.click();
  assert.equal(await page.getByRole('status').innerText(), '');
  await share.click();
  await page.getByRole('status').getByText('did not work').waitFor();
  const [{ title, url }] = await page.evaluate(() => window.shared);
  assert.deepEqual([title, url], ['A contest', `https://shop.example/?lang=en&ref=${CODE}`]);
  await close(page);
});

test('without a site of the contest\'s own, friends are sent to the page that the widget is on', async () => {
  const contest = await makeContest(stack);
  const page = await open({ contest, attributes: `code=${CODE}`, query: '?utm_source=x#top' });
  await ownLink(page).waitFor();
  const at = new URL(page.url());
  assert.equal(await ownLink(page).inputValue(), `${at.origin}${at.pathname}?ref=${CODE}`);
  await close(page);
});

test('what is wrong is said in words, and can be tried again', async () => {
  const contest = await makeContest(stack, site);
  const api = '**/api/referral/**';
  const json = (status, error) => ({ status, contentType: 'application/json', headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify({ success: false, error }) });
  for (const [story, answer, words] of [
    ['no connection', (route) => route.abort(), 'There is no connection'],
    ['a fault of the server\'s', (route) => route.fulfill(json(500, 'Internal error. Request 1')), 'That did not work'],
    ['no JSON', (route) => route.fulfill({ status: 502, body: '<html>' , headers: { 'access-control-allow-origin': '*' } }), 'That did not work'],
    ['one call too many', (route) => route.fulfill(json(429, 'Rate limit exceeded. Please try again later.')), 'That was too often'],
  ]) {
    const page = await newVisitor(browser);
    await page.route(api, answer);
    await open({ contest, page });
    await page.getByRole('alert').getByText(words).waitFor();
    await page.unroute(api);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByLabel('E-mail').waitFor();
    // The same of the form.
    await page.route(api, answer);
    await join(page, 'joe@example.com');
    await page.getByRole('alert').getByText(words).waitFor();
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'joe@example.com', `${story}: what was typed is still there`);
    await close(page);
  }
  const draft = await makeContest(stack, { status: 'draft' });
  for (const [id, words] of [['nothing', 'There is no such contest.'], ['', 'There is no such contest.'], [draft, 'cannot be shown here']]) {
    const page = await open({ contest: id });
    await page.getByRole('alert').getByText(words).waitFor();
    await close(page);
  }
});

test('a contest that is not running says so, and takes nobody', async () => {
  for (const [change, words] of [
    [{ status: 'paused' }, 'This contest is paused.'],
    [{ status: 'ended' }, 'This contest is over.'],
    [{ startDate: '2099-05-01' }, 'This contest starts on May 1, 2099.'],
  ]) {
    const contest = await makeContest(stack, { ...site, ...change });
    const page = await open({ contest });
    await page.getByText(words).waitFor();
    assert.equal(await page.getByLabel('E-mail').count(), 0);
    await close(page);
  }
});

test('of a long board the first five are shown, and oneself, until more is asked for', async () => {
  const contest = await makeContest(stack, site);
  const participants = Array.from({ length: 12 }, (_, n) => ({ email: `p${n}@example.com`, name: `Player ${n}`, points: 100 - n, referralCode: `CODE-${n}` }));
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/import`, { participants });
  for (const [code, first, all] of [['CODE-0', 5, 10], ['CODE-7', 6, 10], ['CODE-11', 6, 11]]) {
    const page = await open({ contest, attributes: `code=${code}` });
    await page.getByRole('table').waitFor();
    const own = async () => (await board(page)).filter(([, name]) => name.includes('(you)')).map(([rank]) => rank);
    assert.deepEqual([(await board(page)).length, await own()], [first, [String(Number(code.slice(5)) + 1)]], code);
    await page.getByRole('button', { name: 'Show more' }).click();
    assert.deepEqual([(await board(page)).length, await page.getByRole('button', { name: 'Show more' }).count()], [all, 0], code);
    await close(page);
  }
});

test('a long name on the board gives way to the numbers beside it, in every language', async () => {
  const contest = await makeContest(stack, { settings: { ...site.settings, leaderboardNames: 'full' } });
  const participants = [['Maximiliane-Theophila von und zu Hohenlohe-Waldenburg-Schillingsfürst', 1_234_567], ['X'.repeat(200), 124_961], ['Joe', 5]]
    .map(([name, points], n) => ({ email: `p${n}@example.com`, name, points, referralCode: `CODE-${n}` }));
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/import`, { participants });
  for (const lang of ['en', 'de', 'es', 'fr', 'pt', 'ja']) {
    const page = await open({ contest, lang, attributes: 'code=CODE-1', context: { viewport: { width: 360, height: 740 } } });
    await page.getByRole('table').waitFor();
    const broken = await page.locator('rocket-referral').evaluate(({ shadowRoot }) => [...shadowRoot.querySelectorAll('thead th, .rank, td.points')].filter((cell) => {
      const words = document.createRange();
      words.selectNodeContents(cell);
      return words.getClientRects().length > 1;
    }).map(({ textContent }) => textContent));
    assert.deepEqual(broken, [], lang);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, `${lang}: nothing sticks out`);
    assert.equal(await page.getByRole('table').evaluate((table) => table.scrollWidth > table.parentElement.clientWidth), false, `${lang}: nor the board`);
    await close(page);
  }
});

test('an empty board says what to do', async () => {
  const made = await askPrivately(stack, 'POST', '/api/v1/contests', { title: 'New', status: 'active' });
  const page = await open({ contest: made.body.data.id });
  await page.getByText('Nobody is on it yet. Get your link and be the first.').waitFor();
  await close(page);
});

test('it speaks the language of the element, of what is around it, or of the browser', async () => {
  const contest = await makeContest(stack, site);
  for (const [lang, attributes, locale, heading] of [
    ['de', '', 'en-US', 'Hol dir deinen Link'],
    ['de', 'lang=fr', 'en-US', 'Obtenez votre lien'],
    ['es-MX', '', 'en-US', 'Consigue tu enlace'],
    ['pt-BR', '', 'en-US', 'Obtenha o seu link'],
    ['""', '', 'ja-JP', 'あなたのリンクを取得'],
    ['tlh', '', 'de-DE', 'Get your own link'],
  ]) {
    const page = await open({ contest, lang, attributes, context: { locale } });
    await page.getByRole('heading', { name: heading }).waitFor();
    assert.deepEqual(page.noise, [], lang);
    await close(page);
  }
  const cut = await newVisitor(browser);
  await cut.route('**/core/widget-de-*.js', (route) => route.abort());
  await open({ contest, lang: 'de', page: cut });
  await cut.getByRole('heading', { name: 'Get your own link' }).waitFor();
  await close(cut);
});

test('hostile styles of the page do not reach it, and its owner\'s do', async () => {
  const contest = await makeContest(stack, site);
  const hostile = `<style>
    body * { all: unset !important; display: none !important; visibility: hidden !important; opacity: 0 !important; color: lime !important;
      font: italic 1px/0 fantasy !important; transform: scale(0) !important; position: fixed !important; pointer-events: none !important; direction: rtl !important; }
    main, main h1 { all: revert !important; }
    input, button, table, p, h2 { display: none !important; background: red !important; }
    rocket-referral { --rocket-accent: rgb(120, 20, 90); }
    rocket-referral::part(title) { text-transform: uppercase; }
  </style>`;
  const page = await open({ contest, head: hostile, csp: `script-src ${stack.origin}; connect-src ${stack.origin}; style-src 'unsafe-inline'` });
  const button = page.getByRole('button', { name: 'Get my link' });
  await button.waitFor();
  const seen = await button.evaluate((element) => {
    const { backgroundColor, fontSize, fontStyle } = getComputedStyle(element);
    return { backgroundColor, fontSize, fontStyle, title: getComputedStyle(element.getRootNode().querySelector('h2')).textTransform };
  });
  assert.deepEqual(seen, { backgroundColor: 'rgb(120, 20, 90)', fontSize: '16px', fontStyle: 'normal', title: 'uppercase' });
  await join(page, 'joe@example.com', 'Joe');
  await ownLink(page).waitFor();
  await page.evaluate(() => (document.querySelector('rocket-referral').hidden = true));
  assert.equal(await ownLink(page).isVisible(), false, 'what its owner hides is hidden');
  await close(page);
});

test('parts can be left out, and a slot takes the owner\'s terms', async () => {
  const contest = await makeContest(stack, site);
  const page = await open({ contest, attributes: 'without="title board rules"', inside: '<p slot=terms>See <a href="/terms">our terms</a>.</p>' });
  await page.getByRole('link', { name: 'our terms' }).waitFor();
  assert.deepEqual(await page.getByRole('heading').allInnerTexts(), ['A shop', 'Get your own link']);
  await close(page);
});

test('where the browser stores nothing, the link is shown all the same', async () => {
  const contest = await makeContest(stack, site);
  const page = await open({ contest, csp: `${strict}; sandbox allow-scripts allow-forms` });
  await join(page, 'joe@example.com');
  await ownLink(page).waitFor();
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('nothing that a stranger can fill in becomes markup', async () => {
  const evil = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{title}${1}';
  const contest = await makeContest(stack, { title: evil, description: evil, settings: { leaderboardNames: 'full', bonusActions: [{ id: 'a', action: evil, description: evil, points: 1 }] } });
  const post = (path, body) => ask(stack, 'POST', `/api/referral/${path}`, { contestId: contest, ...body });
  const statuses = [];
  for (const [path, body] of [
    ['track-signup', { email: 'joe@example.com', name: evil, referralCode: CODE }],
    ['track-signup', { email: 'ann@example.com', name: 'javascript:window.pwned=1', referralCode: evil }],
    ['track-visit', { referralCode: CODE, url: `https://shop.example/${evil}` }],
    ['track-visit', { referralCode: CODE, url: 'javascript:window.pwned=1' }],
    ['track-visit', { referralCode: evil }],
    ['track-purchase', { email: 'joe@example.com', orderId: evil, amount: 5, currency: 'USD' }],
    ['track-purchase', { email: 'joe@example.com', orderId: '2', amount: 5, currency: evil }],
  ]) statuses.push((await post(path, body)).status);
  assert.deepEqual(statuses, [201, 400, 201, 201, 400, 201, 400]);

  const unsafe = `script-src ${stack.origin} 'unsafe-inline'; connect-src ${stack.origin}`;
  const query = encodeURIComponent(evil);
  const opened = [
    await open({ contest, attributes: `code=${CODE}`, csp: unsafe, query: `?ref=${query}` }),
    await open({ contest, csp: unsafe, query: `?ref=${query}` }),
    await newVisitor(browser),
    await newVisitor(browser),
  ];
  await opened[2].goto(`${stack.origin}/c/${contest}?code=${CODE}&lang=${query}`);
  await opened[3].goto(`${stack.origin}/c/${contest}?code=${query}&ref=${query}`);
  for (const page of opened) {
    await page.getByRole('row').getByText(evil).waitFor();
    assert.equal(await page.getByText(evil).first().isVisible(), true);
    const found = await page.evaluate(() => {
      const roots = [document, document.querySelector('rocket-referral').shadowRoot];
      return { pwned: window.pwned, images: roots.flatMap((root) => [...root.querySelectorAll('img, [onerror], a[href^="javascript:"]')]).length };
    });
    assert.deepEqual(found, { pwned: undefined, images: 0 });
    await close(page);
  }
  // Whose code is no code at all is told so, and nothing is asked of it.
  const wrong = await open({ contest, attributes: "code='<img src=x onerror=window.pwned=1>'", csp: unsafe });
  await wrong.getByRole('alert').getByText('Nobody has this code.').waitFor();
  assert.equal(await wrong.evaluate(() => window.pwned), undefined);
  await close(wrong);
});

const SCREENS = { phone: { width: 360, height: 740 }, desk: { width: 1440, height: 900 } };
for (const colorScheme of ['light', 'dark'])
  for (const [screen, viewport] of Object.entries(SCREENS))
    test(`${colorScheme}, ${screen}: a contest's page is used from the form to the code, keeps nobody out and does not jump`, async () => {
      const contest = await makeContest(stack, { ...site, title: 'Autumn kites', description: 'Bring a friend to the beach.' });
      const context = { colorScheme, viewport, permissions: ['clipboard-read', 'clipboard-write'] };
      const page = await newVisitor(browser, context);
      await page.addInitScript(() => {
        window.jumped = 0;
        new PerformanceObserver((list) => list.getEntries().forEach(({ value, hadRecentInput }) => (window.jumped += hadRecentInput ? 0 : value))).observe({ type: 'layout-shift', buffered: true });
      });
      const look = async (name) => {
        await page.evaluate(axe.source);
        const { violations, passes } = await page.evaluate(() => window.axe.run(document));
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]), [], name);
        assert(passes.some(({ id }) => id === 'color-contrast'), `${name}: contrast was looked at`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width, `${name}: nothing sticks out`);
        // For whoever changes how it looks.
        if (!process.env.SHOTS) return;
        await mkdir(process.env.SHOTS, { recursive: true });
        await page.screenshot({ path: `${process.env.SHOTS}/widget-${name}-${screen}-${colorScheme}.png`, fullPage: true });
      };
      await page.goto(`${stack.origin}/c/${contest}?ref=${CODE}`);
      await page.getByLabel('E-mail').waitFor();
      const background = await page.locator('rocket-referral .card').evaluate((card) => getComputedStyle(card).backgroundColor);
      assert.equal(background, colorScheme === 'dark' ? 'rgb(20, 35, 52)' : 'rgb(255, 255, 255)');
      await look('join');
      assert((await page.evaluate(() => window.jumped)) < 0.01, 'nothing moves while it loads');
      await page.getByRole('button', { name: 'Get my link' }).click();
      await page.getByRole('alert').getByText('That is not an e-mail address').waitFor();
      await look('wrong');
      await join(page, 'joe@example.com', 'Joe Public');
      await ownLink(page).waitFor();
      await page.getByRole('button', { name: 'QR code' }).click();
      await page.getByRole('img', { name: 'QR code of your link' }).waitFor();
      await look('own');
      assert.deepEqual(await board(page), [['1', 'Jane D.', '10'], ['2', 'Joe P. (you)', '5']]);
      assert.deepEqual(page.noise, []);
      await close(page);
    });

test('what stands below it on a site does not move when it has loaded', async () => {
  const contest = await makeContest(stack, site);
  for (const viewport of Object.values(SCREENS)) {
    for (const attributes of ['', `code=${CODE}`]) {
      const page = await newVisitor(browser, { viewport });
      let open_api;
      const opened = new Promise((resolve) => (open_api = resolve));
      await page.route('**/api/referral/**', async (route) => {
        await opened;
        await route.continue();
      });
      await open({ contest, attributes, behind: '<p id=below>Kites</p>', page });
      await page.locator('rocket-referral .wait').first().waitFor();
      const top = () => page.locator('#below').evaluate((element) => element.getBoundingClientRect().top);
      const before = await top();
      open_api();
      await page.getByRole('table').waitFor();
      const moved = (await top()) - before;
      assert(Math.abs(moved) < 48, `${viewport.width} ${attributes}: by ${moved} pixels`);
      await close(page);
    }
  }
});

test('the demo shop leads to the page of its contest', async () => {
  const page = await newVisitor(browser);
  await page.goto(`${stack.origin}/demo/?ref=${CODE}`);
  await page.getByRole('link', { name: /leaderboard/i }).click();
  await page.getByRole('heading', { name: 'Demo contest' }).waitFor();
  await page.getByLabel('E-mail').waitFor();
  assert.deepEqual(page.noise, []);
  await close(page);
});
