//! `GET /api/changes`: tells an open page when the customer's accounts are no longer those that it shows.

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
use tokio::time::{Sleep, sleep};

use super::accounts::shown_version;
use crate::app::App;
use crate::domain::caller::Caller;
use crate::extract::Visitor;
use crate::failure::Failure;
use crate::live::Listener;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies that keep answers until they are whole would keep these.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// So often a page hears that the server is there.
const STILL_HERE: Duration = Duration::from_secs(15);
/// Then the page comes again, perhaps to another server.
const LONGEST: Duration = Duration::from_mins(5);

/// A stream of events, each with the version of the accounts as its id. It begins with one if the page, by the header
/// `Last-Event-ID`, has another version.
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let listener = app.listen(&caller.customer).ok_or(Failure::TooManyListeners)?;
    let shown = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    // After the page is taken up, so that no change falls between.
    let first = app.version_of(&caller.customer).await?;
    let end = Box::pin(sleep(lifetime(caller.until, crate::clock::now())));
    let telling = Telling { app, caller, listener, shown, first: Some(first), end };
    let events = unfold(telling, |telling| async {
        let (event, telling) = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let headers = [(CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
    let still_here = KeepAlive::new().interval(STILL_HERE).text("still here");
    Ok((headers, Sse::new(events).keep_alive(still_here)))
}

/// What one page is told.
struct Telling {
    app: Arc<App>,
    caller: Caller,
    listener: Listener,
    /// The version that the page has.
    shown: String,
    /// The version that the store had at first.
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
            // A page that misses one hears of it when it comes again.
            let version = shown_version(&self.app, &self.caller, version).await.ok()?;
            if version != self.shown {
                let event = Event::default().id(&version).event("accounts").data("{}");
                self.shown = version;
                return Some((event, self));
            }
        }
    }
}

/// No longer than the token is good for.
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
