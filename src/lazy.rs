//! The lazily loaded part of the program: the later screens, and all requests but the first.
//!
//! The release build consists of two wasm files, to keep the first download small. The first file has what is needed to
//! show the accounts, or why they can't be shown. The second is fetched as soon as that is on the screen; a screen that
//! needs it waits: see [`crate::app`]. Only this crate knows of it; the conversation goes on meanwhile.
//!
//! This module is the split point: [`rest`] is the only function that is called across it, and it returns the rest of
//! the program as function pointers. So the rest is awaited once, and then called like any other code. It is what
//! Leptos' own `#[lazy]` expands to, except that it may fail. There is no list of what belongs where: from the linker's
//! output, `cargo xtask build --release` moves everything that only `rest` refers to into the second file. A reference
//! from elsewhere is therefore not an error, but moves code into the first file, which `cargo xtask size` shows.
//!
//! Development builds and tests are one file, in which `rest` has nothing to wait for.

#![cfg_attr(split, expect(clippy::unnecessary_wraps, reason = "the macro adds the fallible fetch"))]

use std::pin::Pin;

use leptos::prelude::AnyView;
#[cfg(split)]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use relink_flow::{Answer, Failure, Request, Ticket};

use crate::conversation::Conversation;
use crate::{app, effects};

/// Progress of loading the rest of the program.
#[derive(Clone, Debug)]
pub(crate) enum Loading {
    /// Not there yet.
    Pending,
    /// There.
    Done(LazyPart),
    /// Not there although the customer waited for it.
    Failed(Failure),
    /// The element is about to restart with the server's current files.
    Restarting,
}

/// Entry points of the lazily loaded part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyPart {
    /// Draws the later screen that the conversation is at.
    pub(crate) screen: fn(Conversation) -> AnyView,
    /// Draws the banner.
    pub(crate) banner: fn(Conversation) -> AnyView,
    /// Performs a request of the flow.
    pub(crate) perform: fn(Conversation, Ticket, Request) -> AnswerFuture,
}

/// Future of a request; `None` if its answer is no longer awaited.
pub(crate) type AnswerFuture = Pin<Box<dyn Future<Output = Option<Answer>>>>;

impl Loading {
    /// Returns the rest of the program, if it is there.
    pub(crate) fn part(&self) -> Option<LazyPart> {
        match self {
            Self::Done(part) => Some(*part),
            Self::Pending | Self::Failed(_) | Self::Restarting => None,
        }
    }
}

impl LazyPart {
    /// Only for [`rest`]: a call from elsewhere would move everything into the first file.
    fn new() -> Self {
        Self {
            screen: app::later_screen,
            banner: app::banner,
            perform: |conversation, ticket, request| {
                Box::pin(async move { effects::perform(conversation, ticket, request).await })
            },
        }
    }
}

/// Returns the lazily loaded part. `None` if it could not be fetched; the next call retries.
pub(crate) async fn fetch() -> Option<LazyPart> {
    rest().await.ok()
}

/// The macro makes this function `async` and lets it fetch the file first, which `xtask/src/split_wasm.rs` knows as
/// `later`.
#[cfg(split)]
#[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn rest() -> Result<LazyPart, SplitLoaderError> {
    Ok(LazyPart::new())
}

#[cfg(not(split))]
#[expect(clippy::unused_async, reason = "same signature as with `split`")]
async fn rest() -> Result<LazyPart, std::convert::Infallible> {
    Ok(LazyPart::new())
}
