// What those report who have no browser: a site's own forms and servers, Stripe, Shopify.

import { alreadyExists, email, entryId, givenCode, isReferred, name, phone, purchaseId, sale, shares, something } from './fields.mjs';
import { area, body, created, data } from './operation.mjs';
import { answered, described, oneOf, orNull, sent } from './schema.mjs';

const { post } = area('Webhooks in');

const CLOSED = 'The contest is over, paused, a draft or without referral tracking';
const UNKNOWN = '`Contest not found`, `Referral code not found`';
const SECRET = { security: [{ webhookSecret: [] }], refusals: { 401: 'Missing or invalid webhook secret' } };
const STRIPE = { security: [{ stripeSignature: [] }], refusals: { 401: 'Missing or invalid Stripe signature' } };
const SHOPIFY = { security: [{ shopifySignature: [] }], refusals: { 401: 'Missing or invalid Shopify signature' } };

const secret = { secret: { description: "The contest's `webhookSecret`, where no header can be set." } };

const signup = answered({ entryId, email: { type: 'string' }, alreadyExists, isReferred, pointsAwarded: shares });
const signedUp = { entryId: '4528decec338e032675ca51a24054b91', email: 'joe@example.com', alreadyExists: false, isReferred: true, pointsAwarded: { advocate: 10, friend: 5 } };
const purchase = answered({
  purchaseId, entryId: described(orNull(entryId), '`null`: nobody referred the buyer, and nothing was kept.'),
  pointsAwarded: described({ type: 'integer', minimum: 0 }, 'Both shares together.'), alreadyExists, message: { type: 'string' },
});
const purchased = {
  purchaseId: 'ec4578fc5b8aa59d0cefa43bb3c78eeb', entryId: signedUp.entryId, pointsAwarded: 80, alreadyExists: false, message: 'Purchase recorded successfully',
};

const outcome = data(
  { anyOf: [answered({ recorded: oneOf('purchase', 'buyer', 'link', 'refund', 'dispute', 'signup') }), answered({ ignored: described({ type: 'string' }, 'Why it is of no use here.') })] },
  { recorded: 'purchase' }, 'It is stored, was before, or is of no use.',
);
const event = (words, example, fields = {}) => body(described(sent(fields), words), example);
const LARGE = 'The body is over 1 MiB';
const INVALID = 'It is authentic, and a field is missing or wrong';

export default [
  post('/api/webhooks/signup/{contestId}', 'reportSignup', {
    summary: 'A form of yours reports a signup', by: SECRET,
    body: body(sent({ email }, { name, phone, referralCode: givenCode, ...secret }), { email: 'joe@example.com', name: 'Joe', referralCode: 'REF-XYZ789' }),
    answers: { 201: created(signup, signedUp), 200: data(signup, { ...signedUp, alreadyExists: true, pointsAwarded: { advocate: 0, friend: 0 } }) },
    refusals: { 400: INVALID, 403: CLOSED, 404: UNKNOWN, 410: true },
  }),
  post('/api/webhooks/purchase/{contestId}', 'reportOrder', {
    summary: 'A server of yours reports an order', by: SECRET,
    body: body(sale({ referralCode: givenCode, ...secret }), { email: 'joe@example.com', orderId: '1001', amount: 79.99, currency: 'USD' }),
    answers: { 201: created(purchase, purchased), 200: data(purchase, { ...purchased, alreadyExists: true, pointsAwarded: 0, message: 'Purchase was recorded before' }) },
    refusals: { 400: INVALID, 403: CLOSED, 404: UNKNOWN },
  }),
  post('/api/webhooks/stripe/{contestId}', 'reportByStripe', {
    summary: 'Stripe reports an event', description: 'Payments, invoices, refunds and disputes; any other is ignored.', by: STRIPE,
    body: event('An event as Stripe sends it.', { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded', created: 1_795_543_200, livemode: true, data: { object: { id: 'pi_1' } } }, { type: something }),
    answers: { 200: outcome }, refusals: { 400: INVALID, 413: LARGE },
  }),
  post('/api/webhooks/shopify/{contestId}', 'reportByShopify', {
    summary: 'Shopify reports an event', by: SHOPIFY,
    headers: { 'X-Shopify-Topic': described({ type: 'string' }, '`customers/create`, `orders/paid` or `refunds/create`; any other is ignored.') },
    body: event('A customer, an order or a refund as Shopify sends it.', { id: 5001, email: 'joe@example.com', currency: 'USD', total_price: '119.00', total_tax: '19.00', landing_site: '/?ref=REF-XYZ789' }),
    answers: { 200: outcome }, refusals: { 400: INVALID, 413: LARGE },
  }),
];
