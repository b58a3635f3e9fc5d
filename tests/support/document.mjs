// Holds every answer that a test gets from the API against its document: status, type, headers and body.

import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { document } from '../../openapi/document.mjs';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
formats(ajv);
// Words for people; what they stand for is the server's to check.
for (const format of ['idn-email', 'iso-4217']) ajv.addFormat(format, true);
// A document is no schema itself, and those in it refer to each other by their places in it.
ajv.addVocabulary(Object.keys(document));
ajv.addSchema(document, 'document');

/** Checks values against the schema at a place in the document: `['components', 'schemas', 'Entry']`. */
export function schemaAt(place) {
  const pointer = place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const id = `document#/${pointer}`;
  const check = ajv.getSchema(id);
  assert(check, `the document has no ${id}`);
  return (value, what) => assert(check(value), `${what}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(value)?.slice(0, 2000)}`);
}

/** What the document names of its own comes first: `/entries/lookup` is no id. */
const PATHS = Object.keys(document.paths)
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => [path, new RegExp(`^${path.replace(/{\w+}/g, '[^/]*')}$`)]);

const component = ({ $ref }) => $ref.split('/').slice(1);

/** Fails where the document does not say that this may be answered. */
export function fits(method, address, { status, headers, body }) {
  const path = address.split('?')[0];
  if (!/^\/(api|r|c)\//.test(path)) return;
  const [template] = PATHS.find(([, pattern]) => pattern.test(path)) ?? [];
  const what = `${method} ${template ?? path} is answered ${status}`;
  if (!template) return answered(['components', 'responses', 'Refused404'], what, { headers, body }, status === 404);
  const methods = ['GET', 'POST', 'PUT', 'DELETE'].filter((name) => name.toLowerCase() in document.paths[template]);
  if (method === 'OPTIONS') return assert.deepEqual([status, body], [204, undefined], what);
  if (!methods.includes(method)) {
    answered(['components', 'responses', 'Refused405'], what, { headers, body }, status === 405);
    return assert.equal(headers.get('allow'), [...methods, 'OPTIONS'].join(', '), what);
  }
  const place = ['paths', template, method.toLowerCase(), 'responses', String(status)];
  const response = place.reduce((within, name) => within?.[name], document);
  assert(response, `${what}, which the document does not know`);
  answered(response.$ref ? component(response) : place, what, { headers, body });
}

/** One answer, by the place at which the document describes it. */
function answered(place, what, { headers, body }, isExpected = true) {
  assert(isExpected, `${what}, which is not as documented`);
  const response = place.reduce((within, name) => within[name], document);
  for (const [name, { required, schema }] of Object.entries(response.headers ?? {})) {
    const value = headers.get(name);
    assert(value !== null || !required, `${what} without ${name}`);
    if (value !== null) schemaAt([...place, 'headers', name, 'schema'])(schema.type === 'integer' ? Number(value) : value, `${what}, ${name}`);
  }
  if (!response.content) return assert.equal(body, undefined, `${what} with a body`);
  const type = headers.get('content-type')?.split(';')[0];
  assert(type in response.content, `${what} as ${type}`);
  schemaAt([...place, 'content', type, 'schema'])(body, what);
}
