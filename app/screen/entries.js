// The participants of a contest: to search, to page through, to add, to take along.

import { h } from '../../widget/dom.js';
import { ask, at, post } from '../api.js';
import { live } from '../live.js';
import { exported, imported } from '../part/carry.js';
import { head, read, to } from '../part/contest.js';
import { field, form } from '../part/form.js';
import { job } from '../part/job.js';
import { pages } from '../part/pages.js';
import { called, marks } from '../part/person.js';
import { replace } from '../part/replace.js';
import { table } from '../part/table.js';
import { say } from '../say.js';
import { count, many, time } from '../words.js';

const PAGE = 20;
/** So long somebody pauses when they have typed what they look for. */
const TYPED_MS = 300;

export async function entries({ parts: { id }, query, signal }) {
  const contest = await read(id, signal);
  const list = h('div', {});
  const found = h('p', { class: 'muted', role: 'status' });
  let page = Math.max(1, Number(query.get('page')) || 1);
  let look;

  const search = h('input', { type: 'search', name: 'search', value: query.get('search') ?? '', autocomplete: 'off', maxlength: '200' });
  const address = (n) => {
    const asked = new URLSearchParams({ ...(search.value && { search: search.value }), ...(n > 1 && { page: n }) });
    return `${to(id, 'entries')}${asked.size ? `?${asked}` : ''}`;
  };
  let typed;
  search.addEventListener('input', () => {
    clearTimeout(typed);
    typed = setTimeout(() => {
      page = 1;
      history.replaceState(null, '', address(1));
      look().catch((error) => say(error.message));
    }, TYPED_MS);
  });

  const shown = ({ data, pagination }) => {
    found.textContent = search.value ? `${many(pagination.total, 'participant')} with “${search.value}” in name or e-mail` : many(pagination.total, 'participant');
    replace(list, data.length ? rows(id, data) : nobody(search.value, pagination.total), pages(pagination, address, ['Earlier', 'Later']));
  };
  look = await live(
    () => ask('GET', at(id, `/entries?${new URLSearchParams({ page, limit: PAGE, ...(search.value && { search: search.value }) })}`), { signal }),
    shown, signal);

  return [
    head(contest, 'entries'),
    h('div', { class: 'narrow' }, field({ label: 'Search', input: search, help: 'In name and e-mail.' })),
    found, list,
    h('div', { class: 'overview' }, adding(id, () => look(), signal), carrying(contest, () => look(), signal)),
  ];
}

const rows = (id, people) => table({
  caption: 'Participants', unseen: true,
  columns: [['Who', 'grow'], ['Code', 'wide-only'], ['Joined', 'wide-only'], ['Points', 'number']],
  rows: people.map((person) => [
    [
      h('a', { href: to(id, 'entries', person.id) }, called(person)),
      person.name && h('span', { class: 'muted under' }, person.email ?? person.phone),
      h('span', { class: 'badges' }, ...marks(person)),
    ],
    h('code', {}, person.referralCode), time(person.createdAt), count(person.points),
  ]),
});

function nobody(search, total) {
  const words = search ? 'Nobody here is called so.' : 'Nobody takes part yet. Whoever signs up on your site shows up here by themself; or add the first one below.';
  return h('p', { class: 'note' }, total > 0 ? 'Nobody is on this page.' : words);
}

function adding(id, done, signal) {
  const email = h('input', { name: 'email', type: 'email', autocomplete: 'off', required: true });
  const name = h('input', { name: 'name', autocomplete: 'off' });
  const code = h('input', { name: 'referralCode', autocomplete: 'off', placeholder: 'REF-XYZ789' });
  return h('section', { class: 'panel', 'aria-labelledby': 'add' }, h('h2', { id: 'add' }, 'Add a participant'),
    form({
      label: 'Add a participant', submit: 'Add', quiet: true,
      fields: [
        field({ label: 'E-mail', input: email }),
        field({ label: 'Name', input: name }),
        field({ label: 'Brought by the code', input: code, help: 'Empty: nobody brought them.' }),
      ],
      async act(whole) {
        const made = await post(at(id, '/entries'), { email: email.value, name: name.value, referralCode: code.value }, { signal });
        say(made.alreadyExists ? `${called(made)} takes part already.` : `${called(made)} takes part.`);
        whole.reset();
        await done();
      },
    }));
}

function carrying(contest, done, signal) {
  const place = h('div', {});
  const file = h('input', { type: 'file', accept: '.csv,text/csv', required: true, name: 'participants' });
  const button = (format, words) => h('button', { type: 'button', class: 'button quiet small', click: () => job(place, `Export as ${words}`, exported(contest, format), signal) }, `Export as ${words}`);
  return h('section', { class: 'panel', 'aria-labelledby': 'carry' }, h('h2', { id: 'carry' }, 'Take along'),
    h('p', {}, 'CSV has the participants, JSON everything that happened as well.'),
    h('p', { class: 'actions' }, button('csv', 'CSV'), button('json', 'JSON')),
    form({
      label: 'Import', submit: 'Import', quiet: true,
      fields: [field({
        label: 'Participants from elsewhere', input: file,
        help: 'CSV whose first line names its columns: email, name, referralCode, points. Codes are kept, so links that were shared go on working. Importing again changes nothing.',
      })],
      async act() {
        await job(place, 'Import', imported(contest, file.files[0]), signal);
        await done();
      },
    }),
    place);
}
