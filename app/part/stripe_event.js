// A test event as Stripe would sign and send it: through the real route, which cannot tell it from Stripe's own.

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** `t=…,v1=…`: HMAC-SHA256 of `TIME.BODY`, under the whole secret. */
export async function signature(secret, body, seconds) {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', text.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return `t=${seconds},v1=${hex(await crypto.subtle.sign('HMAC', key, text.encode(`${seconds}.${body}`)))}`;
}

/** A completed Checkout Session of a made-up buyer who came by `code`. No money stands behind it: `livemode` is false. */
export function checkout(code, seconds, random = crypto.randomUUID().replaceAll('-', '')) {
  return {
    id: `evt_test_${random}`, object: 'event', type: 'checkout.session.completed', created: seconds, livemode: false, api_version: '2025-09-30.clover',
    data: {
      object: {
        id: `cs_test_${random}`, object: 'checkout.session', mode: 'payment', status: 'complete', payment_status: 'paid', livemode: false, created: seconds,
        amount_total: 7999, currency: 'usd', client_reference_id: code, customer: null, payment_intent: `pi_test_${random}`,
        customer_details: { email: `buyer-${random.slice(0, 8)}@example.com` }, total_details: { amount_tax: 0 }, metadata: {},
      },
    },
  };
}

/** Posts it; `{ status, answer }` whatever it was. */
export async function send(contest, secret, code) {
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify(checkout(code, seconds));
  const response = await fetch(`/api/webhooks/stripe/${encodeURIComponent(contest)}`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', 'stripe-signature': await signature(secret, body, seconds) },
  });
  return { status: response.status, answer: await response.json().catch(() => ({})) };
}
