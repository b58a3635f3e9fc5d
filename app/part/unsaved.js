// What somebody wrote and has not saved: it is not left behind before they were asked.

let isUnsaved = () => false;

/** Until `signal`, whoever leaves the screen while `is()` holds is asked first. */
export function keep(is, signal) {
  isUnsaved = () => !signal.aborted && is();
  addEventListener('beforeunload', (event) => isUnsaved() && event.preventDefault(), { signal });
}

export const mayLeave = () => !isUnsaved() || confirm('What you wrote here is not saved. Leave it all the same?');
