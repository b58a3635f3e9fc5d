// Requests to one Worker, and how long each took.

import { Pool } from 'undici';

/** Sends all of them, so many at a time; gives the milliseconds of each, and of all. An answer that is none of `expected` ends it. */
export async function load(origin, requests, together, expected) {
  const pool = new Pool(origin, { connections: together, pipelining: 1 });
  const times = [];
  const left = requests.values();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (const request of left) {
        const sent = performance.now();
        const { statusCode, body } = await pool.request({ headers: { 'content-type': 'application/json' }, ...request });
        const text = await body.text();
        times.push(performance.now() - sent);
        if (!expected.includes(statusCode)) throw new Error(`${request.method} ${request.path}: ${statusCode} ${text}`);
      }
    }),
  );
  const took = performance.now() - began;
  await pool.close();
  return { times, took };
}
