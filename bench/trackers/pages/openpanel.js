// OpenPanel's own script, with the options of its README; it takes its settings from what waits in `op.q`.
window.op = { q: [['init', { apiUrl: new URL(document.currentScript.src).origin, clientId: 'bench', trackScreenViews: true }]] };
window.track = (id) => window.op('track', 'purchase', { id });
require('../node_modules/@openpanel/web/dist/src/tracker.global.js');
