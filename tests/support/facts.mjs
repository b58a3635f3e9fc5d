// A contest of so many facts, brought as a backup brings them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, CODE } from './stack.mjs';

const PART = 800;
const START = Date.UTC(2026, 5, 1);

const hex = (number) => number.toString(16).padStart(32, '0');
const day = (time) => new Date(time).toISOString().slice(0, 10);

/** Of a hundred facts 88 are visits; five are people who joined, five that they were brought, and two that they bought. An advocate brings ten. */
export function* facts(contest, count) {
  const code = (number) => (number === 0 ? CODE : `C-${number}`);
  const fact = (id, payload) => [`fact/${contest}/${id}`, '', payload, null];
  for (let number = 0; number < count; number += 1) {
    const t = START + number * 5_000;
    const person = Math.floor(number / 100) * 5 + (number % 5) + 1;
    const by = code(Math.floor(person / 10));
    if (number % 100 < 5) yield fact(`joined/${hex(person)}`, { t, c: code(person), p: [10, 5], b: by });
    else if (number % 100 < 10) yield fact(`bound/${hex(person)}/${by}/${day(t)}`, { t });
    else if (number % 100 < 12) yield fact(`purchased/${hex(number)}/browser`, { t, o: String(number), f: hex(person), m: 2_000, c: 'USD', p: [20, 0], w: 0 });
    else yield fact(`visited/${by}/${day(t)}/v-${number}`, { t, u: 'https://shop.example/kites' });
  }
}

/** Who joined in as many facts. */
export function* persons(contest, count) {
  for (let number = 0; number < count; number += 1) {
    const person = Math.floor(number / 100) * 5 + (number % 5) + 1;
    const called = { email: `f${person}@example.com`, name: `Friend ${person}`, phone: null };
    if (number % 100 < 5) yield [`person/${contest}/${hex(person)}`, JSON.stringify(called), called, null];
  }
}

/** The token of a deployment that keeps its things in `persist`. */
export async function adminToken(persist) {
  return (await readFile(join(persist, '.dev.vars'), 'utf8')).match(/^ADMIN_TOKEN=(.+)$/m)[1];
}

/** Brings a contest that many facts, and who joined in them. */
export async function fill(stack, token, contest, count) {
  const bring = async (entries) => {
    const { status, body } = await ask(stack, 'PUT', '/api/v1/ledger', { entries }, { authorization: `Bearer ${token}` });
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  };
  let entries = [];
  for (const all of [facts(contest, count), persons(contest, count)]) {
    for (const entry of all) {
      entries.push(entry);
      if (entries.length === PART) await bring(entries.splice(0));
    }
  }
  await bring(entries);
}
