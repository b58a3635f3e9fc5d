// Counts by day, drawn by uPlot. The arrow keys go through the days, a screen reader is told each, and a table says the same.

import uPlot from 'uplot';
import { h } from '../../widget/dom.js';
import { count, date } from '../words.js';
import { replace } from './replace.js';
import { table } from './table.js';

const HEIGHT = 240;
const DAY = 86_400;

/** Every day from the first to the last, also those on which nothing happened: `[{ date, … }]`. */
export function everyDay(daily, last, names, atLeast) {
  const known = new Map(daily.map((day) => [day.date, day]));
  const end = Date.parse(last) / 1000;
  const first = Math.min(...daily.map((day) => Date.parse(day.date) / 1000), end - (atLeast - 1) * DAY);
  const days = [];
  for (let at = first; at <= end; at += DAY) {
    const name = new Date(at * 1000).toISOString().slice(0, 10);
    days.push({ at, date: name, ...Object.fromEntries(names.map((key) => [key, known.get(name)?.[key] ?? 0])) });
  }
  return days;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * `{ element, show(days) }`. `series`: `[{ key, words, colour, dash }]`, where a colour is a custom property, and a dash tells them
 * apart for whoever does not see colours.
 */
export function chart({ title, series, signal }) {
  const plot = h('div', { class: 'plot', tabindex: '0', role: 'slider', 'aria-label': `${title}: arrow keys go from day to day`, 'aria-valuemin': '0' });
  const told = h('p', { class: 'told' });
  const behind = h('div', {});
  let days = [];
  let place = 0;
  let drawn;

  const words = (day) => `${date(day.date)}: ${series.map(({ key, words }) => `${count(day[key])} ${words.toLowerCase()}`).join(', ')}`;
  const tell = (n) => {
    place = n;
    told.textContent = words(days[n]);
    plot.setAttribute('aria-valuenow', n);
    plot.setAttribute('aria-valuetext', told.textContent);
  };
  const point = (n) => {
    tell(n);
    const left = drawn.valToPos(days[n].at, 'x');
    drawn.setCursor({ left, top: drawn.over.clientHeight / 2 });
  };
  plot.addEventListener('keydown', (event) => {
    const next = { ArrowLeft: place - 1, ArrowDown: place - 1, ArrowRight: place + 1, ArrowUp: place + 1, PageDown: place - 7, PageUp: place + 7, Home: 0, End: days.length - 1 }[event.key];
    if (next === undefined || days.length === 0) return;
    event.preventDefault();
    point(Math.max(0, Math.min(days.length - 1, next)));
  });

  const draw = () => {
    drawn?.destroy();
    drawn = undefined;
    if (plot.clientWidth === 0) return;
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { stroke: colour('--rule'), width: 1 }, font: `12px ${colour('--face')}` };
    drawn = new uPlot({
      width: plot.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
      scales: { y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
      axes: [{ ...axis, space: 70, values: (_, ticks) => ticks.map((at) => shortDay.format(new Date(at * 1000))), incrs: [1, 2, 7, 14, 28, 91].map((n) => n * DAY) }, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000], values: (_, ticks) => ticks.map(count) }],
      series: [{}, ...series.map(({ words, colour: name, dash }) => ({ label: words, stroke: colour(name), width: 2.5, dash, points: { show: days.length < 40, size: 6, fill: colour(name) } }))],
      hooks: {
        setCursor: [(chart) => {
          const n = chart.cursor.idx;
          if (n != null && days[n]) tell(n);
        }],
      },
    }, [days.map(({ at }) => at), ...series.map(({ key }) => days.map((day) => day[key]))], plot);
  };

  const observer = new ResizeObserver(draw);
  observer.observe(plot);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', draw, { signal });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    drawn?.destroy();
  });

  return {
    element: h('figure', { class: 'chart' },
      h('figcaption', {}, title, h('ul', { class: 'legend' }, ...series.map(({ key, words }) => h('li', { class: key }, words)))),
      plot, told, h('details', {}, h('summary', {}, 'The same as a table'), behind)),
    show(next) {
      const wasLast = place === days.length - 1 || days.length === 0;
      days = next;
      plot.setAttribute('aria-valuemax', days.length - 1);
      tell(wasLast ? days.length - 1 : Math.min(place, days.length - 1));
      replace(behind, table({
        caption: title, unseen: true,
        columns: [['Day'], ...series.map(({ words }) => [words, 'number'])],
        rows: days.filter((day) => series.some(({ key }) => day[key] > 0)).reverse().map((day) => [date(day.date), ...series.map(({ key }) => count(day[key]))]),
      }));
      draw();
    },
  };
}

const shortDay = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short', timeZone: 'UTC' });
