// Tracker events in plain words. Decides only what to say; the strip decides where.

const count = (n) => `${n} ${n === 1 ? 'point' : 'points'}`;

/** `{advocate: 10, friend: 5}` → "10 points for the friend who sent you, 5 points for you."; "" for none */
export function pointsText(points) {
  const parts = [];
  if (points?.advocate > 0) parts.push(`${count(points.advocate)} for the friend who sent you`);
  if (points?.friend > 0) parts.push(`${count(points.friend)} for you`);
  return parts.length ? `${parts.join(', ')}.` : '';
}

/** What the log says about each event: `{ title, text }` */
export const words = {
  ready({ engine } = {}) {
    return engine === 'wasm'
      ? { title: 'Tracker running', text: 'Its core is WebAssembly.' }
      : { title: 'Tracker running', text: 'In plain JavaScript, because WebAssembly did not start here.' };
  },

  visit({ alreadyExists } = {}) {
    return alreadyExists
      ? { title: 'Visit known already', text: 'A visit counts once per code, browser and day.' }
      : { title: 'Visit counted', text: 'Once per code, browser and day: a reload adds nothing.' };
  },

  signup({ alreadyExists, isReferred } = {}) {
    if (alreadyExists) return { title: 'Sign-up known already', text: 'Same address, so no points twice.' };
    return isReferred
      ? { title: 'Sign-up counted', text: 'You are bound to the friend who sent you: later orders count for them too.' }
      : { title: 'Sign-up counted', text: 'You came without a friend’s code, so nobody is credited.' };
  },

  purchase({ alreadyExists, entryId, status } = {}) {
    if (alreadyExists) return { title: 'Same order, counted once', text: 'Its id arrived before, so it earns nothing again.' };
    if (status === 'pending') return { title: 'Order noted', text: 'Points follow once the payment is confirmed.' };
    return entryId
      ? { title: 'Purchase counted', text: 'For whoever sent the buyer, found by the code or the buyer’s e-mail.' }
      : { title: 'Order seen', text: 'The buyer was sent by nobody and takes no part, so nothing is stored.' };
  },

  error({ message } = {}) {
    return { title: 'Something was refused', text: message || 'The tracker reports an error without a text.' };
  },
};

/** Which code is kept, and why that one. */
export function codeWords(kept, inLink) {
  const same = inLink?.trim().toLowerCase() === kept.toLowerCase();
  if (!inLink) return { title: 'Code remembered', text: `${kept}, from an earlier visit. It needs no second link.` };
  return same
    ? { title: 'Code kept', text: `${kept} was in the link. It stays in a first-party cookie.` }
    : { title: 'Earlier code kept', text: `This browser holds ${kept} already, so ${inLink} does not replace it.` };
}
