// Many facts into the KV of this machine at once: to bring a million by calls to it takes a quarter of an hour.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { facts, persons } from '../../tests/support/facts.mjs';

const NAMESPACE = /miniflare-KVNamespaceObject\/[0-9a-f]{64}\.sqlite$/;

/**
 * Of whoever keeps their things in `persist`, has a fact of the contest's and a person in KV, and is not running: so many facts are there
 * then, and who joined in them.
 */
export async function fillLocally(persist, contest, count) {
  const file = (await readdir(persist, { recursive: true })).find((file) => NAMESPACE.test(file));
  const database = new DatabaseSync(join(persist, file));
  // A fact has no value: any other's will do.
  const known = 'SELECT blob_id AS empty, count(*) AS there FROM _mf_entries WHERE key LIKE ?';
  const { empty, there } = database.prepare(known).get(`fact/${contest}/%`);
  // What a list shows of a person is of each; the record itself, which only who is found is read of, is one for all.
  const { record } = database.prepare('SELECT blob_id AS record FROM _mf_entries WHERE key LIKE ? LIMIT 1').get(`person/${contest}/%`);
  const insert = database.prepare('INSERT OR IGNORE INTO _mf_entries (key, blob_id, metadata) VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (const [name, , metadata] of facts(contest, count - there)) insert.run(name, empty, JSON.stringify(metadata));
  for (const [name, , metadata] of persons(contest, count - there)) insert.run(name, record, JSON.stringify(metadata));
  database.exec('COMMIT');
  database.close();
}
