// One endpoint of webhooks out: what was sent, what was answered, and again.

import { h } from '../../widget/dom.js';
import { ask, at, erase, post, put, Refusal } from '../api.js';
import { everything } from '../every.js';
import { live } from '../live.js';
import { askFirst } from '../part/ask_first.js';
import { shownCode } from '../part/code.js';
import { head, read, to } from '../part/contest.js';
import { endpointForm, onceShown } from '../part/endpoint_form.js';
import { select } from '../part/form.js';
import { pages } from '../part/pages.js';
import { replace } from '../part/replace.js';
import { say } from '../say.js';
import { count, time } from '../words.js';

const STATES = { delivered: ['good', 'Delivered'], retrying: ['', 'Tried again'], failed: ['bad', 'Failed'] };
const PAGE = 20;
const button = (words, click) => h('button', { type: 'button', class: 'button quiet small', click }, words);

export async function endpoint({ parts: { id, endpoint: which }, query, signal }) {
  const path = at(id, `/webhooks/${encodeURIComponent(which)}`);
  const contest = await read(id, signal);
  let known = (await everything(at(id, '/webhooks'), signal)).find((one) => one.id === which);
  if (!known) throw new Refusal(404, { error: 'Webhook endpoint not found' });
  const secret = h('div', {});
  const list = h('ol', { class: 'deliveries' });
  const none = h('p', { class: 'muted' });
  const more = h('div', {});
  const state = h('p', { class: 'badges' });
  const toggle = button('', doing(async () => {
    known = await put(path, { enabled: !known.enabled }, { signal });
    tell();
    say(known.enabled ? 'It is on.' : 'It is off: nothing is sent, and what is on its way fails.');
  }));
  const tell = () => {
    state.replaceChildren(h('span', { class: known.enabled ? 'badge good' : 'badge' }, known.enabled ? 'On' : 'Off'));
    toggle.textContent = known.enabled ? 'Switch it off' : 'Switch it on';
  };
  tell();
  const filter = select('status', { '': 'All', failed: 'Failed', retrying: 'Tried again', delivered: 'Delivered' }, query.get('status') ?? '');
  let page = Math.max(1, Number(query.get('page')) || 1);
  const asked = (rest) => new URLSearchParams({ ...(filter.value && { status: filter.value }), ...rest });
  const address = (n) => {
    const text = asked(n > 1 && { page: n });
    return `${to(id, 'webhooks', which)}${text.size ? `?${text}` : ''}`;
  };
  const replay = (delivery) => doing(async () => {
    await post(`${path}/deliveries/${delivery.id}/replay`, undefined, { signal });
    say('It is on its way again.');
    await look();
  });
  const look = await live(
    () => ask('GET', `${path}/deliveries?${asked({ limit: PAGE, page })}`, { signal }),
    ({ data, pagination }) => {
      const open = new Set([...list.querySelectorAll('details[open]')].map((one) => one.dataset.id));
      replace(list, ...data.map((delivery) => shown(delivery, open.has(delivery.id), replay(delivery))));
      none.textContent = nothing(pagination.total, filter.value);
      none.hidden = data.length > 0;
      replace(more, pages(pagination, address, ['Newer', 'Older']));
    }, signal);
  filter.addEventListener('change', () => {
    page = 1;
    history.replaceState(null, '', address(1));
    look().catch((error) => say(error.message));
  });
  const deleting = askFirst({
    title: 'Delete the endpoint?', yes: 'Delete',
    words: () => h('p', {}, 'What is on its way to it is dropped, and its deliveries are not listed any more.'),
    async act() {
      await erase(path, undefined, { signal });
      say('The endpoint is deleted.');
      location.hash = to(id, 'webhooks');
    },
  });
  return [
    head(contest, 'webhooks', known.url),
    state,
    h('p', { class: 'actions' },
      button('Send a test', doing(async () => {
        await post(`${path}/test`, undefined, { signal });
        say('A test is on its way.');
        await look();
      })),
      toggle,
      button('New secret', doing(async () => {
        const { secret: fresh } = await put(path, { rotateSecret: true }, { signal });
        secret.replaceChildren(onceShown(fresh, shownCode), h('p', { class: 'muted' }, 'The old one signs as well for another day.'));
      })),
      button('Delete …', deleting.open)),
    secret, deleting.dialog,
    h('section', { class: 'panel stack', 'aria-labelledby': 'deliveries' }, h('h2', { id: 'deliveries' }, 'Deliveries'),
      h('label', {}, 'Show ', filter), none, list, more),
    h('section', { class: 'panel narrow stack', 'aria-labelledby': 'change' }, h('h2', { id: 'change' }, 'Change'), endpointForm({
      known, submit: 'Save the endpoint',
      async act(fields) {
        known = await put(path, fields, { signal });
        say('Saved.');
      },
    })),
  ];
}

function nothing(total, filter) {
  if (total > 0) return 'None is on this page.';
  return filter ? 'None of these.' : 'Nothing was sent yet. What waits for its first attempt is not listed.';
}

/** What cannot be done is said. While it is being done, it is not done twice. */
function doing(deed) {
  let isBusy = false;
  return async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      await deed();
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    } finally {
      isBusy = false;
    }
  };
}

const shown = ({ id, type, status, nextAttemptAt, attempts }, open, again) => h('li', {},
  h('p', {}, h('strong', {}, type), h('span', { class: `badge ${STATES[status]?.[0] ?? ''}` }, STATES[status]?.[1] ?? status)),
  h('details', { open, 'data-id': id },
    h('summary', { 'data-at': `attempts-${id}` }, attempts.length === 1 ? '1 attempt' : `${count(attempts.length)} attempts`),
    h('ol', { class: 'list' }, ...attempts.map(({ at: when, status: answered, error, ms }) =>
      h('li', {}, h('time', { datetime: when }, time(when)), `: ${answered ? `answered ${answered}` : error} after ${count(ms)} ms`)))),
  nextAttemptAt && h('p', { class: 'muted' }, `Next attempt: ${time(nextAttemptAt)}`),
  h('button', { type: 'button', class: 'button quiet small', 'data-at': `again-${id}`, click: again }, 'Send again', h('span', { class: 'unseen' }, ` ${type} ${id}`)));
