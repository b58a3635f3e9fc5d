// Keeps what is shown up to date without a reload, and without asking for what nobody sees.

/** The first, and the longest wait between two looks: one that brings nothing new makes the next one later. */
const SOON_MS = 4000;
const LATE_MS = 30_000;
const SLOWER = 1.5;

/**
 * Gives `show` what `look` gives, now and whenever that is another, until `signal`. The first look has to succeed; what fails
 * later is tried again. Gives what looks at once. Nobody looks while the tab is hidden, and soon after somebody has done something.
 */
export async function live(look, show, signal) {
  let last;
  let wait = SOON_MS;
  let timer;
  let looks = 0;
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
      await once().catch(() => (wait = LATE_MS));
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
  signal.addEventListener('abort', () => clearTimeout(timer));
  later();
  return once;
}
