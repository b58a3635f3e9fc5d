// Every setting of a contest: what it is called, what it means, and how it is written. Limits are the API's to judge.

const DOUBT = { off: 'Off: nobody looks', flag: 'Flag: it earns, and is marked', block: 'Block: it earns nothing' };
const fixed = (path, label, help) => ({ path, label, help, kind: 'number', step: '1' });
const rate = (path, label, help) => ({ path, label, help, kind: 'number', step: 'any' });
const choice = (path, label, help, options) => ({ path, label, help, kind: 'choice', options });
const flag = (path, label, help) => ({ path, label, help, kind: 'flag' });

export const GROUPS = [
  {
    title: 'The contest',
    fields: [
      { path: 'title', label: 'Title', help: 'What participants see it called.', kind: 'text', required: true },
      { path: 'description', label: 'Description', help: 'A few sentences for participants. It stands on the contest’s own page.', kind: 'lines' },
      choice('status', 'Status', 'Only a running contest takes visits, sign-ups and orders.', { draft: 'Draft', active: 'Running', paused: 'Paused', ended: 'Ended' }),
      { path: 'startDate', label: 'First day', help: 'In UTC. Nothing is taken before. Empty: at once.', kind: 'day' },
      { path: 'endDate', label: 'Last day', help: 'In UTC, with the whole of the day. Empty: no end.', kind: 'day' },
      flag('isEvergreen', 'It has no end', 'The last day does not count, if one is set.'),
      choice('mode', 'Played as', 'It is for people: points are counted the same way.', { leaderboard: 'Leaderboard: most points win', giveaway: 'Giveaway: points are chances in a draw', waitlist: 'Waitlist: points move a place forward' }),
      { path: 'slug', label: 'Short name', help: 'Letters, digits, - and _. The id, if you set none.', kind: 'text' },
    ],
  },
  {
    title: 'Points',
    help: 'The advocate is whoever shared the link, the friend is whom it brought. Points that were given stay as they are when you change these.',
    name: 'points',
    fields: [
      fixed('settings.points.signup.advocate', 'Sign-up: for the advocate', 'When a friend signs up.'),
      fixed('settings.points.signup.friend', 'Sign-up: for the friend', 'As a welcome.'),
      fixed('settings.points.purchase.advocate', 'Order: for the advocate', 'The same for every order of a friend.'),
      fixed('settings.points.purchase.friend', 'Order: for the friend', 'The same for every order.'),
      rate('settings.points.purchase.perUnit.advocate', 'For each unit of money: for the advocate', 'For each dollar, euro, yen …, rounded half up: at 1, an order of 79.99 earns 80. Up to four decimals.'),
      rate('settings.points.purchase.perUnit.friend', 'For each unit of money: for the friend', 'The same for the buyer.'),
      rate('settings.points.purchase.minAmount', 'Least amount', 'An order below it earns nothing. In the order’s own currency.'),
      fixed('settings.caps.perAdvocatePerDay', 'At most for an advocate and day', 'What friends earn one advocate beyond it on one day in UTC counts 0. Empty: no limit.'),
    ],
  },
  {
    title: 'Links and credit',
    fields: [
      flag('settings.referralTracking', 'Track referrals', 'Switched off, visits, sign-ups and orders are refused.'),
      { path: 'settings.siteUrl', label: 'Your site', help: 'Where referral links lead.', kind: 'url' },
      choice('settings.attribution', 'Who gets the credit', 'Where a friend came by the links of several.', { first: 'Whose link was first', last: 'Whose link was last' }),
      fixed('settings.windowDays', 'For how many days', 'After a link brought a friend, it gets the credit for 1 to 400 days.'),
      { path: 'settings.allowedOrigins', label: 'Pages that may report', help: 'One origin a line, such as https://shop.example. Empty: all. Your server needs none.', kind: 'list' },
    ],
  },
  {
    title: 'Whom to trust',
    help: 'What was doubtful is seen at each participant, and in why they have their points.',
    fields: [
      choice('settings.purchaseTrust', 'An order that only a browser reports', 'Anybody can make a browser say anything.', { browser: 'Counts at once', confirmed: 'Waits until your server, Stripe or Shopify reports it too' }),
      flag('settings.requireConfirmation', 'Only confirmed addresses hold a place', 'You confirm an address by the API, or here at the participant.'),
      choice('settings.trust.selfReferral', 'People who refer themselves', 'The friend’s address leads to the advocate’s mailbox, as jane+2@gmail.com does to jane@gmail.com.', DOUBT),
      choice('settings.trust.sameBrowser', 'The same browser', 'The friend signs up with the browser that the advocate signed up with.', DOUBT),
      choice('settings.trust.bots', 'Bots', 'The browser says that it is one.', DOUBT),
      choice('settings.trust.disposable', 'Throw-away addresses', 'The friend’s address is of a service for them.', DOUBT),
    ],
  },
  {
    title: 'What strangers see',
    fields: [
      choice('settings.exposeReferrer', 'Of the owner of a code', 'To whoever asks whose code it is.', { none: 'Nothing', masked: 'The name, and j***@example.com', email: 'The name and the whole address' }),
      choice('settings.leaderboardNames', 'On the public leaderboard', 'In the widget and on the contest’s page.', { none: 'No names', masked: 'Jane D.', full: 'Jane Doe' }),
    ],
  },
  {
    title: 'Payments that are none',
    help: 'Of a test account no money comes. The test contest counts such payments; a real one, only if you say so here.',
    fields: [
      flag('settings.stripe.testMode', 'Count Stripe’s test payments', 'Those of a test account or a sandbox, with cards such as 4242 4242 4242 4242.'),
      flag('settings.shopify.testMode', 'Count Shopify’s test orders', 'Those that were paid through its Bogus Gateway, or in a payment provider’s test mode.'),
    ],
  },
  {
    title: 'Bonus actions',
    help: 'What participants get points for, once each: following you, answering a question. Your page or server says when it is done.',
    name: 'settings.bonusActions',
    fields: [{ path: 'settings.bonusActions', kind: 'actions' }],
  },
];

const inside = (contest, path) => path.split('.').reduce((value, name) => value?.[name], contest);

/** What a contest has at a path, as its control writes it. */
export function shown({ path, kind }, contest) {
  const value = inside(contest, path);
  if (kind === 'day') return value ? value.slice(0, 10) : '';
  if (kind === 'list') return (value ?? []).join('\n');
  if (kind === 'flag') return value === true;
  return value == null ? '' : String(value);
}

/** The API's value of what its control says; `null` is the default. */
export function meant({ kind }, text) {
  if (kind === 'flag') return text;
  if (kind === 'list') return text.split('\n').map((line) => line.trim()).filter(Boolean);
  if (text.trim() === '') return kind === 'lines' ? '' : null;
  return kind === 'number' ? Number(text) : text;
}

/** `{ settings: { siteUrl: … } }` of `[['settings.siteUrl', …]]`. */
export function body(changes) {
  const whole = {};
  for (const [path, value] of changes) {
    const names = path.split('.');
    const last = names.pop();
    let place = whole;
    for (const name of names) place = place[name] ??= {};
    place[last] = value;
  }
  return whole;
}
