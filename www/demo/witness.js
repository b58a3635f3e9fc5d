// The tag is async: it may dispatch its first events before the modules listen. This classic script stands
// in front of it and notes everything; the log reads the notes first, then listens for itself.
window.trackerWitness = { seen: [], script: 'waiting' };

for (const name of ['ready', 'visit', 'signup', 'purchase', 'error']) {
  document.addEventListener(`rockettracker:${name}`, (event) => {
    window.trackerWitness.seen.push({ name, detail: event.detail, at: new Date() });
  });
}

// A script's load and error events do not bubble, but they are captured.
for (const outcome of ['load', 'error']) {
  document.addEventListener(outcome, ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || !target.src.includes('/referral-tracker.js')) return;
    window.trackerWitness.script = outcome;
    document.dispatchEvent(new Event('witness:script'));
  }, true);
}
