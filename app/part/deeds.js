// What an owner may do about a participant: bonus actions and points by hand, confirm, disqualify, correct, erase.

import { h } from '../../widget/dom.js';
import { erase, post, put } from '../api.js';
import { say } from '../say.js';
import { signed } from '../words.js';
import { askFirst } from './ask_first.js';
import { bonuses } from './bonus.js';
import { to } from './contest.js';
import { field, form } from './form.js';
import { called } from './person.js';

const section = (id, title, ...inside) => h('section', { class: 'panel', 'aria-labelledby': id }, h('h2', { id }, title), ...inside);

/** `{ elements, show(person, bonusActions) }`; `person()` is the one of now, `done` is called when something was done. */
export function deeds({ path, contest, signal, person, done }) {
  const { place, states } = standing({ path, signal, person, done });
  const bonus = bonuses({ path, contest, signal, done });
  const { correcting, fill } = corrections({ path, signal, done });
  return {
    elements: [
      section('bonus', 'Bonus actions', bonus.element),
      section('adjust', 'Give or take points', points({ path, signal, done })),
      section('standing', 'Their place', place),
      section('correct', 'Correct', correcting),
      section('erase', 'Erase', ...erasing({ path, contest, person })),
    ],
    show(known, actions) {
      bonus.show(actions);
      states(known);
      fill(known);
    },
  };
}

function points({ path, signal, done }) {
  const amount = h('input', { name: 'points', type: 'number', step: '1', required: true, inputmode: 'numeric' });
  const reason = h('input', { name: 'reason', maxlength: '200', autocomplete: 'off' });
  // The same click twice, or an answer that was lost, gives them once.
  let event = crypto.randomUUID();
  return form({
    label: 'Give or take points', submit: 'Book them', quiet: true,
    fields: [
      field({ label: 'Points', input: amount, help: 'Below zero takes them.' }),
      field({ label: 'Reason', input: reason, help: 'It is kept until the person is erased.' }),
    ],
    async act(whole) {
      const { adjusted } = await post(`${path}/points`, { points: Number(amount.value), reason: reason.value, eventId: event }, { signal });
      event = crypto.randomUUID();
      say(`${signed(adjusted)} booked.`);
      whole.reset();
      await done();
    },
  });
}

function standing({ path, signal, person, done }) {
  const reason = h('input', { name: 'reason', maxlength: '200', autocomplete: 'off' });
  const why = field({ label: 'Reason', input: reason, help: 'It is kept until the person is erased.' });
  const act = (deed) => async () => {
    try {
      await deed();
      await done();
    } catch (error) {
      say(error.message);
    }
  };
  const confirm = h('button', {
    type: 'button', class: 'button quiet small',
    click: act(async () => {
      const { emailConfirmed } = await put(path, { emailConfirmed: !person().emailConfirmed }, { signal });
      say(emailConfirmed ? 'The address is confirmed.' : 'The address is not confirmed any more.');
    }),
  });
  const disqualify = h('button', {
    type: 'button', class: 'button quiet small',
    click: act(async () => {
      const { disqualified } = await post(`${path}/disqualify`, { disqualified: !person().disqualified, reason: reason.value }, { signal });
      reason.value = '';
      say(disqualified ? 'Disqualified: the points stay, the place is gone.' : 'The place is theirs again.');
    }),
  });
  return {
    place: h('div', { class: 'stack' }, h('p', { class: 'actions' }, confirm), why, h('p', { class: 'actions' }, disqualify)),
    states({ emailConfirmed, disqualified }) {
      confirm.textContent = emailConfirmed ? 'The address is not confirmed' : 'Confirm the address';
      disqualify.textContent = disqualified ? 'Give the place back' : 'Disqualify';
    },
  };
}

function corrections({ path, signal, done }) {
  const name = h('input', { name: 'name', maxlength: '200', autocomplete: 'off' });
  const phone = h('input', { name: 'phone', maxlength: '40', autocomplete: 'off' });
  const correcting = form({
    label: 'Correct', submit: 'Save', quiet: true,
    fields: [field({ label: 'Name', input: name }), field({ label: 'Phone', input: phone })],
    async act() {
      await put(path, { name: name.value, phone: phone.value }, { signal });
      say('Saved.');
      await done();
    },
  });
  return {
    correcting,
    fill(known) {
      if (correcting.contains(document.activeElement)) return; // Somebody is writing.
      name.value = known.name ?? '';
      phone.value = known.phone ?? '';
    },
  };
}

function erasing({ path, contest, person }) {
  const asking = askFirst({
    title: 'Erase for good?', yes: 'Erase',
    words: (who) => h('p', {}, 'Name, e-mail and phone of ', h('strong', {}, called(who)), ' are deleted, and nobody can bring them back. The points of everybody else stay.'),
    async act() {
      await erase(path);
      say('Erased.');
      location.hash = to(contest.id, 'entries');
    },
  });
  return [
    h('p', {}, 'Forgets the person, as they may ask you to. A sign-up that comes again is refused.'),
    h('p', { class: 'actions' }, h('button', { type: 'button', class: 'button quiet small', click: () => asking.open(person()) }, 'Erase …')),
    asking.dialog,
  ];
}
