//! Listens for changes while the page is visible: reads the stream of `GET /api/changes`, and reconnects when it ends.
//!
//! Uses `fetch`, because `EventSource` can't send a token in a header, and one in the URL would be logged. Failures are
//! not shown, because the customer does not wait for this; they are retried with exponential back-off.

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Math, Promise, Uint8Array};
use leptos::prelude::document;
use relink_flow::Ticket;
use relink_protocol::Overview;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::api::Api;
use super::event_stream::EventStream;
use crate::conversation::Conversation;

/// Time without data, in milliseconds, after which the connection counts as lost. The server sends a comment every 15
/// seconds.
const IDLE_TIME_LIMIT: u32 = 40_000;

/// First and longest pause before reconnecting, in milliseconds.
const PAUSES: (u32, u32) = (1_000, 60_000);

/// Debounce time in milliseconds: changes in quick succession, as of all accounts of a bank login, are announced as
/// one.
const DEBOUNCE: u32 = 300;

#[wasm_bindgen]
extern "C" {
    /// Result of reading from a stream.
    type Chunk;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Chunk) -> Option<Uint8Array>;
}

/// Content of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StreamResult {
    /// No data, or no stream.
    Nothing,
    /// Data without an event, so the server is alive.
    Alive,
    /// An event: the accounts have changed.
    Change,
}

/// Waits until the accounts differ from the version `since`, and returns them. `None` if the answer is no longer
/// awaited.
pub(super) async fn change(conversation: Conversation, ticket: Ticket, since: &str) -> Option<Overview> {
    let mut failures = 0;
    let mut is_time = true;
    loop {
        let abort_controller = conversation.abort_controller(ticket)?;
        let api = conversation.api()?;
        if is_time && !is_hidden() {
            let result = listen(&api, since, &abort_controller).await;
            abort_controller.abort();
            if result == StreamResult::Change {
                TimeoutFuture::new(DEBOUNCE).await;
            }
            // Unless the conversation has moved on or ended.
            if result == StreamResult::Change
                && conversation.is_newest(ticket)
                && let Ok(overview) = api.accounts().await
                && overview.version != since
            {
                return Some(overview);
            }
            // Streams end regularly, which is no failure; a change that yields no new accounts counts as one.
            failures = if result == StreamResult::Alive { 0 } else { failures + 1 };
            is_time = false;
        } else {
            // Pauses until the next try is due, or the page is hidden or shown, which makes it due at once.
            let _pause = (!is_time).then(|| abort_after(pause(failures, Math::random()), &abort_controller));
            aborted(&abort_controller).await;
            is_time = true;
        }
    }
}

/// Listens until there is a change, or the stream ends or is interrupted.
async fn listen(api: &Api, since: &str, abort_controller: &AbortController) -> StreamResult {
    let mut idle_timer = Some(abort_after(IDLE_TIME_LIMIT, abort_controller));
    let stream = api.changes(since, abort_controller.signal()).await;
    let Some(stream) = stream.ok().and_then(|response| response.body()) else {
        return StreamResult::Nothing;
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut events = EventStream::new();
    let mut result = StreamResult::Nothing;
    while let Ok(piece) = JsFuture::from(reader.read()).await {
        let Some(piece) = bytes(&piece) else { break };
        idle_timer.replace(abort_after(IDLE_TIME_LIMIT, abort_controller));
        if events.has_event(&piece) {
            return StreamResult::Change;
        }
        result = StreamResult::Alive;
    }
    result
}

/// Returns one chunk of a stream; `None` at its end.
fn bytes(chunk: &JsValue) -> Option<Vec<u8>> {
    let value = chunk.unchecked_ref::<Chunk>().value()?;
    Some(value.to_vec())
}

fn is_hidden() -> bool {
    document().hidden()
}

fn abort_after(milliseconds: u32, abort_controller: &AbortController) -> Timeout {
    let abort_controller = abort_controller.clone();
    Timeout::new(milliseconds, move || abort_controller.abort())
}

async fn aborted(abort_controller: &AbortController) {
    let signal = abort_controller.signal();
    if !signal.aborted() {
        let aborted = Promise::new(&mut |resolve, _| signal.set_onabort(Some(&resolve)));
        // The promise is never rejected.
        let _ = JsFuture::from(aborted).await;
    }
}

/// Returns the pause after this number of failures, in milliseconds. `random`, from 0 to 1, adds jitter, so that pages
/// that have lost the same server do not reconnect at the same time.
fn pause(failures: u32, random: f64) -> u32 {
    let (first, longest) = PAUSES;
    let pause = (first << failures.saturating_sub(1).min(6)).min(longest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a u32")]
    let part = (f64::from(pause / 2) * random) as u32;
    pause / 2 + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute() {
        let pauses: Vec<u32> = (0..10).map(|failures| pause(failures, 1.0)).collect();
        let expected = [1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
        assert_eq!(pauses, expected);
        assert_eq!(pause(u32::MAX, 1.0), 60_000);
    }

    #[test]
    fn pauses_differ_by_up_to_half() {
        assert_eq!([0.0, 0.5, 1.0].map(|random| pause(2, random)), [1_000, 1_500, 2_000]);
    }
}
