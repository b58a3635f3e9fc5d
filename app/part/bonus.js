// What a participant may do for points, once each: what they have done, and to record what they did elsewhere.

import { h } from '../../widget/dom.js';
import { post } from '../api.js';
import { say } from '../say.js';
import { many, signed, time } from '../words.js';
import { to } from './contest.js';
import { replace } from './replace.js';

/** `{ element, show(actions) }`; `done` is called when one was recorded. */
export function bonuses({ path, contest, signal, done }) {
  const list = h('div', {});
  const wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
  const record = (id) => async () => {
    wrong.hidden = true;
    try {
      const { points, alreadyExists } = await post(`${path}/bonus-actions/${encodeURIComponent(id)}/complete`, undefined, { signal });
      say(alreadyExists ? 'It was recorded before, and counts once.' : `${signed(points)} booked.`);
      await done();
    } catch (error) {
      if (error.name === 'AbortError') return;
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  };
  const shown = ({ id, action, description, points, completedAt }) => h('li', {},
    h('p', {}, h('strong', {}, description || action), ` · ${many(points, 'point')}`),
    completedAt
      ? h('p', { class: 'good', 'data-at': id, tabindex: '-1' }, 'Done ', h('time', { datetime: completedAt }, time(completedAt)))
      : h('button', { type: 'button', class: 'button quiet small', 'data-at': id, click: record(id) }, 'Record as done', h('span', { class: 'unseen' }, ` ${description || action}`)));
  return {
    element: h('div', { class: 'stack' }, list, wrong),
    show(actions) {
      replace(list, actions.length
        ? h('ul', { class: 'feed' }, ...actions.map(shown))
        : h('p', {}, 'This contest has none. ', h('a', { href: to(contest.id, 'settings') }, 'Add one in its settings'), ', such as following you, and record here who did it.'));
    },
  };
}
