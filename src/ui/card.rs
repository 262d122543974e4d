//! One screen: a heading that says what is, what it means, one thing to do next and at most one quiet alternative.

use leptos::prelude::*;
use relink_flow::Action;

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
    /// What it means.
    pub(crate) blocks: Vec<Block>,
    /// What happens next.
    pub(crate) primary: Option<Button>,
    /// At most one alternative.
    pub(crate) quiet: Option<Button>,
    /// What support needs to find the cause.
    pub(crate) support: Option<String>,
    /// How a reader learns of the screen.
    pub(crate) attention: Attention,
}

/// A part of a screen.
#[derive(Debug)]
pub(crate) enum Block {
    /// A sentence or two.
    Text(String),
    /// Several things of a kind, with what they are.
    List { intro: String, items: Vec<String> },
    /// Accounts.
    Accounts(Vec<Row>),
    /// Something is under way, and nobody knows for how long.
    Progress,
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
            blocks: Vec::new(),
            primary: None,
            quiet: None,
            support: None,
            attention: Attention::Focus,
        }
    }

    pub(crate) fn tone(self, tone: Tone) -> Self {
        Self { tone: Some(tone), ..self }
    }

    pub(crate) fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    pub(crate) fn says(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    pub(crate) fn primary(self, label: impl Into<String>, action: Action) -> Self {
        Self { primary: Some(Button { label: label.into(), spoken: None, action }), ..self }
    }

    pub(crate) fn quiet(self, label: impl Into<String>, action: Action) -> Self {
        Self { quiet: Some(Button { label: label.into(), spoken: None, action }), ..self }
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

/// Draws a screen.
pub(crate) fn card(card: Card, runtime: Runtime) -> AnyView {
    let picture = card.tone.map(|tone| view! { <span class="picture" data-tone=tone.name()></span> });
    let blocks = card.blocks.into_iter().map(|block| draw_block(block, runtime)).collect_view();
    let primary = card.primary.map(|button| draw_button(button, "primary", runtime));
    let quiet = card.quiet.map(|button| draw_button(button, "quiet", runtime));
    let support = card.support.map(|details| {
        view! { <details><summary>{text::SUPPORT}</summary><code>{details}</code></details> }
    });
    view! {
        <section class="card" data-screen=card.screen>
            {picture}
            <h1 on:blur=|event| forget_focus(&event)>{words(&card.heading)}</h1>
            {blocks}
            {primary}
            {quiet}
            {support}
        </section>
    }
    .into_any()
}

/// A heading takes focus once, when its screen is new; a reader who has moved on does not come back to it.
fn forget_focus(event: &web_sys::FocusEvent) {
    let _ = event_target::<web_sys::Element>(event).remove_attribute("tabindex");
}

fn draw_block(block: Block, runtime: Runtime) -> AnyView {
    match block {
        Block::Text(text) => view! { <p>{words(&text)}</p> }.into_any(),
        Block::Progress => view! { <span class="progress" aria-hidden="true"></span> }.into_any(),
        Block::List { intro, items } => {
            let items = items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
            view! { <p>{intro}</p><ul class="shares">{items}</ul> }.into_any()
        }
        Block::Accounts(rows) => {
            let rows = rows.into_iter().map(|row| draw_row(row, runtime)).collect_view();
            view! { <ul class="accounts">{rows}</ul> }.into_any()
        }
    }
}

fn draw_row(row: Row, runtime: Runtime) -> AnyView {
    let button = row.button.map(|button| draw_button(button, "small", runtime));
    view! {
        <li data-account=row.id>
            <span class="icon" data-icon=row.icon.name()></span>
            <p><strong>{words(&row.name)}</strong><small>{row.kind}</small><span>{row.state}</span></p>
            {button}
        </li>
    }
    .into_any()
}

fn draw_button(button: Button, class: &'static str, runtime: Runtime) -> AnyView {
    let label = button.spoken.as_deref().map(spoken);
    let action = button.action;
    view! {
        <button type="button" class=class aria-label=label on:click=move |_| runtime.press(action.clone())>
            {words(&button.label)}
        </button>
    }
    .into_any()
}
