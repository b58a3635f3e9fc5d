// The dashboard's API keys: made, shown once, and revoked, also the one that is signed in with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, go, heading, LOOKS, lookAt, open, said, signIn, stack, startOnce, tabTo, WALKS } from '../support/dashboard.mjs';
import { ask, askPrivately } from '../support/stack.mjs';

startOnce();

const opens = async (key, path = '/api/v1/contests') => (await ask(stack, 'GET', path, undefined, { 'x-api-key': key })).status;
const row = (page, name) => page.getByRole('row').filter({ hasText: name });
const listed = async (name) => (await askPrivately(stack, 'GET', '/api/v1/keys?limit=100')).body.data.find((key) => key.name === name);
const make = async (kind, name, team) => (await askPrivately(stack, 'POST', '/api/v1/keys', { kind, name, team })).body.data;

for (const { name, ...look } of WALKS)
  test(`with the keyboard alone, ${name}: a key is made, shown once, copied, and revoked once one is sure`, async () => {
    const page = await open('#/', { ...look, permissions: ['clipboard-read', 'clipboard-write'] });
    await heading(page, 'Contests');
    await tabTo(page, 'Keys');
    await page.keyboard.press('Enter');
    await heading(page, 'API keys');
    await tabTo(page, 'Name');
    await page.keyboard.type('The points page');
    await page.keyboard.press('Enter');
    await page.getByText('The key is shown this once.').waitFor();
    await tabTo(page, 'Copy The key');
    await page.keyboard.press('Enter');
    await said(page, 'The key: copied.');
    const key = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(key, /^rk_pub_[0-9a-f]{48}$/);
    assert.equal(await opens(key), 200);
    assert.match(await row(page, 'The points page').innerText(), /Public/);

    await page.reload();
    await heading(page, 'API keys');
    await row(page, 'The points page').waitFor();
    assert(!(await page.content()).includes(key), 'it is shown no more');
    await tabTo(page, 'Revoke … The points page');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke the key?' });
    await dialog.getByText('The points page').waitFor();
    assert.doesNotMatch(await dialog.innerText(), /signed out|only private key/, 'it is not about another one');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Revoke … The points page', 'the focus is where it was');
    assert.equal(await opens(key), 200);
    await page.keyboard.press('Enter');
    await tabTo(page, 'Revoke');
    await page.keyboard.press('Enter');
    await said(page, 'The points page is revoked');
    await row(page, 'The points page').waitFor({ state: 'detached' });
    assert.equal(await opens(key), 401);
    assert.deepEqual(page.noise, []);
    await close(page);
  });

test('a private key opens all, and one’s own is revoked only past a warning, which leads out', async () => {
  const own = await make('private', 'My own');
  const page = await open('#/keys', {}, own.key);
  await heading(page, 'API keys');
  assert.match(await row(page, 'My own').innerText(), /You are signed in with it/);
  assert.equal(await page.getByText('You are signed in with it').count(), 1);
  await page.getByLabel('Name').fill('A server');
  await page.getByLabel('Kind').selectOption('private');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const key = await page.getByRole('group', { name: 'The key' }).innerText();
  assert.equal(await opens(key, '/api/v1/keys'), 200);

  await row(page, 'My own').getByRole('button').click();
  const dialog = page.getByRole('dialog', { name: 'Revoke the key?' });
  await dialog.getByText('You will be signed out').waitFor();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  assert.equal(await opens(own.key), 200);
  await row(page, 'My own').getByRole('button').click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByLabel('Private key').waitFor();
  await said(page, 'you are signed out');
  assert.equal(await opens(own.key), 401);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await signIn(page, '#/keys', key);
  await heading(page, 'API keys');
  assert.equal(await row(page, 'My own').count(), 0);
  await close(page);
});

test('what cannot be done is said in words: a name is missing, a key is gone already, nobody answers', async () => {
  const gone = await make('public', 'Gone already');
  const page = await open('#/keys');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.locator('[name=name][aria-invalid=true]').waitFor();
  await askPrivately(stack, 'DELETE', `/api/v1/keys/${gone.id}`);
  await row(page, 'Gone already').getByRole('button').click();
  const dialog = page.getByRole('dialog', { name: 'Revoke the key?' });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByText('Key not found').waitFor();
  await page.context().setOffline(true);
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByText('Are you online?').waitFor();
  await close(page);
});

test('the last private key of a team is revoked past one warning more; whoever has but one is told what to make', async () => {
  const page = await open('#/keys');
  await heading(page, 'API keys');
  const whole = (await askPrivately(stack, 'GET', '/api/v1/keys?limit=100')).body;
  const mine = whole.data.find(({ id }) => id === whole.data[0].id);
  await page.route('**/api/v1/keys?*', (route) => route.fulfill({ json: { ...whole, data: [mine], pagination: { page: 1, limit: 100, total: 1, totalPages: 1 } } }));
  await page.reload();
  await page.getByText('Make a private one for your server').waitFor();
  await page.getByRole('button', { name: /Revoke …/ }).click();
  await page.getByRole('dialog').getByText('the only private key of your team').waitFor();
  await close(page);
});

for (const { name, ...look } of LOOKS)
  test(`keys are read and used by everybody: ${name}`, async () => {
    const hostile = `<img src=x onerror=alert(1)> ${'long-'.repeat(20)}${name}`;
    await make('public', hostile);
    const page = await open('#/keys', look);
    await heading(page, 'API keys');
    await page.getByLabel('Name').fill(`A key ${name}`);
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The key is shown this once.').waitFor();
    await row(page, `A key ${name}`).waitFor();
    await lookAt(page, `keys-${name}`);
    await row(page, hostile).getByRole('button').click();
    await lookAt(page, `revoke-${name}`);
    assert.equal(await page.locator('main :is(img, script)').count(), 0);
    assert((await listed(hostile)).id, 'and is kept as it was written');
    await page.keyboard.press('Escape');
    await go(page, '#/', 'Contests');
    await go(page, '#/keys', 'API keys');
    assert.equal(await page.getByText('The key is shown this once.').count(), 0);
    assert.deepEqual(page.noise, []);
    await close(page);
  });
