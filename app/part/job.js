// What takes a while: says how far it is, and can be stopped.

import { h } from '../../widget/dom.js';

/**
 * Does `work(tell, signal)` below `place`; `tell(words, done)` says how far it is, `done` from 0 to 1 if that is known. What it gives
 * is shown in the end, or what went wrong.
 */
export async function job(place, title, work, outer) {
  const stop = new AbortController();
  outer.addEventListener('abort', () => stop.abort());
  const bar = h('progress', { 'aria-label': title });
  const words = h('p', { role: 'status' }, `${title} …`);
  place.replaceChildren(h('div', { class: 'job' }, words, bar, h('button', { type: 'button', class: 'button quiet small', click: () => stop.abort() }, 'Stop')));
  const tell = (text, done) => {
    words.textContent = text;
    if (done !== undefined) bar.value = done;
  };
  try {
    place.replaceChildren(...[await work(tell, stop.signal)].flat().filter(Boolean));
  } catch (error) {
    const why = stop.signal.aborted ? `${title}: stopped.` : `${title}: ${error.message}`;
    place.replaceChildren(h('p', { class: stop.signal.aborted ? 'muted' : 'wrong', role: 'alert' }, why));
  }
}
