//! `GET /stripe.js`: the sandbox's own script, which defines `window.Stripe` and opens the bank window. It is also at the
//! paths of `js.stripe.com`, so that the sandbox can take that host's place.

use axum::{
    extract::{Path, State},
    http::{Method, Uri, header},
    response::{IntoResponse, Response},
};

use crate::{http::error::ApiError, state::Sandbox};

/// Path of the script of a release, from which `@stripe/stripe-js` loads it.
pub(crate) const RELEASE_PATH: &str = "/{release}/stripe.js";
/// Older path of the script, which belongs to no release.
pub(crate) const V3_PATHS: [&str; 2] = ["/v3", "/v3/"];

/// Releases of Stripe.js, oldest first. Source: `@stripe/stripe-js` (one major version for each) and its URLs.
const RELEASES: [&str; 5] = ["acacia", "basil", "clover", "dahlia", NEWEST];
const NEWEST: &str = "endive";
/// Name of the script without a release, and the version that it has: a number, unlike those of releases.
const V3: (&str, &str) = ("v3", "3");

/// The files in one function, so that only `window.Stripe` is global.
const SCRIPT: &str = concat!(
    "// The sandbox's own Stripe.js: defines window.Stripe and opens the bank window of the sandbox that\n",
    "// served this script.\n",
    "(() => {\n'use strict';\n\nconst origin = new URL(document.currentScript.src).origin;\nconst isModal = IS_MODAL;\nconst version = VERSION;\n\n",
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

/// `GET /stripe.js`: the newest release.
pub(crate) async fn script(sandbox: State<Sandbox>) -> Response {
    of_version(&sandbox, &quoted(NEWEST))
}

/// `GET /v3/`
pub(crate) async fn script_of_v3(sandbox: State<Sandbox>) -> Response {
    of_version(&sandbox, V3.1)
}

/// `GET /{release}/stripe.js`. The script has the version that the loader of that release expects.
pub(crate) async fn script_of_release(
    sandbox: State<Sandbox>,
    Path(release): Path<String>,
    method: Method,
    uri: Uri,
) -> Result<Response, ApiError> {
    match release.as_str() {
        name if name == V3.0 => Ok(of_version(&sandbox, V3.1)),
        name if RELEASES.contains(&name) => Ok(of_version(&sandbox, &quoted(name))),
        _ => Err(ApiError::unrecognized_url(&method, uri.path())),
    }
}

fn quoted(release: &str) -> String {
    format!("'{release}'")
}

/// Returns the script, which merchants' pages load from any origin. `version` is a literal of JavaScript.
fn of_version(sandbox: &Sandbox, version: &str) -> Response {
    let is_modal = sandbox.lock().world.settings.modal_bank_window;
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    let script = SCRIPT.replacen("IS_MODAL", if is_modal { "true" } else { "false" }, 1);
    (headers, script.replacen("VERSION", version, 1)).into_response()
}
