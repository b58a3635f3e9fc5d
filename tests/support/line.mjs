// The line to a server that is far away: every byte takes its time, and so does a new connection.

import { connect, createServer } from 'node:net';
import { freePort } from './port.mjs';

/**
 * A line to a port of this machine. `roundTrip`, in milliseconds, may be changed at any time. A connection comes into being
 * after one round trip, as TCP's does; what TLS needs on top goes over the line like everything else. Bytes that are on their
 * way arrive, whoever has hung up meanwhile.
 */
export async function startLine(to) {
  const ends = new Set();
  const line = { roundTrip: 0 };

  const carry = (from, onto, open) => {
    let before = Promise.resolve();
    const later = (act) => {
      const due = Math.max(performance.now(), open) + line.roundTrip / 2;
      before = before.then(() => at(due)).then(() => onto.destroyed || act());
    };
    from.on('data', (bytes) => later(() => onto.write(bytes)));
    from.on('end', () => later(() => onto.end()));
    from.on('error', () => later(() => onto.destroy()));
    ends.add(from);
    from.on('close', () => ends.delete(from));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    carry(near, far, performance.now() + line.roundTrip);
    carry(far, near, 0);
  });
  const listen = (port) => new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const port = await freePort();
  await listen(port);

  return Object.assign(line, {
    port,
    /** From now on every connection is refused, and those that were open are gone. */
    cut: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const end of ends) end.destroy();
      }),
    mend: () => listen(port),
  });
}

const at = (due) => new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
