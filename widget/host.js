// Where the script came from: its endpoints and the files that it loads later are there.

/* global CHUNKS -- the build puts the hashed names here, by what they are for */

const source = document.currentScript?.src || document.querySelector('script[src*=referral-widget]')?.src || location.href;

export const ORIGIN = new URL(source).origin;

/** Which languages there are beside English. */
export const hasChunk = (name) => name in CHUNKS;

/** A module that is only loaded when it is needed: `qr`, or a language. */
export const load = (name) => import(new URL(`core/${CHUNKS[name]}`, new URL('/', source)).href);
