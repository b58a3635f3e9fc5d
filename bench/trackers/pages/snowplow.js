// Snowplow's browser tracker with its defaults: events in localStorage, sent by POST.
import { newTracker, trackPageView, trackStructEvent } from '@snowplow/browser-tracker';

newTracker('shop', new URL(document.currentScript.src).origin, { appId: 'shop' });
trackPageView();
window.track = (id) => trackStructEvent({ category: 'shop', action: 'purchase', label: id });
