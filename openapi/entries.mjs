// Participants.

import { alreadyExists, blank, contestId, email, entryId, eventId, flags, givenCode, isReferred, name, person, phone, points, reason, shares, shownCode, somePhone, time, token } from './fields.mjs';
import { ANY_KEY, area, body, created, data, PAGE, page, PRIVATE_KEY } from './operation.mjs';
import { answered, boolean, described, list, named, oneOf, orNull, sent } from './schema.mjs';

const { get, post, put, delete: remove } = area('Entries');

export const shownEntry = { id: entryId, ...person, points, emailConfirmed: boolean, disqualified: boolean, referralCode: shownCode, createdAt: time };
const listed = named('Entry', described(answered(shownEntry, { flags }), 'What is not known is `null`. A public key sees `j***@example.com` and `***67`, and no `flags`.'));
const whole = named('EntryOfContest', answered({ ...shownEntry, contestId: token }, { flags }));

export const joe = {
  id: '4528decec338e032675ca51a24054b91', email: 'joe@example.com', name: 'Joe', phone: null, points: 5, emailConfirmed: false, disqualified: false,
  referralCode: 'REF-7CXT87', createdAt: '2026-11-24T18:00:00.000Z', flags: [],
};
const wholeJoe = { ...joe, contestId: 'autumn' };

const more = { name, referralCode: givenCode };
const added = answered({ id: entryId, ...person, referralCode: shownCode, createdAt: time, alreadyExists, isReferred, pointsAwarded: shares });
const addedJoe = {
  id: joe.id, email: 'joe@example.com', name: 'Joe', phone: null, referralCode: 'REF-7CXT87', createdAt: joe.createdAt, alreadyExists: false, isReferred: true,
  pointsAwarded: { advocate: 10, friend: 5 },
};
const nothing = { advocate: 0, friend: 0 };

const order = answered({ orderId: { type: 'string' }, amount: { type: 'number' }, currency: { type: 'string', pattern: '^[A-Z]{3}$' } });
const grant = answered({
  cause: described(
    oneOf('friendSignedUp', 'signedUpReferred', 'friendPurchased', 'purchased', 'pending', 'refunded', 'disputed', 'bonus', 'adjusted', 'capped', 'blocked'),
    'What gave or took the points.',
  ),
  rule: described({ type: 'string' }, 'The setting, or the rule that is no setting.'), at: time, points,
  reason: described(orNull({ type: 'string' }), 'For a person.'), flags,
  order: described(orNull(order), 'The order that it is for; `null` of anything else.'),
  friend: described(orNull(entryId), 'Who else signed up or bought, if they still take part.'), fact: described(orNull({ type: 'string' }), 'The id of the fact.'),
});

const disqualification = answered({ at: time, disqualified: boolean, reason: described(orNull({ type: 'string' }), 'As its owner wrote it.') });

const adjusted = answered({ id: entryId, adjusted: points, points: described(points, 'The new total.'), alreadyExists });
const erased = answered({ id: entryId, erased: { const: true }, alreadyExists });

const whose = { email, contestId };
const bonusAction = answered({
  id: token, action: { type: 'string' }, description: { type: 'string' }, points: { type: 'integer', minimum: 0 }, completed: boolean, completedAt: orNull(time),
});
const completed = answered({ entryId, actionId: token, points: { type: 'integer', minimum: 0 }, alreadyExists });
const followed = { entryId: joe.id, actionId: 'follow', points: 5, alreadyExists: false };

const ERASED = { 410: true };
const UNKNOWN = '`Contest not found`, `Entry not found`';

export default [
  get('/api/v1/contests/{contestId}/entries', 'listEntries', {
    summary: 'The participants', description: 'Who joined first comes first.', by: ANY_KEY,
    query: { ...PAGE, search: described({ type: 'string' }, 'A part of the e-mail address or the name, in any case; with a public key, of the masked address.') },
    answers: { 200: page(listed, joe) },
  }),
  post('/api/v1/contests/{contestId}/entries', 'createEntry', {
    summary: 'Add a participant', by: PRIVATE_KEY,
    body: body({ anyOf: [sent({ email }, { phone, ...more }), sent({ phone: somePhone }, { email: blank, ...more })] }, { email: 'joe@example.com', name: 'Joe', referralCode: 'REF-XYZ789' }),
    answers: { 201: created(added, addedJoe), 200: data(added, { ...addedJoe, alreadyExists: true, pointsAwarded: nothing }) },
    refusals: { 404: '`Contest not found`, `Referral code not found`', ...ERASED },
  }),
  get('/api/v1/entries/{entryId}', 'showEntry', { summary: 'A participant', by: ANY_KEY, answers: { 200: data(whole, wholeJoe) }, refusals: ERASED }),
  put('/api/v1/entries/{entryId}', 'changeEntry', {
    summary: 'Change what is known of a participant', by: PRIVATE_KEY,
    description: 'What is left out stays, `""` removes. That by which the entry is known, the `email` or else the `phone`, may be sent and cannot be changed.',
    body: body(sent({}, { name, phone, emailConfirmed: boolean }), { name: 'Joe B.', emailConfirmed: true }),
    answers: { 200: data(whole, { ...wholeJoe, name: 'Joe B.', emailConfirmed: true }) },
    refusals: ERASED,
  }),
  remove('/api/v1/entries/{entryId}', 'eraseEntry', {
    summary: 'Forget a person', by: PRIVATE_KEY,
    description: 'Name, address and phone are deleted, the code leads to nobody, and who was erased is not added again. The points of everybody else stay.',
    answers: { 200: data(erased, { id: joe.id, erased: true, alreadyExists: false }) },
  }),
  post('/api/v1/entries/{entryId}/disqualify', 'disqualifyEntry', {
    summary: 'Take or give back a place', description: 'The points stay.', by: PRIVATE_KEY,
    body: body(sent({ disqualified: boolean }, { reason, eventId }), { disqualified: true, reason: 'Twice the same' }),
    answers: { 200: data(whole, { ...wholeJoe, disqualified: true }) },
    refusals: ERASED,
  }),
  post('/api/v1/entries/{entryId}/points', 'adjustPoints', {
    summary: 'Give or take points by hand', description: 'With an `eventId`, once.', by: PRIVATE_KEY,
    body: body(
      sent({ points: described({ type: 'integer', minimum: -1e9, maximum: 1e9, not: { const: 0 } }, 'Not 0.') }, { reason, eventId }),
      { points: -5, reason: 'Late entry', eventId: 'late-1' },
    ),
    answers: {
      201: created(adjusted, { id: joe.id, adjusted: -5, points: 0, alreadyExists: false }),
      200: data(adjusted, { id: joe.id, adjusted: -5, points: 0, alreadyExists: true }),
    },
    refusals: ERASED,
  }),
  get('/api/v1/entries/{entryId}/why', 'explainPoints', {
    summary: 'Why an entry has its points', description: 'The grants add up to `points`, the earliest first.', by: PRIVATE_KEY,
    answers: {
      200: data(answered({ id: entryId, points, grants: list(grant), disqualifications: list(disqualification) }), {
        id: joe.id, points: 5,
        grants: [{
          cause: 'signedUpReferred', rule: 'settings.points.signup.friend, when it happened', at: joe.createdAt, points: 5, reason: null, flags: [], order: null, friend: null, fact: `joined/${joe.id}`,
        }],
        disqualifications: [],
      }),
    },
    refusals: ERASED,
  }),
  ...['{entryId}', 'lookup'].flatMap(bonusActions),
];

/** Of an entry; or of whoever an address is of. */
function bonusActions(id) {
  const by = id === 'lookup' ? ['OfEmail', 'Of whoever the `email` is of.'] : ['', undefined];
  return [
    get(`/api/v1/entries/${id}/bonus-actions`, `listBonusActions${by[0]}`, {
      summary: 'What a participant may do for points', description: by[1], by: ANY_KEY, ...(id === 'lookup' && { must: whose }),
      answers: {
        200: data(list(bonusAction, { maxItems: 100 }), [{ id: 'follow', action: 'follow', description: 'Follow us', points: 5, completed: true, completedAt: joe.createdAt }]),
      },
      refusals: { 404: UNKNOWN, ...ERASED },
    }),
    post(`/api/v1/entries/${id}/bonus-actions/{actionId}/complete`, `completeBonusAction${by[0]}`, {
      summary: 'A participant did it', by: ANY_KEY,
      description: ['Once an entry and action, at the points of the moment.', by[1] && `${by[1]} (Both may stand in the query instead.)`].filter(Boolean).join(' '),
      ...(id === 'lookup' && { body: body(sent(whose), { email: 'joe@example.com', contestId: 'autumn' }) }),
      answers: { 201: created(completed, followed), 200: data(completed, { ...followed, alreadyExists: true }) },
      refusals: { 403: 'The contest is over, paused or a draft', 404: `${UNKNOWN}, \`Bonus action not found\``, ...ERASED },
    }),
  ];
}
