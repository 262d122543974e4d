//! The dashboard: a page at `/` that shows the sandbox's state and changes it. It uses only `/_sandbox/…` and the
//! API, which are open to every client.

mod events;

use axum::{extract::Path, http::Uri, response::Response};

pub(crate) use self::events::list as events;
use crate::http::{
    assets::{self, Asset, CSS, JS},
    error::ApiError,
};

/// Content security policy: the page loads from the sandbox only and frames its bank windows. It can't be framed
/// itself, because clickjacking could then change the sandbox.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS: &[Asset] = &[
    ("accounts.js", JS, include_str!("page/accounts.js")),
    ("calls.js", JS, include_str!("page/calls.js")),
    ("clock.js", JS, include_str!("page/clock.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("faults.js", JS, include_str!("page/faults.js")),
    ("bank_window.js", JS, include_str!("page/bank_window.js")),
    ("main.js", JS, include_str!("page/main.js")),
    ("requests.js", JS, include_str!("page/requests.js")),
    ("dashboard.css", CSS, include_str!("page/dashboard.css")),
    ("scenario.js", JS, include_str!("page/scenario.js")),
    ("sessions.js", JS, include_str!("page/sessions.js")),
    ("state.js", JS, include_str!("page/state.js")),
    ("switches.js", JS, include_str!("page/switches.js")),
    ("webhooks.js", JS, include_str!("page/webhooks.js")),
];

/// `GET /`
pub(crate) async fn document() -> Response {
    // The bank window warns about pages that send no referrer, because some banks need it.
    assets::page(POLICY, "strict-origin", include_str!("page/dashboard.html"))
}

/// `GET /_sandbox/room/{name}`
pub(crate) async fn asset(Path(name): Path<String>, uri: Uri) -> Result<Response, ApiError> {
    assets::find(ASSETS, &name, &uri)
}
