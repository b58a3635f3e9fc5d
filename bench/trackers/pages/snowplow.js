// Snowplow's browser tracker: events in localStorage, sent by POST one by one, each allowed to outlive the page.
import { newTracker, trackPageView, trackStructEvent } from '@snowplow/browser-tracker';

newTracker('shop', new URL(document.currentScript.src).origin, { appId: 'shop', eventMethod: 'post', bufferSize: 1, keepalive: true });
trackPageView();
window.track = (id) => trackStructEvent({ category: 'shop', action: 'purchase', label: id });
