// API keys.

import { hex, someText, time, token } from './fields.mjs';
import { area, body, created, data, PAGE, page, PRIVATE_KEY } from './operation.mjs';
import { answered, described, named, oneOf, sent } from './schema.mjs';

const { get, post, delete: remove } = area('Keys');

const kind = described(oneOf('public', 'private'), 'A public key may stand in a page: it reads, with addresses masked, and completes bonus actions. A private one does everything.');
const fields = { id: described(hex(16), "The first 16 characters of the key's SHA-256 in hexadecimal, so that whoever has a key finds it in the list."), kind, team: token, name: { type: 'string' }, createdAt: time };
const listed = named('Key', answered(fields));
const mine = { id: '9f86d081884c7d65', kind: 'public', team: 'acme', name: 'the page', createdAt: '2026-11-24T18:00:00.000Z' };

export default [
  get('/api/v1/keys', 'listKeys', { summary: "The team's keys", description: 'Without the keys themselves.', by: PRIVATE_KEY, query: PAGE, answers: { 200: page(listed, mine) } }),
  post('/api/v1/keys', 'createKey', {
    summary: 'Make a key', description: "For the key's own team, or for any with the deployment's `ADMIN_TOKEN`.",
    by: { ...PRIVATE_KEY, security: [...PRIVATE_KEY.security, { adminToken: [] }] },
    body: body(
      sent({ kind }, { name: described(someText(200), 'For you.'), team: described(token, "With `ADMIN_TOKEN` it has to be there; with a key it is the key's own.") }),
      { kind: 'public', name: 'the page' },
    ),
    answers: {
      201: created(answered({ ...fields, key: described({ type: 'string', pattern: '^rk_(pub|priv)_[0-9a-f]{48}$' }, 'Shown this once: only its hash is stored.') }), {
        ...mine, key: 'rk_pub_000102030405060708090a0b0c0d0e0f1011121314151617',
      }),
    },
  }),
  remove('/api/v1/keys/{keyId}', 'revokeKey', {
    summary: 'Revoke a key', description: 'It opens nothing any more, within about a minute everywhere.', by: PRIVATE_KEY,
    answers: { 200: data(answered({ id: hex(16), revoked: { const: true } }), { id: mine.id, revoked: true }) },
    refusals: { 404: 'Key not found' },
  }),
];
