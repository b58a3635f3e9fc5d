// The element: when it asks for what, and what it does with the answers.

import { endpoints, Failure } from './api.js';
import { forget, ownCode, remember, signUp } from './own.js';
import css from 'widget-style';
import { card, failed, waiting } from './view/card.js';
import { language, speak } from './words.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

const CHANGES = ['contest', 'code', 'lang', 'without', 'api'];

export class RocketReferral extends HTMLElement {
  static observedAttributes = CHANGES;

  #root = this.attachShadow({ mode: 'open' });
  /** Of several that were begun, the last one counts. */
  #turn = 0;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet];
    this.#begin();
  }

  attributeChangedCallback(name, before, now) {
    if (this.isConnected && this.#turn && before !== now) this.#begin();
  }

  get #contest() {
    return (this.getAttribute('contest') || '').trim();
  }

  /** The parts of the card that the page does not want. */
  get #without() {
    return (this.getAttribute('without') || '').split(/\s+/);
  }

  /** Asks for everything and shows it. */
  async #begin(said) {
    const turn = ++this.#turn;
    // Several attributes may change in one task.
    await null;
    if (turn !== this.#turn) return;
    const contest = this.#contest;
    const given = this.getAttribute('code');
    const code = given || ownCode(contest);
    this.#show(waiting(code, this.#without));
    const [words, found] = await Promise.all([speak(language(this)), this.#ask(contest, code, given).catch((failure) => failure)]);
    if (turn !== this.#turn) return;
    if (found instanceof Error) return this.#show(failed(words, found.why || 'failed', () => this.#begin()));
    const without = this.#without;
    const act = {
      join: (person) => this.#join(contest, person),
      leave: given || !found.code ? null : () => {
        forget(contest);
        this.#begin();
      },
    };
    const shown = card({ words, without, act, ...found });
    this.#show(shown);
    if (!said) return;
    // The form is gone, and whoever came by keyboard goes on from here.
    this.#root.querySelector('.link')?.focus();
    shown.say(words[said]);
  }

  async #ask(contest, code, given) {
    if (!contest) throw new Failure('noContest');
    const from = endpoints(this.getAttribute('api'));
    const [about, board, stats] = await Promise.all([
      from.contest(contest),
      from.leaderboard(contest),
      code && from.stats(contest, code).catch((failure) => {
        // Whoever was erased begins anew; what a page says is wrong stays wrong.
        if (failure.why !== 'noCode' || given) throw failure;
        forget(contest);
        return null;
      }),
    ]);
    return { about, board, stats, code: stats ? code : null };
  }

  /** Rejects with what went wrong; otherwise the card is another one by then. */
  async #join(contest, person) {
    const { referralCode } = await signUp(contest, person, endpoints(this.getAttribute('api')));
    remember(contest, referralCode);
    this.dispatchEvent(new CustomEvent('rocket-referral:joined', { bubbles: true, composed: true, detail: { contest, referralCode } }));
    // Where nothing can be stored, it is the attribute that knows.
    if (ownCode(contest) !== referralCode) this.setAttribute('code', referralCode);
    await this.#begin('ready');
  }

  #show({ element }) {
    this.#root.replaceChildren(element);
  }
}
