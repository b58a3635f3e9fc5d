// A panic, or whatever else ends WebAssembly, leaves things half done: what comes next begins with an instance of its own.

import { __wbg_reset_state as begin, __worker_init_state as known } from "wasm";

const state = known();

// A panic says so by itself.
for (const kind of ["error", "unhandledrejection"])
  addEventListener(kind, ({ error, reason }) => {
    if ((error ?? reason) instanceof WebAssembly.RuntimeError) state.criticalError = true;
  });

/** The number of the instance that is at work, which is a new one where the last was ended. */
export const current = () => {
  if (state.criticalError) {
    begin();
    state.criticalError = false;
  }
  return state.instanceId;
};

/** What is done with an event. */
export const handler = (handle) => (event, env, context) => {
  current();
  try {
    return handle(event, env, context);
  } catch (fault) {
    state.criticalError = true;
    throw fault;
  }
};
