// How a participant is called and marked, wherever one is shown. All of it was written by strangers.

import { h } from '../../widget/dom.js';

export const DOUBTS = {
  selfReferral: 'refers themself',
  sameBrowser: 'same browser',
  bots: 'bot',
  disposable: 'throw-away address',
};

export const called = ({ name, email, phone, referralCode }) => name ?? email ?? phone ?? referralCode ?? 'Nobody known';

export const marks = ({ emailConfirmed, disqualified, flags = [] }) => [
  disqualified && h('span', { class: 'badge bad' }, 'Disqualified'),
  emailConfirmed && h('span', { class: 'badge good' }, 'Confirmed'),
  ...flags.map((flag) => h('span', { class: 'badge' }, DOUBTS[flag] ?? flag)),
].filter(Boolean);
