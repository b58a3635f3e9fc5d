import type { ContentfulStatusCode } from 'hono/utils/http-status';

export type Points = { advocate: number; friend: number };

export type PurchaseRates = Points & { perUnit: Points; minAmount: number };

export type Contest = {
  id: string;
  status: 'draft' | 'active' | 'ended' | 'paused';
  startDate: number | null;
  endDate: number | null;
  isEvergreen: boolean;
  settings: {
    referralTracking: boolean;
    points: { signup: Points; purchase: PurchaseRates };
    attribution: 'first' | 'last';
    windowDays: number;
    purchaseTrust: 'browser' | 'confirmed';
    exposeReferrer: 'none' | 'masked' | 'email';
    allowedOrigins: string[];
    caps: { perAdvocatePerDay: number | null };
  };
};

/** Whom a code belongs to. */
export type Owner = { entry: string; erased?: boolean };

export type Person = { email: string | null; name: string | null; phone: string | null };

/** What a request is answered with instead, and which field is at fault. */
export class Refused extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}
