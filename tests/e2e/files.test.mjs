// What a browser is told of the files that sites paste, and that the build prints what they hold.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startStack, xtask } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test('the pasted script is fresh within minutes; what it loads is named by its content, and kept for ever', async () => {
  const loader = await fetch(`${stack.origin}/referral-tracker.js`);
  assert.equal(loader.headers.get('cache-control'), 'public, max-age=300');
  assert.equal(loader.headers.get('access-control-allow-origin'), '*');
  const text = await loader.text();
  const [core] = text.match(/core\/core-[0-9a-f]{8}/);
  const core_js = await (await fetch(`${stack.origin}/${core}.js`)).text();
  const [engine] = core_js.match(/engine-[0-9a-f]{8}\.js/);
  const files = { 'referral-tracker.js': text };
  for (const [file, type] of [[`${core}.js`, 'text/javascript'], [`${core}.wasm`, 'application/wasm'], [`core/${engine}`, 'text/javascript']]) {
    const answer = await fetch(`${stack.origin}/${file}`);
    assert.equal(answer.status, 200, file);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable', file);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', file);
    assert(answer.headers.get('content-type').startsWith(type), file);
    files[file] = Buffer.from(await answer.arrayBuffer());
  }
  const build = xtask('build');
  assert.equal(await build.ended, 0, build.said);
  for (const [file, bytes] of Object.entries(files)) {
    const integrity = `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
    assert(build.said.split('\n').some((line) => line.startsWith(file) && line.endsWith(integrity)), `${file}: ${integrity} is not in\n${build.said}`);
  }
});
