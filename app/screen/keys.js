// The team's API keys: made, shown once, and revoked.

import { h } from '../../widget/dom.js';
import { erase, post, session } from '../api.js';
import { everything } from '../every.js';
import { askFirst } from '../part/ask_first.js';
import { shownCode } from '../part/code.js';
import { field, form, select } from '../part/form.js';
import { table } from '../part/table.js';
import { say } from '../say.js';
import { time } from '../words.js';

const KINDS = { public: 'Public: it reads, with addresses masked', private: 'Private: it does everything' };
const called = ({ name, id }) => name || `Key ${id}`;

/** A key's id follows from the key. */
async function idOf(key) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return [...new Uint8Array(hash).subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function keys({ signal, show }) {
  const mine = await idOf(session.key);
  const list = h('div', { class: 'stack', tabindex: '-1' });
  const fresh = h('div', {});
  let known;
  const revoking = askFirst({
    title: 'Revoke the key?', yes: 'Revoke',
    words: (key) => consequences(key, mine, known),
    async act(key) {
      await erase(`/api/v1/keys/${key.id}`, undefined, { signal });
      if (key.id === mine) {
        session.forget();
        say('The key is revoked, and you are signed out.');
        return show();
      }
      say(`${called(key)} is revoked: it opens nothing any more, within about a minute everywhere.`);
      fresh.replaceChildren();
      await look();
      list.focus();
    },
  });
  const look = async () => {
    known = await everything('/api/v1/keys', signal);
    list.replaceChildren(...[rows(known, mine, revoking.open), known.length === 1 && alone()].filter(Boolean));
  };
  await look();
  return [
    h('h1', {}, 'API keys'),
    h('p', { class: 'lead' }, 'Give every page, server and person a key of their own, so that each can be revoked alone. All open the contests of your team.'),
    list,
    making(async (made) => {
      fresh.replaceChildren(once(made));
      await look();
    }, signal),
    fresh, revoking.dialog,
  ];
}

const rows = (known, mine, revoke) => table({
  caption: 'API keys', unseen: true,
  columns: [['Name', 'grow'], ['Id', 'wide-only'], ['Made', 'wide-only'], [h('span', { class: 'unseen' }, 'Revoke'), 'number']],
  rows: known.map((key) => [
    [
      h('span', {}, called(key)),
      h('span', { class: 'badges' },
        h('span', { class: 'badge' }, key.kind === 'private' ? 'Private' : 'Public'),
        key.id === mine && h('span', { class: 'badge good' }, 'You are signed in with it')),
    ],
    h('code', {}, key.id), time(key.createdAt),
    h('button', { type: 'button', class: 'button quiet small', click: () => revoke(key) }, 'Revoke …', h('span', { class: 'unseen' }, ` ${called(key)}`)),
  ]),
});

const alone = () => h('p', { class: 'note' }, 'There is only the one you are signed in with. Make a private one for your server, or a public one for a page that shows points.');

/** What will not work any more; of one's own key, what that means. */
function consequences(key, mine, known) {
  const others = known.some(({ id, kind }) => kind === 'private' && id !== key.id);
  return [
    h('p', {}, 'Whatever asks with ', h('strong', {}, called(key)), ' is refused then, within about a minute everywhere. It cannot be taken back.'),
    key.id === mine && h('p', { class: 'wrong' }, 'You are signed in with this key. You will be signed out, and come in again with another private one only.'),
    key.kind === 'private' && !others && h('p', { class: 'wrong' }, 'It is the only private key of your team: after it, only whoever runs the deployment can make one, with its ADMIN_TOKEN.'),
  ];
}

function making(done, signal) {
  const name = h('input', { name: 'name', maxlength: '200', autocomplete: 'off', required: true });
  const kind = select('kind', KINDS, 'public');
  return h('section', { class: 'panel narrow stack', 'aria-labelledby': 'make' }, h('h2', { id: 'make' }, 'Make a key'), form({
    label: 'Make a key', submit: 'Make the key', quiet: true,
    fields: [
      field({ label: 'Name', input: name, help: 'For you: what it is for, such as “the shop’s server”.' }),
      field({ label: 'Kind', input: kind, help: 'A public key may stand in a page, and completes bonus actions. A private one belongs on a server.' }),
    ],
    async act(whole) {
      const made = await post('/api/v1/keys', { name: name.value, kind: kind.value }, { signal });
      whole.reset();
      await done(made);
    },
  }));
}

const once = ({ name, key }) => h('div', { class: 'note stack', role: 'status' },
  h('p', {}, h('strong', {}, 'The key is shown this once.'), ` Put it where ${name} needs it: nobody can look it up later.`), shownCode('The key', key));
