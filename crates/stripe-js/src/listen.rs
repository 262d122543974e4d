//! RAII guards for event listeners and timers: each ends when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventTarget, Window};

/// Calls back on every event until it is dropped.
#[must_use = "the listener stops when dropped"]
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn Fn()>,
}

impl Listener {
    pub(crate) fn new(target: &EventTarget, event: &'static str, callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        // Fails only without a callback.
        let _ = target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
        Self { target: target.clone(), event, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, callback);
    }
}

/// Calls back once after a delay, unless it is dropped before.
#[must_use = "the timer stops when dropped"]
pub(crate) struct Timer {
    window: Window,
    handle: i32,
    _callback: Closure<dyn Fn()>,
}

impl Timer {
    pub(crate) fn new(window: &Window, milliseconds: i32, callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        let handle = window
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                callback.as_ref().unchecked_ref(),
                milliseconds,
            )
            .unwrap_or_default(); // 0 is never a timer's handle: clearing it has no effect.
        Self { window: window.clone(), handle, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.window.clear_timeout_with_handle(self.handle);
    }
}
