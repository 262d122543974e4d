//! Draws a conversation: one signal, and the screen that follows it.

use leptos::prelude::*;
use relink_flow::Event;
use web_sys::HtmlElement;

use crate::runtime::Runtime;
use crate::text;
use crate::ui::Screen;

/// Draws the conversation into `root`, until the reactive owner is dropped.
pub(crate) fn draw(root: &HtmlElement, runtime: Runtime) {
    let listening = runtime.clone();
    let online = window_event_listener_untyped("online", move |_| {
        // Ends the back-off pause before the next retry.
        listening.abort_wait();
        listening.send(Event::CameOnline);
    });
    on_cleanup(move || online.remove());
    let listening = runtime.clone();
    let seen = window_event_listener_untyped("visibilitychange", move |_| listening.abort_wait());
    on_cleanup(move || seen.remove());
    let screen = Screen::new(root);
    let drawing = RenderEffect::new(move |_: Option<()>| {
        // Another element of the same page may have set another language.
        text::set_language(runtime.api().language());
        if let Some(card) = runtime.card() {
            let name = card.screen;
            let is_another = screen.show(card, &runtime);
            runtime.after_draw(is_another.then_some(name));
        }
    });
    on_cleanup(move || drop(drawing));
}
