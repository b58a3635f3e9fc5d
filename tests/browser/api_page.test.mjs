// The API's page: read under its policy, tried against the server that it comes from, on a phone and on a desk.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { document as api } from '../../openapi/document.mjs';
import { newVisitor, startBrowser } from '../support/browser.mjs';
import { startStack } from '../support/stack.mjs';

const OPERATIONS = Object.values(api.paths).flatMap(Object.values).length;

let stack, browser;
before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function open(viewport, at = '') {
  const page = await newVisitor(browser, { viewport });
  page.asked = [];
  page.on('request', (request) => page.asked.push(request.url()));
  await page.goto(`${stack.origin}/docs/api/${at}`);
  await page.locator('.opblock').nth(OPERATIONS - 1).waitFor();
  return page;
}

test('it shows every operation, at any width, and asks nobody else', async () => {
  for (const [width, height] of [[360, 740], [1280, 900]]) {
    const page = await open({ width, height });
    assert.equal(await page.locator('.opblock').count(), OPERATIONS);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'nothing sticks out');
    assert.deepEqual(page.noise, [], 'nothing is forbidden by the policy');
    assert.deepEqual(page.asked.filter((url) => !url.startsWith(stack.origin) && !url.startsWith('data:')), []);
    await page.context().close();
  }
});

test('an operation is tried with a key, against the server that the page is from', async () => {
  const page = await open({ width: 1280, height: 900 }, '#/Contests/showContest');
  await page.locator('.auth-wrapper .authorize').click();
  const dialog = page.locator('.dialog-ux');
  await dialog.locator('input').first().fill(stack.key);
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  const operation = page.locator('#operations-Contests-showContest');
  await operation.locator('input[placeholder=contestId]').fill('demo');
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response');
  await answer.waitFor();
  assert.match(await answer.innerText(), /200[^]*"title": "Demo contest"/);
  assert.deepEqual(page.noise, []);
  await page.context().close();
});
