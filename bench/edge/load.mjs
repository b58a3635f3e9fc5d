// Requests to one Worker, and how long each took.

import { Pool } from 'undici';

/** So many connections to a Worker. */
export const connect = (origin, connections) => new Pool(origin, { connections, pipelining: 1 });

/** Milliseconds until all of the answer is there. One that is none of `expected` ends it. */
export async function ask(pool, request, expected) {
  const sent = performance.now();
  const { statusCode, body } = await pool.request({ headers: { 'content-type': 'application/json' }, ...request });
  const text = await body.text();
  const took = performance.now() - sent;
  if (!expected.includes(statusCode)) throw new Error(`${request.method} ${request.path}: ${statusCode} ${text}`);
  return took;
}

/** Sends all of them, so many at a time as there are connections; gives the milliseconds that it took. */
export async function load(pool, connections, requests, expected) {
  const left = requests.values();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (const request of left) await ask(pool, request, expected);
    }),
  );
  return performance.now() - began;
}
