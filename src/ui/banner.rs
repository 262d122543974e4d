//! A slim banner which says that an account needs attention, in a page about something else.

use leptos::prelude::*;
use relink_protocol::AccountId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};

use super::readers_place::focus;
use super::{AccountText, Icon, Paragraph, dismissed, screen_reader_text};
use crate::text;

/// Content of the banner: the account that needs attention most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BannerContent {
    pub(crate) account: AccountId,
    /// Next step.
    pub(crate) heading: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) icon: Icon,
    /// True if nothing is broken yet.
    pub(crate) can_wait: bool,
}

impl BannerContent {
    /// Returns the storage key of a dismissed banner, which contains no names.
    fn key(&self) -> String {
        [self.account.as_str(), self.icon.name()].join(" ")
    }

    /// Returns the words, without the buttons, for screen readers.
    fn spoken(&self) -> String {
        let heading = text::sentence(&self.heading);
        let said = self.reasons.iter().fold(heading, |said, next| text::sentences(&said, next));
        screen_reader_text(&said)
    }
}

/// Surroundings of the banner.
#[derive(Clone, Debug)]
pub(crate) struct BannerFrame {
    /// Content of the live region beside the banner.
    pub(crate) said: RwSignal<String>,
    /// Level of the heading; `None` for that of its element.
    pub(crate) heading_level: Option<String>,
}

/// The banner. One that the customer has dismissed stays away.
#[component]
pub(crate) fn Banner(
    content: Memo<Option<BannerContent>>,
    on_reconnect: Callback<AccountId>,
) -> impl IntoView {
    let BannerFrame { said, heading_level } = expect_context();
    let dismissed = RwSignal::new(dismissed::last());
    let shown =
        Memo::new(move |_| content.get().filter(|content| dismissed.read().as_ref() != Some(&content.key())));
    Effect::new(move |_| said.set(shown.read().as_ref().map(BannerContent::spoken).unwrap_or_default()));
    move || {
        let content = shown.get()?;
        let key = content.key();
        let dismiss = move |event: MouseEvent| {
            keep_place(&event);
            dismissed::dismiss(&key);
            dismissed.set(Some(key.clone()));
        };
        let BannerContent { account, heading, reasons, icon, can_wait } = content;
        let later = if can_wait { text::REMIND_LATER } else { text::NOT_NOW };
        let reconnect = move |_| on_reconnect.run(account.clone());
        let reason = |text: String| view! { <Paragraph text /> }.into_any();
        let heading = view! { <h2 class="heading" part="heading"><AccountText text=heading /></h2> }
            .attr("aria-level", heading_level.clone());
        let banner = view! {
            <section class="banner" part="banner">
                <span class="icon" part="icon" data-icon=icon.name()></span>
                <div>
                    <div class="says">
                        {heading}
                        {reasons.into_iter().map(reason).collect::<Vec<_>>()}
                    </div>
                    <div class="does">
                        <button class="primary" part="primary" type="button" on:click=reconnect>
                            {text::BROWSING_RECONNECT.get()}
                        </button>
                        <button class="quiet" part="quiet" type="button" on:click=dismiss>{later.get()}</button>
                    </div>
                </div>
            </section>
        };
        Some(banner.into_any())
    }
}

/// Moves the focus from a button that is about to go to the place of the banner, so that the reader goes on from there.
fn keep_place(event: &MouseEvent) {
    let button = event.current_target().map(JsCast::unchecked_into::<Element>);
    let banner = button.and_then(|button| button.closest("section").ok().flatten());
    if let Some(place) = banner.and_then(|banner| banner.parent_element()) {
        focus(&place.unchecked_into::<HtmlElement>());
    }
}
