import { useState } from 'react';
import { useReferral } from 'rockettracker/react';
import { options } from './options.ts';

export function Shop() {
  const { code, ready, error, tracker } = useReferral(options);
  const [said, setSaid] = useState('');
  const [renders, setRenders] = useState(0);
  const show = (answer: Promise<unknown>) =>
    answer.then((answer) => setSaid(JSON.stringify(answer)), (error) => setSaid(String(error)));
  return (
    <>
      <Badge />
      <p id="state">{error ? error.message : ready ? (code ?? 'no code') : 'unknown'}</p>
      <p id="said">{said}</p>
      <button id="render" onClick={() => setRenders(renders + 1)}>{renders}</button>
      <button id="signup" onClick={() => show(tracker.trackSignup('joe@example.com', { name: 'Joe' }))}>Sign up</button>
      <button id="buy" onClick={() => show(tracker.trackPurchase('1001', 79.99, 'USD', 'joe@example.com'))}>Buy</button>
    </>
  );
}

/** Another component that wants to know. */
function Badge() {
  const { code } = useReferral({ ...options });
  return <b id="badge">{code && `Brought by ${code}`}</b>;
}
