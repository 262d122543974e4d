//! The page: one signal, drawn as the screen of its stage.

use leptos::prelude::*;
use relink_flow::Event;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::api::Api;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::ui::Attention;
use crate::{screens, ui};

/// Draws into the element `#relink` of the document.
pub fn start() {
    let Some(element) = document().get_element_by_id("relink") else { return };
    let Ok(element) = element.dyn_into::<HtmlElement>() else { return };
    let root = Element::from(element.clone());
    // The shell that was painted before we came.
    root.set_inner_html("");
    mount_to(element, move || page(root)).forget();
}

fn page(root: Element) -> impl IntoView {
    let runtime = Runtime::start(Api::new(Settings::of(&root)));
    let online = window_event_listener_untyped("online", move |_| runtime.send(Event::CameOnline));
    on_cleanup(move || online.remove());
    let shown = runtime.shown();
    let said = RwSignal::new(String::new());
    Effect::new(move || {
        let card = shown.with(screens::draw);
        match card.attention {
            Attention::Focus if runtime.is_used() => {
                said.set(String::new());
                let root = root.clone();
                request_animation_frame(move || focus_heading(&root));
            }
            Attention::Focus | Attention::Announce => said.set(card.heading),
            Attention::None => said.set(String::new()),
        }
    });
    view! {
        // In the page before it speaks, as a live region must be.
        <p class="spoken" role="status">{said}</p>
        {move || ui::card(shown.with(screens::draw), runtime)}
    }
}

fn focus_heading(root: &Element) {
    let heading = root.query_selector("h1").ok().flatten();
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        let _ = heading.set_attribute("tabindex", "-1");
        let _ = heading.focus();
    }
}
