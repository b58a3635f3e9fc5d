// Payment Links and embedded elements as an application renders them, which is over and over again. `?case` names one.

import { useEffect, useRef, useState, type JSX } from 'react';
import { flushSync } from 'react-dom';
import { useReferral } from 'rockettracker/react';
import { options, TILL } from './options.ts';

/** What Stripe's own script does with its elements: it reads their attributes, and reads them again when they change. */
class Embedded extends HTMLElement {
  static observedAttributes = ['client-reference-id'];
  attributeChangedCallback(_name: string, _before: string | null, reference: string | null) {
    this.dataset.shown = reference ?? '';
  }
}
customElements.define('stripe-buy-button', Embedded);
customElements.define('stripe-pricing-table', class extends Embedded {});

const STRIPE = 'https://buy.stripe.com';

export function Links() {
  useReferral(options);
  const [n, setN] = useState(0);
  const [step, setStep] = useState(0);
  const next = () => setN((n) => n + 1);
  const Case = CASES[new URLSearchParams(location.search).get('case') ?? ''];
  return (
    <>
      <button id="next" onClick={next}>{n}</button>
      <button id="step" onClick={() => setStep(step + 1)}>{step}</button>
      {Case && <Case n={n} step={step} next={next} />}
    </>
  );
}

interface Props {
  /** Is in every href. */
  n: number;
  /** How far the case's own story is. */
  step: number;
  next: () => void;
}

const CASES: Record<string, (props: Props) => JSX.Element> = {
  several: ({ n }) => (
    <>
      <a id="plain" href={`${STRIPE}/plain-${n}`}>Buy</a>
      <a id="query" href={`${STRIPE}/query?prefilled_email=joe%40example.com&n=${n}`}>Buy</a>
      <a id="fragment" href={`${STRIPE}/fragment-${n}#now`}>Buy</a>
      <a id="both" href={`${STRIPE}/both?n=${n}#a?b=c`}>Buy</a>
      <a id="custom" href={`https://pay.shop.example/custom-${n}`}>Buy</a>
      <a id="taken" href={`${STRIPE}/taken-${n}?client_reference_id=mine`}>Buy</a>
      <a id="other" href={`https://shop.example/other-${n}`}>Read</a>
      <a id="like" href={`https://buy.stripe.com.shop.example/like-${n}`}>Read</a>
    </>
  ),

  followed: ({ n }) => <a id="link" href={`${TILL}/followed-${n}`}>Buy</a>,

  // From one kind of link to another and back.
  kinds: ({ step }) => (
    <a id="link" href={[`${STRIPE}/a`, '/sold-out', `${STRIPE}/b?client_reference_id=mine`, `${STRIPE}/c`, undefined, `${STRIPE}/d`][step]}>Buy</a>
  ),

  later: ({ n, step }) => (
    <>
      {step > 0 && <a id="later" href={`${STRIPE}/later-${n}`}>Buy</a>}
      {step > 0 && <section><div><a id="deep" href={`${STRIPE}/deep-${n}`}><b>Buy</b></a></div></section>}
    </>
  ),

  removed: ({ n, step }) => (
    <>
      {step % 2 === 0 && <a id="mounted" href={`${STRIPE}/mounted-${n}`}>Buy</a>}
      <ul>
        {(step % 2 ? ['c', 'b', 'a'] : ['a', 'b', 'c']).map((name) => (
          <li key={name}><a id={name} href={`${STRIPE}/${name}-${n}`}>Buy</a></li>
        ))}
      </ul>
    </>
  ),

  blank: ({ n }) => <a id="link" target="_blank" rel="noopener" href={`${TILL}/blank-${n}`}>Buy</a>,

  // The page learns of the event before the browser follows the link, and renders the link anew in between.
  ...Object.fromEntries(
    (['onClick', 'onAuxClick', 'onMouseDown', 'onMouseUp', 'onPointerDown', 'onFocus', 'onKeyDown'] as const).flatMap((on) => [
      [`${on} at once`, ({ n, next }: Props) => <a id="link" href={`${TILL}/reset-${n}`} {...{ [on]: () => flushSync(next) }}>Buy</a>],
      [`${on} soon`, ({ n, next }: Props) => <a id="link" href={`${TILL}/reset-${n}`} {...{ [on]: next }}>Buy</a>],
    ]),
  ),

  scripted: ({ n, next }) => {
    const link = useRef<HTMLAnchorElement>(null);
    const follow = () => {
      flushSync(next);
      link.current?.click();
    };
    return (
      <>
        <button id="follow" onClick={follow}>Buy</button>
        <a ref={link} id="link" hidden href={`${TILL}/scripted-${n}`}>Buy</a>
      </>
    );
  },

  // Two parties that each want the last word.
  stubborn: ({ n }) => {
    const link = useRef<HTMLAnchorElement>(null);
    const href = `${TILL}/stubborn-${n}`;
    useEffect(() => {
      const observer = new MutationObserver(() => {
        if (link.current?.getAttribute('href') !== href) link.current?.setAttribute('href', href);
      });
      observer.observe(link.current!, { attributes: true });
      return () => observer.disconnect();
    }, [href]);
    return <a ref={link} id="link" href={href}>Buy</a>;
  },

  embedded: ({ n, step }) => (
    <>
      <stripe-buy-button id="button" buy-button-id={`b${n}`} publishable-key="pk" />
      <stripe-pricing-table id="table" pricing-table-id={`t${n}`} publishable-key="pk" />
      <stripe-buy-button id="keyed-button" key={`b${n}`} buy-button-id="b" publishable-key="pk" />
      <stripe-pricing-table id="keyed-table" key={`t${n}`} pricing-table-id="t" publishable-key="pk" />
      <stripe-buy-button id="taken-button" buy-button-id={`b${n}`} client-reference-id="mine" />
      <stripe-pricing-table id="taken-table" key={n} pricing-table-id="t" client-reference-id="mine" />
      {step > 0 && <div><stripe-buy-button id="later-button" buy-button-id="b" publishable-key="pk" /></div>}
      {step > 0 && <div><stripe-pricing-table id="later-table" pricing-table-id="t" publishable-key="pk" /></div>}
    </>
  ),

  form: ({ n, step }) => (
    <>
      <form id="marked" data-rocket-referral><input name="n" value={n} readOnly /></form>
      {step > 0 && <form id="later" key={n} data-rocket-referral />}
      <form id="unmarked" />
    </>
  ),
};
