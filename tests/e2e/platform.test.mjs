// What the Worker asks of its platform: what comes of each thing is told once, whatever comes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import * as platform from '../../edge/src/platform.js';

/** What was told, in order: number, what came of it, and whether it was kept. */
async function toldOf(ask) {
  const told = [];
  platform.tell((...all) => told.push(all));
  ask();
  assert.deepEqual(told, [], 'nothing is told while it is asked');
  for (let waits = 0; waits < 500 && told.length === 0; waits++) await setTimeout(2);
  await setTimeout(0);
  return told;
}

test('what comes of what is asked is told by its number, also where it fails', async () => {
  const fault = new Error('down');
  const kv = (method, answer) => ({ [method]: answer });
  for (const [story, ask, expected] of [
    ['a value', () => platform.kvValue(7, kv('get', async (name) => `of ${name}`), 'key'), [7, 'of key', true]],
    ['a value with metadata', () => platform.kvGet(1, kv('getWithMetadata', async () => ({ value: 'v', metadata: { t: 1 } })), 'key'), [1, '{"t":1}\nv', true]],
    ['nothing', () => platform.kvGet(1, kv('getWithMetadata', async () => ({ value: null, metadata: null })), 'key'), [1, undefined, true]],
    ['a refusal', () => platform.kvDelete(2, kv('delete', () => Promise.reject(fault)), 'key'), [2, fault, false]],
    ['a fault before there is a promise', () => platform.kvPut(3, kv('put', () => { throw fault; }), 'key', ''), [3, fault, false]],
  ]) {
    assert.deepEqual(await toldOf(ask), [expected], story);
  }
  const [[number, unread, isKept]] = await toldOf(() => platform.take(4, { LIMIT: { limit: async () => undefined } }, 'LIMIT', 'by'));
  assert.deepEqual([number, unread.name, isKept], [4, 'TypeError', false], 'an answer of another shape');
  const [[, unbound, isBound]] = await toldOf(() => platform.take(5, {}, 'LIMIT', 'by'));
  assert.deepEqual([unbound.message, isBound], ['it is not bound', false]);
});

test('an instance hears what it asked, also when another has begun', async () => {
  const later = [];
  const told = await toldOf(() => {
    platform.kvValue(1, { get: async () => 'first' }, 'key');
    platform.tell((...all) => later.push(all));
    platform.kvValue(1, { get: async () => 'second' }, 'key');
  });
  assert.deepEqual([told, later], [[[1, 'first', true]], [[1, 'second', true]]]);
});

test('a promise comes to what is said of its number', async () => {
  const [kept, failed] = [platform.promise(0), platform.promise(1)];
  platform.settle(1, 'why', false);
  platform.settle(0, 'what', true);
  assert.equal(await kept, 'what');
  await assert.rejects(failed, (fault) => fault === 'why');
});

test('a body is read as far as it takes to see that it is too large', async () => {
  const chunk = new Uint8Array(10).fill(97);
  const streamed = (chunks) => {
    let left = chunks;
    const body = new ReadableStream({ pull: (to) => (left-- > 0 ? to.enqueue(chunk) : to.close()) });
    return new Request('https://shop.example/', { method: 'POST', body, duplex: 'half' });
  };
  const sizeOf = async (request) => {
    const [[, bytes, isKept]] = await toldOf(() => platform.readBody(1, request, 25));
    assert(isKept);
    return bytes.length;
  };
  assert.equal(await sizeOf(streamed(2)), 20);
  assert.equal(await sizeOf(streamed(1_000_000)), 30);
  assert.equal(await sizeOf(new Request('https://shop.example/', { method: 'POST' })), 0);
});

test('short texts are read as the platform reads them', () => {
  const decoder = new TextDecoder();
  for (const text of ['', 'plain', 'é', 'Jörg 🪁', 'x'.repeat(600), `${'x'.repeat(599)}é`]) {
    assert.equal(decoder.decode(new TextEncoder().encode(text)), text);
  }
});
