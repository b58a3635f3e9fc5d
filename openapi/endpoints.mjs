// Where events go, and what became of each.

import { lines, time } from './fields.mjs';
import { area, body, created, data, PAGE, page, PRIVATE_KEY } from './operation.mjs';
import { answered, boolean, described, list, named, oneOf, orNull, sent } from './schema.mjs';

const { get, post, put, delete: remove } = area('Webhooks out');

const events = list(oneOf('visit.tracked', 'signup.tracked', 'purchase.tracked', 'purchase.refunded', 'points.awarded'));
const which = described(events, 'None are all.');
const endpointId = { type: 'string', pattern: '^wh_[0-9a-f]{16}$' };
const eventId = described({ type: 'string', pattern: '^evt_[0-9a-f]{32}$' }, 'The `webhook-id` of all its attempts.');
const fields = {
  id: endpointId, url: { type: 'string' }, events: which, description: { type: 'string' }, enabled: described(boolean, 'While it is not, nothing is sent.'), createdAt: time,
};
const endpoint = named('WebhookEndpoint', answered(fields));
const secret = described({ type: 'string', pattern: '^whsec_[A-Za-z0-9+/]{32}$' }, 'What its messages are signed with. Shown this once, and stored sealed.');
const withSecret = named('WebhookEndpointWithSecret', answered({ ...fields, secret }));
const crm = {
  id: 'wh_0123456789abcdef', url: 'https://shop.example/webhooks', events: ['signup.tracked', 'purchase.tracked'], description: 'CRM', enabled: true,
  createdAt: '2026-11-24T18:00:00.000Z',
};
const crmWithSecret = { ...crm, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };

/** What a developer's machine takes. `]` ends an address of IPv6, in which a colon begins no port. */
const HOST = '!$&-.0-9;=A-\\[^-~';
const PORT = '0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const ADDRESS = `^https?://([${HOST}]+|[${HOST}:]*\\][${HOST}\\]]*)(:${PORT})?([/?#][!#-;=?-\\[\\]-~]*)?$`;
const url = described({ type: 'string', maxLength: 2048, pattern: ADDRESS, examples: [crm.url] }, 'Public, over https (anywhere on a developer\'s machine), once a contest.');
const changes = { events: which, description: lines(2000), enabled: boolean };

const attempt = answered({
  at: time, attempt: described({ type: 'integer', minimum: 1 }, 'Which it was; a replay begins with 1.'),
  status: described(orNull({ type: 'integer' }), "The answer's, if there was one."), error: described(orNull({ type: 'string' }), 'Why there was none.'),
  ms: described({ type: 'integer', minimum: 0 }, 'Milliseconds until then.'),
});
const outcome = oneOf('delivered', 'retrying', 'failed');
const delivery = named('WebhookDelivery', answered({
  id: eventId, type: described({ type: 'string' }, 'The event\'s, or `endpoint.test`.'), status: outcome, nextAttemptAt: orNull(time), attempts: list(attempt, { minItems: 1 }),
}));
const id = 'evt_4528decec338e032675ca51a24054b91';
const delivered = {
  id, type: 'signup.tracked', status: 'delivered', nextAttemptAt: null,
  attempts: [{ at: '2026-11-24T18:00:01.000Z', attempt: 1, status: 204, error: null, ms: 40 }],
};
const sentOff = answered({ deliveryId: eventId });

const ENDPOINT = '`Contest not found`, `Webhook endpoint not found`';
const TAKEN = 'Another endpoint has this URL, or there are ten';
const DISABLED = 'The endpoint is disabled';
const at = '/api/v1/contests/{contestId}/webhooks';

export default [
  get(at, 'listWebhooks', { summary: 'Where events are sent', description: 'Without the secrets.', by: PRIVATE_KEY, query: PAGE, answers: { 200: page(endpoint, crm) } }),
  post(at, 'createWebhook', {
    summary: 'Send events to a URL', description: 'Signed as Standard Webhooks. At most ten a contest.', by: PRIVATE_KEY,
    body: body(sent({ url }, changes), { url: crm.url, events: crm.events, description: crm.description }),
    answers: { 201: created(withSecret, crmWithSecret) }, refusals: { 409: TAKEN, 501: true },
  }),
  put(`${at}/{endpointId}`, 'changeWebhook', {
    summary: 'Change where, which and whether', description: 'What is left out stays. A secret that is replaced signs for another day.', by: PRIVATE_KEY,
    body: body(sent({}, { url, ...changes, rotateSecret: described(boolean, 'The answer has a new secret.') }), { enabled: false }),
    answers: { 200: data({ anyOf: [endpoint, withSecret] }, { ...crm, enabled: false }) }, refusals: { 404: ENDPOINT, 409: TAKEN },
  }),
  remove(`${at}/{endpointId}`, 'deleteWebhook', {
    summary: 'Send nothing there any more', by: PRIVATE_KEY,
    answers: { 200: data(answered({ id: endpointId, deleted: { const: true } }), { id: crm.id, deleted: true }) }, refusals: { 404: ENDPOINT },
  }),
  post(`${at}/{endpointId}/test`, 'testWebhook', {
    summary: 'Send an event to see whether it arrives', description: 'An `endpoint.test`, the way that all go.', by: PRIVATE_KEY,
    answers: { 201: created(sentOff, { deliveryId: id }) }, refusals: { 404: ENDPOINT, 409: DISABLED, 501: true },
  }),
  get(`${at}/{endpointId}/deliveries`, 'listWebhookDeliveries', {
    summary: 'What was sent, and what was answered', description: 'What was tried last comes first. All are listed for 30 days.', by: PRIVATE_KEY,
    query: { ...PAGE, status: outcome }, answers: { 200: page(delivery, delivered) }, refusals: { 404: ENDPOINT },
  }),
  post(`${at}/{endpointId}/deliveries/{deliveryId}/replay`, 'replayWebhookDelivery', {
    summary: 'Send an event again', description: 'Under its id, from the first attempt on.', by: PRIVATE_KEY,
    answers: { 200: data(sentOff, { deliveryId: id }) }, refusals: { 404: '`Contest not found`, `Webhook endpoint not found`, `Delivery not found`', 409: DISABLED, 501: true },
  }),
];
