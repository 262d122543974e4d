//! The lazily loaded part of the program: the later stages, their screens, and all requests but the first.
//!
//! The release build consists of two wasm files, to keep the first download small. The first file has what is needed to
//! show the accounts, or why they can't be shown. The second is fetched as soon as that is on the screen; an event that
//! needs it waits: see [`crate::runtime`].
//!
//! This module is the split point: [`lazy`] is the only function that is called across it, and it returns the rest of
//! the program as function pointers. So the rest is awaited once, and then called like any other code. There is no list
//! of what belongs where: from the linker's output, `cargo xtask build --release` moves everything that only `lazy`
//! refers to into the second file. A reference from elsewhere is therefore not an error, but moves code into the first
//! file, which `cargo xtask size` shows.
//!
//! Development builds and tests are one file, in which `lazy` has nothing to wait for.

#![cfg_attr(split, expect(clippy::unnecessary_wraps, reason = "the macro adds the fallible fetch"))]

use std::pin::Pin;

use leptos::tachys::renderer::types::Element;
#[cfg(split)]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use relink_flow::{Answer, Effect, Event, Request, Stage, State, Ticket};

use crate::element_events::{self, ElementEvent};
use crate::runtime::Runtime;
use crate::ui::{BannerRegion, Card};
use crate::{effects, screens, ui};

/// Future of a request; `None` if its answer is no longer awaited.
pub(crate) type AnswerFuture = Pin<Box<dyn Future<Output = Option<Answer>>>>;

/// Entry points of the lazily loaded part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyPart {
    /// State machine: [`relink_flow::update`].
    pub(crate) update: fn(State, Event) -> (State, Option<Effect>),
    /// Returns the screen of a state.
    pub(crate) draw: fn(&State) -> Card,
    /// Updates the banner.
    pub(crate) draw_banner: fn(&BannerRegion, &Runtime),
    /// Returns the element's events for a stage that has been entered.
    pub(crate) events_on_enter: fn(&Stage) -> Vec<ElementEvent>,
    /// Updates a screen in place.
    pub(crate) redraw: fn(&Element, Card, &Runtime),
    /// Performs a request of the flow.
    pub(crate) perform: fn(Runtime, Ticket, Request) -> AnswerFuture,
}

impl LazyPart {
    /// Only for [`lazy`]: a call from elsewhere would move everything into the first file.
    fn new() -> Self {
        Self {
            update: relink_flow::update,
            draw: screens::draw,
            draw_banner: screens::draw_banner,
            events_on_enter: element_events::on_enter,
            redraw: ui::redraw,
            perform: |runtime, ticket, request| {
                Box::pin(async move { effects::perform(&runtime, ticket, request).await })
            },
        }
    }
}

/// Returns the lazily loaded part. `None` if it could not be fetched; the next call retries.
pub(crate) async fn fetch() -> Option<LazyPart> {
    lazy().await.ok()
}

/// The macro makes this function `async` and lets it fetch the file first, which `xtask/src/split.rs` knows as
/// `later`.
#[cfg(split)]
#[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn lazy() -> Result<LazyPart, SplitLoaderError> {
    Ok(LazyPart::new())
}

#[cfg(not(split))]
#[expect(clippy::unused_async, reason = "same signature as with `split`")]
async fn lazy() -> Result<LazyPart, std::convert::Infallible> {
    Ok(LazyPart::new())
}

#[cfg(test)]
mod tests {
    use relink_flow::{Failure, Reason};
    use relink_protocol::{Overview, Purpose};

    use super::*;

    fn opened(answer: Result<Overview, Failure>) -> State {
        let (state, effect) = relink_flow::start();
        relink_flow::update(state, Event::Answered(effect.ticket, Answer::Accounts(answer))).0
    }

    #[test]
    fn early_screens_equal_lazy_screens() {
        let overview = Overview {
            merchant: "Northwind".to_owned(),
            purpose: Purpose::Payments,
            exact: true,
            allows_another: true,
            help_url: None,
            own_page: false,
            accounts: Vec::new(),
            unfinished: None,
            stripe_js: String::new(),
            version: String::new(),
        };
        let browsing = opened(Ok(overview));
        let incomplete = Event::LoadFailed(Failure::from(Reason::ServerUnreachable));
        let (incomplete, _) = relink_flow::update(browsing.clone(), incomplete);
        let failed = opened(Err(Failure::from(Reason::Offline)));
        for state in [relink_flow::start().0, browsing, incomplete, failed] {
            let early = screens::draw_early(&state.stage).map(|card| format!("{card:?}"));
            assert_eq!(early, Some(format!("{:?}", (LazyPart::new().draw)(&state))));
        }
    }
}
