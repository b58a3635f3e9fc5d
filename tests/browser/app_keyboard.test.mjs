// The owner's tasks without a mouse, on a phone's screen in the dark and on a desk's in the light.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, heading, newOwner, open, said, stack, startOnce, tabTo, WALKS } from '../support/dashboard.mjs';
import { startReceiver } from '../support/receiver.mjs';
import { ask, askPrivately, CODE, makeContest } from '../support/stack.mjs';

startOnce();

const contestOf = async (id, more = '') => (await askPrivately(stack, 'GET', `/api/v1/contests/${id}${more}`)).body.data;
const sticksOut = async (page) => (await page.evaluate(() => document.documentElement.scrollWidth)) - page.viewportSize().width;

/** Goes to what is called so, and presses Enter on it. */
async function enter(page, name) {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

/** Goes to a field, and writes over what is in it. */
async function write(page, name, text) {
  await tabTo(page, name);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

for (const { name, ...look } of WALKS) {
  test(`${name}: sign in, make a contest, set what it earns, copy the tag`, async () => {
    const id = `winter-${name}`;
    const page = await newOwner({ ...look, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${stack.origin}/app`);
    await page.getByLabel('Private key').waitFor();
    await write(page, 'Private key', stack.key);
    await page.keyboard.press('Enter');
    await heading(page, 'Contests');
    await enter(page, 'New contest');
    await heading(page, 'New contest');
    await write(page, 'Title', 'Winter contest');
    await write(page, 'Your site', 'https://winter.example/');
    await write(page, 'Id', id);
    await page.keyboard.press('Enter');
    await heading(page, 'Winter contest');
    await write(page, 'Sign-up: for the advocate', '25');
    await page.getByText('A sign-up earns the advocate 25').waitFor();
    await enter(page, 'Save the settings');
    await said(page, 'Saved.');
    const { status, settings } = await contestOf(id);
    assert.deepEqual([status, settings.siteUrl, settings.points.signup.advocate], ['active', 'https://winter.example/', 25]);
    await enter(page, 'Integrate');
    await page.getByRole('heading', { name: 'The tag', exact: true }).waitFor();
    await tabTo(page, 'Stripe');
    await page.keyboard.press('Space');
    await enter(page, 'Copy The tag');
    await said(page, 'The tag: copied.');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`referral-tracker\\.js\\?campaignId=${id}&autoInject=stripe" async`));
    assert.deepEqual([page.noise, await sticksOut(page)], [[], 0]);
    await close(page);
  });

  test(`${name}: find a participant, give points, confirm, disqualify, refund and erase`, async () => {
    const contest = await makeContest(stack, { title: `Walk ${name}` });
    await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: 'joe@example.com', name: 'Joe' });
    await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '1', amount: 79.99, email: 'joe@example.com' });
    const page = await open('#/', look);
    await heading(page, 'Contests');
    await enter(page, `Walk ${name}`);
    await heading(page, `Walk ${name}`);
    await enter(page, 'Participants');
    await page.getByText('2 participants').waitFor();
    await write(page, 'Search', 'joe');
    await said(page, '1 participant with “joe”');
    await enter(page, 'Joe');
    await heading(page, 'Joe');
    await enter(page, 'Refund … order 1');
    await enter(page, 'Record the refund');
    await page.getByText('The order is refunded whole.').waitFor();
    await page.keyboard.press('Enter');
    await write(page, 'Points', '-3');
    await page.keyboard.press('Enter');
    await said(page, '-3 booked.');
    await enter(page, 'Confirm the address');
    await said(page, 'The address is confirmed.');
    await write(page, 'Reason', 'Too many friends');
    await enter(page, 'Disqualify');
    await page.locator('.timeline').getByText('Too many friends').waitFor();
    const [joe] = await contestOf(contest, '/entries?search=joe');
    assert.deepEqual([joe.points, joe.emailConfirmed, joe.disqualified], [2, true, true]);
    await enter(page, 'Erase …');
    await page.getByRole('dialog', { name: 'Erase for good?' }).waitFor();
    await enter(page, 'Erase');
    await page.getByText('1 participant', { exact: true }).waitFor();
    assert.deepEqual([page.noise, await sticksOut(page)], [[], 0]);
    await close(page);
  });

  test(`${name}: take participants along, out and in`, async () => {
    const contest = await makeContest(stack);
    const page = await open(`#/c/${contest}/entries`, look);
    await page.getByText('1 participant', { exact: true }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), enter(page, 'Export as CSV')]);
    assert.equal(download.suggestedFilename(), `${contest}.csv`);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), enter(page, 'Participants from elsewhere')]);
    await chooser.setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('email,name\nann@example.com,Ann') });
    await enter(page, 'Import');
    await page.getByText('1 new, 0 known before, 0 with errors.').waitFor();
    await page.getByText('2 participants').waitFor();
    assert.deepEqual([page.noise, await sticksOut(page)], [[], 0]);
    await close(page);
  });

  test(`${name}: try Stripe out in a test contest`, async () => {
    const contest = await makeContest(stack, { title: `Stripe ${name}` });
    const page = await open(`#/c/${contest}/integrate`, look);
    await page.getByRole('heading', { name: 'Stripe', exact: true }).waitFor();
    assert.equal(await page.locator('#stripe + .stack > .steps > li').count(), 4, 'set up in four steps');
    await enter(page, 'test contest');
    await enter(page, 'Make the test contest');
    await heading(page, `Stripe ${name} (test)`);
    await enter(page, 'Integrate');
    await page.getByRole('heading', { name: 'Try it', exact: true }).waitFor();
    await write(page, 'Signing secret', 'whsec_mine');
    await page.keyboard.press('Enter');
    await said(page, 'The secret is set.');
    await enter(page, 'Send a signed test event');
    await page.getByText(/Answered 20\d\. It is recorded\./).waitFor();
    assert.equal((await contestOf(`${contest}-test`, '/analytics')).referrals.purchases, 1);
    assert.equal((await contestOf(contest, '/analytics')).referrals.purchases, 0);
    assert.deepEqual([page.noise, await sticksOut(page)], [[], 0]);
    await close(page);
  });

  test(`${name}: have a URL told, look at what it answered, send again, delete`, async () => {
    const contest = await makeContest(stack);
    const receiver = await startReceiver();
    const page = await open(`#/c/${contest}/webhooks`, look);
    await page.getByText('There is none yet.').waitFor();
    await write(page, 'URL', `${receiver.origin}/in`);
    await page.keyboard.press('Enter');
    await page.getByText('The signing secret is shown this once.').waitFor();
    await enter(page, `${receiver.origin}/in`);
    await heading(page, `${receiver.origin}/in`);
    await enter(page, 'Send a test');
    await page.locator('.deliveries').getByText('Delivered', { exact: true }).waitFor();
    await enter(page, '1 attempt');
    await page.getByText(/: answered 204 after/).waitFor();
    await enter(page, /^Send again/);
    await page.getByText('2 attempts').waitFor();
    assert.equal((await receiver.wait('/in', 2)).length, 2);
    await enter(page, 'Delete …');
    await page.getByRole('dialog', { name: 'Delete the endpoint?' }).waitFor();
    await enter(page, 'Delete');
    await page.getByText('There is none yet.').waitFor();
    assert.deepEqual([page.noise, await sticksOut(page)], [[], 0]);
    await close(page);
    await receiver.stop();
  });
}
