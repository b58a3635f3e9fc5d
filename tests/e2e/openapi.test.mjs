// The API's document: that it names every route and no other, is what it says it is, and is served. That answers fit it is held
// wherever a test asks, by tests/support/document.mjs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { document } from '../../openapi/document.mjs';
import { fits, schemaAt } from '../support/document.mjs';
import { askPrivately, makeContest, startStack } from '../support/stack.mjs';

const read = (file) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');

const OPERATIONS = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

/** A route by its shape. `lookup` stands in the place of an id. */
const shape = (method, segments) => `${method.toUpperCase()} /${segments.map((s) => (/^[:{]|^lookup$/.test(s) ? '*' : s)).join('/')}`;
const DOCUMENTED = new Set(OPERATIONS.map(({ path, method }) => shape(method, path.slice(1).split('/'))));

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test('every route is documented, and nothing that is none', async () => {
  const table = (await read('edge/src/routes.rs')).split('pub fn route')[1].split('impl Route')[0];
  const routes = [...table.matchAll(/\((Get|Post|Put|Delete),\s*\[([^\]]+)\]\)/g)].map(([, method, list]) =>
    shape(method, list.split(',').map((segment) => segment.trim()).filter(Boolean).map((s) => (s.startsWith('"') ? s.slice(1, -1) : ':'))));
  const ofReferrals = [...table.matchAll(/\((Get|Post), "([^"]+)"\)/g)].map(([, method, name]) => shape(method, ['api', 'referral', name]));
  assert(routes.length > 30 && ofReferrals.length > 5, 'the tables are read');
  assert.deepEqual([...DOCUMENTED].sort(), [...routes, ...ofReferrals].sort());
});

test('what docs/api.md tells people of is in the document', async () => {
  const told = [...(await read('docs/api.md')).matchAll(/^### `(\w+) \/(\S+)`/gm)].map(([, method, path]) => shape(method, path.split('/')));
  assert(told.length > 20, 'the titles are read');
  assert.deepEqual(told.filter((route) => !DOCUMENTED.has(route)), []);
});

test('it is OpenAPI 3.1, and no operation has the name of another', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert(valid, JSON.stringify(errors));
  assert.equal(document.openapi.slice(0, 3), '3.1');
  const names = OPERATIONS.map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length);
});

test('every operation says what it takes and answers, with an example that fits', () => {
  const held = (place, content) => Object.entries(content ?? {}).forEach(([type, { example }]) => {
    assert.notEqual(example, undefined, `${place.join(' ')} ${type} has no example`);
    schemaAt([...place, 'content', type, 'schema'])(example, place.join(' '));
  });
  for (const { path, method, operation } of OPERATIONS) {
    const place = ['paths', path, method];
    assert(operation.summary && document.tags.some(({ name }) => name === operation.tags[0]), place.join(' '));
    held([...place, 'requestBody'], operation.requestBody?.content);
    for (const [status, { content }] of Object.entries(operation.responses)) held([...place, 'responses', status], content);
  }
  for (const [name, { content }] of Object.entries(document.components.responses)) held(['components', 'responses', name], content);
});

test('it is served to everybody, as it is written', async () => {
  const served = await fetch(`${stack.origin}/api/openapi.json`);
  assert.deepEqual(await served.json(), JSON.parse(JSON.stringify(document)));
  assert.match(served.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(['cache-control', 'access-control-allow-origin'].map((name) => served.headers.get(name)), ['public, max-age=300', '*']);
  const page = await fetch(`${stack.origin}/docs/api/`);
  assert.match(page.headers.get('content-security-policy'), /script-src 'self';/);
});

test('an answer with a field, a status or a type of its own is noticed', async () => {
  const contest = await makeContest(stack);
  const path = `/api/v1/contests/${contest}`;
  const { status, headers, body } = await askPrivately(stack, 'GET', path);
  const settings = { ...body.data.settings, caps: {} };
  for (const [what, answer, error] of [
    ['a new field', { status, headers, body: { ...body, data: { ...body.data, colour: 'red' } } }, /must NOT have additional properties/],
    ['a field less', { status, headers, body: { ...body, data: { ...body.data, settings } } }, /perAdvocatePerDay/],
    ['another status', { status: 202, headers, body }, /the document does not know/],
    ['another type', { status, headers: new Headers({ 'content-type': 'text/html' }), body: '<p>' }, /as text\/html/],
    ['no time to wait', { status: 503, headers, body: { success: false, error: 'x' } }, /without Retry-After/],
  ]) {
    assert.throws(() => fits('GET', path, answer), error, what);
  }
  assert.throws(() => fits('PATCH', path, { status: 405, headers: new Headers({ allow: 'GET', 'content-type': 'application/json' }), body: { success: false, error: 'x' } }), /GET/);
});
