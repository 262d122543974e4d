//! Place of the bank window in the page.

use leptos::prelude::{document, window};

/// True if the customer can't reach the bank window: it is in front of the page by its `z-index` only, so a modal dialog
/// of the page lies above it, and it inherits `pointer-events: none` from a body that a library has locked.
pub(crate) fn is_bank_window_covered() -> bool {
    let Some(root) = document().document_element() else { return false };
    let middle = |side: i32| i16::try_from(side / 2).map(f32::from).unwrap_or_default();
    let (x, y) = (middle(root.client_width()), middle(root.client_height()));
    let in_front = document().element_from_point(x, y);
    if in_front.is_some_and(|element| element.tag_name() == "IFRAME") {
        return false;
    }
    document().query_selector("dialog:modal").is_ok_and(|dialog| dialog.is_some()) || is_body_locked()
}

fn is_body_locked() -> bool {
    let style = document().body().and_then(|body| window().get_computed_style(&body).ok().flatten());
    style.is_some_and(|style| style.get_property_value("pointer-events").is_ok_and(|value| value == "none"))
}
