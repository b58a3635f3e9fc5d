// Before the Worker is loaded: whose memory it is, and a clock that can be set ahead.

let instance;

WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    instance = this;
  }
};

/** Bytes of the Worker's WebAssembly. They become more and never less. */
export const memory = () => instance.exports.memory.buffer.byteLength;

/** By so many milliseconds. */
export const clock = { ahead: 0 };

globalThis.Date = class extends Date {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Date.now());
  }

  static now() {
    return super.now() + clock.ahead;
  }
};
