import type { LoadOptions, Tracker } from "./index.js";

export interface Referral {
  /** The code that counts, or `null`: there is none, or it is not known yet. */
  code: string | null;
  /** The script has run, so that `code` is known. Calls may be made before. */
  ready: boolean;
  /** Why the script could not be loaded. */
  error: Error | null;
  /** The calls; always the same object. */
  tracker: Tracker;
}

/** Loads the script once the component is in the page, and follows the code. Any number of components may use it. */
export function useReferral(options: LoadOptions): Referral;
