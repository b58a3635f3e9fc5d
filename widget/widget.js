// `<rocket-referral>`: what an owner pastes so that visitors become participants, share their link and see how it fares.
//
// This file makes the element. When it asks for what is in element.js; what it shows, in view/; in which words, in words.js.

import { RocketReferral } from './element.js';

// A page may name the script twice.
if (!customElements.get('rocket-referral')) customElements.define('rocket-referral', RocketReferral);
