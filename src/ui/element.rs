//! Builds DOM elements one by one with Leptos' renderer.
//!
//! Not with its views: each type of view is compiled to its own code for building and updating, which took a fifth of
//! the program. A screen is drawn as a whole, and only if it is another screen than before.

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, MouseEvent};

/// An element under construction.
pub(super) struct Draft(Element);

pub(super) fn element(tag: &str) -> Draft {
    Draft(Rndr::create_element(tag, None))
}

impl Draft {
    pub(super) fn set(self, name: &str, value: &str) -> Self {
        Rndr::set_attribute(&self.0, name, value);
        self
    }

    /// Sets a class for our style sheet, and a part of the same name for the page's.
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

    /// Sets the click handler, which the browser keeps as long as the element.
    pub(super) fn on_click(self, listener: impl FnMut(MouseEvent) + 'static) -> Self {
        let listener: Closure<dyn FnMut(MouseEvent)> = Closure::new(listener);
        self.0.unchecked_ref::<HtmlElement>().set_onclick(Some(listener.into_js_value().unchecked_ref()));
        self
    }

    pub(super) fn finish(self) -> Element {
        self.0
    }
}
