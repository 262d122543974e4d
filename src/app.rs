//! The page: one signal, drawn as the screen of its stage.

use leptos::prelude::*;
use relink_flow::Event;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::api::Api;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::ui;

/// Draws into the element `#relink` of the document.
pub fn start() {
    let Some(element) = document().get_element_by_id("relink") else { return };
    let Ok(root) = element.dyn_into::<HtmlElement>() else { return };
    // The shell that was painted before we came.
    root.set_inner_html("");
    mount_to(root.clone(), move || page(root)).forget();
}

fn page(root: HtmlElement) -> impl IntoView {
    let runtime = Runtime::start(Api::new(Settings::of(&root)), root);
    let listening = runtime.clone();
    let online = window_event_listener_untyped("online", move |_| listening.send(Event::CameOnline));
    on_cleanup(move || online.remove());
    move || ui::card(runtime.card(), &runtime)
}
