// All that a deployment keeps, to take along and to bring.

import { area, body, data } from './operation.mjs';
import { answered, described, oneOf, sent } from './schema.mjs';

const { get, put } = area('Ledger');

const OWNER = { security: [{ adminToken: [] }], refusals: { 401: 'Missing or invalid `ADMIN_TOKEN`' }, words: "Takes the deployment's `ADMIN_TOKEN`." };
const kind = described(oneOf('kv', 'durable'), 'Which ledger, in use or not. Without it, the one in use.');
const entry = {
  type: 'array', minItems: 4, maxItems: 4, description: 'Name, value, metadata, and until when it is kept, in milliseconds since 1970.',
  prefixItems: [{ type: 'string', minLength: 3, maxLength: 512, pattern: '/' }, { type: 'string' }, {}, { type: ['integer', 'null'] }],
};
const entries = { type: 'array', items: entry, maxItems: 800 };
const example = [['team/acme/contest/summer', '{}', null, null]];

export default [
  get('/api/v1/ledger', 'takeLedger', {
    summary: 'Take along what is kept',
    description: 'A part of it, and the cursor of the next. It holds names, addresses, and hashes of keys. In Durable Objects, what belongs to a contest is under prefixes that name it: `fact/CONTEST/`.',
    by: OWNER,
    query: { in: kind, prefix: described({ type: 'string' }, 'What the names begin with.'), cursor: described({ type: 'string' }, 'Where the part before has ended.') },
    answers: { 200: data(answered({ in: oneOf('kv', 'durable'), cursor: { type: ['string', 'null'] }, entries }), { in: 'kv', cursor: null, entries: example }) },
  }),
  put('/api/v1/ledger', 'bringLedger', {
    summary: 'Bring what was taken along', description: 'A fact that is there already stays. The body may have a megabyte.', by: OWNER,
    query: { in: kind, missing: described(oneOf('true', 'false'), 'Whether all else that is there stays, too.') },
    body: body(sent({ entries }), { entries: example }),
    answers: { 200: data(answered({ in: oneOf('kv', 'durable'), brought: { type: 'integer', minimum: 0, maximum: 800 } }), { in: 'kv', brought: 1 }) },
  }),
];
