// Webhooks as they really come: signed by Stripe's own library, over the raw body, to the real Workers runtime.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import Stripe from 'stripe';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

const stripe = new Stripe('sk_test_none');
const OLD = 'whsec_the_old_one';
const NEW = 'whsec_the_new_one';
const SHOPIFY = 'shpss_secret';
const SITE = 'the-site-secret';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const points = { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1 } } };
const secrets = { webhookSecret: SITE, stripe: { signingSecrets: [OLD, NEW] }, shopify: { secret: SHOPIFY } };
const open = (settings) => makeContest(stack, { settings: { points, ...secrets, ...settings } });
const now = () => Math.floor(Date.now() / 1000);

/** Delivers an event as Stripe does; `data` of the answer, or the whole of a refusal. */
async function deliver(contest, event, { secret = NEW, timestamp = now(), header, sent = JSON.stringify(event, null, 2) } = {}) {
  const signature = header ?? stripe.webhooks.generateTestHeaderString({ payload: JSON.stringify(event, null, 2), secret, timestamp });
  const headers = { 'content-type': 'application/json; charset=utf-8', ...(signature ? { 'stripe-signature': signature } : {}) };
  const { status, body } = await ask(stack, 'POST', `/api/webhooks/stripe/${contest}`, sent, headers);
  return [status, body.data ?? body.error];
}

const event = (type, object, more) => ({ id: 'evt_1', object: 'event', type, created: now(), livemode: true, data: { object }, ...more });
const checkout = (more) => ({
  id: 'cs_live_1', object: 'checkout.session', mode: 'payment', payment_status: 'paid', amount_total: 11_900, currency: 'usd',
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 1_900 }, customer: null, customer_email: null,
  customer_details: { email: 'joé@example.com', name: 'Joé' }, client_reference_id: CODE, metadata: {}, payment_intent: 'pi_1', invoice: null,
  subscription: null, ...more,
});
const bill = (more) => ({
  id: 'in_1', object: 'invoice', billing_reason: 'subscription_create', amount_paid: 11_900, total: 11_900, total_excluding_tax: 10_000,
  currency: 'usd', customer: 'cus_1', customer_email: 'joé@example.com',
  parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata: {} } }, ...more,
});
const charge = (amount_refunded) => ({ id: 'ch_1', object: 'charge', payment_intent: 'pi_1', amount: 11_900, amount_refunded, currency: 'usd' });
const dispute = (status) => ({ id: 'dp_1', object: 'dispute', charge: 'ch_1', payment_intent: 'pi_1', status, created: now() });
const subscribed = { mode: 'subscription', payment_intent: null, subscription: 'sub_1', customer: 'cus_1', invoice: 'in_1' };
const recorded = (what) => [200, { recorded: what }];
const ignored = (why) => [200, { ignored: why }];

test('a sale through Stripe, its refunds and its dispute', async () => {
  const contest = await open();
  const jane = async () => (await board(stack, contest))[0][1];
  assert.deepEqual(await deliver(contest, event('checkout.session.completed', checkout({ payment_status: 'unpaid' }))), ignored('not paid yet'));
  assert.equal(await jane(), 0);
  const paid = event('checkout.session.async_payment_succeeded', checkout());
  const twenty = await Promise.all(Array.from({ length: 20 }, () => deliver(contest, paid)));
  assert(twenty.every(([status]) => status === 200));
  assert.equal(await jane(), 100, 'without tax, and once');
  for (const [type, object, left] of [
    ['charge.refunded', charge(2_975), 75],
    ['charge.refunded', charge(5_950), 50],
    ['charge.refunded', charge(2_975), 50],
    ['charge.dispute.created', dispute('needs_response'), 0],
    ['charge.dispute.closed', dispute('won'), 50],
    ['charge.refunded', charge(11_900), 0],
  ]) {
    assert.equal((await deliver(contest, event(type, object)))[0], 200);
    assert.equal(await jane(), left, `${type} ${object.amount_refunded ?? object.status}`);
  }
});

test('a subscription: the first invoice is the Session\'s money, each that follows is an order', async () => {
  const contest = await open();
  const link = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { type: 'payment_intent', payment_intent: 'pi_1' } };
  // The wrong way round: what goes back comes first.
  assert.deepEqual(await deliver(contest, event('charge.refunded', charge(5_950))), recorded('refund'));
  assert.deepEqual(await deliver(contest, event('invoice_payment.paid', link)), recorded('link'));
  assert.deepEqual(await deliver(contest, event('invoice.paid', bill())), ignored('nobody referred this buyer'));
  assert.deepEqual(await deliver(contest, event('checkout.session.completed', checkout(subscribed))), recorded('purchase'));
  assert.deepEqual(await deliver(contest, event('invoice.paid', bill())), recorded('purchase'));
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 50]]);
  const old = { parent: null, subscription: 'sub_1', payment_intent: 'pi_3', charge: 'ch_3', customer_email: 'moved@example.com' };
  for (const more of [{ id: 'in_2' }, { id: 'in_3', ...old }]) {
    const renewed = event('invoice.paid', bill({ billing_reason: 'subscription_cycle', ...more }));
    assert.deepEqual(await deliver(contest, renewed), recorded('purchase'));
    assert.deepEqual(await deliver(contest, renewed), recorded('purchase'));
  }
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 250]]);
});

test('amounts in yen, dinars and krónur', async () => {
  for (const [currency, amount, earned] of [['jpy', 1_200, 1_200], ['kwd', 10_500, 11], ['isk', 150_000, 1_500]]) {
    const contest = await open();
    const sale = checkout({ amount_total: amount, total_details: { amount_tax: 0 }, currency });
    assert.deepEqual(await deliver(contest, event('checkout.session.completed', sale)), recorded('purchase'));
    assert.deepEqual(await board(stack, contest), [['Jane Doe', earned]], currency);
  }
});

test('who brought a buyer: the reference, the metadata, or the buyer\'s address', async () => {
  for (const [what, more, before, expected] of [
    ['the metadata', { client_reference_id: null, metadata: { referral_code: CODE.toLowerCase() } }, false, recorded('purchase')],
    ['a reference that is no code', { client_reference_id: 'cart_17', metadata: { referral_code: CODE } }, false, recorded('purchase')],
    ['the address', { client_reference_id: null }, true, recorded('purchase')],
    ['nobody', { client_reference_id: null }, false, ignored('nobody referred this buyer')],
    ['nobody known', { client_reference_id: 'REF-NOBODY' }, false, ignored('nobody referred this buyer')],
  ]) {
    const contest = await open();
    if (before) await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'JOÉ@example.com', referralCode: CODE });
    assert.deepEqual(await deliver(contest, event('checkout.session.completed', checkout(more))), expected, what);
    const earned = (before ? 10 : 0) + (expected[1].recorded ? 100 : 0);
    assert.equal((await board(stack, contest))[0][1], earned, what);
  }
});

test('only what Stripe has signed just now is taken', async () => {
  const contest = await open();
  const sale = event('checkout.session.completed', checkout());
  const refused = [401, 'Missing or invalid Stripe signature'];
  const sign = (secret, timestamp = now()) =>
    stripe.webhooks.generateTestHeaderString({ payload: JSON.stringify(sale, null, 2), secret, timestamp });
  for (const [what, how] of [
    ['another secret', { secret: 'whsec_another' }],
    ['too old', { timestamp: now() - 330 }],
    ['too new', { timestamp: now() + 330 }],
    ['no signature', { header: '' }],
    ['written anew', { sent: JSON.stringify(sale) }],
    ['another scheme', { header: sign(NEW).replace('v1=', 'v0=') }],
    ['another time', { header: sign(NEW).replace(/t=\d+/, `t=${now() - 10}`) }],
  ]) {
    assert.deepEqual(await deliver(contest, sale, how), refused, what);
  }
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 0]]);
  for (const [what, how] of [
    ['the old secret', { secret: OLD }],
    ['the new secret', { secret: NEW }],
    ['both at once', { header: `${sign('whsec_another')},${sign(NEW).split(',').find((part) => part.startsWith('v1='))}` }],
    ['behind', { timestamp: now() - 270 }],
    ['ahead', { timestamp: now() + 270 }],
  ]) {
    assert.deepEqual(await deliver(contest, sale, how), recorded('purchase'), what);
  }
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 100]]);
  const late = event('checkout.session.completed', checkout({ id: 'cs_late', payment_intent: 'pi_9' }), { created: now() - 3 * 86_400 });
  assert.deepEqual(await deliver(contest, late), recorded('purchase'), 'a retry three days late');
});

test('test mode and unknown events are ignored, and test mode may be let in', async () => {
  const contest = await open();
  const trial = event('checkout.session.completed', checkout(), { livemode: false });
  assert.deepEqual(await deliver(contest, trial), ignored('test mode'));
  assert.deepEqual(await deliver(contest, event('payment_intent.succeeded', { id: 'pi_1' })), ignored('event type'));
  await askPrivately(stack, 'PUT', `/api/v1/contests/${contest}`, { settings: { stripe: { testMode: true } } });
  assert.deepEqual(await deliver(contest, trial), recorded('purchase'));
});

test('Shopify: customer, order and refund', async () => {
  const contest = await open();
  const send = async (topic, body, secret = SHOPIFY) => {
    const sent = JSON.stringify(body);
    const hmac = createHmac('sha256', secret).update(sent).digest('base64');
    const headers = { 'x-shopify-hmac-sha256': hmac, 'x-shopify-topic': topic };
    const answer = await ask(stack, 'POST', `/api/webhooks/shopify/${contest}`, sent, headers);
    return [answer.status, answer.body.data ?? answer.body.error];
  };
  const paid = { id: 5_001, email: 'joe@example.com', currency: 'USD', total_price: '119.00', total_tax: '19.00', landing_site: `/?ref=${CODE}` };
  assert.deepEqual(await send('orders/paid', paid, 'another'), [401, 'Missing or invalid Shopify signature']);
  assert.deepEqual(await send('customers/create', { email: 'joe@example.com', first_name: 'Joe', note: `referral_code: ${CODE}` }), recorded('signup'));
  assert.deepEqual(await send('orders/paid', paid), recorded('purchase'));
  const transactions = [{ kind: 'refund', status: 'success', amount: '59.50', currency: 'USD' }];
  assert.deepEqual(await send('refunds/create', { id: 1, order_id: 5_001, transactions }), recorded('refund'));
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 60], ['Joe', 5]]);
});

test('a form and a server that know the secret', async () => {
  const contest = await open();
  const send = (kind, body, headers = { 'x-webhook-secret': SITE }) => ask(stack, 'POST', `/api/webhooks/${kind}/${contest}`, body, headers);
  const signup = await send('signup', { email: 'joe@example.com', name: 'Joe', referralCode: CODE, secret: SITE }, {});
  assert.deepEqual([signup.status, signup.body.data], [201, {
    entryId: signup.body.data.entryId, email: 'joe@example.com', alreadyExists: false, isReferred: true, pointsAwarded: { advocate: 10, friend: 5 },
  }]);
  const order = { email: 'joe@example.com', orderId: '1001', amount: 79.99 };
  const bought = await send('purchase', order);
  assert.deepEqual([bought.status, bought.body.data], [201, {
    purchaseId: bought.body.data.purchaseId, entryId: signup.body.data.entryId, pointsAwarded: 80, alreadyExists: false,
    message: 'Purchase recorded successfully',
  }]);
  assert.equal((await send('purchase', order)).body.data.alreadyExists, true);
  assert.deepEqual([(await send('purchase', order, {})).status, (await send('signup', order, { 'x-webhook-secret': 'guess' })).body.error], [401, 'Missing or invalid webhook secret']);
});

test('no secret is ever shown', async () => {
  const contest = await open();
  const { body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}`);
  assert.deepEqual([body.data.settings.webhookSecret, body.data.settings.stripe, body.data.settings.shopify], [
    { set: true }, { signingSecrets: { set: true, count: 2 }, testMode: false }, { secret: { set: true }, testMode: false },
  ]);
  const exported = await ask(stack, 'GET', `/api/v1/contests/${contest}/export?format=json`, undefined, { 'x-api-key': stack.key });
  for (const secret of [SITE, OLD, NEW, SHOPIFY]) {
    assert(!JSON.stringify([body, exported.body]).includes(secret));
  }
});
