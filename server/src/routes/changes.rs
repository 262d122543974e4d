//! `GET /api/changes`: server-sent events that notify an open page when the customer's accounts have changed.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::unfold;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{Sleep, sleep};

use super::accounts::visible_version;
use crate::domain::customer_claims::Caller;
use crate::http::error::ApiError;
use crate::http::extract::{Body, PageCaller};
use crate::http::page_call::PageCall;
use crate::infra::live_updates::Listener;
use crate::openapi::errors::{ByPage, Errors, HasBody, TooManyPages};
use crate::state::AppState;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Turns off buffering in proxies, which would hold the stream back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Interval of keep-alive comments.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Maximum duration of a stream. The page then reconnects, perhaps to another server.
const LONGEST: Duration = Duration::from_mins(5);

/// Streams events whose ids are versions of the accounts. The first event is sent at once if the page's version, in the
/// header `Last-Event-ID`, is another one.
#[utoipa::path(
    get,
    path = "/api/changes",
    operation_id = "stream_changes",
    tag = "accounts",
    summary = "Listen for changes of the customer's accounts",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    params(("last-event-id" = Option<String>, Header, description = "Version of the accounts that the page shows")),
    responses(
        (status = 200, description = "Events named `accounts`, whose id is the new version", body = Object, content_type = "text/event-stream"),
        Errors<(ByPage, TooManyPages)>,
    )
)]
pub(crate) async fn stream(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let shown = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    events(app, caller, shown).await
}

/// Body of the page's request: the fields beside the token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// Version of the accounts that the page shows.
    #[serde(default)]
    since: String,
}

/// `POST`: the same for the page, whose token is in the body, so that browsers send no CORS preflight.
#[utoipa::path(
    post,
    path = "/api/changes",
    operation_id = "stream_changes_for_page",
    tag = "accounts",
    summary = "Listen for changes of the customer's accounts, with the token in the body",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    request_body(
        content = PageCall,
        content_type = "text/plain",
        description = "The token, and as `since` the version of the accounts that the page shows"
    ),
    responses(
        (status = 200, description = "Events named `accounts`, whose id is the new version", body = Object, content_type = "text/event-stream"),
        Errors<(ByPage, HasBody, TooManyPages)>,
    )
)]
pub(crate) async fn stream_for_page(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
    Body(Shown { since }): Body<Shown>,
) -> Result<impl IntoResponse, ApiError> {
    events(app, caller, since).await
}

async fn events(app: Arc<AppState>, caller: Caller, shown: String) -> Result<impl IntoResponse, ApiError> {
    let listener = app.live.listen(&caller.customer).ok_or(ApiError::TooManyListeners)?;
    // Read after subscribing, so that no change is missed in between.
    let first = app.live.version_of(&caller.customer).await?;
    let end = Box::pin(sleep(lifetime(caller.until, crate::clock::now())));
    let telling = Telling { app, caller, listener, shown, first: Some(first), end };
    let events = unfold(telling, |telling| async {
        let (event, telling) = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let headers = [(CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
    let still_here = KeepAlive::new().interval(KEEP_ALIVE).text("still here");
    Ok((headers, Sse::new(events).keep_alive(still_here)))
}

/// State of one stream.
struct Telling {
    app: Arc<AppState>,
    caller: Caller,
    listener: Listener,
    /// Version that the page has.
    shown: String,
    /// Version in the store when the stream began.
    first: Option<String>,
    end: Pin<Box<Sleep>>,
}

impl Telling {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            let version = if let Some(first) = self.first.take() {
                first
            } else {
                tokio::select! {
                    version = self.listener.next() => version,
                    () = &mut self.end => return None,
                    () = self.app.stop.cancelled() => return None,
                }
            };
            // On an error the stream ends; the page gets the change when it reconnects.
            let version = visible_version(&self.app, &self.caller, version).await.ok()?;
            if version != self.shown {
                let event = Event::default().id(&version).event("accounts").data("{}");
                self.shown = version;
                return Some((event, self));
            }
        }
    }
}

/// Duration of the stream: at most until the token expires.
fn lifetime(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default().min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_with_the_token_and_after_five_minutes_at_the_latest() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (until, expected) in
            [(1_000 + 3_600, 300), (1_000 + 300, 300), (1_000 + 7, 7), (1_000, 0), (900, 0)]
        {
            assert_eq!(lifetime(at(until), at(1_000)), Duration::from_secs(expected));
        }
        assert_eq!(lifetime(Timestamp::MAX, at(1_000)), LONGEST);
    }
}
