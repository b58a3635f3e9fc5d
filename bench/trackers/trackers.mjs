// Who is measured, and how each is put on a page. What its documentation offers for speed and for not losing events is on;
// whatever is no event (recordings, surveys, flags, a configuration fetched from afar) is off.

import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url);

/** `tag` gives what the page holds, `track` is a function of the event's id. A package has its page in `pages/NAME.js`. */
const published = (name, npm, options) => ({
  npm,
  options,
  file: `${name}.js`,
  tag: (origin) => `<script src="${origin}/${name}.js" async></script>`,
  track: '(id) => window.track(id)',
});

export const TRACKERS = {
  RocketTracker: {
    options: 'the tag of the README',
    tag: (origin) => `<script src="${origin}/referral-tracker.js?campaignId=bench" async></script>`,
    track: "(id) => window.RocketTracker.trackPurchase(id, 10, 'USD', 'joe@example.com')",
  },
  Plausible: published('plausible', '@plausible-analytics/tracker', 'its defaults: `fetch` with `keepalive`, as text'),
  OpenPanel: published('openpanel', '@openpanel/web', 'the script of the package, `trackScreenViews`: `fetch` of JSON with `keepalive`, three retries'),
  Snowplow: published('snowplow', '@snowplow/browser-tracker', '`eventMethod: post`, `bufferSize: 1`, `keepalive`; events lie in `localStorage`'),
  Amplitude: published('amplitude', '@amplitude/analytics-browser', '`flushIntervalMillis: 0`, by beacon on `pagehide`, page views only; events lie in `localStorage`'),
  PostHog: published('posthog', 'posthog-js', 'no recording, surveys or flags; a beacon of what waits when the page is left'),
};

/** Makes one script of each package, as small as esbuild does; the versions are those of package-lock.json. */
export async function makeScripts(into) {
  for (const tracker of Object.values(TRACKERS)) {
    if (!tracker.npm) continue;
    await build({
      entryPoints: [new URL(`pages/${tracker.file}`, here).pathname], outfile: new URL(tracker.file, into).pathname,
      bundle: true, minify: true, format: 'iife', target: 'es2020', legalComments: 'none', logLevel: 'error',
    });
    const { version } = JSON.parse(await readFile(new URL(`node_modules/${tracker.npm}/package.json`, here), 'utf8'));
    tracker.version = version;
  }
}
