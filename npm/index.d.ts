/** What goes into the script tag. Where an option is left out, the contest's own setting or the default counts. */
export interface LoadOptions {
  /** The deployment: `go.example.com`, or its whole origin. */
  host: string;
  /** The contest. */
  campaignId: string;
  /** `stripe` puts the code where Stripe takes one: Payment Links, buy buttons, pricing tables. Default: off. */
  autoInject?: Injector | readonly Injector[];
  /** The link's parameters that carry the code; the first that is there wins. Default: `ref`. */
  param?: string | readonly string[];
  /** For how many days a code is kept, 1–400. Default: the contest's, else 60. */
  days?: number;
  /** `first` keeps the first code inside those days, `last` takes the newest. Default: the contest's, else `first`. */
  attribution?: "first" | "last";
  /** The cookie's domain, for subdomains. Default: the widest that the browser accepts. */
  domain?: string;
  /** `required`: nothing is stored or sent before `consent(true)`. Default: `granted`. */
  consent?: "required" | "granted";
  /** Hosts of Payment Links under a domain of your own. */
  stripeHosts?: string | readonly string[];
  /** Origin of the endpoints, if behind a proxy. Default: where the script is. */
  api?: string;
  /** For a Content Security Policy with nonces. */
  nonce?: string;
  /** The script's hash, as Subresource Integrity writes it: a deployment that is updated needs a new one. */
  integrity?: string;
}

export type Injector = "stripe";

export interface Person {
  name?: string;
  phone?: string;
}

export interface Points {
  /** To whoever shared the link. */
  advocate: number;
  /** To whoever followed it. */
  friend: number;
}

export interface Signup {
  entryId: string;
  email: string;
  /** The code that the new participant shares from now on. */
  referralCode: string;
  alreadyExists: boolean;
  isReferred: boolean;
  pointsAwarded: Points;
}

export interface Purchase {
  purchaseId: string;
  /** `null` where the buyer was not referred and is no participant: nothing was stored. */
  entryId: string | null;
  pointsAwarded: Points;
  /** `pending`: points follow when the shop's server or Stripe reports the same order. */
  status: "confirmed" | "pending";
  alreadyExists: boolean;
  message: string;
}

export interface Visit {
  visitId: string;
  alreadyExists: boolean;
}

export type Validation =
  | { valid: true; contestId: string; referrerName?: string | null; referrerEmail?: string | null }
  | { valid: false };

export interface Engine {
  engine: "wasm" | "js";
}

/** What the doctor looks into; a later deployment may ask more. */
export type DoctorQuestion =
  | "script"
  | "tag"
  | "endpoint"
  | "contest"
  | "consent"
  | "storage"
  | "code"
  | "queue"
  | "calls"
  | "stripe";

/** One question of the doctor's, with its answer for people: sentences in English, one a line, with code in backticks. */
export interface DoctorCheck {
  id: DoctorQuestion;
  question: string;
  /** `note`: worth knowing, and perhaps as it should be. `problem`: something is lost, or will be. */
  state: "ok" | "note" | "problem";
  answer: string;
  /** What to do about it. */
  todo?: string;
}

/** A place where Stripe would take the code. */
export interface StripePlace {
  /** Its name: `a`, `stripe-buy-button`, `stripe-pricing-table`, `form`. */
  element: string;
  /** Of links. */
  href?: string;
  /** `already set`: with another reference, which stays. */
  outcome: "injected" | "already set" | "skipped";
  why?: string;
}

/** Where the core could not be loaded at all, `engine` is `null`, `failure` says why, and the rest is missing. */
export interface DoctorReport {
  /** As what the core runs; `null` where it does not. */
  engine: Engine["engine"] | null;
  /** Why the core does not run as WebAssembly, in the browser's words; or why the doctor could not be loaded. */
  failure?: string;
  /** Empty where the tag has none. */
  campaignId?: string;
  /** The code that counts. */
  code?: string | null;
  consent?: "granted" | "required";
  /** `localStorage`, `not used` without consent, or `memory only` and why. */
  storage?: string;
  /** `kept`, `refused by the browser`, `none: there is no code`, or `not used` without consent. */
  cookie?: string;
  /** Origin of the endpoints. */
  api?: string;
  /** `reachable`, `unreachable`, the status and text of an error, or `not asked` and why. */
  endpoint?: string;
  /** How many events wait for an answer. */
  queue?: number;
  /** A text where the tag does not ask for it. */
  stripe?: StripePlace[] | string;
  /** The ten questions in a fixed order; empty where the doctor could not be loaded. */
  checks?: DoctorCheck[];
}

/** `window.RocketTracker` once the script has run. */
export interface RocketTracker {
  /** The promise gives the endpoint's answer, or rejects with an `Error` that names the argument at fault. */
  trackSignup(email: string, person?: Person): Promise<Signup>;
  /**
   * `amount` in major units (79.99), as a number or a numeric string; `currency` in ISO 4217, `undefined` is USD. The
   * same order counts once.
   */
  trackPurchase(orderId: string | number, amount: number | string, currency: string | undefined, email: string): Promise<Purchase>;
  /** The code that counts. */
  getReferralCode(): string | null;
  /** This page's address with the code and without other tracking parameters. */
  getReferralLink(code: string): string;
  /** Of the current code, where none is given. */
  validateCode(code?: string): Promise<Validation>;
  /** `true` stores and sends what was held; `false` deletes cookie, storage and queue. */
  consent(given: boolean): void;
  /** Resolves once the core runs. */
  readonly ready: Promise<Engine>;
  /** What was found on this page, for whoever sets it up. */
  doctor(): Promise<DoctorReport>;
  readonly q: QueuedCall[];
}

type Queued = "trackSignup" | "trackPurchase" | "validateCode" | "consent" | "doctor";

/** `["trackSignup", "joe@example.com"]`: a call that waits for the script. */
export type QueuedCall = { [Member in Queued]: [Member, ...Parameters<RocketTracker[Member]>] }[Queued];

/**
 * Puts the script tag into the page, once however often it is called. A page has one tracker: other options than those
 * that it was loaded with are an error.
 *
 * Never throws. Rejects with an `Error` that says why where the script cannot be loaded; calling again then tries again.
 * On a server it touches nothing, and gives a tracker that knows no code and whose calls reject.
 */
export function load(options: LoadOptions): Promise<RocketTracker>;

// The calls: also before `load`, and before the script has come. They wait for it, and reject with the reason where it
// cannot be loaded; they are still made if it comes later. What was not awaited makes no noise.

/** The promise gives the endpoint's answer, or rejects with an `Error` that names the argument at fault. */
export function trackSignup(email: string, person?: Person): Promise<Signup>;

/**
 * `amount` in major units (79.99), as a number or a numeric string; `currency` in ISO 4217, `undefined` is USD. The same
 * order counts once.
 */
export function trackPurchase(orderId: string | number, amount: number | string, currency: string | undefined, email: string): Promise<Purchase>;

/** Asks the endpoint about a code: the current one, where none is given. */
export function validateCode(code?: string): Promise<Validation>;

/** What was found on this page, for whoever sets it up. */
export function doctor(): Promise<DoctorReport>;

/** `true` stores and sends what was held; `false` deletes cookie, storage and queue. */
export function consent(given: boolean): void;

/** The code that counts; `null` also where the script has not come yet. */
export function getReferralCode(): string | null;

/** This page's address with the code and without other tracking parameters; `null` before the script has come. */
export function getReferralLink(code: string): string | null;

/** All the calls above in one object. */
export const tracker: Tracker;

export interface Tracker {
  trackSignup: typeof trackSignup;
  trackPurchase: typeof trackPurchase;
  validateCode: typeof validateCode;
  doctor: typeof doctor;
  consent: typeof consent;
  getReferralCode: typeof getReferralCode;
  getReferralLink: typeof getReferralLink;
}

export interface TrackingError {
  /** The call that failed, if it was one. */
  kind?: "visit" | "signup" | "purchase";
  message: string;
}

declare global {
  /** Before the script has run there is a queue at most. */
  var RocketTracker: (Partial<RocketTracker> & { q: QueuedCall[] }) | undefined;

  interface DocumentEventMap {
    "rockettracker:ready": CustomEvent<Engine>;
    "rockettracker:visit": CustomEvent<Visit>;
    "rockettracker:signup": CustomEvent<Signup>;
    "rockettracker:purchase": CustomEvent<Purchase>;
    "rockettracker:error": CustomEvent<TrackingError>;
  }
}
