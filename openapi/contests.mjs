// Contests, how they stand, and what they hold to take along.

import { joe, shownEntry } from './entries.mjs';
import { amount, currency, entryId, flags, hex, lines, person, points, shares, shownCode, someText, time, token } from './fields.mjs';
import { ANY_KEY, area, body, created, data, PAGE, page, part, PRIVATE_KEY } from './operation.mjs';
import { answered, boolean, count, described, list, named, oneOf, optional, orNull, sent } from './schema.mjs';
import { newSettings, settings } from './settings.mjs';

const { get, post, put } = area('Contests');

const status = oneOf('draft', 'active', 'ended', 'paused');
const mode = oneOf('giveaway', 'leaderboard', 'waitlist');
const fields = {
  id: token, title: { type: 'string' }, description: { type: 'string' }, status, startDate: orNull(time), endDate: orNull(time), isEvergreen: boolean, mode,
  slug: token, entriesCount: described(count, 'Without the erased.'),
};
const listed = named('Contest', answered(fields));
const whole = named('ContestWithSettings', answered({ ...fields, settings }));

const day = (words) => described({ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'string', format: 'date' }], examples: ['2026-12-31'] }, words);
const title = { ...someText(200), examples: ['Autumn contest'] };
const changes = {
  description: lines(2000), status: described(status, 'Only an active contest takes anything.'), startDate: day('An RFC 3339 time, or a day in UTC from its beginning.'),
  endDate: day('An RFC 3339 time, or a day in UTC with the whole of it; after `startDate`.'), isEvergreen: described(boolean, 'It has no end.'), mode, slug: token, settings: newSettings,
};

const autumn = {
  id: 'autumn', title: 'Autumn contest', description: '', status: 'active', startDate: null, endDate: '2026-12-31T23:59:59.999Z', isEvergreen: false,
  mode: 'leaderboard', slug: 'autumn', entriesCount: 2,
};
const autumnSettings = {
  referralTracking: true, siteUrl: 'https://shop.example/',
  points: { signup: { advocate: 10, friend: 5 }, purchase: { advocate: 0, friend: 0, perUnit: { advocate: 1, friend: 0 }, minAmount: 0 } },
  attribution: 'first', windowDays: 60, purchaseTrust: 'browser', exposeReferrer: 'masked', leaderboardNames: 'masked', requireConfirmation: false, allowedOrigins: [],
  bonusActions: [{ id: 'follow', action: 'follow', description: 'Follow us', points: 5 }], caps: { perAdvocatePerDay: null }, trust: { selfReferral: 'block', sameBrowser: 'flag', bots: 'block', disposable: 'flag' }, webhookSecret: { set: true },
  stripe: { signingSecrets: { set: true, count: 2 }, testMode: false }, shopify: { secret: { set: false }, testMode: false },
};
const autumnWhole = { ...autumn, settings: autumnSettings };

const place = answered({
  rank: { type: 'integer', minimum: 1 }, id: entryId, email: person.email, name: person.name, points, referralCode: shownCode,
  referralsCount: count, joinedAt: time,
});
const first = {
  rank: 1, id: '4528decec338e032675ca51a24054b91', email: 'jane@example.com', name: 'Jane Doe', points: 110, referralCode: 'REF-XYZ789', referralsCount: 3,
  joinedAt: '2026-11-24T18:00:00.000Z',
};

const analytics = answered({
  totalEntries: count, confirmedEntries: count, disqualifiedEntries: count, totalViews: count, totalBonusCompletions: count,
  points: answered({ total: points, average: { type: 'number' }, highest: points }),
  referrals: answered({
    visits: count, signups: count, purchases: count,
    revenue: described({ type: 'object', additionalProperties: { type: 'number' } }, 'By currency, in major units: what friends bought, less what was refunded.'),
  }),
  daily: described(list(answered({ date: { type: 'string', format: 'date' }, visits: count, signups: count, purchases: count })), 'The days in UTC on which something happened.'),
});

const happened = answered({
  type: oneOf('visit', 'signup', 'purchase', 'pendingPurchase', 'refund', 'bonus', 'points'), at: time,
  entryId: described(orNull(entryId), 'Whom it is about: of a visit, whose link it was. `null` of a refund.'), email: person.email, name: person.name,
  referralCode: described(orNull(shownCode), 'The code that brought them, by this.'), page: described(orNull({ type: 'string' }), 'Of a visit: origin and path, may be empty.'),
  orderId: orNull({ type: 'string' }), amount: described(orNull({ type: 'number' }), 'In major units; `null` of a refund is the whole order.'), currency: orNull({ type: 'string' }),
  source: described(orNull(oneOf('browser', 'webhook', 'api', 'shopify', 'stripe')), 'Who reported it.'), points: orNull(points),
});
const activity = answered({
  latest: described(list(happened, { maxItems: 20 }), 'What happened last is first.'),
  sources: described(list(answered({ page: { type: 'string' }, visits: count }), { maxItems: 10 }), 'The pages that links led to, those with the most visits first.'),
});

const participant = described(
  sent({}, { email: { type: 'string' }, phone: { type: 'string' }, name: { type: 'string' }, referralCode: { type: 'string' }, points: { type: 'integer', minimum: -1e9, maximum: 1e9 } }),
  'With `email` or `phone`; `referralCode` and `points` are those that they have elsewhere.',
);
const line = { type: 'integer', minimum: 1 };
const imported = answered({
  report: list({
    anyOf: [answered({ line, status: oneOf('created', 'exists'), entryId }), answered({ line, status: { const: 'error' }, error: { type: 'string' } })],
  }, { maxItems: 100 }),
  next: described(orNull(line), 'Where to go on with the same body and `from`; `null` at the end.'),
});

const kept = {
  at: time,
  by: answered({ attribution: oneOf('first', 'last'), windowDays: { type: 'integer', minimum: 1, maximum: 400 }, requireConfirmation: boolean }),
  facts: described(count, 'How many had happened.'), hash: described(hex(64), 'SHA-256 over them.'),
  standings: list(answered({
    rank: described(orNull({ type: 'integer', minimum: 1 }), '`null` for who is disqualified, or has yet to confirm an address.'), id: entryId, referralCode: shownCode, points,
    referralsCount: count, visits: count, purchases: count,
  })),
};
const moment = answered({ ...kept, isFinal: described(boolean, 'They are kept, and stay as they are.') });
const spring = {
  at: '2026-11-24T23:59:59.999Z', by: { attribution: 'first', windowDays: 60, requireConfirmation: false }, facts: 21,
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', isFinal: true,
  standings: [{ rank: 1, id: '4528decec338e032675ca51a24054b91', referralCode: 'REF-XYZ789', points: 110, referralsCount: 3, visits: 12, purchases: 1 }],
};

const exported = answered({
  contest: whole, final: described(orNull(answered(kept)), 'How it stood at its end, an hour after that.'),
  entries: list(answered({ ...shownEntry, flags, referralsCount: count, visits: count, purchases: count })),
  facts: described(list(answered({ id: { type: 'string' }, payload: { type: 'object' } })), 'Every fact as it is stored.'),
});

export default [
  get('/api/v1/contests', 'listContests', { summary: "The team's contests", by: ANY_KEY, query: PAGE, answers: { 200: page(listed, autumn) } }),
  post('/api/v1/contests', 'createContest', {
    summary: 'Make a contest', by: PRIVATE_KEY,
    body: body(sent({ title }, { id: described(token, 'Random if left out.'), ...changes }), {
      id: 'autumn', title: 'Autumn contest', status: 'active', endDate: '2026-12-31',
      settings: { points: { purchase: { perUnit: { advocate: 1 } } }, bonusActions: [{ id: 'follow', action: 'follow', description: 'Follow us', points: 5 }] },
    }),
    answers: { 201: created(whole, autumnWhole), 200: data(whole, autumnWhole, 'The same body came before.') },
    refusals: { 409: true },
  }),
  get('/api/v1/contests/{contestId}', 'showContest', {
    summary: 'A contest', description: 'With `settings` for a private key.', by: ANY_KEY,
    answers: { 200: data({ anyOf: [whole, listed] }, autumnWhole) },
  }),
  put('/api/v1/contests/{contestId}', 'changeContest', {
    summary: 'Change a contest', by: PRIVATE_KEY,
    description: 'What is named is changed, also inside `settings`; `null` is the default; a list is replaced as a whole. Points that were given stay.',
    body: body({ ...sent({}, changes), properties: { title, ...optional(changes) } }, { endDate: '2036-12-31', settings: { points: { signup: { advocate: 20 } } } }),
    answers: { 200: data(whole, autumnWhole) },
  }),
  get('/api/v1/contests/{contestId}/leaderboard', 'showLeaderboard', {
    summary: 'Who leads', description: 'Nobody who is disqualified. Of equal points, who joined first.', by: ANY_KEY,
    query: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 25 } },
    answers: { 200: data(list(place, { maxItems: 100 }), [first]) },
  }),
  get('/api/v1/contests/{contestId}/analytics', 'showAnalytics', {
    summary: 'What a contest has brought', by: ANY_KEY,
    answers: {
      200: data(analytics, {
        totalEntries: 2, confirmedEntries: 1, disqualifiedEntries: 0, totalViews: 12, totalBonusCompletions: 1, points: { total: 115, average: 57.5, highest: 110 },
        referrals: { visits: 12, signups: 3, purchases: 1, revenue: { USD: 79.99 } }, daily: [{ date: '2026-11-24', visits: 12, signups: 3, purchases: 1 }],
      }),
    },
  }),
  get('/api/v1/contests/{contestId}/standings', 'showStandings', {
    summary: 'How a contest stood at a moment',
    description: 'Everybody who had joined by then, the first first, without a name. An hour after a contest has ended its standings are kept and are final: anybody who has the export can check them with `cargo xtask verify`.',
    by: PRIVATE_KEY,
    query: { at: described(time, 'Not in the future. If it is left out, the end of a contest that has ended, else now.'), ...PAGE },
    answers: { 200: part(moment, spring) },
  }),
  get('/api/v1/contests/{contestId}/activity', 'showActivity', {
    summary: 'What happened last, and on which pages', by: PRIVATE_KEY,
    answers: {
      200: data(activity, {
        latest: [{
          type: 'visit', at: '2026-11-24T18:00:00.000Z', entryId: first.id, email: first.email, name: first.name, referralCode: first.referralCode, page: 'https://shop.example/kites',
          orderId: null, amount: null, currency: null, source: null, points: null,
        }],
        sources: [{ page: 'https://shop.example/kites', visits: 12 }],
      }),
    },
  }),
  post('/api/v1/contests/{contestId}/preview', 'previewContest', {
    summary: 'What a signup and an order would earn', description: 'If the contest were changed like this. Nothing is stored.', by: PRIVATE_KEY,
    body: body({ ...sent({ amount }, { currency }), properties: { amount, ...optional({ currency }), title, ...optional(changes) } }, { amount: 79.99, settings: { points: { signup: { advocate: 20 } } } }),
    answers: { 200: data(answered({ signup: shares, purchase: shares }), { signup: { advocate: 20, friend: 5 }, purchase: { advocate: 80, friend: 0 } }) },
  }),
  post('/api/v1/contests/{contestId}/import', 'importEntries', {
    summary: 'Bring participants along', by: PRIVATE_KEY,
    description: 'With the codes and points they have elsewhere, so that links already shared keep working. Sent again it changes nothing. One call takes 100.',
    query: { from: described({ type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 }, 'The participant to begin with.') },
    body: {
      required: true,
      content: {
        'application/json': {
          schema: sent({ participants: list({ anyOf: [participant, { description: 'Anything else is an error of its line and stops no other.' }] }) }),
          example: { participants: [{ email: 'jane@example.com', name: 'Jane Doe', referralCode: 'REF-XYZ789', points: 120 }] },
        },
        'text/csv': {
          schema: described({ type: 'string', pattern: '^([^\\n"]*,)?(email|phone)(,[^\\n"]*)?(\\n.*)*$' }, 'The first line names the columns, in any order; others are left out.'),
          example: 'email,name,referralCode,points\njane@example.com,Jane Doe,REF-XYZ789,120\n',
        },
      },
    },
    answers: { 200: data(imported, { report: [{ line: 1, status: 'created', entryId: '4528decec338e032675ca51a24054b91' }], next: null }) },
    refusals: { 413: 'The body is over 1 MiB' },
  }),
  get('/api/v1/contests/{contestId}/export', 'exportContest', {
    summary: 'Everything to take along', description: 'It is streamed; one that breaks off is not whole.', by: PRIVATE_KEY,
    query: { format: { ...oneOf('csv', 'json'), default: 'csv' } },
    answers: {
      200: {
        description: 'The participants; as JSON, the contest and its facts as well.',
        headers: { 'Content-Disposition': { required: true, schema: { type: 'string', pattern: '^attachment; filename="[A-Za-z0-9_-]+\\.(csv|json)"$' } } },
        content: {
          'text/csv': {
            schema: { type: 'string' },
            example: `id,email,name,phone,points,emailConfirmed,disqualified,referralCode,referralsCount,visits,purchases,createdAt,flags\r\n${joe.id},joe@example.com,Joe,,5,false,false,REF-7CXT87,0,0,1,${joe.createdAt},\r\n`,
          },
          'application/json': {
            schema: exported,
            example: {
              contest: autumnWhole, final: null, entries: [{ ...joe, referralsCount: 0, visits: 0, purchases: 1 }],
              facts: [{ id: `joined/${joe.id}`, payload: { at: 1_795_543_200_000, code: 'REF-7CXT87' } }],
            },
          },
        },
      },
    },
  }),
];
