// The dashboard as its owner has it open: signed in, and held against what no page may do.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before } from 'node:test';
import axe from 'axe-core';
import { startBrowser } from './browser.mjs';
import { startStack } from './stack.mjs';

/** What the tests of a file share, once `startOnce` was called. */
export let stack, browser;

/** Starts both before the first test, and stops them after the last. */
export function startOnce() {
  before(async () => {
    [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });
}

/** A phone and a desk, in the light and in the dark. */
export const LOOKS = [['phone', 360, 740], ['desk', 1440, 900]].flatMap(([screen, width, height]) =>
  ['light', 'dark'].map((colorScheme) => ({ name: `${screen}-${colorScheme}`, viewport: { width, height }, colorScheme })));

/** The looks that whole tasks are walked in: each screen, each theme. */
export const WALKS = LOOKS.filter(({ name }) => ['phone-dark', 'desk-light'].includes(name));

/** A page with a profile of its own; `noise` holds what it wrote to the console and threw. */
export async function newOwner(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.noise = [];
  page.on('console', (message) => page.noise.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => page.noise.push(`thrown: ${error}`));
  return page;
}

export const close = (page) => page.context().close();

/** Waits until a screen of this name is there. */
export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

/** Waits until that is said to everybody. */
export const said = (page, words) => page.getByRole('status').getByText(words).first().waitFor();

/** Types the key in, at the screen that the address names. */
export async function signIn(page, hash = '#/', key = stack.key) {
  await page.goto(`${stack.origin}/app/${hash}`);
  await page.getByLabel('Private key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** A new owner, signed in, at a screen. */
export async function open(hash, options, key) {
  const page = await newOwner(options);
  await signIn(page, hash, key);
  await page.getByLabel('Private key').waitFor({ state: 'detached' });
  return page;
}

/** Goes to another screen, and waits until it is there. */
export async function go(page, hash, title) {
  await page.evaluate((next) => {
    location.hash = next;
  }, hash);
  await page.getByRole('heading', { level: 1 }).filter({ hasText: title }).waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
}

/** Nothing that axe-core finds, nothing that sticks out; with `SHOTS`, a picture for whoever changes how it looks. */
export async function lookAt(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]), [], name);
  assert(passes.some(({ id }) => id === 'color-contrast'), `${name}: contrast was looked at`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), page.viewportSize().width, `${name}: nothing sticks out`);
  if (!process.env.SHOTS) return;
  await mkdir(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: `${process.env.SHOTS}/app-${name}.png`, fullPage: true });
}

/** Presses Tab until what has the focus is called so; as somebody without a mouse gets there. */
export async function tabTo(page, name) {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate(() => {
      const element = document.activeElement;
      return (element.labels?.[0]?.textContent ?? element.getAttribute('aria-label') ?? element.textContent).trim();
    });
    if (typeof name === 'string' ? label === name || label === `${name} (required)` : name.test(label)) {
      const { outlineStyle } = await page.evaluate(() => ({ outlineStyle: getComputedStyle(document.activeElement).outlineStyle }));
      assert.notEqual(outlineStyle, 'none', `${label}: it is seen where one is`);
      return;
    }
  }
  assert.fail(`no Tab leads to ${name}`);
}
