// The whole of what is shown: in which order, and what stands there while there is nothing to show yet.

import { h } from '../dom.js';
import { board } from './board.js';
import { form } from './form.js';
import { link } from './link.js';
import { rules } from './rules.js';
import { stats } from './stats.js';

/** What says aloud what has happened, and shows it. */
function status() {
  const element = h('p', { class: 'status', part: 'status', role: 'status' });
  // A reader notices a change, and not what was there from the beginning.
  return { element, say: (text) => setTimeout(() => (element.textContent = text), 50) };
}

/** Why nothing, or nothing more, can be won now. */
function notice({ words, about }) {
  const { status, startDate, endDate } = about;
  const dated = (text, time) => words.fill(text, { date: words.day(time) });
  if (status === 'active') return endDate && h('p', { class: 'until', part: 'until' }, dated(words.until, endDate));
  const text = status === 'upcoming' && startDate ? dated(words.upcomingOn, startDate) : words[status];
  return h('p', { class: 'notice', part: 'notice' }, text);
}

/**
 * Where each part stands, once for what is shown and for what keeps its place meanwhile. Whoever has a link first sees how it fares,
 * and whoever has none, what it would earn.
 */
function columns(code, without, part) {
  const wanted = (...names) => names.filter((name) => name && !without.includes(name)).map(part);
  const sides = [wanted(...(code ? ['own', 'stats'] : ['join', 'rules'])), wanted('board', code && 'rules')];
  return h('div', { class: 'columns' }, sides.filter((side) => side.some(Boolean)).map((side) => h('div', { class: 'column' }, side)));
}

/** A contest as a participant, or somebody who may become one, sees it. */
export function card(shown) {
  const { words, about, code, without } = shown;
  const { element: said, say } = status();
  const isTitled = !without.includes('title');
  // Without a title of its own, the page has one.
  const level = isTitled ? 'h3' : 'h2';
  const section = (name, title, ...content) => h('section', { class: name, part: name, 'aria-labelledby': name }, h(level, { id: name }, title), content);
  const made = { ...shown, section, say, said };
  const parts = { own: link, join: about.status === 'active' ? form : () => null, stats, rules, board };
  const element = h('div', { class: 'card', part: 'card', lang: words.lang },
    h('header', { part: 'header' },
      isTitled && h('h2', { part: 'title' }, h('bdi', {}, about.title)),
      isTitled && about.description && h('p', { class: 'description', part: 'description' }, about.description),
      notice(shown)),
    columns(code, without, (name) => parts[name](made)));
  return { element, say };
}

/** About as large as what comes. */
export function waiting(code, without) {
  const block = (name) => h('div', { class: `wait wait-${name}` });
  return {
    element: h('div', { class: 'card', part: 'card', 'aria-busy': 'true' },
      !without.includes('title') && block('title'),
      columns(code, without, block)),
  };
}

/** Words, and a way on where there is one. */
export function failed(words, why, again) {
  const isFinal = ['noContest', 'noCode', 'closed'].includes(why);
  return {
    element: h('div', { class: 'card', part: 'card', lang: words.lang },
      h('p', { class: 'notice', part: 'notice', role: 'alert' }, words[why] || words.failed),
      !isFinal && h('button', { type: 'button', class: 'button', part: 'button', click: again }, words.retry)),
  };
}
