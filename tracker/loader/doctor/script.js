// Whether the core runs, as what, and if not as WebAssembly, why.

import { say } from "./endpoint.js";
import { code } from "./tag.js";

/** How Chromium, Firefox and Safari say that a policy is in the way. */
const FORBIDDEN = /content security policy|blocked by csp|unsafe-eval/i;

export const checkScript = (page) => {
  const home = new URL("..", import.meta.url).origin;
  if (page.engine === "wasm") return say("ok", `Yes, from ${code(home)}, as WebAssembly.`);
  const why = String(page.failure || "");
  if (page.engine === "js") {
    const runs = `Yes, from ${code(home)}, but as JavaScript, which does the same and is a larger download.`;
    if (FORBIDDEN.test(why)) return say("note", `${runs} This page's Content Security Policy forbids WebAssembly.`, "Add `'wasm-unsafe-eval'` to `script-src` in the policy.");
    if (typeof WebAssembly === "undefined") return say("note", `${runs} This browser has no WebAssembly: it is old, or locked down. Other visitors are not affected.`);
    if (/fetch|network|load failed/i.test(why))
      return say("note", `${runs} The WebAssembly could not be fetched: ${why}`, `See that \`connect-src\` in the page's Content Security Policy names ${code(home)}, and that no content blocker is in the way.`);
    return say("note", `${runs} WebAssembly failed: ${why}`, `See that ${code(home + "/core/")} is passed on unchanged, if a proxy is in between.`);
  }
  if (!why) return say("note", "Not yet: its core has not arrived so far.", "Ask again in a few seconds.");
  return say(
    "problem",
    `Only in part: the core starts neither as WebAssembly nor as JavaScript. The code is kept and Stripe has it; calls are kept and go from the next page on which the core runs. It says: ${why}`,
    `See that \`script-src\` and \`connect-src\` in the page's Content Security Policy name ${code(home)}, and that no content blocker stops files under ${code(home + "/core/")}.`,
  );
};
