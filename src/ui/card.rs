//! Frame of a screen: takes the focus or announces itself, and has the heading.

use leptos::html::H1;
use leptos::prelude::*;

use super::readers_place::focus;
use super::{AccountText, Paragraph, screen_reader_text};

/// Announcement of a new screen to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Focus moves to the heading, once the customer has used the element. Until then, the heading is announced.
    Focus,
    /// The heading is announced, but the focus stays in the bank window.
    Announce,
    /// No announcement, because the page has just been opened.
    None,
}

/// Tone of a screen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Success,
    /// Neither good nor bad: something that the customer chose, or that passes by itself.
    Neutral,
    Warning,
    Error,
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "good",
            Self::Neutral => "neutral",
            Self::Warning => "warning",
            Self::Error => "bad",
        }
    }
}

/// Container of the cards, which a card finds in its context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Content of the live region.
    pub(crate) said: RwSignal<String>,
    /// True while a press waits for the lazily loaded part of the program.
    pub(crate) is_waiting: Memo<bool>,
    /// True once the customer has used the element.
    pub(crate) takes_focus: StoredValue<bool>,
    /// Called with the name of a screen once it is drawn.
    pub(crate) on_draw: Callback<&'static str>,
}

/// A screen, with its heading and its content.
#[component]
pub(crate) fn Card(
    /// Name of the screen, for styles, tests and the page's events.
    name: &'static str,
    /// Says what the state is.
    #[prop(into)]
    heading: String,
    /// Colour of the picture above the heading; no picture without it.
    #[prop(optional_no_strip, into)]
    tone: Option<Tone>,
    /// True while something of unknown duration is in progress.
    #[prop(optional)]
    busy: bool,
    /// Reason why the screen has changed without the customer's doing, announced in place of the heading.
    #[prop(optional)]
    notice: Option<Memo<Option<String>>>,
    #[prop(default = Attention::Focus)] attention: Attention,
    #[prop(optional)] children: Option<ChildrenFragment>,
) -> AnyView {
    let frame: Frame = expect_context();
    let node = NodeRef::<H1>::new();
    let spoken = heading.clone();
    Effect::new(move |_| {
        let Some(node) = node.get() else { return };
        let takes_focus = attention == Attention::Focus && frame.takes_focus.get_value();
        frame.said.set(match notice.and_then(|notice| notice.get_untracked()) {
            Some(notice) => screen_reader_text(&notice),
            None if takes_focus || attention == Attention::None => String::new(),
            None => spoken.clone(),
        });
        if takes_focus {
            // The loader brings the whole card into view, if the customer's own action has led to it.
            focus(&node);
        }
        frame.on_draw.run(name);
    });
    let is_waiting = move || (!busy && frame.is_waiting.get()).then_some("true");
    let picture =
        tone.map(|tone| view! { <span class="picture" part="picture" data-tone=tone.name()></span> });
    let progress = busy.then(|| view! { <span class="progress" part="progress" aria-hidden="true"></span> });
    let notice = move || {
        let text = notice?.get()?;
        Some(view! { <Paragraph class="notice" text /> })
    };
    view! {
        <section class="card" part="card" data-screen=name aria-busy=is_waiting>
            {picture}
            <h1 class="heading" part="heading" id="heading" tabindex="-1" node_ref=node>
                <AccountText text=heading />
            </h1>
            {progress}
            {notice}
            {children.map(|children| children().nodes)}
        </section>
    }
    .into_any()
}
