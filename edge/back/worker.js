import * as wasm from "wasm";
import { current, handler } from "../src/instance.js";

export default { fetch: handler(wasm.fetch), queue: handler(wasm.queue), scheduled: handler(wasm.scheduled) };

/** The object as the platform makes one; what it is in WebAssembly is gone with the instance that made it. */
export class LedgerObject {
  constructor(state) {
    this.make = () => new wasm.LedgerObject(state);
  }

  fetch(request) {
    const instance = current();
    if (this.instance !== instance) [this.instance, this.object] = [instance, this.make()];
    return this.object.fetch(request);
  }
}
