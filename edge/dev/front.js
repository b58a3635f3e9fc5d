// The front Worker on a developer's machine. Wrangler rings the clock of the first Worker only (`/cdn-cgi/handler/scheduled`), and it is the one
// behind that has something to do then.

import front from "../build/front/index.js";

export default { ...front, scheduled: (_event, env) => env.CLOCK.strike() };
