// PostHog for events alone: no recorder, no surveys, no flags; uncompressed, so that the endpoint can count.
import posthog from 'posthog-js';

posthog.init('phc_bench', {
  api_host: new URL(document.currentScript.src).origin,
  autocapture: false,
  disable_session_recording: true,
  disable_surveys: true,
  advanced_disable_flags: true,
  disable_compression: true,
  opt_out_useragent_filter: true, // it takes a headless browser for a bot
  person_profiles: 'identified_only',
});
window.track = (id) => posthog.capture('purchase', { id });
