// The dashboard's ways in and out: the tag, Stripe, webhooks, the test mode; and what strangers write, wherever it is shown.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { close, go, heading, LOOKS, lookAt, open, said, stack, startOnce } from '../support/dashboard.mjs';
import { startReceiver } from '../support/receiver.mjs';
import { ask, askPrivately, CODE, makeContest } from '../support/stack.mjs';

startOnce();

const ofContest = async (id, more = '') => (await askPrivately(stack, 'GET', `/api/v1/contests/${id}${more}`)).body.data;

test('the tag for this contest is made of its options, copied, and is the one that works', async () => {
  const contest = await makeContest(stack);
  const page = await open(`#/c/${contest}/integrate`, { permissions: ['clipboard-read', 'clipboard-write'] });
  const copied = async () => {
    await page.getByRole('button', { name: 'Copy The tag' }).click();
    await said(page, 'The tag: copied.');
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await copied(), `<script src="${stack.origin}/referral-tracker.js?campaignId=${contest}" async></script>`);
  await page.getByRole('checkbox', { name: 'Stripe' }).check();
  await page.getByLabel('Ask for consent first').check();
  await page.getByText('More options').click();
  await page.getByLabel('Which link counts').selectOption('last');
  await page.getByLabel('Link parameters').fill('ref,via');
  await page.getByLabel('Days', { exact: true }).fill('30');
  await page.getByLabel('Cookie domain').fill('shop.example"><script>');
  const tag = await copied();
  const [, src] = tag.match(/^<script src="([^"]+)" async><\/script>$/);
  assert.deepEqual(Object.fromEntries(new URL(src).searchParams), { campaignId: contest, autoInject: 'stripe', consent: 'required', attribution: 'last', param: 'ref,via', days: '30', domain: 'shop.example"><script>' });
  assert.equal((await fetch(src)).status, 200);
  for (const [label, text] of [['Days', '9999'], ['Days', '1.5'], ['Origin of the endpoints', 'nonsense']]) {
    await page.getByLabel(label, { exact: true }).fill(text);
    assert.doesNotMatch(await copied(), /days=|api=/, `${text} is left out`);
    const described = await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby');
    assert.notEqual(await page.locator(`#${described.split(' ').at(-1)}`).innerText(), '', `${text}: what is wrong is said`);
    await page.getByLabel(label, { exact: true }).fill('');
  }
  assert.equal(await page.locator('form[aria-label="Options of the tag"] [aria-invalid=true]').count(), 0);
  for (const [, words, part] of [['curl', 'An order, in curl', 'x-api-key: $ROCKET_KEY'], ['Python', 'An order, in Python', 'os.environ'], ['JavaScript', 'An order, in JavaScript', 'process.env']]) {
    assert((await page.getByRole('group', { name: words }).innerText()).includes(part), words);
  }
  assert(!(await page.content()).includes('rk_priv'), 'the key is in no example');
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('each call from a server does what it is there for, as it is shown', async () => {
  const run = promisify(execFile);
  const programs = { curl: ['bash', '-c'], JavaScript: [process.execPath, '--input-type=module', '--eval'], Python: ['python3', '-c'] };
  for (const [language, [program, ...options]] of Object.entries(programs)) {
    const contest = await makeContest(stack);
    await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com' });
    const page = await open(`#/c/${contest}/integrate`);
    const text = await page.getByRole('group', { name: `An order, in ${language}` }).innerText();
    await run(program, [...options, text], { env: { ...process.env, ROCKET_KEY: stack.key } });
    const { referrals } = await ofContest(contest, '/analytics');
    assert.deepEqual([referrals.purchases, referrals.revenue], [1, { USD: 79.99 }], language);
    await close(page);
  }
});

test('Stripe is tried out by a signed event through the real route, in a contest beside the real one', async () => {
  const contest = await makeContest(stack, { title: 'Spring' });
  const before = await ofContest(contest, '/analytics');
  const page = await open(`#/c/${contest}/integrate`);
  await page.getByText(`${stack.origin}/api/webhooks/stripe/${contest}`).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send a signed test event' }).count(), 0, 'not where it would be a sale');
  await page.getByRole('link', { name: 'test contest' }).click();
  await page.getByRole('button', { name: 'Make the test contest' }).click();
  await heading(page, 'Spring (test)');
  await page.getByText('Test', { exact: true }).first().waitFor();
  await page.getByRole('link', { name: 'Integrate' }).click();
  const send = page.getByRole('button', { name: 'Send a signed test event' });
  await send.click();
  await page.getByText('Type the signing secret in step 4 first').waitFor();
  await page.getByRole('textbox', { name: /^Signing secret/ }).fill('whsec_right');
  await page.getByRole('button', { name: 'Set the secret' }).first().click();
  await said(page, 'The secret is set.');
  await page.getByRole('textbox', { name: /^Signing secret/ }).fill('whsec_wrong');
  await send.click();
  await page.getByText('Answered 401. This secret is not the one that is set').waitFor();
  page.noise.length = 0; // Chromium writes what is answered 401 there itself.
  await page.getByRole('textbox', { name: /^Signing secret/ }).fill('whsec_right');
  await send.click();
  await page.getByText(/Answered 20\d\. It is recorded\./).waitFor();
  await page.getByRole('link', { name: 'whose code it was' }).click();
  await page.getByText('A friend’s order').waitFor();
  assert.equal(await page.locator('.timeline .points').first().innerText(), '+80');
  const twin = await ofContest(`${contest}-test`, '/analytics');
  assert.deepEqual([twin.referrals.purchases, twin.referrals.revenue], [1, { USD: 79.99 }]);
  assert.deepEqual(await ofContest(contest, '/analytics'), before, 'nothing of it is in the real one');
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('a test contest is filled and begun anew, and the real one knows nothing of it', async () => {
  const contest = await makeContest(stack, { title: 'Summer' });
  const before = await ofContest(contest, '/analytics');
  const page = await open(`#/c/${contest}/test`);
  await page.getByRole('button', { name: 'Make the test contest' }).click();
  await heading(page, 'Summer (test)');
  await page.getByText('Nothing has happened yet').waitFor();
  await page.getByRole('link', { name: 'Test', exact: true }).click();
  await page.getByLabel('Friends').fill('2');
  await page.getByRole('button', { name: 'Send test events' }).click();
  await page.getByText('2 friends came, signed up and bought.').waitFor();
  await page.getByRole('link', { name: 'See how it stands' }).click();
  await page.getByText('$30.00').waitFor();
  await page.getByRole('link', { name: 'Test', exact: true }).click();
  await page.getByRole('button', { name: 'Make an empty test contest' }).click();
  await page.getByText('Nothing has happened yet').waitFor();
  assert.deepEqual((await Promise.all(['', '-test', '-test-2'].map((end) => ofContest(contest + end)))).map(({ status }) => status), ['active', 'ended', 'active']);
  assert.deepEqual(await ofContest(contest, '/analytics'), before);
  await page.getByRole('link', { name: 'To the real contest' }).click();
  await heading(page, 'Summer');
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('an endpoint is added, tested, looked at, replayed, changed and deleted', async () => {
  const contest = await makeContest(stack);
  const receiver = await startReceiver();
  const url = `${receiver.origin}/in`;
  const page = await open(`#/c/${contest}/webhooks`);
  await page.getByText('There is none yet.').waitFor();
  await page.getByLabel('URL').fill('ftp://nowhere');
  await page.getByRole('button', { name: 'Add the endpoint' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
  await page.getByLabel('URL').fill(url);
  await page.getByLabel('signup.tracked').check();
  await page.getByRole('button', { name: 'Add the endpoint' }).click();
  await page.getByText('The signing secret is shown this once.').waitFor();
  assert.match(await page.getByRole('group', { name: 'The signing secret' }).innerText(), /^whsec_/);
  await page.getByRole('link', { name: url }).click();
  await page.getByText('Nothing was sent yet.').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('endpoint.test').first().waitFor();
  await page.getByText('Delivered', { exact: true }).last().waitFor();
  await page.getByText('1 attempt').click();
  await page.getByText(/: answered 2\d\d after/).waitFor();
  await page.getByRole('button', { name: /^Send again/ }).click();
  await page.getByText('2 attempts').waitFor();
  const { id: which } = (await ofContest(contest, '/webhooks'))[0];
  await page.getByText('2 attempts').focus();
  for (let n = 0; n < 20; n += 1) await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks/${which}/test`);
  await page.getByText('Page 1 of 2').waitFor();
  assert.equal(await page.locator('.deliveries > li').count(), 20);
  await page.getByRole('link', { name: 'Older' }).click();
  await page.getByText('2 attempts').waitFor();
  assert.equal(await page.locator('.deliveries > li').count(), 1);
  assert.match(page.url(), /\?page=2$/);
  await page.getByLabel('Show').selectOption('failed');
  await page.getByText('None of these.').waitFor();
  await page.getByLabel('Show').selectOption('delivered');
  await page.getByText('Page 1 of 2').waitFor();
  let changes = 0;
  page.on('request', (request) => (changes += request.method() === 'PUT' ? 1 : 0));
  await page.getByRole('button', { name: 'New secret' }).dblclick();
  await page.getByText('The old one signs as well for another day.').waitFor();
  assert.equal(changes, 1, 'the same click twice makes one secret');
  await page.getByRole('button', { name: 'Switch it off' }).click();
  await page.getByText('Off', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await said(page, 'This endpoint is disabled');
  page.noise.length = 0; // Chromium writes what is answered 400 and 409 there itself.
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('There is none yet.').waitFor();
  assert.deepEqual(page.noise, []);
  await close(page);
  await receiver.stop();
});

test('the feed names who did what, the sources where links led, and the preview what settings would earn', async () => {
  const contest = await makeContest(stack);
  const page = await open(`#/c/${contest}`);
  await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: 'v', url: 'https://shop.example/kites?mail=joe@example.com' });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com', name: 'Joe' });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: 'A-1', amount: 79.99, currency: 'EUR', email: 'joe@example.com' });
  const feed = page.getByRole('region', { name: 'What happened last' });
  await feed.getByText('Joe bought for €79.99').waitFor();
  await feed.getByText(`Joe signed up through ${CODE}`).waitFor();
  await feed.getByText('Jane Doe’s link was opened').waitFor();
  await feed.getByText('order A-1 · by the browser').waitFor();
  const joe = (await ofContest(contest, '/entries?search=joe'))[0];
  await askPrivately(stack, 'POST', `/api/v1/entries/${joe.id}/points`, { points: 7 });
  await feed.getByText('Joe got +7 by hand').waitFor();
  assert.equal(new Set(await feed.locator('li').evaluateAll((lines) => lines.map((line) => getComputedStyle(line).fontWeight))).size, 1, 'no line is louder than the others');
  await page.getByRole('table', { name: 'Pages that links led to' }).getByText('https://shop.example/kites').waitFor();
  await go(page, `#/c/${contest}/settings`, 'A contest');
  await page.getByText('A sign-up earns the advocate 10 and the friend 5. An order of $79.99 earns the advocate 80 and the friend 0.').waitFor();
  await page.getByLabel('For each unit of money: for the friend').fill('0.5');
  await page.getByLabel('Currency').fill('jpy');
  await page.getByRole('status').getByText(/decimals/).waitFor();
  await page.getByLabel('An order of').fill('1000');
  await page.getByText('An order of ¥1,000 earns the advocate 1,000 and the friend 500.').waitFor();
  assert.equal((await ofContest(contest)).settings.points.purchase.perUnit.friend, 0, 'nothing was stored');
  await close(page);
});

test('what a stranger writes into any field is shown as text, on every screen', async () => {
  const bad = (where) => `"><img src=x onerror="document.title='${where}'"><script>document.title='${where}'</script>{{7*7}}\${7}javascript:alert(1)`;
  const contest = await makeContest(stack, { title: bad('title').slice(0, 200), description: bad('description') });
  const events = [
    ['track-visit', { referralCode: CODE, visitorId: 'v', url: `https://shop.example/<img src=x onerror=alert(1)>${encodeURIComponent(bad('url'))}` }],
    ['track-visit', { referralCode: CODE, visitorId: 'v2', url: bad('url') }],
    ['track-visit', { referralCode: bad('code'), visitorId: 'v3' }],
    ['track-signup', { referralCode: CODE, email: 'joe@example.com', name: bad('name'), phone: bad('phone').slice(0, 40) }],
    ['track-signup', { referralCode: CODE, email: 'ann@example.com', name: bad('name') }],
    ['track-signup', { referralCode: bad('code'), email: 'bob@example.com', name: bad('name') }],
    ['track-signup', { email: '"<img/src=x/onerror=alert(1)>"@example.com', name: bad('name') }],
    ['track-purchase', { orderId: bad('order').slice(0, 200), amount: 10, currency: 'USD', email: 'ann@example.com' }],
    ['track-purchase', { orderId: '2', amount: 10, currency: bad('currency'), email: 'ann@example.com' }],
    ['track-purchase', { orderId: '3', amount: 10, currency: '<b>', email: 'ann@example.com' }],
  ];
  const answers = [];
  for (const [path, body] of events) answers.push((await ask(stack, 'POST', `/api/referral/${path}`, { contestId: contest, ...body })).status);
  assert(answers.filter((status) => status < 300).length >= 4, `much of it is taken: ${answers}`);
  const people = await ofContest(contest, '/entries');
  const ann = people.find(({ email }) => email === 'ann@example.com');
  await askPrivately(stack, 'POST', `/api/v1/entries/${ann.id}/points`, { points: 1, reason: bad('reason').slice(0, 200) });

  const page = await open(`#/c/${contest}`);
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs += 1;
    return dialog.dismiss();
  });
  const elsewhere = [];
  page.on('request', (request) => !request.url().startsWith(`${stack.origin}/`) && elsewhere.push(request.url()));
  for (const screen of ['', '/entries', `/entries/${ann.id}`, '/integrate', '/webhooks', '/settings', '/test']) {
    await go(page, `#/c/${contest}${screen}`, screen.startsWith('/entries/') ? '{{7*7}}' : 'img src=x');
    if (screen === '') await page.getByText('order "><img').first().waitFor();
    if (screen.startsWith('/entries/')) await page.getByRole('button', { name: 'Refund …' }).first().click();
    const made = await page.evaluate(() => [document.querySelectorAll('main :is(img, script, iframe, b, svg), main [onerror], main a[href^="javascript:"]').length, document.title.includes('RocketTracker')]);
    assert.deepEqual(made, [0, true], screen);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), page.viewportSize().width, `${screen}: nothing sticks out`);
  }
  await go(page, '#/', 'Contests');
  assert.deepEqual([dialogs, elsewhere, page.noise], [0, [], []]);
  await close(page);
});

test('its policy lets nothing in that is not its own', async () => {
  const answer = await fetch(`${stack.origin}/app/`);
  const policy = answer.headers.get('content-security-policy');
  assert(!/unsafe-|\*|http/.test(policy), policy);
  for (const part of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"]) assert(policy.includes(part), part);
  const page = await open('#/');
  const caught = await page.evaluate(() => {
    try {
      document.body.innerHTML = '<p>';
      return 'made';
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(caught, 'TypeError');
  await close(page);
});

for (const { name, ...look } of LOOKS)
  test(`ways in and out are read and used by everybody: ${name}`, async () => {
    const contest = await makeContest(stack, { title: `Contest ${name}` });
    const made = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url: 'https://shop.example/webhooks/a-long-path-that-goes-on-and-on' });
    const page = await open(`#/c/${contest}/integrate`, look);
    await page.getByText('More options').click();
    await lookAt(page, `integrate-${name}`);
    await go(page, `#/c/${contest}/webhooks`, 'Contest');
    await lookAt(page, `webhooks-${name}`);
    await go(page, `#/c/${contest}/webhooks/${made.body.data.id}`, 'https://shop.example');
    await lookAt(page, `endpoint-${name}`);
    await go(page, `#/c/${contest}/test`, 'Contest');
    await lookAt(page, `test-${name}`);
    await page.getByRole('button', { name: 'Make the test contest' }).click();
    await heading(page, `Contest ${name} (test)`);
    await go(page, `#/c/${contest}-test/test`, '(test)');
    await lookAt(page, `twin-${name}`);
    assert.deepEqual(page.noise, []);
    await close(page);
  });
