// localStorage under `rocket:`; memory where the browser refuses it, and for as long as there is no consent. Nothing here
// throws.

const PREFIX = "rocket:";
const memory = {};

/** What `act` gives, or undefined where the browser forbids it. */
export const attempt = (act) => {
  try {
    return act();
  } catch {}
};

/** Any value as text; what stands between a call's arguments must not be in one, and the core refuses what takes its place. */
export const text = (value) => attempt(() => `${value ?? ""}`.replace(/\0/g, "\x01")) || "";

const box = /* @__PURE__ */ attempt(() => localStorage) || memory;

export const store = {
  read_: (key) => memory[key] ?? attempt(() => box.getItem(PREFIX + key)),
  write_(key, text) {
    // What is in storage stays there where it is full: a call outlives the event that was made of it.
    if (attempt(() => store.granted_() && !box.setItem(PREFIX + key, text))) delete memory[key];
    else memory[key] = text;
  },
  erase_(key) {
    delete memory[key];
    attempt(() => box.removeItem(PREFIX + key));
  },
  /** Tries again to keep what is only in memory. */
  flush_() {
    Object.keys(memory).forEach((key) => store.write_(key, memory[key]));
  },
  /** One that lies in both places is named twice. */
  names_: () => [...Object.keys(memory), ...Object.keys(box).flatMap((key) => key.split(PREFIX)[1] || [])],
};
