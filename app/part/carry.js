// Takes participants along: out as a file, in from one.

import { h } from '../../widget/dom.js';
import { at, fetched, post } from '../api.js';
import { count, many } from '../words.js';

const size = (bytes) => (bytes < 1e6 ? `${count(Math.ceil(bytes / 1000))} kB` : `${count(Math.round(bytes / 1e5) / 10)} MB`);

/** Fetches all, and hands it to the browser as a file. */
export const exported = (contest, format) => async (tell, signal) => {
  const response = await fetched('GET', at(contest.id, `/export?format=${format}`), { signal, patience: 0 });
  const pieces = [];
  let bytes = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    bytes += value.length;
    tell(`Fetching: ${size(bytes)} so far`);
  }
  const url = URL.createObjectURL(new Blob(pieces, { type: response.headers.get('content-type') }));
  const name = `${contest.id}.${format}`;
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return h('p', { role: 'status' }, `${name} is saved: ${size(bytes)}.`);
};

/** Brings in what is in a file of CSV, a hundred lines a call. */
export const imported = (contest, file) => async (tell, signal) => {
  const text = await file.text();
  const lines = Math.max(1, text.trim().split('\n').length - 1);
  const counts = { created: 0, exists: 0, error: 0 };
  const wrong = [];
  for (let from = 1; from !== null;) {
    const { report, next } = await post(at(contest.id, `/import?from=${from}`), text, { type: 'text/csv', signal, patience: 0 });
    for (const line of report) {
      counts[line.status] += 1;
      if (line.status === 'error') wrong.push(line);
    }
    from = next;
    tell(`${many(counts.created + counts.exists + counts.error, 'line')} of about ${count(lines)}`, (counts.created + counts.exists + counts.error) / lines);
  }
  return [
    h('p', { role: 'status' }, `${count(counts.created)} new, ${count(counts.exists)} known before, ${count(counts.error)} with errors.`),
    wrong.length > 0 && h('ul', { class: 'list' }, ...wrong.slice(0, 50).map(({ line, error }) => h('li', {}, `Line ${line}: ${error}`)), wrong.length > 50 && h('li', {}, `and ${count(wrong.length - 50)} more`)),
  ];
};
