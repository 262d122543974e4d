//! What comes after the first screen: the later stages, their screens, and all requests but the first.
//!
//! The shipped program is two wasm files, for the bytes that a customer waits for. The first holds what it takes to
//! show the accounts, or why they can't be shown. The other is fetched as soon as that is on the screen, and whatever
//! takes it waits until it is there: see [`crate::runtime`].
//!
//! The cut is this module: [`later`] is the only function that is called across it, and what it gives is the rest of
//! the program as function values. So the rest has to be waited for once; from then on everything is as if it had
//! never been apart. No list says what belongs where. The linker tells `cargo xtask build --release` what refers to
//! what, and what only `later` leads to is in the second file. To refer to it from elsewhere is therefore not wrong,
//! but puts it into the first file, and `cargo xtask size` shows it.
//!
//! Development builds and tests are one file, and then `later` has nothing to wait for.

#![cfg_attr(split, expect(clippy::unnecessary_wraps, reason = "what can fail is put there by the macro"))]

use std::pin::Pin;

use leptos::tachys::renderer::types::Element;
#[cfg(split)]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use relink_flow::{Answer, Effect, Event, Request, Stage, State, Ticket};

use crate::runtime::Runtime;
use crate::tell::{self, Told};
use crate::ui::{Card, Notice};
use crate::{requests, screens, ui};

/// An answer on its way, and what becomes of it.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Option<Answer>>>>;

/// The rest of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Later {
    /// What comes after an event.
    pub(crate) update: fn(State, Event) -> (State, Option<Effect>),
    /// The screen of a state.
    pub(crate) draw: fn(&State) -> Card,
    /// Says what needs the reader, where a banner does.
    pub(crate) draw_banner: fn(&Notice, &Runtime),
    /// What the page is told when a stage is entered.
    pub(crate) tell: fn(&Stage) -> Vec<Told>,
    /// Draws a screen again where it stands.
    pub(crate) redraw: fn(&Element, Card, &Runtime),
    /// Does what the flow asks for.
    pub(crate) answer: fn(Runtime, Ticket, Request) -> Answering,
}

impl Later {
    /// Only for [`later`]: whoever calls it brings the rest with it.
    fn new() -> Self {
        Self {
            update: relink_flow::update,
            draw: screens::draw,
            draw_banner: screens::draw_banner,
            tell: tell::later,
            redraw: ui::redraw,
            answer: |runtime, ticket, request| {
                Box::pin(async move { requests::answer(&runtime, ticket, request).await })
            },
        }
    }
}

/// The rest, once it is there. `None` where it could not be fetched; the next call tries again.
pub(crate) async fn fetch() -> Option<Later> {
    later().await.ok()
}

/// The macro makes it `async` and gives it the fetching of the file to do before.
#[cfg(split)]
#[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn later() -> Result<Later, SplitLoaderError> {
    Ok(Later::new())
}

#[cfg(not(split))]
#[expect(clippy::unused_async, reason = "as it is where there is something to wait for")]
async fn later() -> Result<Later, std::convert::Infallible> {
    Ok(Later::new())
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
    fn what_comes_before_the_rest_is_drawn_as_the_rest_would_draw_it() {
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
        let incomplete = Event::Incomplete(Failure::from(Reason::ServerUnreachable));
        let (incomplete, _) = relink_flow::update(browsing.clone(), incomplete);
        let failed = opened(Err(Failure::from(Reason::Offline)));
        for state in [relink_flow::start().0, browsing, incomplete, failed] {
            let early = screens::draw_early(&state.stage).map(|card| format!("{card:?}"));
            assert_eq!(early, Some(format!("{:?}", (Later::new().draw)(&state))));
        }
    }
}
