//! The page: one signal, and the screen that follows it.

use leptos::prelude::*;
use relink_flow::Event;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::api::Api;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::text;
use crate::ui::Screen;

/// Draws into the element `#relink` of the document.
pub fn start() {
    let Some(element) = document().get_element_by_id("relink") else { return };
    let Ok(root) = element.dyn_into::<HtmlElement>() else { return };
    text::speak(&root);
    mount_to(root.clone(), move || page(&root)).forget();
}

fn page(root: &HtmlElement) {
    let runtime = Runtime::start(Api::new(Settings::of(root)));
    let listening = runtime.clone();
    let online = window_event_listener_untyped("online", move |_| {
        // Whoever pauses before trying again need not wait any longer.
        listening.interrupt();
        listening.send(Event::CameOnline);
    });
    on_cleanup(move || online.remove());
    let listening = runtime.clone();
    let seen = window_event_listener_untyped("visibilitychange", move |_| listening.interrupt());
    on_cleanup(move || seen.remove());
    let screen = Screen::new(root);
    let drawing = RenderEffect::new(move |_: Option<()>| {
        if let Some(card) = runtime.card() {
            screen.show(card, &runtime);
            runtime.was_drawn();
        }
    });
    on_cleanup(move || drop(drawing));
}
