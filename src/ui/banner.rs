//! A slim banner which says that an account needs attention, in a page about something else.

use leptos::prelude::*;
use relink_protocol::AccountId;

use super::{AccountText, Icon, Paragraph, dismissed};
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
}

/// The banner. One that the customer has dismissed stays away.
#[component]
pub(crate) fn Banner(
    content: Memo<Option<BannerContent>>,
    on_reconnect: Callback<AccountId>,
) -> impl IntoView {
    let dismissed = RwSignal::new(dismissed::last());
    move || {
        let content = content.get()?;
        let key = content.key();
        if dismissed.read().as_ref() == Some(&key) {
            return None;
        }
        let dismiss = move |_| {
            dismissed::dismiss(&key);
            dismissed.set(Some(key.clone()));
        };
        let BannerContent { account, heading, reasons, icon, can_wait } = content;
        let later = if can_wait { text::REMIND_LATER } else { text::NOT_NOW };
        let reason = |text: String| view! { <Paragraph text /> }.into_any();
        let banner = view! {
            <section class="banner" part="banner">
                <span class="icon" part="icon" data-icon=icon.name()></span>
                <h2 class="heading" part="heading"><AccountText text=heading /></h2>
                {reasons.into_iter().map(reason).collect::<Vec<_>>()}
                <button class="primary" part="primary" type="button" on:click=move |_| on_reconnect.run(account.clone())>
                    {text::BROWSING_RECONNECT.get()}
                </button>
                <button class="quiet" part="quiet" type="button" on:click=dismiss>{later.get()}</button>
            </section>
        };
        Some(banner.into_any())
    }
}
