//! Bank window: the page in the iframe, the bank's own pop-up window, and their scripts and styles.

use axum::{extract::Path, http::Uri, response::Response};

use crate::http::{
    assets::{self, Asset, CSS, JS},
    error::ApiError,
};

/// Content security policy: any merchant's page may frame the window, which loads from the sandbox only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors http: https:";

/// Content security policy of the pop-up window, which must not be framed.
const POLICY_OF_OWN_WINDOW: &str = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const ASSETS: &[Asset] = &[
    ("bank.css", CSS, include_str!("page/bank.css")),
    ("end_screens.js", JS, include_str!("page/end_screens.js")),
    ("ar.js", JS, include_str!("page/ar.js")),
    ("calls.js", JS, include_str!("page/calls.js")),
    ("choice.js", JS, include_str!("page/choice.js")),
    ("start_screens.js", JS, include_str!("page/start_screens.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("en.js", JS, include_str!("page/en.js")),
    ("es.js", JS, include_str!("page/es.js")),
    ("login.js", JS, include_str!("page/login.js")),
    ("manual_entry.js", JS, include_str!("page/manual_entry.js")),
    ("main.js", JS, include_str!("page/main.js")),
    ("oauth.js", JS, include_str!("page/oauth.js")),
    ("pop_up.js", JS, include_str!("page/pop_up.js")),
    ("account_rows.js", JS, include_str!("page/account_rows.js")),
    ("translations.js", JS, include_str!("page/translations.js")),
];

/// `GET /bank`
pub(crate) async fn document() -> Response {
    assets::page(POLICY, "no-referrer", include_str!("page/bank.html"))
}

/// `GET /bank/oauth`
pub(crate) async fn oauth() -> Response {
    assets::page(POLICY_OF_OWN_WINDOW, "no-referrer", include_str!("page/oauth.html"))
}

/// `GET /bank/assets/{name}`
pub(crate) async fn asset(Path(name): Path<String>, uri: Uri) -> Result<Response, ApiError> {
    assets::find(ASSETS, &name, &uri)
}
