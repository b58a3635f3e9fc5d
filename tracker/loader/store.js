// localStorage under `rocket:`, or memory where the browser refuses it. Nothing here throws.

const PREFIX = "rocket:";
const memory = {};

/** What `act` gives, or undefined where the browser forbids it. */
export const attempt = (act) => {
  try {
    return act();
  } catch {}
};

const box = attempt(() => localStorage) || {};

export const store = {
  get: (key) => memory[key] ?? attempt(() => box.getItem(PREFIX + key)),
  set(key, text) {
    // What is in storage stays there where it is full: a call outlives the event that was made of it.
    memory[key] = text;
    attempt(() => {
      box.setItem(PREFIX + key, text);
      delete memory[key];
    });
  },
  remove(key) {
    delete memory[key];
    attempt(() => box.removeItem(PREFIX + key));
  },
  keys: () => [
    ...new Set([
      ...Object.keys(memory),
      ...Object.keys(box)
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => key.slice(PREFIX.length)),
    ]),
  ],
};
