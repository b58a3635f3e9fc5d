// Plausible, as its package's README sets it up, on an endpoint of ours.
import { init, track } from '@plausible-analytics/tracker';

const host = new URL(document.currentScript.src).origin;
init({ domain: 'shop.example', endpoint: `${host}/event`, captureOnLocalhost: true, logging: false });
window.track = (id) => track('Purchase', { props: { id } });
