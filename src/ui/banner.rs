//! A slim banner which says that an account needs attention, in a page about something else.

use std::cell::RefCell;

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use relink_flow::Action;
use relink_protocol::AccountId;
use web_sys::HtmlElement;

use super::account_text::write_text;
use super::card::Icon;
use super::dismissed;
use super::element::element;
use crate::runtime::Runtime;
use crate::text;

/// The account that needs attention most.
#[derive(Debug)]
pub(crate) struct Banner {
    pub(crate) account: AccountId,
    /// Next step.
    pub(crate) heading: String,
    /// Reasons.
    pub(crate) reasons: Vec<String>,
    pub(crate) icon: Icon,
    /// True if nothing is broken yet.
    pub(crate) can_wait: bool,
}

impl Banner {
    /// Returns the storage key of a dismissed banner, which contains no names.
    fn key(&self) -> String {
        [self.account.as_str(), self.icon.name()].join(" ")
    }
}

/// Live region for banners. It is in the page before any banner, so that screen readers announce what appears.
#[derive(Debug)]
pub(crate) struct BannerRegion {
    place: HtmlElement,
    /// Text of the last banner, even if the customer has dismissed it.
    shown_text: RefCell<String>,
}

impl BannerRegion {
    pub(crate) fn new(place: HtmlElement) -> Self {
        Self { place, shown_text: RefCell::default() }
    }

    /// Shows a banner, or removes it. An unchanged banner stays untouched, and a dismissed one stays away.
    pub(crate) fn show(&self, banner: Option<&Banner>, runtime: &Runtime) {
        let text = banner.map(|banner| [&banner.heading, banner.reasons.concat().as_str()].concat());
        let text = text.unwrap_or_default();
        if *self.shown_text.borrow() == text {
            return;
        }
        Rndr::clear_children(&self.place);
        if let Some(banner) = banner.filter(|banner| !dismissed::is_dismissed(&banner.key())) {
            Rndr::insert_node(&self.place, &self.draw(banner, runtime), None);
        }
        self.shown_text.replace(text);
    }

    fn draw(&self, banner: &Banner, runtime: &Runtime) -> Element {
        let (runtime, account, place) = (runtime.clone(), banner.account.clone(), self.place.clone());
        let reconnect = element("button").class("primary").set("type", "button").on_click(move |_| {
            runtime.press(Action::Choose(account.clone()));
            runtime.api().host().open();
        });
        let dismiss = element("button").class("quiet").set("type", "button");
        let key = banner.key();
        let dismiss = dismiss.on_click(move |_| {
            Rndr::clear_children(&place);
            dismissed::dismiss(&key);
        });
        let later = if banner.can_wait { text::REMIND_LATER } else { text::NOT_NOW };
        let mut section = element("section")
            .class("banner")
            .child(element("span").class("icon").set("data-icon", banner.icon.name()))
            .child(write_text(element("h2").class("heading"), &banner.heading));
        for text in &banner.reasons {
            section = section.child(element("p").class("text").text(text));
        }
        section
            .child(reconnect.text(text::BROWSING_RECONNECT.get()))
            .child(dismiss.text(later.get()))
            .finish()
    }
}
