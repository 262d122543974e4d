//! Stub of the package `wasm-streams`, with just enough for `server_fn` to compile.
//!
//! `leptos` always depends on `server_fn`, even without server functions. The exports of the real package would stay in
//! the wasm although they are never called, together with their JavaScript: 3.8 KB up to the first screen. See
//! `[patch.crates-io]` in the workspace's `Cargo.toml`.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use wasm_bindgen::{JsCast, JsValue};

/// A stream of the browser.
#[derive(Clone, Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Wraps `raw`.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Never called; returns `undefined`.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        Self(JsValue::UNDEFINED.unchecked_into())
    }

    /// Returns the wrapped stream.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Returns a stream that has already ended.
    pub fn into_stream(self) -> IntoStream {
        IntoStream
    }
}

/// A stream that has ended.
#[derive(Clone, Copy, Debug)]
pub struct IntoStream;

impl Stream for IntoStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
