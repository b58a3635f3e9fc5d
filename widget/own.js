// Who the visitor is: the code of their own, if they signed up in this browser, and the code that brought them.

/** A browser may forbid storage, and a frame may have none. */
const attempt = (act) => {
  try {
    return act();
  } catch {
    return null;
  }
};

const key = (contest) => `rocket:own:${contest}`;
const isCode = (code) => /^[\w-]{1,64}$/.test(code);

/** The code that was given to the visitor in this browser. */
export const ownCode = (contest) => attempt(() => localStorage.getItem(key(contest)));
export const remember = (contest, code) => attempt(() => localStorage.setItem(key(contest), code));
export const forget = (contest) => attempt(() => localStorage.removeItem(key(contest)));

/** The page's tracker, if it runs and is this contest's. */
function tracker(contest) {
  const { RocketTracker } = window;
  const script = document.querySelector('script[src*=referral-tracker]');
  const named = attempt(() => new URL(script.src).searchParams.get('campaignId'));
  return named === contest && typeof RocketTracker?.getReferralCode === 'function' ? RocketTracker : null;
}

/** The code that brought the visitor: as the tracker knows it, else as the address says. */
function broughtBy(contest) {
  const known = tracker(contest)?.getReferralCode();
  const landed = new URLSearchParams(location.search).get('ref') || '';
  return known || (isCode(landed) ? landed : undefined);
}

/** How long the tracker is waited for: it keeps a signup for as long as there is no consent, or no connection. */
const PATIENCE_MS = 5_000;

/** Makes the visitor a participant; gives the endpoint's answer. The same address again is the same participant. */
export async function signUp(contest, { email, name }, endpoints) {
  const known = tracker(contest);
  if (known) {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    // Whatever it says against it, the endpoint says as well, in a form that can be put into words.
    const answer = await Promise.race([known.trackSignup(email, { name }), late]).catch(() => null);
    if (answer?.referralCode) return answer;
  }
  const person = { contestId: contest, email, name };
  const referralCode = broughtBy(contest);
  try {
    return await endpoints.signup({ ...person, referralCode });
  } catch (failure) {
    // Whoever followed a link that was mistyped may take part all the same.
    if (failure.why !== 'noCode') throw failure;
    return endpoints.signup(person);
  }
}
