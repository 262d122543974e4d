// Every test, one after the other: they share one sandbox. The types come last, as they are held against all calls.
import './tests/connections.js';
import './tests/payments.js';
import './tests/lists.js';
import './tests/errors.js';
import './tests/idempotency.js';
import './tests/versions.js';
import './tests/events.js';
import './tests/webhooks.js';
import './tests/stripe_js.js';
import './tests/readme.js';
import './tests/server.js';
import './tests/types.js';
