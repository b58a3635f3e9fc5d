// What the declarations allow and, where tsc is told to expect an error, what they do not.

import {
  consent, doctor, getReferralCode, getReferralLink, load, tracker, trackPurchase, trackSignup, validateCode,
  type LoadOptions, type Purchase, type QueuedCall, type RocketTracker, type Signup, type Tracker,
} from 'rockettracker';
import { useReferral, type Referral } from 'rockettracker/react';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <_ extends true>() => {};

export async function allowed() {
  const options: LoadOptions = {
    host: 'go.shop.example', campaignId: 'summer', autoInject: ['stripe'], param: ['ref', 'via'], days: 30, attribution: 'last',
    domain: 'shop.example', consent: 'required', stripeHosts: 'pay.shop.example', api: 'https://api.shop.example', nonce: 'x', integrity: 'sha384-x',
  };
  const loaded: RocketTracker = await load(options);
  const calls: Tracker = tracker;
  holds<Same<Awaited<ReturnType<typeof loaded.trackSignup>>, Signup>>();
  const { pointsAwarded: { advocate, friend }, isReferred }: Signup = await trackSignup('joe@example.com');
  await calls.trackSignup('joe@example.com', { name: 'Joe', phone: '+1 555 0100' });
  const bought: Purchase = await trackPurchase(1001, '79.99', undefined, 'joe@example.com');
  holds<Same<typeof bought.entryId, string | null>>();
  const engine: 'wasm' | 'js' = (await loaded.ready).engine;
  const code: string | null = getReferralCode();
  const link: string = loaded.getReferralLink(code ?? 'REF-1');
  holds<Same<ReturnType<typeof getReferralLink>, string | null>>();
  const answer = await validateCode();
  if (answer.valid) answer.contestId.toUpperCase();
  holds<Same<ReturnType<typeof consent>, void>>();
  const { endpoint, checks = [] } = await doctor();
  const report: string | undefined = endpoint ?? checks.find(({ id, state }) => id === 'stripe' && state === 'problem')?.todo;
  const entry: QueuedCall = ['trackPurchase', '1001', 79.99, 'USD', 'joe@example.com'];
  window.RocketTracker = window.RocketTracker || { q: [] };
  window.RocketTracker.q.push(entry, ['trackSignup', 'joe@example.com']);
  await window.RocketTracker.trackSignup?.('joe@example.com');
  document.addEventListener('rockettracker:purchase', (event) => event.detail.purchaseId.toUpperCase());
  document.addEventListener('rockettracker:error', (event) => event.detail.message.toUpperCase());
  const referral: Referral = useReferral(options);
  return { advocate, friend, isReferred, engine, link, report, referral };
}

export function refused() {
  // @ts-expect-error the contest is missing
  load({ host: 'go.shop.example' });
  // @ts-expect-error the host is missing
  useReferral({ campaignId: 'summer' });
  // @ts-expect-error there is no such injector
  load({ host: 'go.shop.example', campaignId: 'summer', autoInject: 'paypal' });
  // @ts-expect-error neither first nor last
  load({ host: 'go.shop.example', campaignId: 'summer', attribution: 'middle' });
  // @ts-expect-error days are a number
  load({ host: 'go.shop.example', campaignId: 'summer', days: '30' });
  // @ts-expect-error a slip of the pen
  load({ host: 'go.shop.example', campaignID: 'summer' });
  // @ts-expect-error the address is missing
  trackSignup();
  // @ts-expect-error a person has no age
  trackSignup('joe@example.com', { age: 30 });
  // @ts-expect-error the address is missing
  trackPurchase('1001', 79.99, 'USD');
  // @ts-expect-error the amount is no amount
  trackPurchase('1001', { amount: 79.99 }, 'USD', 'joe@example.com');
  // @ts-expect-error yes is not true
  consent('yes');
  // @ts-expect-error the code may be null
  getReferralCode().length;
  // @ts-expect-error it may not have been loaded yet
  window.RocketTracker.trackSignup('joe@example.com');
  // @ts-expect-error the amount is missing
  window.RocketTracker?.q.push(['trackPurchase', '1001']);
  // @ts-expect-error the doctor has no such question
  doctor().then(({ checks }) => checks?.find(({ id }) => id === 'weather'));
  // @ts-expect-error a signup has no purchaseId
  document.addEventListener('rockettracker:signup', (event) => event.detail.purchaseId);
}
