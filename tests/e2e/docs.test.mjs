// Every sample of the docs that needs no browser, run as a reader would: commands in a shell from top to bottom, the receiver of webhooks,
// and what is JSON, a spreadsheet or configuration. The others are in tests/browser/docs_samples.test.mjs.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import Stripe from 'stripe';
import { freePort } from '../support/port.mjs';
import { startReceiver } from '../support/receiver.mjs';
import { mine, samples } from '../support/samples.mjs';
import { answersShown, fitsSample, startShell } from '../support/shell.mjs';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The deployment's own. */
const adminToken = async () => (await readFile(join(store, '.dev.vars'), 'utf8')).match(/ADMIN_TOKEN=(\S+)/)[1];

/** A delivery is listed once it was tried, and nobody is at that address. */
async function listed(endpoint) {
  const path = `/api/v1/contests/autumn/webhooks/${endpoint}/deliveries`;
  while ((await askPrivately(stack, 'GET', path)).body.data.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

let stack, store, own;
before(async () => {
  store = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  stack = await startStack({ persist: store });
  own = await mine(import.meta.url);
});
after(async () => {
  await stack?.stop();
  await rm(store, { recursive: true, force: true });
});

/** Runs a sample's commands, and holds each answer that it shows against the real one. */
async function run(shell, text, env, what) {
  const said = await shell.run(text, env);
  const answers = said.split('\n').filter((line) => line.startsWith('{'));
  for (const [n, shown] of answersShown(text)) fitsSample(shown, JSON.parse(answers[n]), what);
  return said;
}

test('every sample is run by a test', async () => {
  const all = await samples();
  const unrun = all.filter(({ runBy }) => !runBy);
  assert.deepEqual(unrun.map(({ page, language, text }) => [page, language, text]), [], 'give it a language of tests/support/samples.mjs');
  assert(all.length > 60, `only ${all.length} were found`);
});

test('every command of the API\'s page works', async (t) => {
  const shell = await startShell();
  const commands = own.filter(({ page, language }) => page === 'docs/api.md' && language === 'sh');
  const env = { HOST: stack.origin, KEY: stack.key };
  const [set, ...rest] = commands;
  assert.match(set.text, /^HOST=.*\nKEY=.*\n$/);
  await writeFile(join(shell.folder, 'admin-token'), await adminToken());
  for (const { heading, text } of rest) {
    await t.test(heading, async () => {
      if (heading.includes('replay')) await listed(env.ENDPOINT);
      const said = await run(shell, text, env, heading);
      if (heading.includes('export')) return assert.match(said, /^id,email,name.*\r\n.*joe@example\.com/s);
      const { success, data } = JSON.parse(said);
      assert.equal(success, true);
      if (heading.startsWith('`POST /api/v1/keys')) env.KEY_ID = data.id;
      if (heading.startsWith('`POST /api/v1/contests/:id/entries')) env.ENTRY = data.id;
      if (heading.startsWith('`POST /api/v1/contests/:id/webhooks`')) env.ENDPOINT = data.id;
      if (heading.includes('/test`')) env.DELIVERY = data.deliveryId;
    });
  }
  await shell.stop();
  assert.equal(rest.length, 36);
  const board = await askPrivately(stack, 'GET', '/api/v1/contests/autumn/leaderboard');
  assert.deepEqual(board.body.data.map(({ name, points }) => [name, points]), [['Jane Doe', 120]]);
});

test('so does every command of every other page, one after the other', async (t) => {
  const commands = Map.groupBy(own.filter(({ page, language }) => page !== 'docs/api.md' && language === 'sh'), ({ page }) => page);
  assert(commands.has('docs/deploy.md'));
  const token = await adminToken();
  for (const [page, blocks] of commands)
    await t.test(page, async () => {
      const shell = await startShell();
      const contest = await makeContest(stack);
      const joe = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/entries`, { email: 'joe@example.com', name: 'Joe' });
      const env = { HOST: stack.origin, KEY: stack.key, ENTRY: joe.body.data.id };
      for (const { language, text } of own) if (language === 'csv') await writeFile(join(shell.folder, 'participants.csv'), text);
      for (const { text } of blocks) {
        const meant = text
          .replaceAll('https://rockettracker.YOU.workers.dev', stack.origin)
          .replaceAll('CONTEST_ID', contest)
          .replaceAll('rk_priv_…', stack.key)
          .replaceAll(/"(whsec_)?…"/g, '"$1abcdefghijklmnop"');
        await run(shell, meant, env, page);
        // A secret that was set is the deployment's from then on; this one has its own.
        if (text.includes('admin-token')) await writeFile(join(shell.folder, 'admin-token'), token);
      }
      await shell.stop();
    });
});

test('the spreadsheet is one that an import takes, line by line', async () => {
  const sheets = own.filter(({ language }) => language === 'csv');
  assert(sheets.length > 0);
  for (const { page, text } of sheets) {
    const contest = await makeContest(stack);
    const { body } = await ask(stack, 'POST', `/api/v1/contests/${contest}/import`, text, { 'x-api-key': stack.key, 'content-type': 'text/csv' });
    assert.deepEqual(body.data.report.filter(({ status }) => status === 'error'), [], page);
    assert.equal(body.data.report.length, text.trim().split('\n').length - 1);
  }
});

test('the message that the page about webhooks shows is like one that is sent', async () => {
  const [message] = own.filter(({ page, language }) => page === 'docs/webhooks.md' && language === 'json');
  const receiver = await startReceiver();
  const contest = await makeContest(stack);
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url: `${receiver.origin}/hook`, events: ['purchase.tracked'] });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com', name: 'Joe', referralCode: CODE });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, email: 'joe@example.com', orderId: '1001', amount: 79.99 });
  const [{ body }] = await receiver.wait('/hook', 1);
  const [shown, real] = [JSON.parse(message.text), JSON.parse(body)];
  fitsSample(shown, real, 'message');
  fitsSample(real, shown, 'sample');
  await receiver.stop();
});

test('what is JSON can be read as such', () => {
  for (const { page, text } of own.filter(({ language }) => language === 'json')) assert.doesNotThrow(() => JSON.parse(text), page);
});

test('configuration that a page shows is what wrangler takes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rockettracker-docs-'));
  const config = (await readFile(join(ROOT, 'wrangler.toml'), 'utf8')).replaceAll(/"(edge|\.)\//g, `"${ROOT}$1/`).replace(/^\[build\]\n.*\n.*\n/m, '');
  const wrangler = [`${ROOT}node_modules/wrangler/bin/wrangler.js`, 'deploy', '--dry-run', '--outdir', join(folder, 'out'), '--config', join(folder, 'wrangler.toml')];
  for (const { page, text } of own.filter(({ language }) => language === 'toml'))
    await t.test(page, async () => {
      await writeFile(join(folder, 'wrangler.toml'), `${config}\n${text}`);
      const { stdout } = await promisify(execFile)(`${ROOT}node_modules/.bin/node`, wrangler, { env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
      assert.match(stdout, /--dry-run: exiting now/);
    });
  await rm(folder, { recursive: true, force: true });
});

test('the receiver on the page about webhooks takes what is ours, once, and nothing else', async () => {
  const [{ text: program }] = own.filter(({ page, language }) => page === 'docs/webhooks.md' && language === 'js');
  const contest = await makeContest(stack);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/webhooks`;
  const made = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url });
  const { id, secret } = made.body.data;
  const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) };
  const receiver = spawn(process.execPath, ['--input-type=module', '--eval', program], { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  receiver.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  try {
    const forged = () => fetch(url, { method: 'POST', body: '{"type":"points.awarded"}', headers: { 'webhook-id': 'evt_1' } });
    const refused = await until(() => forged().catch(() => undefined));
    assert.equal(refused.status, 400);
    const path = `/api/v1/contests/${contest}/webhooks/${id}`;
    const { deliveryId } = (await askPrivately(stack, 'POST', `${path}/test`)).body.data;
    const delivered = async (attempts) => {
      const { data } = (await askPrivately(stack, 'GET', `${path}/deliveries?status=delivered`)).body;
      return data[0]?.attempts.length === attempts ? data[0] : undefined;
    };
    const { attempts } = await until(() => delivered(1));
    assert.equal(attempts[0].status, 204);
    assert.equal((await askPrivately(stack, 'POST', `${path}/deliveries/${deliveryId}/replay`)).status, 200);
    await until(() => delivered(2));
    assert.equal(said, `endpoint.test ${JSON.stringify({ contestId: contest, endpointId: id })}\n`);
  } finally {
    receiver.kill();
  }
});

test('the Session that the page about Stripe has made is what Stripe is sent', async () => {
  const [{ text: program }] = own.filter(({ page, text }) => page === 'docs/stripe.md' && text.includes('stripe.checkout.'));
  const sent = [];
  const api = createServer(async (request, response) => {
    sent.push([request.url, Object.fromEntries(new URLSearchParams(await readText(request)))]);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"cs_test_1","object":"checkout.session"}');
  });
  await new Promise((resolve) => api.listen(0, '127.0.0.1', resolve));
  try {
    const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port: api.address().port, protocol: 'http' });
    const make = new Function('stripe', 'form', `return (async () => { ${program} return session; })()`);
    for (const form of [{ referral_code: CODE }, {}]) assert.equal((await make(stripe, form)).id, 'cs_test_1');
  } finally {
    api.close();
  }
  assert.deepEqual(sent.map(([url, { mode, 'metadata[referral_code]': code }]) => [url, mode, code]), [
    ['/v1/checkout/sessions', 'payment', CODE],
    ['/v1/checkout/sessions', 'payment', undefined],
  ]);
});

async function until(look) {
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await look();
    if (found !== undefined) return found;
    assert(Date.now() < deadline, 'it takes too long');
  }
}
