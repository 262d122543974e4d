//! Updates a screen in place. Unchanged nodes stay untouched, which preserves focus, selection and scroll position.

use leptos::tachys::renderer::types::Element;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{FocusOptions, HtmlElement, Node};

use super::card::{Card, draw};
use super::scroll_anchor::ScrollAnchor;
use crate::runtime::Runtime;

#[wasm_bindgen]
extern "C" {
    /// A document or a shadow tree, which are the only nodes that know their active element.
    type Tree;

    #[wasm_bindgen(method, getter, js_name = activeElement)]
    fn active_element(this: &Tree) -> Option<Element>;
}

/// Updates `section` to the content of `card`.
pub(crate) fn redraw(section: &Element, card: Card, runtime: &Runtime) {
    mend_in_focus(section, &draw(card, runtime));
}

fn mend_in_focus(section: &Element, new: &Element) {
    let focused = section.get_root_node().unchecked_into::<Tree>().active_element();
    // Before the focused element may be removed.
    let row = focused.as_ref().and_then(|focused| focused.closest("li").ok().flatten());
    let anchor = ScrollAnchor::of_rows(section);
    mend_children(section, new);
    if let Some(anchor) = anchor {
        anchor.restore();
    }
    if focused.is_some_and(|focused| !focused.is_connected()) {
        // If the focused button is gone, its account takes the focus, or else the heading.
        let row = row.filter(|row| row.is_connected());
        let target = row.or_else(|| section.query_selector("h1").ok().flatten());
        let Some(target) = target.map(JsCast::unchecked_into::<HtmlElement>) else { return };
        target.set_tab_index(-1);
        let in_place = FocusOptions::new();
        in_place.set_prevent_scroll(true);
        // Can't fail on an HTML element.
        let _ = target.focus_with_options(&in_place);
    }
}

fn mend(old: &Node, new: &Node) {
    if let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
        mend_attributes(old, new);
        mend_children(old, new);
    } else if old.node_value() != new.node_value() {
        old.set_node_value(new.node_value().as_deref());
    }
}

/// Attributes that may differ between versions of an element. `open` is not among them, so open details stay open.
const ATTRIBUTES: [&str; 4] = ["data-icon", "data-tone", "aria-label", "href"];

fn mend_attributes(old: &Element, new: &Element) {
    for name in ATTRIBUTES {
        if let Some(value) = new.get_attribute(name) {
            // Can't fail, because the attribute name is valid.
            let _ = old.set_attribute(name, &value);
        }
    }
    let (old, new): (&HtmlElement, &HtmlElement) = (old.unchecked_ref(), new.unchecked_ref());
    old.set_onclick(new.onclick().as_ref());
}

/// Matches children in order; old ones without a match are removed. Elements are added and removed, but rarely
/// reordered.
fn mend_children(old: &Element, new: &Element) {
    let mut place = old.first_child();
    let mut next = new.first_child();
    while let Some(wanted) = next {
        next = wanted.next_sibling();
        let mut found = place.clone();
        while let Some(other) = found.as_ref().filter(|one| !is_same(one, &wanted)) {
            found = other.next_sibling();
        }
        let Some(found) = found else {
            // Can't fail, here and below: the reference node is a child.
            let _ = old.insert_before(&wanted, place.as_ref());
            continue;
        };
        remove(old, place, Some(&found));
        mend(&found, &wanted);
        place = found.next_sibling();
    }
    remove(old, place, None);
}

/// Removes the children from `from` up to, but not including, `to`.
fn remove(parent: &Element, mut from: Option<Node>, to: Option<&Node>) {
    while let Some(child) = from.filter(|child| Some(child) != to) {
        from = child.next_sibling();
        let _ = parent.remove_child(&child);
    }
}

/// True if both nodes represent the same thing before and after, even if its content differs.
fn is_same(before: &Node, after: &Node) -> bool {
    let attribute = |node: &Node, name| node.dyn_ref::<Element>().and_then(|node| node.get_attribute(name));
    let is_alike = |name| attribute(before, name) == attribute(after, name);
    before.node_name() == after.node_name() && is_alike("class") && is_alike("data-account")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use relink_flow::Action;

    use super::*;
    use crate::api::Api;
    use crate::text::Language;
    use crate::ui::{Button, Icon, List, Mark, Row, Tone};

    /// A section in the page, which is removed on drop.
    struct Page(Element);

    impl Page {
        fn with(content: &str) -> Self {
            let document = web_sys::window().unwrap().document().unwrap();
            let section = document.create_element("section").unwrap();
            section.set_inner_html(content);
            document.body().unwrap().append_child(&section).unwrap();
            Self(section)
        }

        fn find(&self, selector: &str) -> HtmlElement {
            self.0.query_selector(selector).unwrap().unwrap().unchecked_into()
        }

        /// Updates the section like [`redraw`] would with a card of this content.
        fn becomes(&self, content: &str) {
            let new = web_sys::window().unwrap().document().unwrap().create_element("section").unwrap();
            new.set_inner_html(content);
            mend_in_focus(&self.0, &new);
            assert_eq!(self.0.inner_html().replace(r#" tabindex="-1""#, ""), content);
        }

        fn focused(&self) -> Option<Element> {
            let focused = web_sys::window().unwrap().document().unwrap().active_element()?;
            self.0.contains(Some(&focused)).then_some(focused)
        }
    }

    impl Drop for Page {
        fn drop(&mut self) {
            self.0.remove();
        }
    }

    fn row(id: &str, state: &str, button: &str) -> String {
        let button = if button.is_empty() { String::new() } else { format!("<button>{button}</button>") };
        format!(r#"<li data-account="{id}"><span>{state}</span>{button}</li>"#)
    }

    fn list(rows: &[String]) -> String {
        format!("<h1>Accounts</h1><p>Some are broken</p><ul>{}</ul>", rows.concat())
    }

    #[wasm_bindgen_test]
    fn what_is_as_it_was_stays_untouched() {
        let page = Page::with(&list(&[row("a", "broken", "Reconnect"), row("b", "broken", "Reconnect")]));
        let (first, button) = (page.find("li"), page.find("li + li button"));
        button.focus().unwrap();
        let healthy = row("a", "works", "");
        page.becomes(
            &list(&[healthy, row("b", "broken", "Reconnect")]).replace("<p>Some are broken</p>", ""),
        );
        assert_eq!(page.find("li"), first);
        assert_eq!(page.focused().as_ref(), Some(button.as_ref()));
    }

    #[wasm_bindgen_test]
    fn rows_come_and_go_and_the_others_stay() {
        let rows = ["a", "b", "c"].map(|id| row(id, "works", "See"));
        let page = Page::with(&list(&rows));
        let button = page.find("[data-account=c] button");
        button.focus().unwrap();
        let [a, b, c] = rows;
        for rows in [vec![a.clone(), c.clone()], vec![c.clone()], vec![a, b, c, row("d", "new", "")]] {
            page.becomes(&list(&rows));
            assert_eq!(page.focused().as_ref(), Some(button.as_ref()));
        }
    }

    #[wasm_bindgen_test]
    fn rows_that_change_places_are_right_in_the_end() {
        let [a, b, c] = ["a", "b", "c"].map(|id| row(id, "works", "See"));
        let page = Page::with(&list(&[a.clone(), b.clone(), c.clone()]));
        for rows in [vec![c.clone(), a.clone()], vec![b.clone(), c.clone()], vec![c, b, a]] {
            page.becomes(&list(&rows));
        }
    }

    #[wasm_bindgen_test]
    fn where_the_button_is_gone_its_account_has_the_focus_and_without_that_the_heading() {
        let page = Page::with(&list(&[row("a", "broken", "Reconnect"), row("b", "works", "")]));
        page.find("button").focus().unwrap();
        page.becomes(&list(&[row("a", "works", ""), row("b", "works", "")]));
        assert_eq!(page.focused().unwrap().get_attribute("data-account").as_deref(), Some("a"));
        page.becomes(&list(&[row("b", "works", "")]));
        assert_eq!(page.focused().unwrap().tag_name(), "H1");
    }

    #[wasm_bindgen_test]
    fn nothing_takes_the_focus_that_had_none() {
        let page = Page::with(&list(&[row("a", "broken", "Reconnect")]));
        page.becomes(&list(&[row("a", "works", "")]));
        assert_eq!(page.focused(), None);
    }

    #[wasm_bindgen_test]
    fn a_button_does_what_it_says_now() {
        let page = Page::with("<button>Another account</button><button>Leave</button>");
        let new = Page::with("<button>Leave</button>");
        let leave = js_sys::Function::new_no_args("");
        new.find("button").set_onclick(Some(&leave));
        mend_in_focus(&page.0, &new.0);
        assert_eq!(page.find("button").onclick(), Some(leave));
        assert_eq!(page.0.inner_html(), "<button>Leave</button>");
    }

    #[wasm_bindgen_test]
    fn what_the_reader_has_opened_stays_open() {
        let page = Page::with("<details><summary>Details</summary><code>1</code></details>");
        page.find("details").set_attribute("open", "").unwrap();
        let new = Page::with("<details><summary>Details</summary><code>2</code></details>");
        mend_in_focus(&page.0, &new.0);
        assert_eq!(page.find("details[open] code").inner_text(), "2");
    }

    #[wasm_bindgen_test]
    fn a_card_in_the_place_of_another_is_as_if_it_had_been_drawn_alone() {
        // The host is never called, because the test ends before.
        let nowhere = js_sys::Object::new().unchecked_into();
        let language = Language::new(String::new(), String::new());
        let runtime = Runtime::start(Api::new(nowhere, language, <[String; 2]>::default()), None);
        runtime.stop();
        let before = || card(Tone::Success, Icon::Check, "1");
        let after = || Card { paragraphs: Vec::new(), ..card(Tone::Error, Icon::Broken, "2") };
        let page = Page(draw(before(), &runtime));
        redraw(&page.0, after(), &runtime);
        assert_eq!(page.0.outer_html(), draw(after(), &runtime).outer_html());
    }

    /// Returns a card with everything that a card can have.
    fn card(tone: Tone, icon: Icon, n: &str) -> Card {
        let text = |what: &str| [what, " ••678", n].concat();
        let button =
            || Button { label: text("press"), accessible_name: Some(text("name")), action: Action::Leave };
        let row = |id: &str| Row {
            id: id.to_owned(),
            name: text("name"),
            kind: text("kind"),
            state: text("state"),
            icon,
            button: Some(button()),
        };
        Card {
            notice: Some(text("notice")),
            paragraphs: vec![text("says")],
            lists: vec![List { intro: text("intro"), items: vec![text("item")], mark: Mark::Check }],
            closing_paragraphs: vec![text("note")],
            accounts: vec![row("a"), row(n)],
            primary: Some(button()),
            secondary: vec![button(), button()],
            help: Some(["https://help.example/", n].concat()),
            support: Some(text("support")),
            ..Card::new("screen", text("heading")).tone(tone)
        }
    }
}
