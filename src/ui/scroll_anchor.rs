//! Scroll anchoring: keeps the visible rows in place while content above them changes its height.
//!
//! Browsers do this themselves (`overflow-anchor`), except WebKit.

use std::iter::successors;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = CSS)]
    fn supports(property: &str, value: &str) -> bool;

    type Placed;
    #[wasm_bindgen(method, js_name = getBoundingClientRect)]
    fn rectangle(this: &Placed) -> Rectangle;

    type Rectangle;
    #[wasm_bindgen(method, getter)]
    fn top(this: &Rectangle) -> f64;
}

/// First row in view, and its distance from the top of the window.
pub(super) struct ScrollAnchor(Element, f64);

impl ScrollAnchor {
    /// Returns `None` if the browser anchors by itself or no row is in view.
    pub(super) fn of_rows(section: &Element) -> Option<Self> {
        if supports("overflow-anchor", "auto") {
            return None;
        }
        let mut rows = successors(section.query_selector("li").ok()?, Element::next_element_sibling);
        rows.find_map(|row| Some(top(&row)).filter(|top| *top >= 0.0).map(|top| Self(row, top)))
    }

    /// Scrolls the page by the distance that the row has moved.
    pub(super) fn restore(self) {
        let Self(row, before) = self;
        if row.is_connected()
            && let Some(window) = web_sys::window()
        {
            window.scroll_by_with_x_and_y(0.0, top(&row) - before);
        }
    }
}

fn top(row: &Element) -> f64 {
    row.unchecked_ref::<Placed>().rectangle().top()
}
