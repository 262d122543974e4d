//! Container of cards: replaces one by the next, announces it, and moves the focus.

use std::cell::{Cell, RefCell};

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::account_text::screen_reader_text;
use super::card::{Attention, Card, draw};
use super::element::element;
use crate::runtime::Runtime;
use crate::text;

/// Container of the current card.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Live region. As such it must be in the page before its content, and is never replaced.
    status: Element,
    section: RefCell<Element>,
    /// Identity of the current card: its name, and whether it is busy.
    shown: Cell<(&'static str, bool)>,
}

impl Screen {
    /// Replaces the loader's placeholder in `root`.
    pub(crate) fn new(root: &HtmlElement) -> Self {
        let status = element("p").class("spoken").set("role", "status").finish();
        let section = element("section").finish();
        Rndr::clear_children(root);
        Rndr::insert_node(root, &status, None);
        Rndr::insert_node(root, &section, None);
        Self { status, section: RefCell::new(section), shown: Cell::new(("", false)) }
    }

    /// Shows `card`, and returns true if it is another screen than before. If not, only differences are updated, which
    /// preserves focus and selection.
    pub(crate) fn show(&self, card: Card, runtime: &Runtime) -> bool {
        let name = (card.screen, card.is_busy);
        if self.shown.replace(name) == name {
            self.mark_waiting(runtime.is_waiting() && !card.is_busy);
            if let Some(text) = &card.announcement {
                self.announce(&screen_reader_text(text));
            }
            runtime.redraw(&self.section.borrow(), card);
            return false;
        }
        let takes_focus = card.attention == Attention::Focus && runtime.takes_focus();
        let is_announced = !takes_focus && card.attention != Attention::None;
        match &card.notice {
            Some(notice) => self.announce(&screen_reader_text(notice)),
            None => self.status.set_text_content(is_announced.then_some(&card.heading)),
        }
        let section = draw(card, runtime);
        // Can't fail, because the old section is in the page.
        let _ = self.section.borrow().replace_with_with_node_1(&section);
        if takes_focus {
            focus_heading(&section);
        }
        self.section.replace(section);
        true
    }

    /// Announces a text once; setting the same text again would repeat it.
    fn announce(&self, text: &str) {
        if self.status.text_content().as_deref() != Some(text) {
            self.status.set_text_content(Some(text));
        }
    }

    /// Shows and announces that a press was received and waits for the lazily loaded part. Screen and focus stay.
    fn mark_waiting(&self, waiting: bool) {
        let section = self.section.borrow();
        // Can't fail, because the attribute name is valid.
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
        // Can't fail on a heading.
        let _ = heading.unchecked_into::<HtmlElement>().focus();
    }
}
