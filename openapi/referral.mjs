// What a shopper's browser calls.

import { alreadyExists, attribution, contestId, email, entryId, eventId, givenCode, hex, isReferred, name, phone, purchaseId, referralCode, sale, shares, shownCode, something, text, time, token, visitorId } from './fields.mjs';
import { area, body, created, data, PAGES } from './operation.mjs';
import { answered, count, described, list, oneOf, orNull, sent } from './schema.mjs';
import { pointRules, shownBonusActions } from './settings.mjs';

const { get, post } = area('Referral');

const CLOSED = 'The contest is over, paused, a draft or without referral tracking; or the page that calls is of an origin that it does not allow';
const HIDDEN = 'The contest is a draft, or without referral tracking; or the page that calls is of an origin that it does not allow';
const UNKNOWN = '`Contest not found`, `Referral code not found`';

const visit = answered({
  visitId: hex(32), alreadyExists,
  contest: described(answered({ windowDays: { type: 'integer', minimum: 1, maximum: 400 }, attribution }), 'What the script keeps to where its tag says nothing else.'),
});
const visited = { visitId: '8a6d41f65b1a2c0d9e8f7a6b5c4d3e2f', alreadyExists: false, contest: { windowDays: 60, attribution: 'first' } };

const signup = answered({ entryId, email: { type: 'string' }, referralCode: shownCode, alreadyExists, isReferred, pointsAwarded: shares });
const signedUp = {
  entryId: '4528decec338e032675ca51a24054b91', email: 'joe@example.com', referralCode: 'REF-7CXT87', alreadyExists: false, isReferred: true,
  pointsAwarded: { advocate: 10, friend: 5 },
};

export const purchase = answered({
  purchaseId, entryId: described(orNull(entryId), '`null`: nobody referred the buyer, and nothing was kept.'), pointsAwarded: shares,
  status: described(oneOf('confirmed', 'pending'), '`pending` earns nothing until a source that is trusted reports the order.'), alreadyExists,
  message: { type: 'string' },
});
export const purchased = {
  purchaseId: 'ec4578fc5b8aa59d0cefa43bb3c78eeb', entryId: '4528decec338e032675ca51a24054b91', pointsAwarded: { advocate: 80, friend: 0 },
  status: 'confirmed', alreadyExists: false, message: 'Purchase recorded successfully',
};

const known = answered({ valid: { const: true }, contestId: token }, {
  referrerEmail: described(orNull({ type: 'string' }), 'As far as `settings.exposeReferrer` lets a stranger know: `j***@example.com`.'),
  referrerName: orNull({ type: 'string' }),
});

export default [
  get('/api/referral/validate-code', 'validateCode', {
    summary: 'Whose a code is',
    must: { code: described(something, 'One that cannot be a code is `valid: false` as well.'), contestId },
    answers: {
      200: {
        description: 'The code, in a shape of its own.',
        content: {
          'application/json': {
            schema: { anyOf: [known, answered({ valid: { const: false } })] },
            example: { valid: true, contestId: 'demo', referrerEmail: 'j***@example.com', referrerName: 'Jane Doe' },
          },
        },
      },
    },
    refusals: { 403: CLOSED, 404: true },
  }),
  get('/api/referral/stats', 'showStats', {
    summary: 'How a code fares',
    description: 'What a participant\'s widget shows; nothing personal.',
    must: { code: referralCode, contestId },
    answers: {
      200: data(answered({
        visits: count, signups: count, purchases: count, points: { type: 'integer' },
        rank: described(orNull({ type: 'integer', minimum: 1 }), '`null` for who holds no place.'), of: count, link: orNull({ type: 'string' }),
      }), { visits: 12, signups: 3, purchases: 1, points: 110, rank: 1, of: 4, link: 'https://shop.example/?ref=REF-XYZ789' }),
    },
    refusals: { 403: CLOSED, 404: UNKNOWN },
  }),
  get('/api/referral/contest', 'presentContest', {
    summary: 'What a contest is, to everybody',
    description: 'What a widget shows of it.',
    must: { contestId },
    answers: {
      200: data(answered({
        id: token, title: { type: 'string' }, description: { type: 'string' },
        status: described(oneOf('active', 'upcoming', 'paused', 'ended'), 'As it is at this moment, by its dates as well.'),
        startDate: orNull(time), endDate: described(orNull(time), '`null` as well where it is evergreen.'), mode: oneOf('giveaway', 'leaderboard', 'waitlist'),
        points: pointRules, bonusActions: shownBonusActions,
      }), {
        id: 'demo', title: 'Demo contest', description: 'Bring friends.', status: 'active', startDate: null, endDate: null, mode: 'leaderboard',
        points: { signup: { advocate: 10, friend: 5 }, purchase: { advocate: 0, friend: 0, perUnit: { advocate: 1, friend: 0 }, minAmount: 0 } }, bonusActions: [],
      }),
    },
    refusals: { 403: HIDDEN, 404: true },
  }),
  get('/api/referral/leaderboard', 'showPublicLeaderboard', {
    summary: 'Who leads, to everybody',
    description: 'Called as `settings.leaderboardNames` says; no ids, no addresses.',
    must: { contestId },
    query: { limit: { type: 'integer', minimum: 1, maximum: 25, default: 10 } },
    answers: {
      200: data(answered({
        leaders: list(answered({ rank: { type: 'integer', minimum: 1 }, name: described(orNull({ type: 'string' }), '`null` where none is known, or shown.'), points: { type: 'integer' } }), { maxItems: 25 }),
        of: described(count, 'How many hold a place.'),
      }), { leaders: [{ rank: 1, name: 'Jane D.', points: 90 }, { rank: 2, name: 'Joe', points: 5 }], of: 2 }),
    },
    refusals: { 403: HIDDEN, 404: true },
  }),
  get('/api/health', 'showHealth', {
    summary: 'Whether the deployment is well',
    description: 'Reads from the store. `degraded` is 200, too: what is asked for is answered, but what is to be done once an hour is late.',
    answers: {
      200: data(answered({
        status: oneOf('ok', 'degraded'), store: { const: 'ok' },
        cron: answered({ status: described(oneOf('ok', 'late', 'never'), '`never` until the first hour after a deployment is over.'), lastRun: orNull(time) }),
        snapshots: answered({
          status: described(oneOf('ok', 'late'), '`late` where one was not held against all facts for 54 hours.'),
          count: described(count, 'How many contests are read from a snapshot.'),
          proven: described(orNull(time), 'When the one was held against all facts for which it is the longest ago.'),
          repaired: described(count, 'How many facts they lacked then, or had otherwise.'),
        }),
      }), {
        status: 'ok', store: 'ok', cron: { status: 'ok', lastRun: '2026-11-24T18:23:00.000Z' },
        snapshots: { status: 'ok', count: 1, proven: '2026-11-24T03:23:00.000Z', repaired: 0 },
      }),
    },
  }),
  get('/c/{contestId}', 'showPage', {
    summary: "A contest's page for people",
    description: 'Its title and description, and the widget. `code` shows a participant how they fare, `ref` is a friend\'s link.',
    query: { code: { type: 'string' }, ref: { type: 'string' }, lang: described({ type: 'string' }, 'Else what the browser asks for.') },
    answers: PAGES,
  }),
  post('/api/referral/track-visit', 'trackVisit', {
    summary: 'Somebody opened a link',
    description: 'Counts once a code, browser and day.',
    body: body(
      sent({ contestId, referralCode }, {
        visitorId: described(token, 'The browser; without it, every call or `eventId` is a visit.'), url: described(text(2048), 'The page; kept without its query.'), eventId,
      }),
      { contestId: 'demo', referralCode: 'REF-XYZ789', visitorId: 'browser-1', url: 'https://shop.example/' },
    ),
    answers: { 201: created(visit, visited), 200: data(visit, { ...visited, alreadyExists: true }) },
    refusals: { 403: CLOSED, 404: UNKNOWN },
  }),
  post('/api/referral/track-signup', 'trackSignup', {
    summary: 'Somebody signed up',
    description: 'They become a participant with a code of their own. The same address again earns nothing, and nobody refers themself.',
    body: body(sent({ contestId, email }, { referralCode: givenCode, name, phone, visitorId, eventId }), { contestId: 'demo', email: 'joe@example.com', name: 'Joe', referralCode: 'REF-XYZ789' }),
    answers: { 201: created(signup, signedUp), 200: data(signup, { ...signedUp, alreadyExists: true, pointsAwarded: { advocate: 0, friend: 0 } }) },
    refusals: { 403: CLOSED, 404: UNKNOWN, 410: true },
  }),
  post('/api/referral/track-purchase', 'trackPurchase', {
    summary: 'Somebody bought',
    description: 'Credits whom the buyer is bound to; the code counts only where the buyer is new. Counts once an order.',
    body: body(
      sale({ referralCode: givenCode, visitorId }, { contestId }),
      { contestId: 'demo', orderId: '1001', amount: 79.99, currency: 'USD', email: 'joe@example.com' },
    ),
    answers: { 201: created(purchase, purchased), 200: data(purchase, { ...purchased, alreadyExists: true, pointsAwarded: { advocate: 0, friend: 0 }, message: 'Purchase was recorded before' }) },
    refusals: { 403: CLOSED, 404: UNKNOWN },
  }),
  get('/r/{contestId}/{code}', 'followLink', {
    summary: 'A referral link that leads to the contest\'s site',
    description: "Where the Worker runs under the site's own domain, the cookie is set as well.",
    query: { to: described({ type: 'string', maxLength: 2048, pattern: '^/([!#-.0-;=?-\\[\\]-~][!#-;=?-\\[\\]-~]*)?$' }, 'A page of the site, such as `/kites`.') },
    answers: {
      302: {
        description: 'To the site, with `ref=CODE`.',
        headers: {
          Location: { required: true, schema: { type: 'string', format: 'uri' } },
          'Set-Cookie': { description: '`rocket_ref`', schema: { type: 'string' } },
        },
      },
    },
    refusals: { 404: '`Contest not found`, `This contest has no site`' },
  }),
];
