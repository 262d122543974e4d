//! Page of a hosted session, in place of Stripe's: it opens the same bank window and then returns to the merchant.

use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    http::{error::ApiError, worlds::key_in_world},
    state::Sandbox,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /hosted/{token}`
pub(crate) async fn document(State(sandbox): State<Sandbox>, Path(token): Path<String>) -> Response {
    sandbox.lock().world.visit_hosted_page(&token);
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "strict-origin")];
    (headers, served("text/html; charset=utf-8", include_str!("page.html"))).into_response()
}

/// `GET /hosted/page.js`
pub(crate) async fn script() -> Response {
    served("text/javascript; charset=utf-8", include_str!("page.js"))
}

/// `GET /hosted/page.css`
pub(crate) async fn styles() -> Response {
    served("text/css; charset=utf-8", include_str!("page.css"))
}

/// `POST /hosted/{token}`: returns what the page needs to open the window. Fails if the session is unknown or over.
pub(crate) async fn start(
    State(sandbox): State<Sandbox>,
    Path(token): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let account = state.world.connected_account.clone();
    let session = state.world.visit_hosted_page(&token);
    let session = session.ok_or_else(|| ApiError::malformed("This link has expired or does not exist."))?;
    Ok(Json(json!({
        "client_secret": session.secret.expose(),
        "account": account,
        "publishable_key": key_in_world("pk_test_sandbox", sandbox.world_name()),
        "return_url": session.params.return_url,
    })))
}

fn served(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
