// The dashboard: who comes in, what they make there, and how it stands.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, go, heading, LOOKS, lookAt, newOwner, open, said, signIn, stack, startOnce } from '../support/dashboard.mjs';
import { until } from '../support/road.mjs';
import { ask, askPrivately, CODE, makeContest } from '../support/stack.mjs';

startOnce();

const wrongAt = async (page, label) => {
  const described = await page.getByLabel(label).getAttribute('aria-describedby');
  return page.locator(`#${described.split(' ').at(-1)}`).innerText();
};
const contestOf = async (id) => (await askPrivately(stack, 'GET', `/api/v1/contests/${id}`)).body.data;

test('a private key opens it, for this tab until it is closed or signed out; no other key does', async () => {
  const page = await newOwner();
  const made = await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'public', name: 'a page' });
  for (const [key, words] of [['', /fill/i], ['rk_priv_\u200bnobody…', 'something else was pasted along'], ['rk_priv_nobody', 'Missing or invalid API key'], [made.body.data.key, 'This endpoint requires a private API key']]) {
    await signIn(page, '#/c/demo', key);
    await page.locator('[aria-invalid=true], [role=alert]:visible').first().waitFor();
    const said = /^$|…/.test(key) ? await wrongAt(page, /Private key/) : await page.getByRole('alert').innerText();
    assert.match(said, words instanceof RegExp ? words : new RegExp(words));
  }
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0, 'none of them is kept');
  page.noise.length = 0; // Chromium writes what is answered 401 and 403 there itself.

  await signIn(page, '#/c/demo');
  await heading(page, 'Demo contest');
  await page.reload();
  await heading(page, 'Demo contest');
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
  assert(!page.url().includes('rk_priv'));
  const other = await page.context().newPage();
  await other.goto(`${stack.origin}/app/#/c/demo`);
  await other.getByLabel('Private key').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Private key').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('a key that is revoked leads back to the sign-in, and says why', async () => {
  const made = await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'private', name: 'a tab' });
  const page = await newOwner();
  await signIn(page, '#/', made.body.data.key);
  await heading(page, 'Contests');
  await askPrivately(stack, 'DELETE', `/api/v1/keys/${made.body.data.id}`);
  await page.getByRole('link', { name: 'Demo contest' }).click();
  await page.getByLabel('Private key').waitFor();
  await said(page, 'The key is not taken any more');
  await close(page);
});

test('settings are changed one by one; what cannot be taken is said at its field', async () => {
  const id = await makeContest(stack, { endDate: '2036-12-31T12:00:00Z' });
  const before = await contestOf(id);
  const page = await open(`#/c/${id}/settings`);
  const save = () => page.getByRole('button', { name: 'Save the settings' }).click();
  await page.getByLabel('For each unit of money: for the advocate').fill('0.00001');
  await save();
  await page.locator('[aria-invalid=true]').waitFor();
  assert.match(await wrongAt(page, 'For each unit of money: for the advocate'), /4 decimals/);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'settings.points.purchase.perUnit.advocate');

  await page.getByLabel('For each unit of money: for the advocate').fill('0.5');
  await page.getByLabel('Pages that may report').fill('https://a.example\n\n https://b.example ');
  await page.getByLabel('Bots').selectOption('flag');
  await page.getByLabel('Only confirmed addresses hold a place').check();
  await page.getByLabel('At most for an advocate and day').fill('500');
  await page.getByRole('button', { name: 'Add a bonus action' }).click();
  await page.getByLabel('Id', { exact: false }).last().fill('follow us!');
  await page.getByLabel('Kind').fill('follow');
  await page.getByLabel('Points (required)').fill('7');
  await save();
  await page.getByText('settings.bonusActions').first().waitFor();
  await page.getByLabel('Id', { exact: false }).last().fill('follow');
  await save();
  await said(page, 'Saved.');
  const now = await contestOf(id);
  const { points, allowedOrigins, trust, requireConfirmation, caps, bonusActions } = now.settings;
  assert.deepEqual([points.purchase.perUnit.advocate, allowedOrigins, trust.bots, requireConfirmation, caps.perAdvocatePerDay], [0.5, ['https://a.example', 'https://b.example'], 'flag', true, 500]);
  assert.deepEqual(bonusActions, [{ id: 'follow', action: 'follow', description: '', points: 7 }]);
  assert.equal(now.endDate, before.endDate, 'what was left alone is as it was');
  await page.getByRole('button', { name: 'Remove follow' }).click();
  await page.getByLabel('At most for an advocate and day').fill('');
  await save();
  await page.getByText('There are none.').waitFor();
  await page.waitForFunction(() => document.querySelector('[data-said]').textContent.startsWith('Saved'));
  assert.deepEqual((await contestOf(id)).settings.caps, { perAdvocatePerDay: null });
  await close(page);
});

test('what is not saved is left behind only by whoever says that they want to', async () => {
  const id = await makeContest(stack, { description: 'Two\r\nlines', settings: { bonusActions: [{ id: 'follow', action: 'follow', points: 1 }] } });
  const page = await open(`#/c/${id}`);
  const [asked, answers] = [[], []];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await (answers.shift() ? dialog.accept() : dialog.dismiss());
  });
  const expect = async (kinds) => {
    await until(() => asked.length >= kinds.length, kinds);
    assert.deepEqual(asked.splice(0), kinds);
  };
  const here = (input) => page.evaluate((name) => [location.hash, document.querySelector(`[name="${name}"]`)?.value, document.activeElement.textContent], input);
  const enter = async (name) => {
    await page.getByRole('link', { name, exact: true }).first().focus();
    await page.keyboard.press('Enter');
  };
  const settings = `#/c/${id}/settings`;

  await enter('Settings');
  await page.getByLabel('Short name').waitFor();
  await enter('Overview');
  await page.getByText('From visit to order').first().waitFor();
  await enter('Settings');
  await page.getByLabel('Short name').fill('autumn');
  await enter('Participants');
  await expect(['confirm']);
  assert.deepEqual(await here('slug'), [settings, 'autumn', 'Participants'], 'a link');
  await page.evaluate(() => history.go(-3)); // Past what was refused.
  await expect(['confirm']);
  assert.deepEqual(await here('slug'), [settings, 'autumn', 'Participants'], 'the way back');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(['confirm']);
  assert.deepEqual(await here('slug'), [settings, 'autumn', 'Sign out'], 'signing out');
  await page.evaluate(() => setTimeout(() => location.reload()));
  await expect(['beforeunload']);
  assert.deepEqual(await here('slug'), [settings, 'autumn', 'Sign out'], 'a reload');
  await page.getByRole('button', { name: 'Save the settings' }).click();
  await said(page, 'Saved.');
  await page.locator('main:not([aria-busy])').waitFor();
  await enter('Participants');
  await page.getByLabel('Search').waitFor();
  assert.equal((await contestOf(id)).slug, 'autumn');

  await enter('Settings');
  await page.getByRole('button', { name: 'Remove follow' }).click();
  answers.push(true);
  await enter('Overview');
  await page.getByText('From visit to order').first().waitFor();
  await page.reload();
  await heading(page, 'A contest');
  await expect(['confirm']);
  assert.equal((await contestOf(id)).settings.bonusActions.length, 1);

  await go(page, '#/new', 'New contest');
  await page.getByLabel('Title').fill('Winter');
  await enter('Contests');
  await expect(['confirm']);
  assert.deepEqual(await here('title'), ['#/new', 'Winter', 'Contests']);
  await page.getByRole('button', { name: 'Make the contest' }).click();
  await heading(page, 'Winter');
  await page.getByLabel('Short name').fill('snow');
  answers.push(true);
  await page.close({ runBeforeUnload: true });
  await expect(['beforeunload']);
  await close(page);
});

test('every setting that the API has is there to be set, and explained', async () => {
  const id = await makeContest(stack, { settings: { bonusActions: [{ id: 'follow', action: 'follow', points: 1 }] } });
  const page = await open(`#/c/${id}/settings`, { viewport: { width: 1440, height: 900 } });
  const paths = (value, name) => (value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).flatMap(([more, inside]) => paths(inside, name ? `${name}.${more}` : more))
    : [name]);
  const { id: _, entriesCount, settings, ...rest } = await contestOf(id);
  // Secrets are set where they are used: at Integrate.
  const { webhookSecret, stripe: { signingSecrets, ...stripe }, shopify: { secret, ...shopify }, ...known } = settings;
  const all = [...paths(rest), ...paths({ ...known, stripe, shopify }, 'settings')];
  assert(all.length > 30, `only ${all.length} were looked for`);
  for (const path of all.filter((one) => one !== 'settings.bonusActions')) {
    const described = await page.locator(`form [name="${path}"]`).getAttribute('aria-describedby');
    assert.notEqual(await page.locator(`#${described.split(' ')[0]}.help`).innerText(), '', path);
  }
  const lines = await page.locator('fieldset').evaluateAll((groups) => groups.flatMap((group) => {
    const fields = [...group.children].filter((child) => child.matches('.field:not(.inline)')).map((field) => [field.getBoundingClientRect().top, field.querySelector('input, select, textarea').getBoundingClientRect().bottom]);
    return Object.values(Object.groupBy(fields, ([top]) => Math.round(top))).map((row) => new Set(row.map(([, bottom]) => Math.round(bottom))).size);
  }));
  assert.deepEqual([...new Set(lines)], [1], 'what stands side by side stands in one line');

  await page.getByLabel('Count Stripe’s test payments').check();
  await page.getByRole('button', { name: 'Save the settings' }).click();
  await said(page, 'Saved.');
  assert.deepEqual((await contestOf(id)).settings.stripe, { ...settings.stripe, testMode: true });
  await close(page);
});

test('the overview moves while it is open, and its chart is read by the keyboard and as a table', async () => {
  const contest = await makeContest(stack);
  const page = await open(`#/c/${contest}`);
  await page.getByText('Nothing has happened yet').waitFor({ state: 'hidden' });
  await page.getByText('Nobody has brought a friend yet.').waitFor();
  const loads = [];
  page.on('framenavigated', () => loads.push(page.url()));
  for (const n of [1, 2, 3]) await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: `v${n}` });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com' });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '1', amount: 79.99, currency: 'EUR', email: 'joe@example.com' });
  await page.getByRole('table', { name: 'Revenue by currency' }).getByText('€79.99').waitFor();
  const rows = async (name) => (await page.getByRole('table', { name }).getByRole('row').allInnerTexts()).slice(1).map((row) => row.split(/\s*\t\s*/).map((cell) => cell.trim()));
  assert.deepEqual(await rows('From visit to order'), [['Visits', '3', ''], ['Sign-ups', '1', '33.3% of visits'], ['Orders', '1', '100% of sign-ups']]);
  assert.deepEqual(await rows('Top advocates'), [['Jane Doe', '1', '90']]);
  const chart = page.getByRole('slider');
  await chart.focus();
  await page.keyboard.press('End');
  assert.match(await chart.getAttribute('aria-valuetext'), /: 3 visits, 1 sign-ups, 1 orders$/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await chart.getAttribute('aria-valuetext'), /: 0 visits, 0 sign-ups, 0 orders$/);
  await page.getByText('The same as a table').click();
  assert.deepEqual((await rows('Day by day')).map(([, ...counts]) => counts), [['3', '1', '1']]);
  assert.deepEqual(loads, [], 'without a reload');
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('whoever reads the table behind the chart stays where they are when something new comes', async () => {
  const contest = await makeContest(stack);
  const visit = (visitorId) => ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId });
  await visit('v1');
  const page = await open(`#/c/${contest}`, { viewport: { width: 220, height: 740 } });
  await page.getByText('The same as a table').click();
  const table = page.getByRole('group', { name: 'Day by day' });
  await table.focus();
  const right = await table.evaluate((element) => {
    element.scrollLeft = 1000;
    return element.scrollLeft;
  });
  assert(right > 0, 'it is wider than the screen');
  await visit('v2');
  await table.getByRole('cell', { name: '2', exact: true }).waitFor();
  assert.deepEqual(await table.evaluate((element) => [element === document.activeElement, element.scrollLeft]), [true, right]);
  await close(page);
});

test('the list of contests moves while it is open, and the focus stays where it is', async () => {
  const contest = await makeContest(stack, { title: 'Filling up' });
  const page = await open('#/');
  const card = page.getByRole('listitem').filter({ hasText: 'Filling up' });
  await card.getByText('1 participant', { exact: true }).waitFor();
  await card.getByRole('link').focus();
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com' });
  await card.getByText('2 participants').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Filling up');
  await close(page);
});

test('what is out of date while nobody answers is said to be, and comes when somebody does', async () => {
  const contest = await makeContest(stack);
  const page = await open(`#/c/${contest}`);
  await heading(page, 'A contest');
  await page.context().setOffline(true);
  await said(page, 'What is shown may be out of date');
  await heading(page, 'A contest');
  await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: 'v' });
  await page.context().setOffline(false);
  await page.getByRole('table', { name: 'From visit to order' }).getByText('1', { exact: true }).waitFor({ timeout: 15_000 });
  await said(page, 'It is up to date again.');
  await close(page);
});

test('a team without a contest is told what one is, and led to make it', async () => {
  const page = await newOwner();
  await page.route('**/api/v1/contests?*', (route) => route.fulfill({ json: { success: true, data: [], pagination: { page: 1, limit: 100, total: 0, totalPages: 0 } } }));
  await signIn(page);
  await heading(page, 'Your first contest');
  await lookAt(page, 'first');
  await page.getByRole('link', { name: 'New contest' }).click();
  await heading(page, 'New contest');
  await close(page);
});

test('whether a contest runs is what its days say too, and what to do about one that takes nothing', async () => {
  const page = await open('#/');
  const tracking = { settings: { referralTracking: false } };
  for (const [change, badge, words, act] of [
    [{ status: 'draft' }, 'Draft', 'It is a draft', 'Change its status'],
    [{ status: 'paused' }, 'Paused', 'It is paused', 'Change its status'],
    [{ status: 'ended' }, 'Ended', 'It has ended', 'Change its status'],
    [{ startDate: '2090-03-01' }, 'Not begun', 'It begins on Mar 1, 2090: nothing is tracked before.', 'Change its first day'],
    [{ endDate: '2020-12-31' }, 'Ended', 'Its last day was Dec 31, 2020: nothing is tracked any more.', 'Change its last day'],
    [tracking, 'Running', 'It does not track referrals', 'Switch it on'],
    [{ endDate: '2020-12-31', isEvergreen: true }, 'Running'],
    [{ startDate: '2020-01-01', endDate: '2090-12-31' }, 'Running'],
  ]) {
    const { body } = await askPrivately(stack, 'POST', '/api/v1/contests', { title: `Is ${JSON.stringify(change)}`, status: 'active', ...change });
    const { id, title } = body.data;
    for (const screen of ['', '/integrate']) {
      await go(page, `#/c/${id}${screen}`, title);
      assert.equal(await page.locator('.head .badge').first().innerText(), badge, title);
      const note = page.locator('.note').filter({ hasText: 'track' });
      if (words) assert.equal(await note.filter({ hasText: words }).getByRole('link', { name: act }).getAttribute('href'), `#/c/${id}/settings`);
      else assert.equal(await note.count(), 0, title);
    }
    await go(page, `#/c/${id}`, title);
    const next = page.getByText('Nothing has happened yet');
    assert.deepEqual(await next.getByRole('link').evaluateAll((links) => links.map(({ hash }) => hash)), [`#/c/${id}/integrate`, `#/c/${id}/test`]);
    await go(page, '#/', 'Contests');
    assert.equal(await page.getByRole('listitem').filter({ hasText: title }).locator('.badge').innerText(), badge, title);
  }
  await close(page);
});

test('who asks too often is told so, and the page goes on by itself', async () => {
  const page = await open('#/');
  await heading(page, 'Contests');
  let refused = 0;
  await page.route('**/api/v1/contests/demo', (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    return route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json: { success: false, error: 'Rate limit exceeded. Please try again later.' } });
  });
  await page.getByRole('link', { name: 'Demo contest' }).click();
  await said(page, 'going on in 1 s');
  await heading(page, 'Demo contest');
  assert.equal(refused, 1);
  await close(page);
});

test('what is not there, and a server that is gone, is said with a way on', async () => {
  const page = await open('#/c/nobody');
  await heading(page, 'It is not there');
  await page.getByText('Contest not found').waitFor();
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'All contests' }).click();
  await heading(page, 'That did not work');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await heading(page, 'Contests');
  await close(page);
});

for (const { name, ...look } of LOOKS)
  test(`it is read and used by everybody: ${name}`, async () => {
    const contest = await makeContest(stack, { title: 'Ünïcode & <b>bold</b> contest' });
    await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: 'v' });
    const page = await newOwner(look);
    await page.goto(`${stack.origin}/app/`);
    await page.getByLabel('Private key').waitFor();
    await lookAt(page, `sign-in-${name}`);
    await signIn(page);
    await heading(page, 'Contests');
    await lookAt(page, `contests-${name}`);
    for (const [hash, title, screen] of [['#/new', 'New contest', 'new'], [`#/c/${contest}`, 'bold', 'overview'], [`#/c/${contest}/settings`, 'bold', 'settings']]) {
      await go(page, hash, title);
      await lookAt(page, `${screen}-${name}`);
    }
    assert.deepEqual(page.noise, []);
    await close(page);
  });
