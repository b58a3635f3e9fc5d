// The fields that several areas share, each with its limits. The server trims what it is sent before it looks at it.

import { answered, count, described, list, named, oneOf, orNull, sent } from './schema.mjs';

const CONTROL = '\\x00-\\x1f\\x7f-\\x9f';
const CONTROL_BUT_BREAKS = '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f';

/** Text of one line. Nothing is the same as left out. */
export const text = (maxLength) => ({ type: 'string', maxLength, pattern: `^[^${CONTROL}]*$` });
/** Text of one line that says something. */
export const someText = (maxLength) => ({ type: 'string', minLength: 1, maxLength, pattern: `^[^${CONTROL}]*[^${CONTROL}\\s][^${CONTROL}]*$` });
/** Text of several lines. */
export const lines = (maxLength) => ({ type: 'string', maxLength, pattern: `^[^${CONTROL_BUT_BREAKS}]*$` });
/** Whatever is no blank. */
export const something = { type: 'string', minLength: 1, pattern: '\\S' };

export const token = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' };
export const hex = (length) => ({ type: 'string', pattern: `^[0-9a-f]{${length}}$` });
export const time = { type: 'string', format: 'date-time', examples: ['2026-11-24T18:00:00.000Z'] };

export const contestId = described({ ...token, examples: ['demo'] }, "The contest, the script's `campaignId`.");
export const entryId = { ...hex(32), examples: ['4528decec338e032675ca51a24054b91'] };
export const purchaseId = described({ ...hex(32), examples: ['ec4578fc5b8aa59d0cefa43bb3c78eeb'] }, 'Follows from the contest and the order.');

/** A code that must be there. */
export const referralCode = described({ ...token, examples: ['REF-XYZ789'] }, 'In any case.');
/** A code that may be left out. */
export const givenCode = described({ type: 'string', pattern: '^[A-Za-z0-9_-]{0,64}$', examples: ['REF-XYZ789'] }, 'The code of whoever brought them.');
/** A code as it is answered. */
export const shownCode = { type: 'string', pattern: '^[A-Z0-9_-]{1,64}$', examples: ['REF-XYZ789'] };

export const email = described({ type: 'string', format: 'idn-email', maxLength: 254, examples: ['joe@example.com'] }, 'In any case; kept in lower case.');
export const name = { ...text(200), examples: ['Joe'] };
const dialled = `(?:[^0-9${CONTROL}]*[0-9]){5}[^${CONTROL}]*`;
const asPhone = (pattern) => described({ type: 'string', maxLength: 40, pattern, examples: ['+49 170 1234567'] }, 'With at least five digits, written in any way.');
export const phone = asPhone(`^(${dialled})?$`);
export const somePhone = asPhone(`^${dialled}$`);
export const blank = { type: 'string', maxLength: 0 };
export const eventId = described({ ...token, examples: ['0193e0c2-8f1a-7c3d-9b1e-2f6a7c8d9e0f'] }, "The caller's own id of this event: the same one counts once. A UUID of version 7 says when it happened.");
export const reason = described(text(200), 'For people. Removed when the person is erased.');

export const orderId = described({ ...someText(200), examples: ['1001'] }, "The shop's number of the order; once a contest.");
export const amount = described(
  { type: 'number', exclusiveMinimum: 0, maximum: 1e9, examples: [79.99] },
  'In major units (79.99), with no more decimals than the currency has: two for USD, none for JPY, three for KWD.',
);
export const currency = described(
  { type: 'string', format: 'iso-4217', pattern: '^([A-Za-z]{3})?$', default: 'USD', examples: ['USD'] },
  'An ISO 4217 code, in any case.',
);

/** What is answered of a person; what is not known is `null`, and a public key sees address and phone masked. */
export const person = { email: orNull({ type: 'string' }), name: orNull({ type: 'string' }), phone: orNull({ type: 'string' }) };

export const points = { type: 'integer' };
export const shares = named('Shares', described(answered({ advocate: count, friend: count }), 'Points for whoever shared the code, and for whom it brought.'));
export const alreadyExists = described({ type: 'boolean' }, 'Whether it was known before, and nothing was given again.');
export const isReferred = described({ type: 'boolean' }, 'Whether somebody gets the credit for them.');
export const attribution = oneOf('first', 'last');

/** The rules on doubtful referrals, as their settings are called. */
export const RULES = ['selfReferral', 'sameBrowser', 'bots', 'disposable'];
/** By which of them something is doubtful. */
export const flags = described(list(oneOf(...RULES), { uniqueItems: true }), 'By which rules of `settings.trust` it is doubtful, flagged or blocked.');
/** The browser that signs up or buys, by the random id that it made for itself. */
export const visitorId = described({ examples: ['browser-1'] }, 'The browser, as in `trackVisit`, to be compared with the advocate\'s; anything else is ignored.');

/** An order, as all who report one write it. */
export const sale = (more, required) => sent({ ...required, orderId, amount, email }, { currency, eventId, ...more });
