//! Hears of changes while the page can be seen: reads the stream of `GET /api/changes`, and comes again when it ends.
//!
//! By `fetch`, because the browser's own reader of such streams can't send a token, and one in an address would be
//! logged. Nobody waits for this, so no failure is shown; it is tried again, ever more gently.

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Math, Promise};
use relink_flow::Ticket;
use relink_protocol::Overview;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use crate::answers;
use crate::event_stream::EventStream;
use crate::runtime::Runtime;

/// The server says every 15 seconds that it is there. After so many milliseconds without a word it is not.
const SILENCE: u32 = 40_000;

/// The first and the longest pause before coming again, in milliseconds.
const PAUSES: (u32, u32) = (1_000, 60_000);

/// What changes within so many milliseconds, as the accounts of one login do, is told as one change.
const TOGETHER: u32 = 300;

/// What a stream had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// Nothing: there was none.
    Nothing,
    /// That the server is there.
    Life,
    /// That the accounts have changed.
    Change,
}

/// The accounts, once they are no longer those of the version `since`. `None` where nobody waits for them any more.
pub(crate) async fn change(runtime: &Runtime, ticket: Ticket, since: &str) -> Option<Overview> {
    let mut failures = 0;
    let mut is_time = true;
    loop {
        let interruption = runtime.interruption(ticket)?;
        if is_time && !is_hidden() {
            let heard = listen(runtime, since, &interruption).await;
            interruption.abort();
            if heard == Heard::Change {
                TimeoutFuture::new(TOGETHER).await;
            }
            if heard == Heard::Change
                && let Ok(overview) = runtime.api().accounts().await
                && overview.version != since
            {
                return Some(overview);
            }
            // A stream ends now and then, and that is no failure; a change that can't be read is one.
            failures = if heard == Heard::Life { 0 } else { failures + 1 };
            is_time = false;
        } else {
            // Until it is time, or the page is hidden or shown: then it is time, too.
            let _pause = (!is_time).then(|| abort_after(pause(failures, Math::random()), &interruption));
            aborted(&interruption).await;
            is_time = true;
        }
    }
}

/// Listens until there is a change, or the stream ends, by itself or by an interruption.
async fn listen(runtime: &Runtime, since: &str, interruption: &AbortController) -> Heard {
    let mut silence = Some(abort_after(SILENCE, interruption));
    let stream = runtime.api().changes(since, interruption.signal()).await;
    let Some(stream) = stream.ok().and_then(|response| web_sys::Response::from(response).body()) else {
        return Heard::Nothing;
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut events = EventStream::new();
    let mut heard = Heard::Nothing;
    while let Ok(piece) = JsFuture::from(reader.read()).await {
        let Some(piece) = answers::piece(piece) else { break };
        silence.replace(abort_after(SILENCE, interruption));
        if events.has_event(&piece) {
            return Heard::Change;
        }
        heard = Heard::Life;
    }
    heard
}

fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

fn abort_after(milliseconds: u32, interruption: &AbortController) -> Timeout {
    let interruption = interruption.clone();
    Timeout::new(milliseconds, move || interruption.abort())
}

async fn aborted(interruption: &AbortController) {
    let signal = interruption.signal();
    if !signal.aborted() {
        let aborted = Promise::new(&mut |resolve, _| signal.set_onabort(Some(&resolve)));
        // Nothing rejects it.
        let _ = JsFuture::from(aborted).await;
    }
}

/// How long to wait after so many failures. `chance`, from 0 to 1, keeps pages apart that have lost the same server.
fn pause(failures: u32, chance: f64) -> u32 {
    let (first, longest) = PAUSES;
    let pause = (first << failures.saturating_sub(1).min(6)).min(longest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a u32")]
    let part = (f64::from(pause / 2) * chance) as u32;
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
        assert_eq!([0.0, 0.5, 1.0].map(|chance| pause(2, chance)), [1_000, 1_500, 2_000]);
    }
}
