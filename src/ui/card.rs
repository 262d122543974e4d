//! One screen: a heading that says what is, what it means, one thing to do next and at most one quiet alternative.

use leptos::prelude::*;
use relink_flow::Action;
use web_sys::MouseEvent;

use super::words::{spoken, words};
use crate::runtime::Runtime;
use crate::text;

/// A screen, ready to be drawn.
#[derive(Debug)]
pub(crate) struct Card {
    /// Names the screen for styles and tests.
    pub(crate) screen: &'static str,
    /// Colours the picture above the heading; without one there is no picture.
    pub(crate) tone: Option<Tone>,
    /// What is.
    pub(crate) heading: String,
    /// Something is under way, and nobody knows for how long.
    pub(crate) is_busy: bool,
    /// What it means, a sentence or two at a time.
    pub(crate) says: Vec<String>,
    /// What it is about, item by item.
    pub(crate) list: Option<List>,
    /// What has to be known after the list.
    pub(crate) notes: Vec<String>,
    /// The customer's accounts.
    pub(crate) accounts: Vec<Row>,
    /// What happens next.
    pub(crate) primary: Option<Button>,
    /// At most one alternative.
    pub(crate) quiet: Option<Button>,
    /// What support needs to find the cause.
    pub(crate) support: Option<String>,
    /// How a reader learns of the screen.
    pub(crate) attention: Attention,
}

/// Several things of a kind, with what they are.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) intro: String,
    pub(crate) items: Vec<String>,
}

/// An account in a list.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) icon: Icon,
    pub(crate) button: Option<Button>,
}

/// Something to press.
#[derive(Debug)]
pub(crate) struct Button {
    pub(crate) label: String,
    /// Where the label alone does not say what it is about.
    pub(crate) spoken: Option<String>,
    pub(crate) action: Action,
}

/// The state of an account as a shape; the words beside it say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Icon {
    Check,
    Clock,
    Triangle,
    Broken,
}

/// How things are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Good,
    Warning,
    Bad,
}

/// How a reader learns of a new screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Focus moves to the heading.
    Focus,
    /// The heading is announced and focus stays: the bank window has it.
    Announce,
    /// Nothing: the page has only just been opened.
    None,
}

impl Card {
    pub(crate) fn new(screen: &'static str, heading: impl Into<String>) -> Self {
        Self {
            screen,
            tone: None,
            heading: heading.into(),
            is_busy: false,
            says: Vec::new(),
            list: None,
            notes: Vec::new(),
            accounts: Vec::new(),
            primary: None,
            quiet: None,
            support: None,
            attention: Attention::Focus,
        }
    }

    pub(crate) fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    pub(crate) fn busy(mut self) -> Self {
        self.is_busy = true;
        self
    }

    pub(crate) fn says(mut self, text: impl Into<String>) -> Self {
        self.says.push(text.into());
        self
    }

    pub(crate) fn primary(mut self, label: impl Into<String>, action: Action) -> Self {
        self.primary = Some(Button { label: label.into(), spoken: None, action });
        self
    }

    pub(crate) fn quiet(mut self, label: impl Into<String>, action: Action) -> Self {
        self.quiet = Some(Button { label: label.into(), spoken: None, action });
        self
    }
}

impl Icon {
    fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Clock => "clock",
            Self::Triangle => "triangle",
            Self::Broken => "broken",
        }
    }
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// Draws a screen. One shape for all of them: each shape of its own would cost the page a kilobyte or two.
pub(crate) fn card(card: Card, runtime: &Runtime) -> impl IntoView + use<> {
    let announced = if card.attention == Attention::Announce { card.heading.clone() } else { String::new() };
    view! {
        // In the page before it speaks, as a live region must be.
        <p class="spoken" role="status">{announced}</p>
        <section class="card" data-screen=card.screen>
            <span class="picture" data-tone=card.tone.map(Tone::name)></span>
            <h1 tabindex="-1">{words(&card.heading)}</h1>
            <span class="progress" aria-hidden="true" data-busy=card.is_busy.then_some("")></span>
            {paragraphs(&card.says)}
            {card.list.map(list)}
            {paragraphs(&card.notes)}
            <ul class="accounts">{rows(card.accounts, runtime)}</ul>
            {card.primary.map(|primary| button(primary, "primary", runtime))}
            {card.quiet.map(|quiet| button(quiet, "quiet", runtime))}
            {card.support.map(support)}
        </section>
    }
}

fn paragraphs(texts: &[String]) -> Vec<impl IntoView + use<>> {
    texts.iter().map(|text| view! { <p>{words(text)}</p> }).collect()
}

fn list(List { intro, items }: List) -> impl IntoView {
    let items: Vec<_> = items.into_iter().map(|item| view! { <li>{item}</li> }).collect();
    view! { <p>{intro}</p><ul class="shares">{items}</ul> }
}

fn rows(rows: Vec<Row>, runtime: &Runtime) -> Vec<impl IntoView + use<>> {
    let row = |row: Row| {
        view! {
            <li data-account=row.id>
                <span class="icon" data-icon=row.icon.name()></span>
                <p><strong>{words(&row.name)}</strong><small>{row.kind}</small><span>{row.state}</span></p>
                {row.button.map(|choose| button(choose, "small", runtime))}
            </li>
        }
    };
    rows.into_iter().map(row).collect()
}

fn button(
    Button { label, spoken: aloud, action }: Button,
    class: &'static str,
    runtime: &Runtime,
) -> impl IntoView + use<> {
    let runtime = runtime.clone();
    let press = move |event: MouseEvent| {
        // The second half of a double click was not meant for the screen that the first half led to.
        if event.detail() < 2 {
            runtime.press(action.clone());
        }
    };
    view! {
        <button type="button" class=class aria-label=aloud.as_deref().map(spoken) on:click=press>
            {words(&label)}
        </button>
    }
}

fn support(details: String) -> impl IntoView {
    view! { <details><summary>{text::SUPPORT}</summary><code>{details}</code></details> }
}
