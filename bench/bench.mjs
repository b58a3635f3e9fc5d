// `cargo xtask bench [PART …]`: the budgets, what is lost of so many events, the script beside published trackers, the Worker beside
// another, contests of ever more facts. Prints Markdown; `--write` puts it into docs/benchmarks.md, between the marks of each part, with what it was measured on.
//
//   --tries N   events for each case, default 200   --runs N   times that each is measured, default 15   --facts N,N,…   --write

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measure } from './edge/edge.mjs';
import { figures } from './figures.mjs';
import { measure as ledgers } from './ledger/ledger.mjs';
import { compare } from './trackers/compare.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tries: { type: 'string', default: '200' },
    runs: { type: 'string', default: '15' },
    facts: { type: 'string', default: '1000,10000,100000,1000000' },
    write: { type: 'boolean', default: false },
  },
});
const tries = Number(values.tries);
const runs = Number(values.runs);

const began = performance.now();
const note = (text) => process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
const list = (found) => found.map(({ of, figure }) => `| ${of} | ${figure} |`);

const PARTS = {
  async budgets() {
    // xtask has counted the bytes: `NAME: N of M bytes of brotli`.
    const bytes = (process.env.BYTE_BUDGETS ?? '').split('\n').filter(Boolean).map((line) => line.split(': '));
    const rest = await figures('budget.test.mjs', note);
    return ['| budget | measured |', '|---|---|', ...list(bytes.map(([of, figure]) => ({ of, figure }))), ...list(rest)].join('\n');
  },
  async delivery() {
    process.env.ROCKET_TRIES = String(tries);
    return ['| what happens | of so many |', '|---|---|', ...list(await figures('delivery.test.mjs', note))].join('\n');
  },
  async trackers() {
    const { version, table, setUp } = await compare({ tries, runs, note });
    return `Chromium ${version}; medians of ${runs} page loads; ${tries} events for each case.\n\n${table}\n\n${setUp}`;
  },
  edge: () => measure({ runs, note }),
  ledger: () => ledgers({ sizes: values.facts.split(',').map(Number), runs, note }),
};

const parts = positionals.length ? positionals : Object.keys(PARTS);
const document = new URL('../docs/benchmarks.md', import.meta.url);

const unknown = parts.filter((part) => !PARTS[part]);
if (unknown.length) throw new Error(`there is no part ${unknown.join(', ')}: there are ${Object.keys(PARTS).join(', ')}`);
for (const part of parts) {
  // A test that fails spoils the figures of its own part only.
  const measured = await PARTS[part]().catch((error) => {
    process.exitCode = 1;
    console.error(`${part}: ${error.stack}`);
  });
  if (!measured) continue;
  const [{ model }, { length }] = [cpus()[0], cpus()];
  const command = ['cargo xtask bench', ...process.argv.slice(2).filter((argument) => argument !== '--write')].join(' ');
  const text = `Measured on ${new Date().toISOString().slice(0, 10)} with \`${command}\` on ${length} cores (${model.trim()}), Linux.\n\n${measured}`;
  console.log(`\n## ${part}\n\n${text}\n`);
  if (!values.write) continue;
  const before = await readFile(document, 'utf8');
  const after = before.replace(new RegExp(`(<!-- ${part}: .* -->\n)[^]*?(\n<!-- end of ${part} -->)`), (_, begin, end) => begin + text + end);
  if (after === before) throw new Error(`docs/benchmarks.md has no marks of ${part}`);
  await writeFile(document, after);
}
