// The core's entry: starts the Rust core on what the pasted script hands over, as WebAssembly or as JavaScript.

import * as glue from "tracker-glue";
import { connect, emit, queued, request } from "tracker-host";

/* global ENGINE_URL, DOCTOR_URL -- the build puts the hashed names here */

export { revert } from "tracker-host";

const lazily = (name) => import(new URL(name, import.meta.url));

/** `wasm` is the promise of the core's response. */
export const start = async (page, wasm) => {
  const imports = { "./tracker_bg.js": glue };
  try {
    const { instance } = await WebAssembly.instantiate(await (await wasm).arrayBuffer(), imports);
    glue.__wbg_set_wasm(instance.exports);
    page.engine = "wasm";
  } catch (error) {
    // The site's policy forbids it, or the browser has none: the same core again, compiled to JavaScript.
    page.failure = String(error);
    glue.__wbg_set_wasm((await lazily(ENGINE_URL)).default(imports));
    page.engine = "js";
  }
  connect(page, glue);
  const detail = { engine: page.engine };
  emit("ready", detail);
  return detail;
};

/** What the endpoint knows of a code. */
export const validate = async (page, code) => {
  if (!page.contest) throw Error("campaignId is missing from the script's URL");
  if (!page.granted) throw Error("consent is required");
  const [status, answer] = await request(page, "validate-code?" + new URLSearchParams({ code, contestId: page.contest }));
  if (status !== 200) throw Error(answer.error || "the endpoint could not be reached");
  return answer;
};

export const doctor = async (page) => (await lazily(DOCTOR_URL)).doctor(page, request, queued(page.store).length);
