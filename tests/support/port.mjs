// Ports for servers that have to be told theirs.

import { createServer } from 'node:net';

/** Below those that the system gives to connections, and above those that browsers refuse. */
const [FIRST, COUNT] = [11_000, 20_000];

/** Where a process looks first: files of tests run at the same time, and seconds pass until a port that was free is taken. */
let next = process.pid * 37;

/** A port that nobody listens on. */
export async function freePort() {
  for (;;) {
    const port = FIRST + (next++ % COUNT);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
