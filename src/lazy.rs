//! The lazily loaded part of the program: the later screens with their texts, and all requests but the first.
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
//! The texts of the later screens are a file of their own, fetched in parallel: its address is in the texts of the first
//! screens, so that the loader need not know of it.
//!
//! Development builds and tests are one file of code, in which `rest` has nothing to wait for.

#![cfg_attr(split, expect(clippy::unnecessary_wraps, reason = "the macro adds the fallible fetch"))]

use std::pin::Pin;

use leptos::prelude::{AnyView, window};
#[cfg(split)]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use relink_flow::{Answer, Failure, Request, Stage, State, Ticket};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlElement, RequestInit, Response, Url};

use crate::conversation::Conversation;
use crate::effects::api::TIME_LIMIT;
use crate::element::ElementEvent;
use crate::element::events::on_enter_attempt;
use crate::screens::lazy::{LaterTexts, announcement};
use crate::text::Language;
use crate::ui::ReadersPlace;
use crate::{app, effects};

#[wasm_bindgen]
extern "C" {
    /// Address of the program's JavaScript. Files of the program are named relative to it.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static PROGRAM_URL: String;
}

/// Progress of loading the rest of the program.
#[derive(Clone, Debug)]
pub(crate) enum Loading {
    /// Not requested, or a request in the background failed.
    Absent,
    /// On its way.
    Pending,
    /// There.
    Done(LazyPart),
    /// Not there although the customer waited for it.
    Failed(Failure),
    /// The element is about to restart with the server's current files.
    Restarting,
}

/// Entry points of the lazily loaded part, and its texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyPart {
    /// Draws the later screen that the conversation is at.
    pub(crate) screen: fn(Conversation, LaterTexts) -> AnyView,
    /// Draws the banner.
    pub(crate) banner: fn(Conversation, LaterTexts) -> AnyView,
    /// Returns the text that announces changes, if there are any.
    pub(crate) announcement: fn(&State, LaterTexts) -> Option<String>,
    /// Texts of the screens, the banner and the announcement.
    pub(crate) texts: LaterTexts,
    /// Returns the events for entering a stage of an attempt.
    pub(crate) events: fn(&Stage) -> Vec<ElementEvent>,
    /// Remembers the reader's place in the screen that the element shows, and returns what restores it.
    pub(crate) readers_place: fn(&HtmlElement) -> Option<Restore>,
    /// Performs a request of the flow.
    pub(crate) perform: fn(Conversation, Ticket, Request) -> AnswerFuture,
}

/// Restores the reader's place.
pub(crate) type Restore = Box<dyn FnOnce()>;

/// Future of a request; `None` if its answer is no longer awaited.
pub(crate) type AnswerFuture = Pin<Box<dyn Future<Output = Option<Answer>>>>;

/// Returns the lazily loaded part once its texts are there.
type ReadPart = fn(JsFuture, Language) -> Pin<Box<dyn Future<Output = Option<LazyPart>>>>;

impl Loading {
    /// Returns the rest of the program, if it is there.
    pub(crate) fn part(&self) -> Option<LazyPart> {
        match self {
            Self::Done(part) => Some(*part),
            Self::Absent | Self::Pending | Self::Failed(_) | Self::Restarting => None,
        }
    }
}

impl LazyPart {
    /// Only for [`rest`]: a call from elsewhere would move everything into the first file.
    async fn new(texts: JsFuture, language: Language) -> Option<Self> {
        let response = texts.await.ok()?.unchecked_into::<Response>();
        let texts = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        Some(Self {
            screen: app::later_screen,
            banner: app::banner,
            announcement,
            events: on_enter_attempt,
            readers_place: |root| {
                let place = ReadersPlace::within(root)?;
                Some(Box::new(|| place.restore()))
            },
            texts: LaterTexts::new(texts, language)?,
            perform: |conversation, ticket, request| {
                Box::pin(async move { effects::perform(conversation, ticket, request).await })
            },
        })
    }
}

/// Returns the lazily loaded part, with its texts in this language. `None` if it could not be fetched; the next call
/// retries.
pub(crate) async fn fetch(language: Language) -> Option<LazyPart> {
    // Requested at once, in parallel with the program, which reads them.
    let texts = request(language.later_file()).ok()?;
    let part = rest().await.ok()?;
    part(texts, language).await
}

/// Requests a file of the program.
fn request(file: &str) -> Result<JsFuture, JsValue> {
    let options = RequestInit::new();
    options.set_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT)));
    let address = PROGRAM_URL.with(|base| Url::new_with_base(file, base))?.href();
    Ok(window().fetch_with_str_and_init(&address, &options).into())
}

/// The macro makes this function `async` and lets it fetch the file first, which `xtask/src/split_wasm.rs` knows as
/// `later`.
#[cfg(split)]
#[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn rest() -> Result<ReadPart, SplitLoaderError> {
    Ok(|texts, language| Box::pin(LazyPart::new(texts, language)))
}

#[cfg(not(split))]
#[expect(clippy::unused_async, reason = "same signature as with `split`")]
async fn rest() -> Result<ReadPart, std::convert::Infallible> {
    Ok(|texts, language| Box::pin(LazyPart::new(texts, language)))
}
