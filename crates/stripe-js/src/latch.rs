//! A value that is set once and that any number of tasks can await. Independent of the browser.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

pub(crate) struct Latch<T> {
    value: Cell<Option<T>>,
    waiting: RefCell<Vec<Waker>>,
}

impl<T: Copy> Latch<T> {
    pub(crate) const fn new() -> Self {
        Self { value: Cell::new(None), waiting: RefCell::new(Vec::new()) }
    }

    /// Sets the value and wakes all waiting tasks. Only the first call has an effect.
    pub(crate) fn set(&self, value: T) {
        if self.value.get().is_none() {
            self.value.set(Some(value));
            self.waiting.take().into_iter().for_each(Waker::wake);
        }
    }

    pub(crate) async fn wait(&self) -> T {
        poll_fn(|context| {
            self.value.get().map_or_else(
                || {
                    self.waiting.borrow_mut().push(context.waker().clone());
                    Poll::Pending
                },
                Poll::Ready,
            )
        })
        .await
    }
}
