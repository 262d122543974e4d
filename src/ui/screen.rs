//! The place where cards are shown, one at a time: announces, replaces, and moves focus.

use std::cell::{Cell, RefCell};

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::card::{Attention, Card, draw};
use super::element::element;
use super::words::spoken;
use crate::runtime::Runtime;
use crate::text;

/// What is on the screen.
#[derive(Debug)]
pub(crate) struct Screen {
    /// In the page before it speaks, as a live region must be, and there for as long as the page.
    status: Element,
    section: RefCell<Element>,
    /// Tells one card from the next: its name, and whether it is busy.
    shown: Cell<(&'static str, bool)>,
}

impl Screen {
    /// Clears `root` of the shell that was painted before we came.
    pub(crate) fn new(root: &HtmlElement) -> Self {
        let status = element("p").class("spoken").set("role", "status").finish();
        let section = element("section").finish();
        Rndr::clear_children(root);
        Rndr::insert_node(root, &status, None);
        Rndr::insert_node(root, &section, None);
        Self { status, section: RefCell::new(section), shown: Cell::new(("", false)) }
    }

    /// Shows `card`. Where that screen is there already, only what is different changes: then focus, and what a reader
    /// has selected, stay as they are. Says whether it is another screen.
    pub(crate) fn show(&self, card: Card, runtime: &Runtime) -> bool {
        let name = (card.screen, card.is_busy);
        if self.shown.replace(name) == name {
            self.mark_waiting(runtime.is_waiting() && !card.is_busy);
            if let Some(news) = &card.news {
                self.say(&spoken(news));
            }
            runtime.redraw(&self.section.borrow(), card);
            return false;
        }
        let takes_focus = card.attention == Attention::Focus && runtime.is_used();
        let is_announced = !takes_focus && card.attention != Attention::None;
        match &card.notice {
            Some(notice) => self.say(&spoken(notice)),
            None => self.status.set_text_content(is_announced.then_some(&card.heading)),
        }
        let section = draw(card, runtime);
        // Can't fail: the old one is in the page.
        let _ = self.section.borrow().replace_with_with_node_1(&section);
        if takes_focus {
            focus_heading(&section);
        }
        self.section.replace(section);
        true
    }

    /// Once: what is written again is read again.
    fn say(&self, news: &str) {
        if self.status.text_content().as_deref() != Some(news) {
            self.status.set_text_content(Some(news));
        }
    }

    /// Shows and announces that a press was felt, where what it leads to is not there yet. The screen stays as it is
    /// and the focus with it.
    fn mark_waiting(&self, waiting: bool) {
        let section = self.section.borrow();
        // Can't fail: the name is one.
        let _ = if waiting {
            self.status.set_text_content(Some(text::WAITING.get()));
            section.set_attribute("aria-busy", "true")
        } else {
            section.remove_attribute("aria-busy")
        };
    }
}

fn focus_heading(section: &Element) {
    let heading = section.query_selector("h1").ok().flatten();
    if let Some(heading) = heading {
        // Can't fail on a heading of ours.
        let _ = heading.unchecked_into::<HtmlElement>().focus();
    }
}
