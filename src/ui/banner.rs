//! A slim banner which says that an account needs attention, in a page about something else.

use std::cell::RefCell;

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use relink_flow::Action;
use relink_protocol::AccountId;
use web_sys::HtmlElement;

use super::away;
use super::card::Icon;
use super::element::element;
use super::words::words;
use crate::runtime::Runtime;
use crate::text;

/// The account that needs attention most.
#[derive(Debug)]
pub(crate) struct Banner {
    pub(crate) account: AccountId,
    /// Next step.
    pub(crate) heading: String,
    /// Reasons.
    pub(crate) says: Vec<String>,
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
pub(crate) struct Notice {
    place: HtmlElement,
    /// Text of the last banner, even if the customer has dismissed it.
    said: RefCell<String>,
}

impl Notice {
    pub(crate) fn new(place: HtmlElement) -> Self {
        Self { place, said: RefCell::default() }
    }

    /// Shows a banner, or removes it. An unchanged banner stays untouched, and a dismissed one stays away.
    pub(crate) fn show(&self, banner: Option<&Banner>, runtime: &Runtime) {
        let says = banner.map(|banner| [&banner.heading, banner.says.concat().as_str()].concat());
        let says = says.unwrap_or_default();
        if *self.said.borrow() == says {
            return;
        }
        Rndr::clear_children(&self.place);
        if let Some(banner) = banner.filter(|banner| !away::is_away(&banner.key())) {
            Rndr::insert_node(&self.place, &self.draw(banner, runtime), None);
        }
        self.said.replace(says);
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
            away::send(&key);
        });
        let later = if banner.can_wait { text::REMIND_LATER } else { text::NOT_NOW };
        let mut section = element("section")
            .class("banner")
            .child(element("span").class("icon").set("data-icon", banner.icon.name()))
            .child(words(element("h2").class("heading"), &banner.heading));
        for text in &banner.says {
            section = section.child(element("p").class("text").text(text));
        }
        section
            .child(reconnect.text(text::BROWSING_RECONNECT.get()))
            .child(dismiss.text(later.get()))
            .finish()
    }
}
