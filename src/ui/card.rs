//! A screen: a heading, what it means, one primary action, and quieter alternatives.

use leptos::tachys::renderer::types::Element;
use relink_flow::Action;

use super::account_text::{screen_reader_text, write_text};
use super::element::{Draft, element};
use crate::runtime::Runtime;
use crate::text;

/// A screen, ready to be drawn.
#[derive(Debug)]
pub(crate) struct Card {
    /// Name of the screen, for styles and tests.
    pub(crate) screen: &'static str,
    /// Colour of the picture above the heading; no picture without it.
    pub(crate) tone: Option<Tone>,
    /// Heading, which says what the state is.
    pub(crate) heading: String,
    /// True while something of unknown duration is in progress.
    pub(crate) is_busy: bool,
    /// Changes on this screen without the customer's doing, announced to screen readers.
    pub(crate) announcement: Option<String>,
    /// Reason why the screen has changed without the customer's doing.
    pub(crate) notice: Option<String>,
    /// Explanation, a sentence or two for each paragraph.
    pub(crate) paragraphs: Vec<String>,
    /// Lists of details.
    pub(crate) lists: Vec<List>,
    /// Paragraphs after the lists.
    pub(crate) closing_paragraphs: Vec<String>,
    /// Customer's accounts.
    pub(crate) accounts: Vec<Row>,
    /// Primary action.
    pub(crate) primary: Option<Button>,
    /// Alternatives: usually one, rarely two.
    pub(crate) secondary: Vec<Button>,
    /// URL of the merchant's help.
    pub(crate) help: Option<String>,
    /// True if the companion server's own page may be offered.
    pub(crate) offers_own_page: bool,
    /// Details for support.
    pub(crate) support: Option<String>,
    /// Announcement of the screen to the customer.
    pub(crate) attention: Attention,
}

/// A list of items with an introduction.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) intro: String,
    pub(crate) items: Vec<String>,
    pub(crate) mark: Mark,
}

/// Mark before each item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Included.
    Check,
    /// No longer included.
    Minus,
    /// Broken.
    Broken,
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

/// A button.
#[derive(Debug)]
pub(crate) struct Button {
    pub(crate) label: String,
    /// Accessible name, if the label alone is ambiguous.
    pub(crate) accessible_name: Option<String>,
    pub(crate) action: Action,
}

/// State of an account as a shape, in addition to the words beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Icon {
    Check,
    Clock,
    Triangle,
    Broken,
}

/// Tone of a screen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Success,
    Warning,
    Error,
}

/// Announcement of a new screen to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Focus moves to the heading.
    Focus,
    /// The heading is announced, but the focus stays in the bank window.
    Announce,
    /// No announcement, because the page has just been opened.
    None,
}

impl Card {
    pub(crate) fn new(screen: &'static str, heading: impl Into<String>) -> Self {
        Self {
            screen,
            tone: None,
            heading: heading.into(),
            is_busy: false,
            announcement: None,
            notice: None,
            paragraphs: Vec::new(),
            lists: Vec::new(),
            closing_paragraphs: Vec::new(),
            accounts: Vec::new(),
            primary: None,
            secondary: Vec::new(),
            help: None,
            offers_own_page: false,
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

    pub(crate) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    pub(crate) fn primary(mut self, label: impl Into<String>, action: Action) -> Self {
        self.primary = Some(Button { label: label.into(), accessible_name: None, action });
        self
    }

    pub(crate) fn secondary(mut self, label: impl Into<String>, action: Action) -> Self {
        self.secondary.push(Button { label: label.into(), accessible_name: None, action });
        self
    }
}

impl Icon {
    pub(super) fn name(self) -> &'static str {
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
            Self::Success => "good",
            Self::Warning => "warning",
            Self::Error => "bad",
        }
    }
}

/// Draws a screen.
pub(super) fn draw(card: Card, runtime: &Runtime) -> Element {
    let mut section = element("section").class("card").set("data-screen", card.screen);
    if let Some(tone) = card.tone {
        section = section.child(element("span").class("picture").set("data-tone", tone.name()));
    }
    section = section.child(write_text(element("h1").class("heading").set("tabindex", "-1"), &card.heading));
    if card.is_busy {
        section = section.child(element("span").class("progress").set("aria-hidden", "true"));
    }
    if let Some(notice) = &card.notice {
        section = section.child(write_text(element("p").class("notice"), notice));
    }
    for text in &card.paragraphs {
        section = section.child(write_text(element("p").class("text"), text));
    }
    for List { intro, items, mark } in &card.lists {
        let class = match mark {
            Mark::Check => "shares",
            Mark::Minus => "shares gone",
            Mark::Broken => "shares broken",
        };
        let list = items.iter().fold(element("ul").class(class), |list, item| {
            list.child(element("li").child(write_text(element("span"), item)))
        });
        section = section.child(element("p").class("text").text(intro)).child(list);
    }
    for text in &card.closing_paragraphs {
        section = section.child(write_text(element("p").class("text"), text));
    }
    if !card.accounts.is_empty() {
        let list = element("ul").class("accounts");
        section = section
            .child(card.accounts.into_iter().fold(list, |list, row| list.child(draw_row(row, runtime))));
    }
    let secondary = card.secondary.into_iter().map(|button| (button, "quiet"));
    for (button, class) in card.primary.map(|button| (button, "primary")).into_iter().chain(secondary) {
        section = section.child(draw_button(button, class, runtime));
    }
    if let Some(address) = &card.help {
        section = section.child(element("a").class("quiet").set("href", address).text(text::GET_HELP.get()));
    }
    let page = if card.offers_own_page { runtime.api().host().own_page_url() } else { String::new() };
    if !page.is_empty() {
        section = section.child(element("a").class("quiet").set("href", &page).text(text::OWN_PAGE.get()));
    }
    if let Some(details) = &card.support {
        let summary = element("summary").class("summary").text(text::SUPPORT.get());
        section = section.child(
            element("details")
                .class("details")
                .child(summary)
                .child(element("code").class("code").text(details)),
        );
    }
    section.finish()
}

fn draw_row(row: Row, runtime: &Runtime) -> Draft {
    let description = element("p")
        .child(write_text(element("strong"), &row.name))
        .child(element("small").text(&row.kind))
        .child(element("span").text(&row.state));
    let drawn = element("li")
        .class("row")
        .set("data-account", &row.id)
        .child(element("span").class("icon").set("data-icon", row.icon.name()))
        .child(description);
    match row.button {
        Some(button) => drawn.child(draw_button(button, "small", runtime)),
        None => drawn,
    }
}

fn draw_button(button: Button, class: &str, runtime: &Runtime) -> Draft {
    let Button { label, accessible_name, action } = button;
    let runtime = runtime.clone();
    let drawn =
        write_text(element("button").class(class).set("type", "button"), &label).on_click(move |event| {
            // Ignores the second half of a double click, which would hit the next screen.
            if event.detail() < 2 {
                runtime.press(action.clone());
            }
        });
    match accessible_name {
        Some(name) => drawn.set("aria-label", &screen_reader_text(&name)),
        None => drawn,
    }
}
