// Orders that a site's own server reports, and what goes back of them.

import { alreadyExists, amount, eventId, orderId, purchaseId, sale, shares } from './fields.mjs';
import { area, body, created, data, PRIVATE_KEY } from './operation.mjs';
import { purchase, purchased } from './referral.mjs';
import { answered, described, sent } from './schema.mjs';

const { post } = area('Orders');

const refund = answered({
  purchaseId, pointsTakenBack: shares, left: described({ type: 'number', minimum: 0 }, 'What is left of the amount, in major units.'),
  currency: { type: 'string', pattern: '^[A-Z]{3}$' }, alreadyExists,
});
const refunded = { purchaseId: purchased.purchaseId, pointsTakenBack: { advocate: 20, friend: 0 }, left: 59.99, currency: 'USD', alreadyExists: false };
const nothing = { advocate: 0, friend: 0 };

export default [
  post('/api/v1/contests/{contestId}/purchases', 'reportPurchase', {
    summary: 'Report an order', by: PRIVATE_KEY,
    description: 'Of an entry, or of a buyer who came through a link. An order that several sources report counts once, with what the most trusted of them says; this confirms a `pending` one.',
    body: body(sale(), { orderId: '1001', amount: 79.99, currency: 'USD', email: 'joe@example.com' }),
    answers: {
      201: created(purchase, purchased),
      200: data(purchase, { ...purchased, alreadyExists: true, pointsAwarded: nothing, message: 'Purchase was recorded before' }),
    },
    refusals: { 403: 'A public key; or the contest is over, paused, a draft or without referral tracking', 404: '`Contest not found`, `Entry not found`' },
  }),
  post('/api/v1/contests/{contestId}/refunds', 'reportRefund', {
    summary: 'Report what went back of an order', by: PRIVATE_KEY,
    description: 'Takes points back in proportion, rounded half up. Refunds of one order add up. The same `eventId` is one refund; without one, the same amount is.',
    body: body(
      sent({ orderId }, { amount: described(amount, "In the order's currency and at most what it cost; all of it if left out."), eventId }),
      { orderId: '1001', amount: 20, eventId: 'refund-1' },
    ),
    answers: { 201: created(refund, refunded), 200: data(refund, { ...refunded, pointsTakenBack: nothing, alreadyExists: true }) },
    refusals: { 404: '`Contest not found`, `Purchase not found`' },
  }),
];
