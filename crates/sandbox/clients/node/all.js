// Runs all tests one after the other, as they share one sandbox. Types come last and check all recorded calls.
import './tests/connections.js';
import './tests/payments.js';
import './tests/accounts.js';
import './tests/lists.js';
import './tests/errors.js';
import './tests/idempotency.js';
import './tests/versions.js';
import './tests/events.js';
import './tests/webhooks.js';
import './tests/thin_events.js';
import './tests/worlds.js';
import './tests/stripe_js.js';
import './tests/stripe_js_packages.js';
import './tests/applications.js';
import './tests/readme.js';
import './tests/server.js';
import './tests/types.js';
