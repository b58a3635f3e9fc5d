// Gives the code to `redirectToCheckout`, which an old Stripe.js still has. Of those made before this ran nobody knows.

import { attempt } from "./store.js";

/** Wraps `Stripe`, now or once it comes. `code()` is the current code, if there is one to give away. */
export const wrapStripe = (code) => {
  const given = (stripe) => {
    attempt(() => {
      const redirect = stripe.redirectToCheckout;
      if (redirect)
        stripe.redirectToCheckout = (options) => {
          const clientReferenceId = code();
          // What the merchant says comes last.
          return redirect.call(stripe, clientReferenceId ? { clientReferenceId, ...options } : options);
        };
    });
    return stripe;
  };
  const wrap = (Stripe) =>
    typeof Stripe === "function"
      ? new Proxy(Stripe, {
          apply: (...of) => given(Reflect.apply(...of)),
          construct: (...of) => given(Reflect.construct(...of)),
        })
      : Stripe;
  let wrapped = wrap(window.Stripe);
  attempt(() =>
    Object.defineProperty(window, "Stripe", {
      configurable: true,
      enumerable: true,
      get: () => wrapped,
      set(Stripe) {
        wrapped = wrap(Stripe);
      },
    }),
  );
};
