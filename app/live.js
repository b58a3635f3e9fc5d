// Keeps what is shown up to date without a reload, and without asking for what nobody sees.

import { say } from './say.js';

/** The first, and the longest wait between two looks: one that brings nothing new makes the next one later. */
const SOON_MS = 4000;
const LATE_MS = 30_000;
const SLOWER = 1.5;

/**
 * Gives `show` what `look` gives, now and whenever that is another, until `signal`. The first look has to succeed; what fails
 * later is said, and tried again. Gives what looks at once. Nobody looks while the tab is hidden, and soon after somebody has done
 * something or is online again.
 */
export async function live(look, show, signal) {
  let last;
  let wait = SOON_MS;
  let timer;
  let looks = 0;
  let isStale = false;
  const once = async () => {
    looks += 1;
    const mine = looks;
    const seen = await look();
    if (signal.aborted || mine !== looks) return; // A later look knows better.
    const text = JSON.stringify(seen);
    if (text === last) {
      wait = Math.min(wait * SLOWER, LATE_MS);
    } else {
      wait = SOON_MS;
      last = text;
      show(seen);
    }
  };
  const later = () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    timer = setTimeout(async () => {
      try {
        await once();
        if (isStale && !signal.aborted) say('It is up to date again.');
        isStale = false;
      } catch (error) {
        wait = LATE_MS;
        if (!isStale && !signal.aborted) say(`What is shown may be out of date: ${error.message}`);
        isStale = true;
      }
      later();
    }, wait);
  };
  const wake = () => {
    if (wait === SOON_MS && !document.hidden) return;
    wait = SOON_MS;
    later();
  };
  await once();
  for (const event of ['visibilitychange', 'pointerdown', 'keydown']) document.addEventListener(event, wake, { signal });
  addEventListener('online', wake, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  later();
  return async () => {
    try {
      await once();
    } catch (error) {
      if (!signal.aborted) throw error; // Nobody waits for it any more.
    }
  };
}
