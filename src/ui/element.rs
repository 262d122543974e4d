//! Elements, one after the other, by Leptos' own renderer.
//!
//! Not by its views: each shape of view becomes code of its own, to build it and to change it, and ours together came
//! to a fifth of the program. A screen here is drawn whole, and only when it is another one.

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, MouseEvent};

/// An element that is being put together.
pub(super) struct Draft(Element);

pub(super) fn element(tag: &str) -> Draft {
    Draft(Rndr::create_element(tag, None))
}

impl Draft {
    pub(super) fn set(self, name: &str, value: &str) -> Self {
        Rndr::set_attribute(&self.0, name, value);
        self
    }

    /// For our style sheet, and under the same name for the page's.
    pub(super) fn class(self, class: &str) -> Self {
        self.set("class", class).set("part", class)
    }

    pub(super) fn text(self, text: &str) -> Self {
        Rndr::insert_node(&self.0, &Rndr::create_text_node(text), None);
        self
    }

    pub(super) fn child(self, child: Draft) -> Self {
        Rndr::insert_node(&self.0, &child.finish(), None);
        self
    }

    /// The browser keeps the listener for as long as it keeps the element.
    pub(super) fn on_click(self, listener: impl FnMut(MouseEvent) + 'static) -> Self {
        let listener: Closure<dyn FnMut(MouseEvent)> = Closure::new(listener);
        self.0.unchecked_ref::<HtmlElement>().set_onclick(Some(listener.into_js_value().unchecked_ref()));
        self
    }

    pub(super) fn finish(self) -> Element {
        self.0
    }
}
