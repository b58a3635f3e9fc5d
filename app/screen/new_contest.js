// A new contest: what it cannot do without. The rest has defaults, which its settings show and explain.

import { h } from '../../widget/dom.js';
import { post } from '../api.js';
import { to } from '../part/contest.js';
import { field, form } from '../part/form.js';
import { keep } from '../part/unsaved.js';
import { say } from '../say.js';

export function newContest({ signal }) {
  const title = h('input', { name: 'title', required: true, maxlength: '200', autocomplete: 'off' });
  const id = h('input', { name: 'id', maxlength: '64', pattern: '[A-Za-z0-9_\\-]+', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', title: '1 to 64 letters, digits, - and _' });
  const site = h('input', { name: 'settings.siteUrl', type: 'url', maxlength: '2048', placeholder: 'https://yoursite.com/', autocomplete: 'off' });
  const starts = h('input', { type: 'checkbox', name: 'status', checked: true });
  let isMade = false;
  keep(() => !isMade && ([title, id, site].some(({ value }) => value !== '') || !starts.checked), signal);
  return [
    h('p', { class: 'crumb' }, h('a', { href: '#/' }, 'Contests')),
    h('h1', {}, 'New contest'),
    h('div', { class: 'panel narrow' }, form({
      submit: 'Make the contest',
      fields: [
        field({ label: 'Title', input: title, help: 'What participants see it called.' }),
        field({ label: 'Your site', input: site, help: 'Where referral links lead. It may be added later.' }),
        field({ label: 'Id', input: id, help: 'It stands in the tag and in addresses, and cannot be changed. Left empty, it is a random one.' }),
        field({ label: 'Start right away', input: starts, inline: true, help: 'Otherwise it is a draft, which tracks nothing.' }),
      ],
      async act() {
        const made = await post('/api/v1/contests', {
          title: title.value,
          id: id.value || null,
          status: starts.checked ? 'active' : 'draft',
          settings: { siteUrl: site.value || null },
        });
        isMade = true;
        say(`${made.title} is made. Now say what is earned.`);
        location.hash = to(made.id, 'settings');
      },
    })),
  ];
}
