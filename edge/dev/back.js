// The Worker behind it, whose clock can be rung.

import { WorkerEntrypoint } from "cloudflare:workers";
import back from "../build/back/index.js";

export { LedgerObject } from "../build/back/index.js";

export class Clock extends WorkerEntrypoint {
  strike() {
    return back.scheduled({ cron: "", scheduledTime: Date.now() }, this.env, this.ctx);
  }
}

export default back;
