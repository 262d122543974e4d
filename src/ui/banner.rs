//! A slim banner which says that an account needs attention, in a page about something else.

use leptos::html::Section;
use leptos::prelude::*;
use relink_protocol::AccountId;
use web_sys::HtmlElement;

use super::readers_place::{active_element, focus};
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
    /// Label of the button that dismisses the banner.
    pub(crate) dismiss: String,
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

/// The banner. One that the customer has dismissed stays away.
#[component]
pub(crate) fn Banner(
    content: Memo<Option<BannerContent>>,
    /// Element that the banner is drawn into, with a live region that was there before it.
    place: Option<HtmlElement>,
    /// Level of the heading; `None` for that of its element.
    heading_level: Option<String>,
    on_reconnect: Callback<AccountId>,
) -> impl IntoView {
    let dismissed = RwSignal::new(dismissed::last());
    let node = NodeRef::<Section>::new();
    let shown =
        Memo::new(move |_| content.get().filter(|content| dismissed.read().as_ref() != Some(&content.key())));
    let status = place.as_ref().and_then(|place| place.query_selector("[role=status]").ok().flatten());
    Effect::new(move |_| {
        let said = shown.read().as_ref().map(BannerContent::spoken);
        if let Some(status) = &status {
            status.set_text_content(said.as_deref());
        }
    });
    move || {
        let Some(content) = shown.get() else {
            keep_place(node, place.as_ref());
            return None;
        };
        let key = content.key();
        let dismiss = move |_| {
            dismissed::dismiss(&key);
            dismissed.set(Some(key.clone()));
        };
        let BannerContent { account, heading, reasons, icon, dismiss: later } = content;
        let reconnect = move |_| on_reconnect.run(account.clone());
        let reason = |text: String| view! { <Paragraph text /> }.into_any();
        let heading = view! { <h2 class="heading" part="heading"><AccountText text=heading /></h2> }
            .attr("aria-level", heading_level.clone());
        let banner = view! {
            <section class="banner" part="banner" data-icon=icon.name() node_ref=node>
                <span class="icon" part="icon"></span>
                <div>
                    <div class="says">
                        {heading}
                        {reasons.into_iter().map(reason).collect::<Vec<_>>()}
                    </div>
                    <div class="does">
                        <button class="primary" part="primary" type="button" on:click=reconnect>
                            {text::BROWSING_RECONNECT.get()}
                        </button>
                        <button class="quiet" part="quiet" type="button" on:click=dismiss>{later}</button>
                    </div>
                </div>
            </section>
        };
        Some(banner.into_any())
    }
}

/// Moves the focus from a banner that is about to go to its place, so that the reader goes on from there.
fn keep_place(banner: NodeRef<Section>, place: Option<&HtmlElement>) {
    let banner = banner.get_untracked().filter(|banner| active_element(banner).is_some());
    if let Some(place) = place.filter(|_| banner.is_some()) {
        focus(place);
    }
}
