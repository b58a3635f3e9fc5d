import { fetch } from "wasm";
import { handler } from "../src/instance.js";

export default { fetch: handler(fetch) };
