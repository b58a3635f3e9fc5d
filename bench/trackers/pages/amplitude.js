// Amplitude for page views and events alone, each sent at once; by beacon when the page is left, as its documentation asks for.
import * as amplitude from '@amplitude/analytics-browser';

amplitude.init('bench', {
  serverUrl: `${new URL(document.currentScript.src).origin}/2/httpapi`,
  autocapture: { pageViews: true, attribution: false, sessions: false, fileDownloads: false, formInteractions: false, elementInteractions: false },
  flushIntervalMillis: 0,
  remoteConfig: { fetchRemoteConfig: false },
  enableDiagnostics: false,
});
addEventListener('pagehide', () => {
  amplitude.setTransport('beacon');
  amplitude.flush();
});
window.track = (id) => amplitude.track('purchase', { id });
