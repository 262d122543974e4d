//! Keeps the reader's place, that is, focus and scroll position, while the content of a screen changes.

use std::iter::successors;

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Element, FocusOptions, HtmlElement};

#[wasm_bindgen]
extern "C" {
    /// A document or a shadow tree, which are the only nodes that know their active element.
    type Tree;

    #[wasm_bindgen(method, getter, js_name = activeElement)]
    fn active_element(this: &Tree) -> Option<Element>;

    #[wasm_bindgen(js_namespace = CSS)]
    fn supports(property: &str, value: &str) -> bool;

    type Placed;
    #[wasm_bindgen(method, js_name = getBoundingClientRect)]
    fn rectangle(this: &Placed) -> Rectangle;

    type Rectangle;
    #[wasm_bindgen(method, getter)]
    fn top(this: &Rectangle) -> f64;
}

/// Focused element of a card, and the row in view.
pub(crate) struct ReadersPlace {
    card: Element,
    focused: Option<HtmlElement>,
    /// Row of the focused element.
    row: Option<Element>,
    anchor: Option<ScrollAnchor>,
}

impl ReadersPlace {
    /// Returns the place in the card that `root` shows.
    pub(crate) fn within(root: &HtmlElement) -> Option<Self> {
        let card = root.query_selector("section").ok().flatten()?;
        let focused = active_element(&card);
        let row = focused.as_ref().and_then(|focused| focused.closest("li").ok().flatten());
        Some(Self { anchor: ScrollAnchor::of_rows(&card), focused, row, card })
    }

    /// Restores the place after the card was updated, unless it was replaced. If the focused button is gone, its account
    /// takes the focus, or else the heading.
    pub(crate) fn restore(self) {
        let Self { card, focused, row, anchor } = self;
        if !card.is_connected() {
            return;
        }
        if let Some(anchor) = anchor {
            anchor.restore();
        }
        let Some(focused) = focused.filter(|_| is_focus_lost()) else { return };
        if focused.is_connected() {
            // Its row has changed places.
            focus(&focused);
            return;
        }
        let row = row.filter(|row| row.is_connected());
        let target = row.or_else(|| card.query_selector("h1").ok().flatten());
        if let Some(target) = target.map(JsCast::unchecked_into::<HtmlElement>) {
            target.set_tab_index(-1);
            focus(&target);
        }
    }
}

/// True if no element of the page has the focus.
fn is_focus_lost() -> bool {
    let active = document().active_element();
    active.is_none() || active == document().body().map(Element::from)
}

/// Returns the focused element, if the card has the focus.
pub(super) fn active_element(card: &Element) -> Option<HtmlElement> {
    let active = card.get_root_node().unchecked_into::<Tree>().active_element()?;
    card.contains(Some(&active)).then(|| active.unchecked_into())
}

/// Moves the focus and not the page.
pub(super) fn focus(element: &HtmlElement) {
    let in_place = FocusOptions::new();
    in_place.set_prevent_scroll(true);
    // Can't fail on an HTML element.
    let _ = element.focus_with_options(&in_place);
}

/// First row in view, and its distance from the top of the window.
///
/// Browsers keep the visible rows in place themselves (`overflow-anchor`), except WebKit.
struct ScrollAnchor(Element, f64);

impl ScrollAnchor {
    /// Returns `None` if the browser anchors by itself or no row is in view.
    fn of_rows(card: &Element) -> Option<Self> {
        if supports("overflow-anchor", "auto") {
            return None;
        }
        let mut rows = successors(card.query_selector("li").ok()?, Element::next_element_sibling);
        rows.find_map(|row| Some(top(&row)).filter(|top| *top >= 0.0).map(|top| Self(row, top)))
    }

    /// Scrolls the page by the distance that the row has moved.
    fn restore(self) {
        let Self(row, before) = self;
        if row.is_connected() {
            window().scroll_by_with_x_and_y(0.0, top(&row) - before);
        }
    }
}

fn top(row: &Element) -> f64 {
    row.unchecked_ref::<Placed>().rectangle().top()
}
