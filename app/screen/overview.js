// How a contest stands: from visit to order, day by day, who brings the most. It moves by itself.

import { h } from '../../widget/dom.js';
import { at, get } from '../api.js';
import { live } from '../live.js';
import { chart, everyDay } from '../part/chart.js';
import { head, notRunning, read, to } from '../part/contest.js';
import { feed, sources } from '../part/feed.js';
import { funnel } from '../part/funnel.js';
import { called } from '../part/person.js';
import { replace } from '../part/replace.js';
import { table } from '../part/table.js';
import { count, money } from '../words.js';

const SERIES = [
  { key: 'visits', words: 'Visits', colour: '--chart-visits' },
  { key: 'signups', words: 'Sign-ups', colour: '--chart-signups', dash: [8, 4] },
  { key: 'purchases', words: 'Orders', colour: '--chart-purchases', dash: [2, 3] },
];
const DAYS = 14;
const LEADERS = 5;

export async function overview({ parts: { id }, signal }) {
  const contest = await read(id, signal);
  const drawing = chart({ title: 'Day by day', series: SERIES, signal });
  const places = Object.fromEntries(['figures', 'funnel', 'revenue', 'leaders', 'feed', 'sources'].map((name) => [name, h('div', {})]));
  const begin = h('div', {});
  const figures = h('div', { class: 'overview' },
    h('section', { class: 'panel', 'aria-labelledby': 'funnel' }, h('h2', { id: 'funnel' }, 'From visit to order'), places.funnel),
    h('section', { class: 'panel', 'aria-labelledby': 'leaders' }, h('h2', { id: 'leaders' }, 'Top advocates'), places.leaders),
    h('section', { class: 'panel wide', 'aria-label': 'Day by day' }, drawing.element),
    h('section', { class: 'panel', 'aria-labelledby': 'revenue' }, h('h2', { id: 'revenue' }, 'Revenue'), places.revenue),
    h('section', { class: 'panel', 'aria-labelledby': 'sources' }, h('h2', { id: 'sources' }, 'Where links led'), places.sources),
    h('section', { class: 'panel wide', 'aria-labelledby': 'feed' }, h('h2', { id: 'feed' }, 'What happened last'), places.feed));

  const look = async () => {
    const paths = ['/analytics', `/leaderboard?limit=${LEADERS}`, '/activity'];
    const [analytics, leaders, activity] = await Promise.all(paths.map((path) => get(at(id, path), { signal })));
    return { analytics, leaders, activity, today: new Date().toISOString().slice(0, 10) };
  };
  await live(look, ({ analytics, leaders, activity, today }) => {
    begin.replaceChildren(...[nothingYet(contest, analytics)].filter(Boolean));
    places.figures.replaceChildren(numbers(analytics));
    places.funnel.replaceChildren(funnel(analytics.referrals));
    replace(places.leaders, advocates(id, leaders));
    replace(places.revenue, revenue(analytics.referrals.revenue));
    replace(places.feed, feed(id, activity.latest));
    places.sources.replaceChildren(sources(activity.sources));
    drawing.show(everyDay(analytics.daily, today, SERIES.map(({ key }) => key), DAYS));
  }, signal);
  return [head(contest, ''), notRunning(contest), begin, places.figures, figures].filter(Boolean);
}

/** What to do where nothing has happened. */
const nothingYet = (contest, { totalEntries, totalViews }) => totalEntries === 0 && totalViews === 0 && h('p', { class: 'note' },
  'Nothing has happened yet. ', h('a', { href: to(contest.id, 'integrate') }, 'Put the tag on your site'), ': the first visit by a link shows up here by itself. Or ',
  h('a', { href: to(contest.id, 'test') }, 'try it with made-up friends'), '.');

const numbers = ({ totalEntries, confirmedEntries, disqualifiedEntries, points, totalBonusCompletions }) => h('dl', { class: 'figures' },
  ...[
    ['Participants', count(totalEntries)],
    ['Confirmed', count(confirmedEntries)],
    ['Disqualified', count(disqualifiedEntries)],
    ['Points', count(points.total)],
    ['Bonus actions done', count(totalBonusCompletions)],
  ].map(([words, value]) => h('div', {}, h('dt', {}, words), h('dd', {}, value))));

function advocates(contest, leaders) {
  const best = leaders.filter(({ referralsCount }) => referralsCount > 0);
  if (best.length === 0) return h('p', { class: 'muted' }, 'Nobody has brought a friend yet.');
  return table({
    caption: 'Top advocates', unseen: true,
    columns: [['Who', 'grow'], ['Friends', 'number'], ['Points', 'number']],
    rows: best.map(({ points, referralsCount, ...person }) => [h('a', { href: to(contest, 'entries', person.id) }, called(person)), count(referralsCount), count(points)]),
  });
}

function revenue(sums) {
  const known = Object.entries(sums);
  if (known.length === 0) return h('p', { class: 'muted' }, 'No friend has bought anything yet. Orders that are pending, disputed or refunded are not counted.');
  return table({
    caption: 'Revenue by currency', unseen: true,
    columns: [['Currency', 'grow'], ['Orders of friends, less refunds', 'number']],
    rows: known.sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => [currency, money(amount, currency)]),
  });
}
