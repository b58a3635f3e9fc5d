// Where the shop meets RocketTracker. Every caller must do without it: a blocker may have stopped the script.

export const EVENTS = ['ready', 'visit', 'signup', 'purchase', 'error'];

/** The tracker, or `null` while it has not run (a queue stub is not the tracker). */
export function tracker() {
  return typeof window.RocketTracker?.getReferralCode === 'function' ? window.RocketTracker : null;
}

/** Resolves once the script has run or failed, with the tracker or `null`. */
export const arrival = new Promise((resolve) => {
  if (tracker() || window.trackerWitness.script !== 'waiting') return resolve(tracker());
  document.addEventListener('witness:script', () => resolve(tracker()), { once: true });
});

/** Calls `show({ name, detail, at })` for each tracker event, those before this call included. */
export function eachEvent(show) {
  window.trackerWitness.seen.forEach(show);
  for (const name of EVENTS) {
    document.addEventListener(`rockettracker:${name}`, ({ detail }) => show({ name, detail, at: new Date() }));
  }
}

// A call keeps its event in a queue and settles only on a final answer, so offline it stays open for long.
const PATIENCE_MS = 6000;

/** `{ answer }`, or `{ queued: true }` if the endpoint has not answered in time. Rejects as the call does. */
export function withPatience(call) {
  let timer;
  const queued = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, { queued: true });
  });
  return Promise.race([call.then((answer) => ({ answer })), queued]).finally(() => clearTimeout(timer));
}
