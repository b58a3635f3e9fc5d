// The docs in the engine that $ENGINE names: they are read and searched there, too. Chromium has the whole suite in tests/browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { startEngine } from '../support/engine.mjs';
import { startStack } from '../support/stack.mjs';

let stack, engine;
before(async () => {
  const starting = [startStack().then((started) => (stack = started)), startEngine(process.env.ENGINE).then((started) => (engine = started))];
  // What has started is there to be stopped even where the other has not.
  await Promise.allSettled(starting);
  await Promise.all(starting);
}, { timeout: 900_000 });
after(async () => {
  await engine?.stop();
  await stack?.stop();
});

const find = (css) => engine.driver.findElement({ css });
const run = (read, ...args) => engine.driver.executeScript(`return (${read})(...arguments)`, ...args);
const becomes = (read, what) => engine.driver.wait(read, 30_000, what);

/** Opens a page, and remembers from then on what goes wrong in it. */
async function open(path) {
  await engine.driver.get(stack.origin + path);
  await run(() => {
    window.noise = [];
    const hear = (event) => window.noise.push(`${event.type}: ${event.message ?? event.reason ?? event.violatedDirective ?? event.target?.src ?? ''}`);
    for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation']) window.addEventListener(type, hear, true);
    for (const level of ['error', 'warn']) console[level] = (...words) => window.noise.push(`${level}: ${words.join(' ')}`);
  });
}

/** What went wrong, and what was not answered well. */
const wrong = () => run(() => [
  ...window.noise,
  ...performance.getEntriesByType('resource').filter(({ responseStatus }) => responseStatus >= 400).map(({ name, responseStatus }) => `${name}: ${responseStatus}`),
]);

test('a guide is there, and its samples name this deployment', async () => {
  await open('/docs/widget/');
  assert.equal(await run(() => document.querySelectorAll('h1').length), 1);
  assert((await find('.sample').getText()).includes(`${stack.origin}/referral-widget.js`));
  assert.equal(await run(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing sticks out');
  assert.deepEqual(await wrong(), []);
});

test('what is looked for is found, though it is spelled nearly right, and the address leads to its heading', async () => {
  await open('/docs/');
  const field = await find('#search');
  await field.sendKeys('doubtfull referals');
  await becomes(() => run(() => [...document.querySelectorAll('.results a')].some((link) => link.textContent.includes('Doubtful referrals'))), 'it is found');
  assert.match(await find('.results [role=status]').getText(), /^\d+ results?/);
  await field.clear();
  await field.sendKeys('coming and going');
  await becomes(() => run(() => document.querySelector('.results a')?.textContent.includes('Coming and going')), 'it is the first');
  assert.deepEqual(await wrong(), []);
  await field.sendKeys(Key.ENTER);
  await becomes(async () => (await engine.driver.getCurrentUrl()).endsWith('/docs/api-reference/#coming-and-going'), 'one is there');
  await becomes(() => run(() => document.activeElement.id === 'coming-and-going'), 'with the focus');
});
