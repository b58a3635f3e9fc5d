// The test mode: another contest with the same settings, to fill as one likes.

import { h } from '../../widget/dom.js';
import { fetched } from '../api.js';
import { head, read, to } from '../part/contest.js';
import { field, form } from '../part/form.js';
import { job } from '../part/job.js';
import { someAdvocate } from '../part/stripe.js';
import { say } from '../say.js';
import { hasRoom, makeTwin, realOf, twinOf } from '../twin.js';
import { many } from '../words.js';

export async function test({ parts: { id }, signal }) {
  const contest = await read(id, signal);
  const real = realOf(contest);
  return real === null ? beside(contest, signal) : inside(contest, real, signal);
}

/** In a real contest: the way to its twin. */
async function beside(contest, signal) {
  const twin = await twinOf(contest.id, signal);
  const words = 'A test contest has the settings of this one and an id of its own. What happens in it is in no figure, no leaderboard and no export of this one. It has no secrets: set those of a Stripe or Shopify test account.';
  const act = twin
    ? h('a', { class: 'button', href: to(twin.id) }, 'Open the test contest')
    : h('button', { type: 'button', class: 'button', click: making(contest.id, signal) }, 'Make the test contest');
  return [
    head(contest, 'test'),
    h('section', { class: 'panel narrow stack', 'aria-labelledby': 'try' }, h('h2', { id: 'try' }, 'Try it without consequences'), h('p', {}, words),
      hasRoom(contest.id) ? h('p', { class: 'actions' }, act) : h('p', { class: 'note' }, 'The id of this contest is too long for another one with -test behind it.')),
  ];
}

/** In a twin: fill it, or begin anew. */
function inside(contest, real, signal) {
  const friends = h('input', { name: 'friends', type: 'number', min: '1', max: '50', step: '1', value: '5', required: true });
  const place = h('div', {});
  return [
    head(contest, 'test'),
    h('div', { class: 'overview' },
      h('section', { class: 'panel stack', 'aria-labelledby': 'fill' }, h('h2', { id: 'fill' }, 'Fill it'),
        h('p', {}, 'Made-up friends open a participant’s link, sign up and buy, by the endpoints that a shopper’s browser calls.'),
        form({
          label: 'Fill it', submit: 'Send test events', quiet: true,
          fields: [field({ label: 'Friends', input: friends, help: '1 to 50.' })],
          async act() {
            await job(place, 'Test events', filling(contest.id, Number(friends.value)), signal);
          },
        }), place),
      h('section', { class: 'panel stack', 'aria-labelledby': 'anew' }, h('h2', { id: 'anew' }, 'Begin anew'),
        h('p', {}, 'Ends this one and makes an empty one with the settings that the real contest has now. The old one stays to be looked at.'),
        h('p', { class: 'actions' }, h('button', { type: 'button', class: 'button quiet small', click: making(real, signal) }, 'Make an empty test contest')))),
  ];
}

const making = (id, signal) => async (event) => {
  const { currentTarget: button } = event;
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  try {
    const made = await makeTwin(id, signal);
    say('The test contest is there.');
    location.hash = to(made.id);
  } catch (error) {
    button.removeAttribute('aria-disabled');
    if (!signal.aborted) say(error.message);
  }
};

const filling = (id, friends) => async (tell, signal) => {
  const advocate = await someAdvocate(id, signal);
  const track = (path, body) => fetched('POST', `/api/referral/${path}`, { body: { contestId: id, referralCode: advocate.referralCode, ...body }, signal });
  for (let n = 1; n <= friends; n += 1) {
    const who = crypto.randomUUID();
    const email = `friend-${who.slice(0, 8)}@example.com`;
    await track('track-visit', { visitorId: who, url: 'https://shop.example/test' });
    await track('track-signup', { email, name: `Test Friend ${n}` });
    await track('track-purchase', { email, orderId: `test-${who.slice(0, 8)}`, amount: 10 * n, currency: 'USD' });
    tell(`${many(n, 'friend')} of ${friends}`, n / friends);
  }
  return h('p', { role: 'status' }, `${many(friends, 'friend')} came, signed up and bought. `, h('a', { href: to(id) }, 'See how it stands'), '.');
};
