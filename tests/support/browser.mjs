// A real Chromium, and pages that fail the test when anything goes wrong in them.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { TRUSTED } from './certificate.mjs';

export const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', TRUSTED,
];

/** Starts the browser that `cargo xtask test` found. */
export async function startBrowser() {
  assert(process.env.CHROMIUM, 'CHROMIUM names no browser: run `cargo xtask test`');
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGS });
}

/** The same with a profile that outlives it; gives its one context. */
export async function restartable(profile) {
  return chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM, args: ARGS });
}

/**
 * A new visitor: a page with a profile of its own. `page.noise` holds what it wrote to the console and threw, and
 * `page.posts` the bodies of what it posted, by path.
 */
export async function newVisitor(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.noise = [];
  page.posts = [];
  page.on('console', (message) => page.noise.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => page.noise.push(`thrown: ${error}`));
  page.on('request', (request) => {
    if (request.method() === 'POST') page.posts.push({ path: new URL(request.url()).pathname, body: JSON.parse(request.postData()) });
  });
  return page;
}

/** Until the script is there. */
export const running = (page) => page.waitForFunction(() => typeof window.RocketTracker?.getReferralCode === 'function');

/** Until it has kept the code as well and given it to Stripe, which it does in a task of its own. */
export async function landed(page) {
  await running(page);
  await page.evaluate(() => new Promise(setTimeout));
}

const POLICY = "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'";

/** One that forbids WebAssembly. */
export const NO_WASM = POLICY.replace(" 'wasm-unsafe-eval'", '');

/** A page of the stack's own origin with nothing on it but what `body` holds; `csp` is its policy. */
export async function servePage(page, url, body, csp = POLICY) {
  await page.route(url, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': csp },
      body: `<!doctype html><meta charset=utf-8><title>A shop</title>${body}`,
    }));
}
