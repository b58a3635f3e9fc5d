"use client";

import { useCallback, useState, useSyncExternalStore } from "react";
import { getReferralCode, load, tracker } from "./index.js";

/** After each of these the code that counts may be another. */
const EVENTS = ["ready", "visit", "signup", "purchase", "error"].map((name) => "rockettracker:" + name);

/** The code, empty where there is none, undefined while nobody knows. */
const known = () => (window.RocketTracker?.ready ? (getReferralCode() ?? "") : undefined);
const unknown = () => undefined;

export const useReferral = (options) => {
  const [error, setError] = useState(null);

  const subscribe = useCallback(
    (changed) => {
      let here = true;
      const settle = (error) => {
        if (!here) return;
        setError(error);
        changed();
      };
      load(options).then(() => settle(null), settle);
      for (const name of EVENTS) document.addEventListener(name, changed);
      return () => {
        here = false;
        for (const name of EVENTS) document.removeEventListener(name, changed);
      };
    },
    // Options are written in place and so are new at each render; what they say is what counts.
    [JSON.stringify(options)],
  );

  const code = useSyncExternalStore(subscribe, known, unknown);
  return { code: code || null, ready: code !== undefined, error, tracker };
};
