// What an owner may set, once for what is sent and what is answered. A name that is not here is refused.

import { attribution, lines, RULES, someText, token } from './fields.mjs';
import { answered, boolean, described, list, named, oneOf, optional, orNull } from './schema.mjs';

/** A setting that is answered in another shape than it is sent in. */
const either = (sent, shown) => ({ sent, shown });
/** Settings of one subject. */
const group = (fields) => ({ fields });

const PLAIN = '!#-;=?-\\[\\]-~';
const HOST = '!$-.0-;=A-\\[\\]-~';
const origin = `https?://[${HOST}]+`;

const fixed = { type: 'integer', minimum: 0, maximum: 1_000_000 };
const rate = { type: 'number', minimum: 0, maximum: 1_000_000 };
const shares = (share) => group({ advocate: share, friend: share });

const isSet = answered({ set: boolean });
const SHOWN = 'What an answer shows of it may be sent back, and changes nothing; `null` or `""` removes it.';
const secret = either(
  described({ anyOf: [{ type: 'string', pattern: '^([!-~]{8,200})?$' }, { type: 'object', properties: { set: boolean }, required: ['set'] }] }, `8 to 200 visible ASCII characters. ${SHOWN}`),
  described(isSet, 'Never shown.'),
);
const signingSecrets = either(
  described(
    { anyOf: [list({ type: 'string', pattern: '^whsec_[!-~]{2,194}$' }, { maxItems: 5 }), { const: '' }, { type: 'object', properties: { set: boolean }, required: ['set'] }] },
    `Several while one takes over from another. ${SHOWN}`,
  ),
  described(answered({ set: boolean, count: { type: 'integer', minimum: 0, maximum: 5 } }), 'Never shown.'),
);
const testMode = described(boolean, 'Takes orders that no money stands behind.');

const bonusAction = {
  id: token, action: described(someText(200), 'What kind it is of, such as `follow`.'), description: described(lines(2000), 'What to do, for people.'), points: fixed,
};
const { description: whatToDo, ...mustBeThere } = bonusAction;
export const shownBonusActions = list(answered(bonusAction), { maxItems: 100 });

const DOUBTS = {
  selfReferral: 'What is done where the friend\'s address is another spelling of the advocate\'s mailbox.',
  sameBrowser: 'Where the friend came with the browser that the advocate signed up with.',
  bots: 'Where the browser says that it is a bot.',
  disposable: 'Where the friend\'s address is from a service for throw-away addresses.',
};

const points = group({
  signup: shares(fixed),
  purchase: group({
    advocate: fixed, friend: fixed,
    perUnit: shares(described(rate, 'Points for each major unit, rounded half up: at 1, 79.99 is 80. At most four decimals.')),
    minAmount: described(rate, 'In major units, with at most four decimals; what costs less earns nothing.'),
  }),
});

const SETTINGS = {
  referralTracking: described(boolean, 'Whether anything is tracked.'),
  siteUrl: described(
    either({ type: 'string', maxLength: 2048, pattern: `^${origin}([/?#][${PLAIN}]*)?$` }, orNull({ type: 'string' })), 'Where referral links lead.'),
  points,
  attribution: described(attribution, 'Which of several links gets the credit.'),
  windowDays: described({ type: 'integer', minimum: 1, maximum: 400 }, 'For how many days after a link brought a friend it gets the credit.'),
  purchaseTrust: described(oneOf('browser', 'confirmed'), '`confirmed` keeps what a browser says of an order pending until a server says the same.'),
  exposeReferrer: described(oneOf('none', 'masked', 'email'), 'What `validate-code` tells a stranger of a code\'s owner.'),
  leaderboardNames: described(oneOf('none', 'masked', 'full'), 'How those on the leaderboard are called where everybody may read it: `Jane D.` where they are masked.'),
  requireConfirmation: described(boolean, 'Whether only those whose address is confirmed hold a place.'),
  allowedOrigins: described(list({ type: 'string', maxLength: 2048, pattern: `^${origin}$` }, { maxItems: 50 }), 'Whose pages may call the referral endpoints; none are all.'),
  bonusActions: described(
    either(
      list({ type: 'object', properties: { ...mustBeThere, ...optional({ description: whatToDo }) }, required: Object.keys(mustBeThere), additionalProperties: false }, { maxItems: 100 }),
      shownBonusActions,
    ),
    'Each `id` once.',
  ),
  caps: group({ perAdvocatePerDay: described(either({ type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 }, orNull({ type: 'integer', minimum: 0 })), 'The most points that friends earn one advocate on one day in UTC.') }),
  trust: group(Object.fromEntries(RULES.map((rule) => [rule, described(oneOf('off', 'flag', 'block'), DOUBTS[rule])]))),
  webhookSecret: secret,
  stripe: group({ signingSecrets, testMode }),
  shopify: group({ secret, testMode }),
};

function part(schema, which) {
  if (schema.fields) return which === 'sent' ? sentGroup(schema.fields) : shownGroup(schema.fields);
  const { sent, shown, description, ...same } = schema;
  return { ...({ sent, shown }[which] ?? same), ...(description && { description }) };
}
const parts = (fields, which) => Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, part(schema, which)]));
const shownGroup = (fields) => answered(parts(fields, 'shown'));
const sentGroup = (fields) => ({ type: 'object', properties: optional(parts(fields, 'sent')), additionalProperties: false });

export const pointRules = part(points, 'shown');
export const settings = named('Settings', shownGroup(SETTINGS));
export const newSettings = named('NewSettings', described(sentGroup(SETTINGS), 'What is left out, or `null`, is the default where a contest is made. Where it is changed, what is left out stays.'));
