// A site owner's page with the tag on it, of another origin than the script's, and what the doctor says of it.

import { newVisitor, running, startBrowser } from './browser.mjs';
import { startRoad } from './road.mjs';
import { CODE, makeContest, startStack } from './stack.mjs';

/** The ten questions. */
export const IDS = ['script', 'tag', 'endpoint', 'contest', 'consent', 'storage', 'code', 'queue', 'calls', 'stripe'];

/** Starts the stack, a browser and a road whose `pages` are the owner's; `contest` is open. */
export async function startOwner() {
  const pages = { '/favicon.ico': '' };
  const [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  const road = await startRoad(stack, pages);
  const contest = await makeContest(stack);
  const policy = (more = '') => `default-src 'self'; script-src 'self' ${stack.origin} 'wasm-unsafe-eval'; connect-src 'self' ${stack.origin}${more}`;
  const tag = (parameters, host = stack.origin) => `<script src="${host}/referral-tracker.js?${parameters}" async></script>`;
  let visits = 0;

  /**
   * A new visitor on a new page with a policy, `csp`. `more` is behind the tag's `campaignId`, which is `id`; `head` stands in
   * the place of the whole tag. `arrange` is given the browser's page before it opens.
   */
  async function open({ csp = policy(), head, body = '', more = '', query = `?ref=${CODE}`, id = contest, before = '', arrange, context, page, host } = {}) {
    page ??= await newVisitor(browser, context);
    await arrange?.(page);
    visits += 1;
    const path = `/page-${visits}`;
    const html = `<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>${before}${head ?? tag(`campaignId=${id}${more}`, host)}<body><main><h1>A shop</h1>${body}</main>`;
    pages[path] = { html, headers: { 'content-security-policy': csp } };
    await page.goto(road.origin + path + query);
    await running(page);
    return page;
  }

  return {
    stack, browser, road, pages, contest, policy, tag, open,
    async stop() {
      await browser.close();
      await road.stop();
      await stack.stop();
    },
  };
}

export const ask = (page) => page.evaluate(() => window.RocketTracker.doctor());
