// The dashboard's participants: found, explained, corrected, and taken along.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { close, go, heading, LOOKS, lookAt, open, said, stack, startOnce } from '../support/dashboard.mjs';
import { ask, askPrivately, CODE, makeContest } from '../support/stack.mjs';

startOnce();

const people = async (page) => (await page.getByRole('table', { name: 'Participants' }).getByRole('link').allInnerTexts()).sort();
const grants = async (page) => (await page.locator('.timeline li').allInnerTexts()).map((text) => text.split('\n').filter(Boolean));
const entryOf = async (contest, email) => (await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/entries?search=${email}`)).body.data[0];

/** Jane, who brought Joe, who bought. */
async function contestWithJoe() {
  const contest = await makeContest(stack, { settings: { siteUrl: 'https://shop.example/', points: { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1 } } } } });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com', name: 'Joe' });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '1', amount: 79.99, email: 'joe@example.com' });
  return contest;
}

test('somebody is looked for, opened, and why they have their points is told', async () => {
  const contest = await contestWithJoe();
  const page = await open(`#/c/${contest}/entries`);
  await page.getByText('2 participants').waitFor();
  await page.getByLabel('Search').pressSequentially('JANE');
  await said(page, '1 participant with “JANE”');
  assert.match(page.url(), /entries\?search=JANE$/, 'the address is that of what is shown');
  await page.getByRole('link', { name: 'Jane Doe' }).click();
  await heading(page, 'Jane Doe');
  const told = await grants(page);
  assert.deepEqual(told.map(([cause, points]) => [cause, points]), [['A friend’s order', '+80'], ['A friend signed up', '+10']]);
  assert.equal(await page.locator('.total').innerText(), '90 points');
  await page.getByText(`https://shop.example/?ref=${CODE}`).waitFor();
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/refunds`, { orderId: '1' });
  const back = page.locator('.timeline li').filter({ hasText: 'Went back with a refund' });
  await back.getByText('in proportion to the money').waitFor();
  await back.getByText('Order 1 of $79.99').waitFor();
  assert.equal(await page.locator('.total').innerText(), '10 points', 'it moves while one looks');
  const friend = page.getByRole('link', { name: /^Who it was/ });
  assert.equal(await friend.count(), 2, 'of the sign-up, and of the order');
  await friend.first().click();
  await heading(page, 'Joe');
  await page.goBack();
  await heading(page, 'Jane Doe');
  await page.goBack();
  await said(page, '1 participant with “JANE”');
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('an owner gives points, confirms, disqualifies, gives the place back and corrects', async () => {
  const contest = await contestWithJoe();
  const joe = await entryOf(contest, 'joe');
  const page = await open(`#/c/${contest}/entries/${joe.id}`);
  await heading(page, 'Joe');
  const book = page.getByRole('button', { name: 'Book them' });
  await page.getByRole('spinbutton', { name: /Points/ }).fill('0');
  await book.click();
  await page.locator('[aria-invalid=true]').waitFor();
  await page.getByRole('spinbutton', { name: /Points/ }).fill('-3');
  await page.getByRole('form', { name: 'Give or take points' }).getByLabel('Reason').fill('Late <b>entry</b>');
  await book.click();
  await said(page, '-3 booked.');
  await page.getByText('Late <b>entry</b>').waitFor();
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByText('Confirmed', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Their place' }).getByLabel('Reason').fill('Bought <b>likes</b>');
  await page.getByRole('button', { name: 'Disqualify' }).click();
  await page.locator('.badges').getByText('Disqualified', { exact: true }).waitFor();
  assert.deepEqual((({ points, emailConfirmed, disqualified }) => ({ points, emailConfirmed, disqualified }))(await entryOf(contest, 'joe')), { points: 2, emailConfirmed: true, disqualified: true });
  await page.getByRole('button', { name: 'Give the place back' }).click();
  await page.getByRole('button', { name: 'Disqualify' }).waitFor();
  await page.locator('.timeline').getByText('Given their place back').waitFor();
  const told = await grants(page);
  assert.deepEqual(told.map(([what]) => what), ['Given their place back', 'Disqualified', 'By hand', 'An order of their own', 'Signed up as a friend']);
  assert.equal(told[1].at(-1), 'Bought <b>likes</b>', 'why, for whoever asks later');
  await page.getByLabel('Phone').fill('12');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('phone is not a telephone number').waitFor();
  await page.getByLabel('Phone').fill('+49 170 1234567');
  await page.getByLabel('Name').fill('Joe Public');
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Joe Public');
  await close(page);
});

test('an order is refunded from the timeline, in part and then whole, and what that does to the points is said', async () => {
  const contest = await contestWithJoe();
  const jane = await entryOf(contest, 'jane');
  const page = await open(`#/c/${contest}/entries/${jane.id}`);
  const refund = page.getByRole('button', { name: 'Refund … order 1' });
  await page.getByText('Order 1 of $79.99').waitFor();
  const dialog = page.getByRole('dialog', { name: 'Refund of order 1' });
  const left = () => page.locator('.total').innerText();

  await refund.focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  for (const [amount, words] of [['0', /amount/], ['80', /amount|more/], ['0.001', /decimals/]]) {
    await dialog.getByLabel('Amount in USD').fill(amount);
    await page.keyboard.press('Enter');
    await dialog.locator('[aria-invalid=true], [role=alert]:visible').first().waitFor();
    assert.match(await dialog.locator('.wrong:visible').innerText(), words, amount);
  }
  assert.equal(await left(), '90 points', 'nothing has gone back');
  await dialog.getByLabel('Amount in USD').fill('20');
  await page.keyboard.press('Enter');
  await dialog.getByText('$59.99 of the order are left. 20 points went back from who brought the buyer, 0 points from the buyer.').waitFor();
  await page.locator('.total').filter({ hasText: '70 points' }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  // The timeline is new, and the focus is where it was.
  await page.waitForFunction(() => document.activeElement.textContent === 'Refund … order 1');

  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Record the refund' }).click();
  await dialog.getByText('The order is refunded whole. 60 points went back').waitFor();
  await page.locator('.total').filter({ hasText: '10 points' }).waitFor();
  const { referrals } = (await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/analytics`)).body.data;
  assert.deepEqual(referrals.revenue, {});
  await close(page);
});

test('a refund whose answer is lost is one refund, however often it is tried', async () => {
  const contest = await contestWithJoe();
  const jane = await entryOf(contest, 'jane');
  const page = await open(`#/c/${contest}/entries/${jane.id}`);
  let lost = 0;
  await page.route('**/refunds', async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await page.getByRole('button', { name: 'Refund … order 1' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Amount in USD').fill('20');
  await dialog.getByRole('button', { name: 'Record the refund' }).click();
  await dialog.getByText('Are you online?').waitFor();
  await dialog.getByRole('button', { name: 'Record the refund' }).click();
  await dialog.getByText('$59.99 of the order are left.').waitFor();
  assert.equal((await entryOf(contest, 'jane')).points, 70);
  await close(page);
});

test('a bonus action is set up, recorded for whoever did it elsewhere, and counts once', async () => {
  const contest = await contestWithJoe();
  const joe = await entryOf(contest, 'joe');
  const path = `#/c/${contest}/entries/${joe.id}`;
  const page = await open(path);
  await page.getByRole('link', { name: 'Add one in its settings' }).click();
  await page.getByRole('button', { name: 'Add a bonus action' }).click();
  await page.getByLabel('Id', { exact: false }).last().fill('follow');
  await page.getByLabel('Kind').fill('follow');
  await page.getByLabel('What to do').fill('Follow <b>us</b>');
  await page.getByLabel('Points (required)').fill('7');
  await page.getByRole('button', { name: 'Save the settings' }).click();
  await said(page, 'Saved.');

  await go(page, path, 'Joe');
  const record = page.getByRole('button', { name: 'Record as done Follow <b>us</b>' });
  await record.focus();
  await page.keyboard.press('Enter');
  await said(page, '+7 booked.');
  await page.getByText(/^Done /).waitFor();
  assert.equal(await record.count(), 0);
  assert.equal((await page.evaluate(() => document.activeElement.textContent)).startsWith('Done '), true, 'the focus stays in its place');
  assert.equal((await entryOf(contest, 'joe')).points, 12);
  await page.locator('.timeline').getByText('Bonus action').waitFor();
  assert.equal(await page.locator('main b').count(), 0);

  await askPrivately(stack, 'PUT', `/api/v1/contests/${contest}`, { status: 'paused', settings: { bonusActions: [{ id: 'share', action: 'share', points: 1 }] } });
  await page.getByRole('button', { name: 'Record as done share' }).click();
  await page.getByText('This contest is paused').waitFor();
  assert.equal((await entryOf(contest, 'joe')).points, 12);
  await close(page);
});

test('who is erased is asked about first, and is gone then', async () => {
  const contest = await contestWithJoe();
  const joe = await entryOf(contest, 'joe');
  const page = await open(`#/c/${contest}/entries/${joe.id}`);
  const ask_ = page.getByRole('button', { name: 'Erase …' });
  await ask_.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Erase for good?' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Erase …', 'the focus is where it was');
  assert.equal((await entryOf(contest, 'joe'))?.id, joe.id);
  await page.keyboard.press('Enter');
  await lookAt(page, 'erase');
  await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
  await page.getByText('1 participant', { exact: true }).waitFor();
  assert.equal(await entryOf(contest, 'joe'), undefined);
  assert.deepEqual(page.noise, []);
  await close(page);
});

test('a long list has pages, and whoever is added or signs up meanwhile shows up', async () => {
  const contest = await makeContest(stack);
  const participants = Array.from({ length: 22 }, (_, n) => ({ email: `p${n}@example.com`, name: `Person ${n}` }));
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/import`, { participants });
  const page = await open(`#/c/${contest}/entries`);
  await page.getByText('Page 1 of 2').waitFor();
  await page.getByRole('link', { name: 'Later' }).click();
  await page.getByText('Page 2 of 2').waitFor();
  await go(page, `#/c/${contest}/entries?page=9`, 'A contest');
  await page.getByText('Nobody is on this page.').waitFor();
  await page.getByRole('link', { name: 'To the last page' }).click();
  await page.getByText('Page 2 of 2').waitFor();
  const before = (await people(page)).length;
  assert.equal(before, 3);
  await page.getByLabel('E-mail').fill('nonsense');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
  await page.getByLabel('E-mail').fill('late@example.com');
  await page.getByLabel('Brought by the code').fill(CODE.toLowerCase());
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('link', { name: 'late@example.com' }).waitFor();
  await page.getByRole('link', { name: 'late@example.com' }).focus();
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'later@example.com' });
  await page.getByRole('link', { name: 'later@example.com' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'late@example.com', 'the focus stays with whom it was');
  await close(page);
});

test('what is exported is a file; what is imported says what became of each line', async () => {
  const contest = await contestWithJoe();
  const page = await open(`#/c/${contest}/entries`);
  for (const [words, file, has] of [['CSV', `${contest}.csv`, /^id,email,name.*\r\n[^]*joe@example\.com/], ['JSON', `${contest}.json`, /^\{"contest"[^]*"facts":\[\s*\{/]]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Export as ${words}` }).click()]);
    assert.equal(download.suggestedFilename(), file);
    assert.match(await readFile(await download.path(), 'utf8'), has);
    await said(page, `${file} is saved`);
  }
  const lines = ['email,name,referralCode', ...Array.from({ length: 230 }, (_, n) => `import${n}@example.com,Import ${n},IMP-${n}`), 'nonsense,Nobody,IMP-X', `jane@example.com,Jane Doe,${CODE}`];
  await page.getByLabel('Participants from elsewhere').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('progressbar', { name: 'Import' }).waitFor();
  await page.getByText('230 new, 1 known before, 1 with errors.').waitFor();
  await page.getByText(/^Line 231: /).waitFor();
  await page.getByText('232 participants').waitFor();
  assert.deepEqual(page.noise, []);
  await close(page);
});

for (const { name, ...look } of LOOKS)
  test(`participants are read and used by everybody: ${name}`, async () => {
    const contest = await contestWithJoe();
    const jane = await entryOf(contest, 'jane');
    const page = await open(`#/c/${contest}/entries`, look);
    await page.getByText('2 participants').waitFor();
    await lookAt(page, `entries-${name}`);
    await go(page, `#/c/${contest}/entries/${jane.id}`, 'Jane Doe');
    await lookAt(page, `entry-${name}`);
    await page.getByRole('button', { name: /Refund …/ }).click();
    await lookAt(page, `refund-${name}`);
    assert.deepEqual(page.noise, []);
    await close(page);
  });

test('whoever goes on while a search is under way hears nothing more of it', async () => {
  const contest = await contestWithJoe();
  const page = await open(`#/c/${contest}/entries`);
  await page.getByText('2 participants').waitFor();
  await page.route('**/entries?*search=*', () => {}); // It never ends.
  const asked = page.waitForRequest(/search=J/);
  await page.getByLabel('Search').pressSequentially('J');
  await asked;
  await page.getByRole('link', { name: 'Integrate', exact: true }).click();
  await page.getByRole('heading', { name: 'The tag', exact: true }).waitFor();
  assert.deepEqual((await page.getByRole('status').allInnerTexts()).filter((words) => /abort/i.test(words)), []);
  assert.deepEqual(page.noise, []);
  await close(page);
});
