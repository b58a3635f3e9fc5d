// Joining the wind list: the shop's sign-up.

import { onSubmit } from './form.js';
import { pointsText } from './words.js';
import { tracker, withPatience } from './tracker.js';

const form = document.querySelector('[data-testid=signup-form]');
const checkoutEmail = document.querySelector('[data-testid=checkout-email]');
const own = form.querySelector('.own-link');

onSubmit(form, 'Putting you on the list…', async ({ email, name }) => {
  own.hidden = true;
  const rocket = tracker();
  if (!rocket) {
    return 'You are on the wind list. The tracker is not on this page, so nobody is credited.';
  }
  const person = name.trim() ? { name: name.trim() } : {};
  const { answer, queued } = await withPatience(rocket.trackSignup(email, person));
  // The friend's first order should count for the one who sent them: same person, same address.
  checkoutEmail.value ||= email;
  if (queued) return 'You are on the wind list. The tracker holds it in its queue and sends it when the endpoint answers.';
  offerLink(rocket, answer?.referralCode);
  if (answer?.alreadyExists) return 'This address was on the wind list already: no points twice.';
  return `You are on the wind list. ${pointsText(answer?.pointsAwarded)}`.trim();
});

function offerLink(rocket, code) {
  if (!code || code === rocket.getReferralCode()) return;
  const link = own.querySelector('a');
  link.href = rocket.getReferralLink(code);
  link.textContent = link.href;
  own.hidden = false;
}
