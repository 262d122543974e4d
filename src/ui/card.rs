//! One screen: a heading that says what is, what it means, one thing to do next, and quietly what else can be done.

use leptos::tachys::renderer::types::Element;
use relink_flow::Action;

use super::element::{Draft, element};
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
    /// What has changed on this very screen without the customer's doing, for those who can't see it.
    pub(crate) news: Option<String>,
    /// Why the screen is another one without the customer's doing.
    pub(crate) notice: Option<String>,
    /// What it means, a sentence or two at a time.
    pub(crate) says: Vec<String>,
    /// What it is about, item by item.
    pub(crate) lists: Vec<List>,
    /// What has to be known after the lists.
    pub(crate) notes: Vec<String>,
    /// The customer's accounts.
    pub(crate) accounts: Vec<Row>,
    /// What happens next.
    pub(crate) primary: Option<Button>,
    /// Alternatives: one, seldom two.
    pub(crate) quiet: Vec<Button>,
    /// Where the merchant helps.
    pub(crate) help: Option<String>,
    /// Whether the companion server's own page may be a way out.
    pub(crate) may_go_elsewhere: bool,
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
    pub(crate) mark: Mark,
}

/// What stands before each item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It will be so.
    Check,
    /// It ends.
    Minus,
    /// It is broken.
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
            news: None,
            notice: None,
            says: Vec::new(),
            lists: Vec::new(),
            notes: Vec::new(),
            accounts: Vec::new(),
            primary: None,
            quiet: Vec::new(),
            help: None,
            may_go_elsewhere: false,
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
        self.quiet.push(Button { label: label.into(), spoken: None, action });
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
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// Draws a screen.
pub(super) fn draw(card: Card, runtime: &Runtime) -> Element {
    let mut section = element("section").class("card").set("data-screen", card.screen);
    if let Some(tone) = card.tone {
        section = section.child(element("span").class("picture").set("data-tone", tone.name()));
    }
    section = section.child(words(element("h1").class("heading").set("tabindex", "-1"), &card.heading));
    if card.is_busy {
        section = section.child(element("span").class("progress").set("aria-hidden", "true"));
    }
    if let Some(notice) = &card.notice {
        section = section.child(words(element("p").class("notice"), notice));
    }
    for text in &card.says {
        section = section.child(words(element("p").class("text"), text));
    }
    for List { intro, items, mark } in &card.lists {
        let class = match mark {
            Mark::Check => "shares",
            Mark::Minus => "shares gone",
            Mark::Broken => "shares broken",
        };
        let list = items.iter().fold(element("ul").class(class), |list, item| {
            list.child(element("li").child(words(element("span"), item)))
        });
        section = section.child(element("p").class("text").text(intro)).child(list);
    }
    for text in &card.notes {
        section = section.child(words(element("p").class("text"), text));
    }
    if !card.accounts.is_empty() {
        let list = element("ul").class("accounts");
        section = section
            .child(card.accounts.into_iter().fold(list, |list, row| list.child(draw_row(row, runtime))));
    }
    let quiet = card.quiet.into_iter().map(|button| (button, "quiet"));
    for (button, class) in card.primary.map(|button| (button, "primary")).into_iter().chain(quiet) {
        section = section.child(draw_button(button, class, runtime));
    }
    if let Some(address) = &card.help {
        section = section.child(element("a").class("quiet").set("href", address).text(text::GET_HELP.get()));
    }
    let page = if card.may_go_elsewhere { runtime.api().host().page() } else { String::new() };
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
        .child(words(element("strong"), &row.name))
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
    let Button { label, spoken: aloud, action } = button;
    let runtime = runtime.clone();
    let drawn = words(element("button").class(class).set("type", "button"), &label).on_click(move |event| {
        // The second half of a double click was not meant for the screen that the first half led to.
        if event.detail() < 2 {
            runtime.press(action.clone());
        }
    });
    match aloud {
        Some(aloud) => drawn.set("aria-label", &spoken(&aloud)),
        None => drawn,
    }
}
