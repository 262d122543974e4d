//! `POST /reports`: browsers report what a content security policy keeps from a page with the element, and elements that
//! they did not load. Counted, by cause, and not stored: a report names the address of a page.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::browser_report::{Origins, load_failure, read};
use crate::state::AppState;

/// Counts the reports. Answers the same whatever was sent, because a browser has no use for an error.
pub(crate) async fn receive(State(app): State<Arc<AppState>>, body: Bytes) -> StatusCode {
    let own = app.config.requests.public_url.as_ref();
    if let Some(cause) = load_failure(&body) {
        app.metrics.element_load_failure(cause);
    }
    for report in read(&body, Origins { js: &app.config.addresses.js, own }) {
        app.metrics.browser_report(report);
    }
    StatusCode::NO_CONTENT
}
