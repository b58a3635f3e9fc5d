// Every route's bad inputs in one table: each is told what is wrong and where, and nothing is stored.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const VISIT = '/api/referral/track-visit';
const SIGNUP = '/api/referral/track-signup';
const PURCHASE = '/api/referral/track-purchase';
const CONTESTS = '/api/v1/contests';
const ENTRIES = '/api/v1/contests/open/entries';
const IMPORT = '/api/v1/contests/open/import';
const KEYS = '/api/v1/keys';
const CHANGE = 'PUT /api/v1/contests/open';
const SALES = '/api/v1/contests/open/purchases';
const REFUNDS = '/api/v1/contests/open/refunds';
const ENTRY = 'PUT /api/v1/entries/:jane';
const DISQUALIFY = '/api/v1/entries/:jane/disqualify';
const POINTS = '/api/v1/entries/:jane/points';
const FORM_SIGNUP = '/api/webhooks/signup/open';
const FORM_PURCHASE = '/api/webhooks/purchase/open';
const STRIPE = '/api/webhooks/stripe/open';
const SHOPIFY = '/api/webhooks/shopify/open';
const COMPLETE = '/api/v1/entries/lookup/bonus-actions/follow/complete';

const visit = { contestId: 'open', referralCode: CODE };
const signup = { contestId: 'open', email: 'joe@example.com' };
const purchase = { contestId: 'open', orderId: '1001', amount: 10, email: 'joe@example.com', referralCode: CODE };
const contest = { title: 'Another' };
const entry = { email: 'joe@example.com' };
const participants = { participants: [{ email: 'joe@example.com' }] };
const key = { kind: 'public' };
const sale = { orderId: '1001', amount: 10, email: 'jane@example.com' };
const refund = { orderId: 'sold', amount: 1 };
const change = { title: 'Another' };
const person = { name: 'Jane' };
const disqualification = { disqualified: true };
const points = { points: 5 };
const site = { secret: 'the-site-secret' };
const formSignup = { email: 'joe@example.com', ...site };
const formPurchase = { email: 'joe@example.com', orderId: '1001', amount: 10, referralCode: CODE, ...site };
const bonus = { email: 'jane@example.com', contestId: 'open' };

/** Every route that takes a body, and one that it takes. */
const BODIES = [
  [VISIT, visit], [SIGNUP, signup], [PURCHASE, purchase], [CONTESTS, contest], [CHANGE, change], [ENTRIES, entry], [IMPORT, participants],
  [KEYS, key], [SALES, sale], [REFUNDS, refund], [ENTRY, person], [DISQUALIFY, disqualification], [POINTS, points], [COMPLETE, bonus],
];

const long = (length) => 'a'.repeat(length);
const raw = (body, more) => JSON.stringify(body).replace(/}$/, `,${more}}`);
const without = (body, field) => ({ ...body, [field]: undefined });

const action = { id: 'follow', action: 'follow', points: 5 };

/** Whichever field it is that is missed first. */
const ANY = Symbol('any field');

/** [what, path, body, status, field, text] */
const TABLE = [
  // Bodies that are no JSON object, on every route that takes one.
  ...BODIES.flatMap(
    ([path, good]) => [
      // Who completes a bonus action may be named in the query as well.
      ['nothing', path, undefined, 400, path === COMPLETE ? 'contestId' : undefined, path === COMPLETE ? /required/ : /Body is empty/],
      ['not JSON', path, '{"contestId":', 400, undefined, /not valid JSON/],
      ['a form', path, 'contestId=open', 400, undefined, /JSON object/],
      ['two objects', path, `${JSON.stringify(good)} {}`, 400, undefined, /not valid JSON/],
      ['an array', path, JSON.stringify(Object.values(good)), 400, undefined, /JSON object/],
      ['a string', path, '"open"', 400, undefined, /JSON object/],
      ['half an object', path, JSON.stringify(good).slice(0, -1), 400, undefined, /not valid JSON/],
      ['not UTF-8', path, new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, undefined, /UTF-8/],
      // Of a person everything may be left out, and what nobody knows is.
      ...(path === ENTRY ? [] : [['deeply nested', path, '{"x":'.repeat(2000) + '1' + '}'.repeat(2000), 400, ANY, /required|not valid JSON/]]),
    ]),
  ...BODIES.filter(([path]) => path !== IMPORT).map(
    ([path, good]) => ['17 KiB', path, raw(good, `"x":"${long(17 * 1024)}"`), 413, undefined, /at most 16384 bytes/]),
  ['2 MiB', IMPORT, raw(participants, `"x":"${long(2 ** 21)}"`), 413, undefined, /at most 1048576 bytes/],

  // The contest.
  ...[[VISIT, visit], [SIGNUP, signup], [PURCHASE, purchase]].flatMap(([path, good]) => [
    ['no contest', path, without(good, 'contestId'), 400, 'contestId', 'contestId is required'],
    ['an empty contest', path, { ...good, contestId: ' ' }, 400, 'contestId', 'contestId is required'],
    ['a contest of another type', path, { ...good, contestId: 5 }, 400, 'contestId', /contestId: .*string/],
    ['an unknown contest', path, { ...good, contestId: 'nowhere' }, 404, undefined, 'Contest not found'],
    ['a contest that is a path', path, { ...good, contestId: '../contest/open' }, 404, undefined, 'Contest not found'],
    ['a contest too long', path, { ...good, contestId: long(5000) }, 404, undefined, 'Contest not found'],
    ['an ended contest', path, { ...good, contestId: 'ended' }, 403, undefined, 'This contest has ended'],
    ['a contest past its end', path, { ...good, contestId: 'past' }, 403, undefined, 'This contest has ended'],
    ['a paused contest', path, { ...good, contestId: 'paused' }, 403, undefined, 'This contest is paused'],
    ['a draft', path, { ...good, contestId: 'draft' }, 403, undefined, 'This contest has not started'],
    ['no referrals', path, { ...good, contestId: 'quiet' }, 403, undefined, 'This contest does not track referrals'],
    ['an event id with a space', path, { ...good, eventId: 'a b' }, 400, 'eventId', /eventId must be/],
    ['an event id too long', path, { ...good, eventId: long(65) }, 400, 'eventId', /eventId must be/],
    ['a field twice', path, raw(good, '"contestId":"open"'), 400, undefined, /duplicate field/],
  ]),

  // The code.
  ...[[VISIT, visit], [SIGNUP, signup], [PURCHASE, purchase]].flatMap(([path, good]) => [
    ['an unknown code', path, { ...good, referralCode: 'REF-NOBODY' }, 404, undefined, 'Referral code not found'],
    ['markup for a code', path, { ...good, referralCode: '<script>alert(1)</script>' }, 400, 'referralCode', /letters, digits/],
    ['a code too long', path, { ...good, referralCode: long(65) }, 400, 'referralCode', /at most 64/],
    ['a code of another type', path, { ...good, referralCode: {} }, 400, 'referralCode', /referralCode: /],
  ]),
  ['no code', VISIT, without(visit, 'referralCode'), 400, 'referralCode', 'referralCode is required'],
  ['an empty code', VISIT, { ...visit, referralCode: '' }, 400, 'referralCode', 'referralCode is required'],
  ['a page too long', VISIT, { ...visit, url: `https://shop.example/${long(2048)}` }, 400, 'url', /at most 2048/],
  ['a visitor that is no token', VISIT, { ...visit, visitorId: 'é' }, 400, 'visitorId', /visitorId must be/],

  // The person.
  ...[[SIGNUP, signup], [PURCHASE, purchase]].flatMap(([path, good]) => [
    ['no e-mail', path, without(good, 'email'), 400, 'email', 'email is required'],
    ['an empty e-mail', path, { ...good, email: ' ' }, 400, 'email', 'email is required'],
  ]),
  ...[[SIGNUP, signup], [PURCHASE, purchase], [ENTRIES, entry]].flatMap(([path, good]) => [
    ['no address', path, { ...good, email: 'joe' }, 400, 'email', /not a valid e-mail/],
    ['an e-mail too long', path, { ...good, email: `${long(250)}@example.com` }, 400, 'email', /at most 254/],
    ['an e-mail of another type', path, { ...good, email: ['joe@example.com'] }, 400, 'email', /email: /],
  ]),
  ...[[SIGNUP, signup], [ENTRIES, entry]].flatMap(([path, good]) => [
    ['a name too long', path, { ...good, name: long(201) }, 400, 'name', /at most 200/],
    ['a name with control characters', path, { ...good, name: 'Joe\u0000' }, 400, 'name', /control characters/],
    ['a phone that is none', path, { ...good, phone: 'call me' }, 400, 'phone', /phone is not/],
  ]),
  ['neither e-mail nor phone', ENTRIES, { name: 'Joe' }, 400, undefined, 'Either email or phone is required'],
  ['both empty', ENTRIES, { email: '', phone: ' ' }, 400, undefined, 'Either email or phone is required'],

  // The order.
  ['no order', PURCHASE, without(purchase, 'orderId'), 400, 'orderId', 'orderId is required'],
  ['an empty order', PURCHASE, { ...purchase, orderId: '' }, 400, 'orderId', 'orderId is required'],
  ['an order too long', PURCHASE, { ...purchase, orderId: long(201) }, 400, 'orderId', /at most 200/],
  ['an order of another type', PURCHASE, { ...purchase, orderId: 1001 }, 400, 'orderId', /orderId: /],
  ['no amount', PURCHASE, without(purchase, 'amount'), 400, 'amount', 'amount is required'],
  ['amount null', PURCHASE, { ...purchase, amount: null }, 400, 'amount', 'amount is required'],
  ['amount 0', PURCHASE, { ...purchase, amount: 0 }, 400, 'amount', 'amount must be greater than 0'],
  ['a negative amount', PURCHASE, { ...purchase, amount: -5 }, 400, 'amount', 'amount must be greater than 0'],
  ['an amount as text', PURCHASE, { ...purchase, amount: '10' }, 400, 'amount', 'amount must be a number'],
  ['NaN', PURCHASE, raw(without(purchase, 'amount'), '"amount":NaN'), 400, undefined, /not valid JSON/],
  ['"NaN"', PURCHASE, { ...purchase, amount: 'NaN' }, 400, 'amount', 'amount must be a number'],
  ['1e400', PURCHASE, raw(without(purchase, 'amount'), '"amount":1e400'), 400, 'amount', /at most 1000000000/],
  ['more than 10^9', PURCHASE, { ...purchase, amount: 1_000_000_000.01 }, 400, 'amount', /at most 1000000000/],
  ['0.001 USD', PURCHASE, { ...purchase, amount: 0.001 }, 400, 'amount', 'amount has more decimals than its currency'],
  ['10.5 JPY', PURCHASE, { ...purchase, amount: 10.5, currency: 'JPY' }, 400, 'amount', 'amount has more decimals than its currency'],
  ['no currency', PURCHASE, { ...purchase, currency: 'DOLLAR' }, 400, 'currency', /ISO 4217/],
  ['a currency of another type', PURCHASE, { ...purchase, currency: 840 }, 400, 'currency', /currency: /],

  // What an owner sends.
  ['no title', CONTESTS, {}, 400, 'title', 'title is required'],
  ['an id that is a path', CONTESTS, { ...contest, id: 'a/b' }, 400, 'id', /id must be/],
  ['an id that is taken', CONTESTS, { ...contest, id: 'open' }, 409, undefined, /exists already/],
  ['an unknown status', CONTESTS, { ...contest, status: 'open' }, 400, 'status', /one of/],
  ['a setting that is none', CONTESTS, { ...contest, settings: { windowDay: 3 } }, 400, 'settings.windowDay', /unknown field/],
  ['a window of 0 days', CONTESTS, { ...contest, settings: { windowDays: 0 } }, 400, 'settings.windowDays', /1 to 400/],
  ['a site that is a script', CONTESTS, { ...contest, settings: { siteUrl: 'javascript:alert(1)' } }, 400, 'settings.siteUrl', /https/],
  ['no date', CONTESTS, { ...contest, endDate: 'soon' }, 400, 'endDate', /endDate must be a time/],
  ['no participants', IMPORT, {}, 400, 'participants', /participants is required/],
  ['participants of another type', IMPORT, { participants: {} }, 400, 'participants', /participants: /],
  ['no kind of key', KEYS, {}, 400, 'kind', /kind is required/],
  ['an unknown kind of key', KEYS, { kind: 'admin' }, 400, 'kind', /expected `public` or `private`/],
  ["a contest's id changed", CHANGE, { id: 'another' }, 400, 'id', 'id cannot be changed'],
  ['a title taken away', CHANGE, { title: null }, 400, 'title', 'title is required'],
  ...[[CONTESTS, contest], [CHANGE, change]].flatMap(([path, good]) => [
    ['an origin with a path', path, { ...good, settings: { allowedOrigins: ['https://shop.example/'] } }, 400, 'settings.allowedOrigins', /without a path/],
    ['two bonus actions of one id', path, { ...good, settings: { bonusActions: [action, action] } }, 400, 'settings.bonusActions', /another/],
    ['a bonus action without points', path, { ...good, settings: { bonusActions: [without(action, 'points')] } }, 400, 'settings.bonusActions[0]', /points/],
    ['a cap below zero', path, { ...good, settings: { caps: { perAdvocatePerDay: -1 } } }, 400, 'settings.caps.perAdvocatePerDay', /-1/],
    ['confirmation as a word', path, { ...good, settings: { requireConfirmation: 'yes' } }, 400, 'settings.requireConfirmation', /boolean/],
  ]),

  // Orders by the site's server, and what goes back.
  ...[[SALES, sale], [REFUNDS, refund]].flatMap(([path, good]) => [
    ['no order', path, without(good, 'orderId'), 400, 'orderId', 'orderId is required'],
    ['an order too long', path, { ...good, orderId: long(201) }, 400, 'orderId', /at most 200/],
    ['an order of another type', path, { ...good, orderId: 1001 }, 400, 'orderId', /orderId: /],
    ['amount 0', path, { ...good, amount: 0 }, 400, 'amount', 'amount must be greater than 0'],
    ['an amount as text', path, { ...good, amount: '10' }, 400, 'amount', 'amount must be a number'],
    ['0.001 USD', path, { ...good, amount: 0.001 }, 400, 'amount', 'amount has more decimals than its currency'],
    ['an event id with a space', path, { ...good, eventId: 'a b' }, 400, 'eventId', /eventId must be/],
  ]),
  ['no amount', SALES, without(sale, 'amount'), 400, 'amount', 'amount is required'],
  ['no currency', SALES, { ...sale, currency: 'DOLLAR' }, 400, 'currency', /ISO 4217/],
  ['no e-mail', SALES, without(sale, 'email'), 400, 'email', 'email is required'],
  ['a buyer who is no entry', SALES, { ...sale, email: 'nobody@example.com' }, 404, undefined, 'Entry not found'],
  ['an order nobody reported', REFUNDS, { orderId: 'nothing' }, 404, undefined, 'Purchase not found'],
  ['more than it cost', REFUNDS, { orderId: 'sold', amount: 10.01 }, 400, 'amount', 'amount is more than the order cost'],

  // What an owner does to an entry.
  ['another e-mail', ENTRY, { email: 'joe@example.com' }, 400, 'email', /cannot be changed/],
  ['an e-mail that is none', ENTRY, { email: 'joe' }, 400, 'email', /not a valid e-mail/],
  ['a name too long', ENTRY, { name: long(201) }, 400, 'name', /at most 200/],
  ['a phone that is none', ENTRY, { phone: 'call me' }, 400, 'phone', /phone is not/],
  ['confirmed as a word', ENTRY, { emailConfirmed: 'yes' }, 400, 'emailConfirmed', /emailConfirmed: /],
  ['nothing said', DISQUALIFY, {}, 400, 'disqualified', /true or false/],
  ['a word for it', DISQUALIFY, { disqualified: 'yes' }, 400, 'disqualified', /disqualified: /],
  ['no points', POINTS, {}, 400, 'points', /points is required/],
  ['0 points', POINTS, { points: 0 }, 400, 'points', /not 0/],
  ['half a point', POINTS, { points: 0.5 }, 400, 'points', /points: /],
  ['points as text', POINTS, { points: '5' }, 400, 'points', /points: /],
  ['more than 10^9 points', POINTS, { points: 1_000_000_001 }, 400, 'points', /1000000000/],
  ...[[DISQUALIFY, disqualification], [POINTS, points]].flatMap(([path, good]) => [
    ['a reason too long', path, { ...good, reason: long(201) }, 400, 'reason', /at most 200/],
    ['an event id too long', path, { ...good, eventId: long(65) }, 400, 'eventId', /eventId must be/],
  ]),
  ['no e-mail', COMPLETE, without(bonus, 'email'), 400, 'email', 'email is required'],
  ['no contest', COMPLETE, without(bonus, 'contestId'), 400, 'contestId', 'contestId is required'],
  ['an unknown contest', COMPLETE, { ...bonus, contestId: 'nowhere' }, 404, undefined, 'Contest not found'],
  ['an e-mail that is no entry', COMPLETE, { ...bonus, email: 'nobody@example.com' }, 404, undefined, 'Entry not found'],
  ['an action that is none', COMPLETE, bonus, 404, undefined, 'Bonus action not found'],

  // Webhooks: the secret is asked for first.
  ...[[FORM_SIGNUP, formSignup], [FORM_PURCHASE, formPurchase]].flatMap(([path, good]) => [
    ['no secret', path, without(good, 'secret'), 401, undefined, 'Missing or invalid webhook secret'],
    ['an empty secret', path, { ...good, secret: '' }, 401, undefined, 'Missing or invalid webhook secret'],
    ['a secret of another type', path, { ...good, secret: 5 }, 401, undefined, 'Missing or invalid webhook secret'],
    ['not JSON', path, '{"secret":', 401, undefined, 'Missing or invalid webhook secret'],
    ['17 KiB', path, raw(good, `"x":"${long(17 * 1024)}"`), 413, undefined, /at most 16384 bytes/],
    ['no e-mail', path, without(good, 'email'), 400, 'email', 'email is required'],
    ['no address', path, { ...good, email: 'joe' }, 400, 'email', /not a valid e-mail/],
    ['an unknown code', path, { ...good, referralCode: 'REF-NOBODY' }, 404, undefined, 'Referral code not found'],
    ['an unknown contest', path.replace('open', 'nowhere'), good, 404, undefined, 'Contest not found'],
  ]),
  ['no order', FORM_PURCHASE, without(formPurchase, 'orderId'), 400, 'orderId', 'orderId is required'],
  ['an amount as text', FORM_PURCHASE, { ...formPurchase, amount: '10' }, 400, 'amount', 'amount must be a number'],
  ...[[STRIPE, 'Missing or invalid Stripe signature'], [SHOPIFY, 'Missing or invalid Shopify signature']].flatMap(([path, text]) => [
    ['nothing', path, undefined, 401, undefined, text],
    ['no signature', path, { type: 'invoice.paid' }, 401, undefined, text],
    ['2 MiB', path, { x: long(2 ** 21) }, 413, undefined, /at most 1048576 bytes/],
    ['an unknown contest', path.replace('open', 'nowhere'), {}, 404, undefined, 'Contest not found'],
  ]),
  ...[[CONTESTS, contest], [CHANGE, change]].flatMap(([path, good]) => [
    ['a short secret', path, { ...good, settings: { webhookSecret: 'short' } }, 400, 'settings.webhookSecret', /8 to 200/],
    ['a signing secret that is none', path, { ...good, settings: { stripe: { signingSecrets: ['sk_live_12345'] } } }, 400, 'settings.stripe.signingSecrets', /whsec_/],
    ['a secret of another type', path, { ...good, settings: { shopify: { secret: 12345678 } } }, 400, 'settings.shopify.secret', /8 to 200/],
  ]),
  ["another team's key", KEYS, { ...key, team: 'other' }, 400, 'team', /own/],
];

test('every bad body is answered with what is wrong, and nothing is stored', async (t) => {
  const setting = (id, more) => makeContest(stack, { id, ...more });
  await setting('open');
  await setting('ended', { status: 'ended' });
  await setting('past', { startDate: '2020-01-01', endDate: '2020-12-31' });
  await setting('paused', { status: 'paused' });
  await setting('draft', { status: 'draft' });
  await setting('quiet', { settings: { referralTracking: false } });

  await askPrivately(stack, 'PUT', '/api/v1/contests/open', { settings: { webhookSecret: site.secret } });
  const { data: [jane] } = (await askPrivately(stack, 'GET', ENTRIES)).body;
  await askPrivately(stack, 'POST', SALES, { ...sale, orderId: 'sold' });

  for (const [what, path, body, status, field, text] of TABLE) {
    await t.test(`${path.replace('/api/', '')}: ${what}`, async () => {
      const [method, address] = path.includes(' ') ? path.split(' ') : ['POST', path];
      const got = await askPrivately(stack, method, address.replace(':jane', jane.id), body);
      assert.equal(got.status, status, JSON.stringify(got.body));
      assert.equal(got.body.success, false);
      if (field !== ANY) {
        assert.equal(got.body.field, field);
        assert.deepEqual(Object.keys(got.body).sort(), field ? ['error', 'field', 'success'] : ['error', 'success']);
      }
      assert[typeof text === 'string' ? 'equal' : 'match'](got.body.error, text);
    });
  }

  await t.test('and the contest is as it was', async () => {
    assert.deepEqual(await board(stack, 'open'), [['Jane Doe', 0]]);
    const stats = await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=open`);
    assert.deepEqual([stats.body.data.visits, stats.body.data.purchases], [0, 0]);
    assert.deepEqual((await askPrivately(stack, 'GET', ENTRIES)).body.data, [jane]);
  });
});

test('every bad query, method and path', async (t) => {
  const contestId = await makeContest(stack);
  const validate = (query) => `/api/referral/validate-code?${query}`;
  const stats = (query) => `/api/referral/stats?${query}`;
  for (const [method, path, headers, status, field, text] of [
    ['GET', validate(''), {}, 400, 'code', 'code is required'],
    ['GET', validate(`code=${CODE}`), {}, 400, 'contestId', 'contestId is required'],
    ['GET', validate(`code=&contestId=${contestId}`), {}, 400, 'code', 'code is required'],
    ['GET', validate(`code=${CODE}&contestId=nowhere`), {}, 404, undefined, 'Contest not found'],
    ['GET', validate(`code=${CODE}&contestId=%2e%2e%2f`), {}, 404, undefined, 'Contest not found'],
    ['GET', stats(`code=REF-NOBODY&contestId=${contestId}`), {}, 404, undefined, 'Referral code not found'],
    ['GET', stats(`code=%3Cscript%3E&contestId=${contestId}`), {}, 400, 'code', /^code may hold/],
    ['GET', '/api/referral/nothing', {}, 404, undefined, 'Not found'],
    ['GET', '/api/referral/', {}, 404, undefined, 'Not found'],
    ['GET', '/api/referral/stats/', {}, 404, undefined, 'Not found'],
    ['GET', '/api/referral//stats', {}, 404, undefined, 'Not found'],
    ['GET', '/api/', {}, 404, undefined, 'Not found'],
    ['GET', VISIT, {}, 405, undefined, /Use POST/],
    ['DELETE', CONTESTS, {}, 405, undefined, /Use GET, POST$/],
    ['PATCH', '/api/v1/contests/open', {}, 405, undefined, /Use GET, PUT$/],
    ['POST', '/api/v1/entries/x', {}, 405, undefined, /Use GET, PUT, DELETE$/],
    ['GET', REFUNDS, {}, 405, undefined, /Use POST$/],
    ['GET', STRIPE, {}, 405, undefined, /Use POST$/],
    ['GET', `/api/v1/entries/${'0'.repeat(32)}`, { 'x-api-key': stack.key }, 404, undefined, 'Entry not found'],
    ['GET', '/api/v1/entries/x/why', { 'x-api-key': stack.key }, 404, undefined, 'Entry not found'],
    ['DELETE', '/api/v1/entries/x', { 'x-api-key': stack.key }, 404, undefined, 'Entry not found'],
    ['DELETE', '/api/v1/keys/x', { 'x-api-key': stack.key }, 404, undefined, 'Key not found'],
    ['GET', '/api/v1/entries/lookup/bonus-actions?email=jane@example.com', { 'x-api-key': stack.key }, 400, 'contestId', 'contestId is required'],
    ['GET', `/api/v1/contests/${contestId}/export?format=xml`, { 'x-api-key': stack.key }, 400, 'format', 'format must be csv or json'],
    ['GET', '/api/v1/contests?page=0', { 'x-api-key': stack.key }, 400, 'page', /page must be from 1/],
    ['GET', '/api/v1/contests?limit=101', { 'x-api-key': stack.key }, 400, 'limit', /1 to 100/],
    ['GET', '/api/v1/keys?page=two', { 'x-api-key': stack.key }, 400, 'page', /page must be from 1/],
    ['GET', `/api/v1/contests/${contestId}/entries?limit=0`, { 'x-api-key': stack.key }, 400, 'limit', /1 to 100/],
    ['GET', `/api/v1/contests/${contestId}/analytics`, {}, 401, undefined, 'Missing or invalid API key'],
    ['GET', `/api/v1/contests/nowhere/analytics`, { 'x-api-key': stack.key }, 404, undefined, 'Contest not found'],
    ['PUT', '/api/v1/contests/open/leaderboard', {}, 405, undefined, /Use GET/],
    ['GET', '/api/v1/contests/open', {}, 401, undefined, 'Missing or invalid API key'],
    ['GET', '/api/v1/contests/open', { 'x-api-key': 'rk_priv_0' }, 401, undefined, 'Missing or invalid API key'],
    ['POST', KEYS, { authorization: 'Bearer guess' }, 401, undefined, 'Missing or invalid API key'],
    ['GET', '/api/v1/contests/nowhere', { 'x-api-key': stack.key }, 404, undefined, 'Contest not found'],
    ['GET', `/api/v1/contests/${contestId}/leaderboard?limit=0`, { 'x-api-key': stack.key }, 400, 'limit', /1 to 100/],
    ['GET', `/api/v1/contests/${contestId}/leaderboard?limit=all`, { 'x-api-key': stack.key }, 400, 'limit', /1 to 100/],
    ['GET', `/api/v1/contests/${contestId}/leaderboard?limit=101`, { 'x-api-key': stack.key }, 400, 'limit', /1 to 100/],
  ]) {
    await t.test(`${method} ${path} ${JSON.stringify(headers).slice(0, 24)}`, async () => {
      const got = await ask(stack, method, path, undefined, headers);
      assert.deepEqual([got.status, got.body.field, got.body.success], [status, field, false], JSON.stringify(got.body));
      assert[typeof text === 'string' ? 'equal' : 'match'](got.body.error, text);
      if (status === 405) assert.match(got.headers.get('allow'), /GET|POST/);
    });
  }
  await t.test('an unknown code is no error', async () => {
    for (const code of ['REF-NOBODY', '%3Cscript%3E', 'a'.repeat(300)]) {
      const got = await ask(stack, 'GET', validate(`code=${code}&contestId=${contestId}`));
      assert.deepEqual([got.status, got.body], [200, { valid: false }]);
    }
  });
  await t.test('a type that is no JSON', async () => {
    const got = await ask(stack, 'POST', SIGNUP, 'email=joe', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.deepEqual([got.status, got.body.error], [415, 'Body must be application/json or text/plain']);
  });
});

test('what looks odd and is right is taken', async () => {
  const contestId = await makeContest(stack);
  for (const [what, path, body] of [
    ['a lower-case code with spaces', SIGNUP, { contestId, email: 'a@example.com', referralCode: '  ref-xyz789 ' }],
    ['null for what may be left out', SIGNUP, { contestId, email: 'b@example.com', referralCode: null, name: null, phone: null }],
    ['empty for what may be left out', SIGNUP, { contestId, email: 'c@example.com', referralCode: '', name: '', phone: '' }],
    ['fields nobody knows', SIGNUP, { contestId, email: 'd@example.com', utm: { source: 'x' } }],
    ['binary noise', PURCHASE, { contestId, orderId: '1', amount: 149.97000000000003, email: 'a@example.com' }],
    ['what a gift card leaves', PURCHASE, { contestId, orderId: '4', amount: 129.99 - 120, email: 'a@example.com' }],
    ['no decimals in yen', PURCHASE, { contestId, orderId: '2', amount: 10.0, currency: ' jpy ', email: 'a@example.com' }],
    ['three decimals in dinars', PURCHASE, { contestId, orderId: '3', amount: 1.505, currency: 'KWD', email: 'a@example.com' }],
    ['an address of quotation marks', VISIT, { contestId, referralCode: CODE, visitorId: 'v', url: '"'.repeat(2048) }],
    ['an order of emoji', PURCHASE, { contestId, orderId: '🪁'.repeat(200), amount: 1, email: 'a@example.com' }],
  ]) {
    const got = await ask(stack, 'POST', path, body);
    assert.equal(got.status, 201, `${what}: ${JSON.stringify(got.body)}`);
  }
  const [[, points]] = await board(stack, contestId);
  assert.equal(points, 10 + 150 + 10 + 10 + 2 + 1);
});
