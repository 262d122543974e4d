//! Listens for changes while the page is visible, with one stream for all elements of a customer, and reconnects when it
//! ends. Failures are not shown, because no customer waits for this; they are retried with exponential back-off.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::future::TimeoutFuture;
use js_sys::Math;
use leptos::prelude::document;
use relink_flow::Ticket;
use relink_protocol::Overview;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::api::Api;
use super::listen::{StreamResult, abort_after, aborted, listen};
use crate::conversation::Conversation;

/// First and longest pause before reconnecting, in milliseconds.
const PAUSES: (u32, u32) = (1_000, 60_000);

/// Debounce time in milliseconds: changes in quick succession, as of all accounts of a bank login, are announced as
/// one.
const DEBOUNCE: u32 = 300;

thread_local! {
    /// Watches by the number of their customer.
    static WATCHES: RefCell<Vec<(u32, Weak<Watch>)>> = const { RefCell::new(Vec::new()) };
}

/// A customer's stream, open while conversations wait for a change.
#[derive(Debug, Default)]
struct Watch {
    waits: RefCell<Vec<Rc<Wait>>>,
    /// Ends the stream, or the pause before the next.
    abort_controller: RefCell<Option<AbortController>>,
    is_listening: Cell<bool>,
    /// True if the next stream is to be opened without a pause.
    is_due: Cell<bool>,
    is_running: Cell<bool>,
}

/// A conversation that waits for accounts of another version than it has.
#[derive(Debug)]
struct Wait {
    conversation: Conversation,
    since: String,
    news: RefCell<Option<Overview>>,
    /// Ends the wait once there is news.
    abort_controller: RefCell<Option<AbortController>>,
}

/// Removes a wait when dropped. The last one ends the stream.
struct Joined(Rc<Watch>, Rc<Wait>);

/// Waits until the accounts differ from the version `since`, and returns them. `None` if the answer is no longer
/// awaited.
pub(super) async fn change(conversation: Conversation, ticket: Ticket, since: &str) -> Option<Overview> {
    let watch = Watch::of(&*conversation.api()?);
    let joined = watch.join(conversation, since);
    loop {
        let abort_controller = conversation.abort_controller(ticket)?;
        joined.1.abort_controller.replace(Some(abort_controller.clone()));
        aborted(&abort_controller).await;
        let news = joined.1.news.take();
        if news.is_some() {
            return news.filter(|_| conversation.is_newest(ticket));
        }
        // The page was hidden or shown, or the browser is online again.
        if conversation.is_newest(ticket) && (is_hidden() || !joined.0.is_listening.get()) {
            joined.0.retry();
        }
    }
}

impl Watch {
    /// Returns the watch that the elements of a customer share.
    fn of(api: &Api) -> Rc<Self> {
        let Ok(Some(customer)) = api.host().customer() else { return Rc::default() };
        WATCHES.with_borrow_mut(|watches| {
            watches.retain(|(_, watch)| watch.strong_count() > 0);
            let known = watches.iter().find(|(number, _)| *number == customer);
            known.and_then(|(_, watch)| watch.upgrade()).unwrap_or_else(|| {
                let watch = Rc::default();
                watches.push((customer, Rc::downgrade(&watch)));
                watch
            })
        })
    }

    fn join(self: &Rc<Self>, conversation: Conversation, since: &str) -> Joined {
        let is_known = self.waits.borrow().first().is_some_and(|other| other.since == since);
        let wait = Rc::new(Wait {
            conversation,
            since: since.to_owned(),
            news: RefCell::default(),
            abort_controller: RefCell::default(),
        });
        self.waits.borrow_mut().push(Rc::clone(&wait));
        if !is_known {
            self.retry();
        }
        if !self.is_running.replace(true) {
            let watch = Rc::clone(self);
            spawn_local(async move {
                watch.run().await;
                watch.is_running.set(false);
            });
        }
        Joined(Rc::clone(self), wait)
    }

    /// Opens the stream again, without a pause.
    fn retry(&self) {
        self.is_due.set(true);
        self.abort();
    }

    fn abort(&self) {
        if let Some(abort_controller) = self.abort_controller.take() {
            abort_controller.abort();
        }
    }

    /// Listens and passes on changes while anyone waits.
    async fn run(&self) {
        let mut failures = 0;
        self.is_due.set(true);
        while let Some(api) = self.api() {
            let Ok(abort_controller) = AbortController::new() else { return };
            self.abort_controller.replace(Some(abort_controller.clone()));
            if self.is_due.get() && !is_hidden() {
                self.is_due.set(false);
                let result = self.next(&api, &abort_controller).await;
                if result == StreamResult::Change && self.load().await {
                    failures = 0;
                    self.is_due.set(true);
                } else {
                    // Streams end regularly, which is no failure; a change that yields no new accounts counts as one.
                    failures = if result == StreamResult::Alive { 0 } else { failures + 1 };
                }
            } else {
                // Pauses until the next try is due, or the page is hidden or shown, which makes it due at once.
                let is_due = self.is_due.get();
                let pause =
                    (!is_due).then(|| abort_after(pause(failures, Math::random()), &abort_controller));
                aborted(&abort_controller).await;
                drop(pause);
                self.is_due.set(true);
            }
        }
    }

    /// Returns the API of a conversation that waits.
    fn api(&self) -> Option<Rc<Api>> {
        self.waits.borrow().iter().find_map(|wait| wait.conversation.api())
    }

    /// Waits for the next change. Conversations with accounts of different versions are one, too.
    async fn next(&self, api: &Api, abort_controller: &AbortController) -> StreamResult {
        let mut versions: Vec<_> = self.waits.borrow().iter().map(|wait| wait.since.clone()).collect();
        versions.dedup();
        let [since] = versions.as_slice() else { return StreamResult::Change };
        self.is_listening.set(true);
        let result = listen(api, since, abort_controller).await;
        self.is_listening.set(false);
        abort_controller.abort();
        if result == StreamResult::Change {
            TimeoutFuture::new(DEBOUNCE).await;
        }
        result
    }

    /// Loads the accounts for those who waited before. Returns true if any of them had another version.
    async fn load(&self) -> bool {
        // Perhaps another one by now, or nobody.
        let Some(api) = self.api() else { return false };
        let mut waits = self.waits.borrow().clone();
        let Ok(overview) = api.accounts().await else { return false };
        waits.retain(|wait| wait.since != overview.version);
        self.waits.borrow_mut().retain(|wait| !waits.iter().any(|told| Rc::ptr_eq(told, wait)));
        for wait in &waits {
            wait.news.replace(Some(overview.clone()));
            if let Some(abort_controller) = wait.abort_controller.take() {
                abort_controller.abort();
            }
        }
        !waits.is_empty()
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let Self(watch, wait) = self;
        watch.waits.borrow_mut().retain(|other| !Rc::ptr_eq(other, wait));
        if watch.waits.borrow().is_empty() {
            watch.abort();
        }
    }
}

fn is_hidden() -> bool {
    document().hidden()
}

/// Returns the pause after this number of failures, in milliseconds. `random`, from 0 to 1, adds jitter, so that pages
/// that have lost the same server do not reconnect at the same time.
fn pause(failures: u32, random: f64) -> u32 {
    let (first, longest) = PAUSES;
    let pause = (first << failures.saturating_sub(1).min(6)).min(longest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a u32")]
    let part = (f64::from(pause / 2) * random) as u32;
    pause / 2 + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute() {
        let pauses: Vec<u32> = (0..10).map(|failures| pause(failures, 1.0)).collect();
        let expected = [1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
        assert_eq!(pauses, expected);
        assert_eq!(pause(u32::MAX, 1.0), 60_000);
    }

    #[test]
    fn pauses_differ_by_up_to_half() {
        assert_eq!([0.0, 0.5, 1.0].map(|random| pause(2, random)), [1_000, 1_500, 2_000]);
    }
}
