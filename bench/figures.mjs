// The figures that tests print of themselves, out of one run of them.

import { run } from 'node:test';

/** Runs a test file; `[{ of, figure }, …]`, `of` being the test. Fails where a test does. */
export async function figures(file, note) {
  const found = [];
  const failed = [];
  const stream = run({ files: [new URL(`../tests/browser/${file}`, import.meta.url).pathname] });
  stream.on('test:pass', ({ name, nesting, details }) => nesting || note(`${name}: ${(details.duration_ms / 1_000).toFixed(0)} s`));
  stream.on('test:fail', ({ name, details }) => failed.push(`${name}: ${details.error.cause?.message ?? details.error.message}`));
  stream.on('test:diagnostic', ({ message }) => {
    const [, of, figure] = /^(.*): (.*)$/.exec(message) ?? [];
    if (figure) found.push({ of, figure });
  });
  await new Promise((resolve) => stream.on('end', resolve).resume());
  if (failed.length) throw new Error(failed.join('\n'));
  return found;
}
