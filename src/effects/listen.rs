//! Reads the stream of `POST /api/changes` until there is a change.
//!
//! Uses `fetch`, because `EventSource` can't send a token, and one in the URL would be logged.

use gloo_timers::callback::Timeout;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::api::Api;
use super::event_stream::EventStream;

/// Time without data, in milliseconds, after which the connection counts as lost. The server sends a comment every 15
/// seconds.
const IDLE_TIME_LIMIT: u32 = 40_000;

#[wasm_bindgen]
extern "C" {
    /// Result of reading from a stream.
    type Chunk;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Chunk) -> Option<Uint8Array>;
}

/// Content of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamResult {
    /// No data, or no stream.
    Nothing,
    /// Data without an event, so the server is alive.
    Alive,
    /// An event: the accounts have changed.
    Change,
}

/// Listens until there is a change since this version, or the stream ends or is interrupted.
pub(super) async fn listen(api: &Api, since: &str, abort_controller: &AbortController) -> StreamResult {
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

/// Aborts after this number of milliseconds, unless the result is dropped before.
pub(super) fn abort_after(milliseconds: u32, abort_controller: &AbortController) -> Timeout {
    let abort_controller = abort_controller.clone();
    Timeout::new(milliseconds, move || abort_controller.abort())
}

/// Waits until the controller aborts.
pub(super) async fn aborted(abort_controller: &AbortController) {
    let signal = abort_controller.signal();
    if !signal.aborted() {
        let aborted = Promise::new(&mut |resolve, _| signal.set_onabort(Some(&resolve)));
        // The promise is never rejected.
        let _ = JsFuture::from(aborted).await;
    }
}
