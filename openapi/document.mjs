// The whole document. A route is added in the file of its area; tests/e2e/openapi.test.mjs says when one is missing, and every
// answer that any test gets is held against it.

import { readFileSync } from 'node:fs';
import contests from './contests.mjs';
import endpoints from './endpoints.mjs';
import entries from './entries.mjs';
import keys from './keys.mjs';
import ledger from './ledger.mjs';
import { responses } from './operation.mjs';
import orders from './orders.mjs';
import referral from './referral.mjs';
import { schemas } from './schema.mjs';
import webhooks from './webhooks.mjs';

const [, version] = readFileSync(new URL('../Cargo.toml', import.meta.url), 'utf8').match(/^version = "(.+)"$/m);

const paths = {};
for (const { path, method, operation } of [...referral, ...contests, ...entries, ...orders, ...keys, ...ledger, ...webhooks, ...endpoints]) {
  paths[path] = { ...paths[path], [method]: operation };
}

const description = `What a shopper's browser calls, what a contest's owner calls, and what Stripe, Shopify and a site's own forms report.

* **A key** stands in the header \`x-api-key\`, or in the query as \`apiKey\`. It opens the contests of its team; another team's are 404.
* **Bodies** are JSON objects of at most 16 KiB. Fields that nobody knows are ignored, but in \`settings\`. \`null\` is the same as left out.
* **Answers** are \`{"success": true, "data": …}\`, errors \`{"success": false, "error": "…"}\` with \`field\` where one is at fault.
* **Money** is in major units (79.99), points are whole numbers, times are RFC 3339 in UTC.
* **Again** is safe: the same signup, order, refund or bonus counts once, and is answered \`"alreadyExists": true\`.
* **Another method** than those of a path is 405 with \`Allow\`. \`HEAD\` is \`GET\` without the body. CORS is open on all of it.`;

/** The OpenAPI document, as it is served at `/api/openapi.json`. */
export const document = {
  openapi: '3.1.1',
  info: { title: 'RocketTracker', version, description, license: { name: 'Apache-2.0 OR MIT', identifier: 'Apache-2.0 OR MIT' } },
  servers: [{ url: '/', description: 'The deployment that this document is from' }],
  tags: [
    { name: 'Referral', description: "What a shopper's browser calls. It needs no key." },
    { name: 'Contests', description: 'Contests, how they stand, and what they hold to take along.' },
    { name: 'Entries', description: 'Participants, their points and their places.' },
    { name: 'Orders', description: "What a site's own server reports." },
    { name: 'Keys', description: 'They belong to a team.' },
    { name: 'Ledger', description: 'All that a deployment keeps, for its owner: `cargo xtask ledger`.' },
    { name: 'Webhooks in', description: "What Stripe, Shopify and a site's own forms report." },
    { name: 'Webhooks out', description: "What a contest's owner is told of, and where." },
  ],
  paths,
  components: {
    schemas,
    responses,
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: '`rk_priv_…` or `rk_pub_…`' },
      apiKeyInQuery: { type: 'apiKey', in: 'query', name: 'apiKey', description: 'The same, where no header can be set.' },
      adminToken: { type: 'http', scheme: 'bearer', description: "The deployment's `ADMIN_TOKEN`, which makes the first key, and takes along all that is kept." },
      webhookSecret: { type: 'apiKey', in: 'header', name: 'x-webhook-secret', description: "The contest's `webhookSecret`." },
      stripeSignature: { type: 'apiKey', in: 'header', name: 'Stripe-Signature', description: '`t=…,v1=…`: Stripe signs the body, and its time may differ by 300 s.' },
      shopifySignature: { type: 'apiKey', in: 'header', name: 'X-Shopify-Hmac-Sha256', description: 'Shopify signs the body.' },
    },
  },
};
