//! `GET /stripe.js`: the sandbox's own script, which defines `window.Stripe` and opens the bank window.

use axum::{extract::State, http::header, response::IntoResponse};

use crate::state::Sandbox;

/// The files in one function, so that only `window.Stripe` is global.
const SCRIPT: &str = concat!(
    "// The sandbox's own Stripe.js: defines window.Stripe and opens the bank window of the sandbox that\n",
    "// served this script.\n",
    "(() => {\n'use strict';\n\nconst origin = new URL(document.currentScript.src).origin;\nconst isModal = IS_MODAL;\n\n",
    include_str!("check.js"),
    "\n",
    include_str!("window.js"),
    "\n",
    include_str!("api.js"),
    "\n",
    include_str!("elements.js"),
    "\n",
    include_str!("stripe.js"),
    "})();\n",
);

/// Returns the script, which merchants' pages load from any origin.
pub(crate) async fn script(State(sandbox): State<Sandbox>) -> impl IntoResponse {
    let is_modal = sandbox.lock().world.settings.modal_bank_window;
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, SCRIPT.replacen("IS_MODAL", if is_modal { "true" } else { "false" }, 1))
}
