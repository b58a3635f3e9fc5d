// The core's entry: starts the Rust core on what the pasted script hands over, as WebAssembly or as JavaScript.

import { __wbg_set_wasm } from "tracker-glue";
import { wrapStripe } from "./checkout.js";
import { text } from "./store.js";
import imports from "tracker-imports";
import { breath, connect, emit, request, warn } from "tracker-host";

/* global ENGINE_URL, DOCTOR_URL -- the build puts the hashed names here */

export { withdraw } from "tracker-host";

const lazily = (name) => import(new URL(name, import.meta.url));

/** `wasm` is the promise of the core's response. */
export const start = (page, wasm) => {
  // What became of calls, for the doctor.
  page.told_ = [];
  for (const type of ["visit", "signup", "purchase", "error"])
    document.addEventListener("rockettracker:" + type, (event) => page.told_.push(event));
  // Alone, and with no value: a site may have a parameter of that name.
  if (/[?&]doctor(&|$)/.test(location.search)) lazily(DOCTOR_URL).then((module) => module.show(page)).catch(() => {});
  if (page.stripe_) wrapStripe(() => page.store_.granted_() && page.current_);
  if (!page.contest_) warn("RocketTracker: campaignId is missing from the script's URL, or is no contest's id.");
  return (page.started_ = run(page, wasm));
};

const run = async (page, wasm) => {
  try {
    const { instance } = await WebAssembly.instantiate(await (await wasm).arrayBuffer(), imports);
    __wbg_set_wasm(instance.exports);
    page.engine_ = "wasm";
  } catch (error) {
    // The site's policy forbids it, or the browser has none: the same core again, compiled to JavaScript.
    page.failure_ = String(error);
    __wbg_set_wasm((await lazily(ENGINE_URL)).default(imports));
    page.engine_ = "js";
  }
  await breath();
  await connect(page);
  const detail = { engine: page.engine_ };
  emit("ready", detail);
  return detail;
};

/** What the endpoint knows of a code. */
export const validate = async (page, asked) => {
  if (!page.contest_) throw Error("campaignId is missing from the script's URL");
  if (!page.store_.granted_()) throw Error("consent is required");
  const code = text(asked ?? page.current_);
  const [status, answer] = await request(page, "validate-code?" + new URLSearchParams({ code, contestId: page.contest_ }));
  if (status !== 200) throw Error(answer.error || "the endpoint could not be reached");
  return answer;
};

export const doctor = (page) =>
  lazily(DOCTOR_URL).then(
    (module) => module.doctor(page),
    (error) => ({ engine: page.engine_ || null, failure: String(error), checks: [] }),
  );
