// What the docs say of each other and of money: no link among them, or from the repository's first pages to them, leads nowhere, and sums are right.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';
import { PARAMETERS } from '../../tracker/loader/doctor/tag.js';
import { addresses, markdown, read } from '../support/pages.mjs';

/** Served without being a file: by the Worker. */
const ROUTES = /^\/(api|c|r)\//;

test('every link of every page leads to a page or file, and every anchor to a heading', async () => {
  const pages = new Map();
  for (const path of await addresses()) pages.set(path, await read(`dist${path}index.html`));
  let links = 0;
  for (const [path, html] of pages) {
    for (const [, href] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      const { origin, pathname, hash } = new URL(href.replaceAll('&#x2f;', '/'), `https://docs.example${path}`);
      if (origin !== 'https://docs.example' || (ROUTES.test(pathname) && pathname !== '/api/openapi.json')) continue;
      links += 1;
      const target = pages.get(pathname);
      if (target === undefined) await assert.doesNotReject(access(new URL(`../../dist${pathname.replace(/\/$/, '/index.html')}`, import.meta.url)), `${path}: ${href} leads nowhere`);
      else if (hash) assert(target.includes(` id="${decodeURIComponent(hash.slice(1))}"`), `${path}: ${href} has no heading`);
    }
  }
  assert(links > 500, `only ${links} links were looked at`);
});

test('every link of the Markdown leads to a file of the repository, and every anchor to a heading of it', async () => {
  for (const file of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...(await markdown())]) {
    const text = (await read(file)).replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[\][()]/g, ' '));
    for (const [, href] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:)/.test(href)) continue;
      const [path, anchor] = href.split('#');
      const target = path ? join(dirname(file), path) : file;
      await assert.doesNotReject(access(new URL(`../../${target}`, import.meta.url)), `${file}: ${href} leads nowhere`);
      if (!anchor || !target.startsWith('docs/')) continue;
      const page = `dist/docs/${target.slice(5).replace(/(^|\/)README\.md$/, '$1').replace(/^api\.md$/, 'api-reference/').replace(/\.md$/, '/')}index.html`;
      assert((await read(page)).includes(` id="${anchor}"`), `${file}: ${href} has no heading`);
    }
  }
});

test('the bill on the page about costs follows from what a call asks of KV and from the prices it names', async () => {
  const text = await read('docs/costs.md');
  const dollars = (value) => `$${value.toFixed(2)}`;
  const whole = (value) => Math.round(value).toLocaleString('en-US');
  const over = (value, included, price) => Math.max(0, value / 1e6 - included) * price;
  let rows = 0;
  for (const [, visits, ...cells] of text.matchAll(/^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| .* \| (\$[\d.]+) \|$/gm)) {
    const n = Number(visits.replaceAll(',', ''));
    const [signups, orders] = [0.05 * n, 0.02 * n];
    const [requests, reads, lists, writes] = [n + signups + orders, 2 * n + 3 * signups + 2 * orders, signups + 2 * orders, n + 4 * signups + 2 * orders];
    const queued = 3 * requests;
    const isFree = writes / 30 < 1000;
    const bill = isFree ? 0 : 5 + over(requests, 10, 0.3) + over(reads, 10, 0.5) + over(lists, 1, 5) + over(writes, 1, 5) + over(queued, 1, 0.4);
    assert.deepEqual(cells, [...[requests, reads, lists, writes, queued].map(whole), dollars(bill)]);
    rows += 1;
  }
  assert.equal(rows, 4);
});

test('the page about troubleshooting has each of the doctor\'s questions, in its words and in its order', async () => {
  const asked = [...(await read('tracker/loader/doctor.js')).matchAll(/^ {2}\["(\w+)", "([^"]+\?)", check/gm)].map(([, id, question]) => [id, question]);
  const told = [...(await read('docs/troubleshooting.md')).matchAll(/^## (.+\?)\n\nIts `id` is `(\w+)`/gm)].map(([, question, id]) => [id, question]);
  assert.equal(asked.length, 10);
  assert.deepEqual(told, asked);
});

test('the page about the script has every option', async () => {
  const table = (await read('docs/script.md')).split('## Calls')[0];
  assert.deepEqual([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort(), [...PARAMETERS].sort());
});
