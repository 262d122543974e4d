//! A conversation: takes events, keeps the state, and has effects performed. Views hold a copy of its handle.
//!
//! The state is a signal; events go through [`Conversation::send`], because a signal would merge them.

use std::mem::discriminant;
use std::rc::Rc;

use leptos::prelude::{
    Callback, LocalStorage, Memo, RwSignal, Set, SetValue, StoredValue, UpdateUntracked, UpdateValue, With,
    WithUntracked, WithValue,
};
use relink_flow::{Action, Effect, Event, Reason, Request, Stage, State, Ticket};
use relink_protocol::AccountId;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, HtmlElement};

use crate::effects;
use crate::effects::api::{self, Api};
use crate::element::{ElementEvent, events};
use crate::lazy::{self, Loading};
use crate::screens::{LaterScreen, Screen};

/// A conversation in one element of the page. It ends with its view; from then on, reads give `None` and events do
/// nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversation {
    state: RwSignal<State>,
    /// The lazily loaded part of the program.
    lazy: RwSignal<Loading>,
    /// True once the customer has used the element: from then on, each new screen takes the focus.
    takes_focus: StoredValue<bool>,
    rest: StoredValue<Rest, LocalStorage>,
}

/// Parts of a conversation that no view follows.
#[derive(Debug)]
struct Rest {
    api: Rc<Api>,
    root: HtmlElement,
    /// Ticket of the newest effect; answers to older ones are not awaited.
    newest: Option<Ticket>,
    /// Newest effect, if it waits for the lazily loaded part.
    waiting: Option<Effect>,
    /// Aborts the wait in the background.
    abort_controller: Option<AbortOnDrop>,
    /// True once the page knows that the element is ready.
    is_ready: bool,
}

impl Conversation {
    /// Starts a conversation in `root`, with a deep link to the account that the element is about. Its signals belong
    /// to the current reactive owner.
    pub(crate) fn start(api: Api, root: HtmlElement, account: Option<AccountId>) -> Self {
        let (state, effect) = relink_flow::start();
        let rest = Rest {
            api: Rc::new(api),
            root,
            newest: None,
            waiting: None,
            abort_controller: None,
            is_ready: false,
        };
        let conversation = Self {
            state: RwSignal::new(state.with_deep_link(account)),
            lazy: RwSignal::new(Loading::Absent),
            takes_focus: StoredValue::new(false),
            rest: StoredValue::new_local(rest),
        };
        conversation.perform(effect);
        conversation
    }

    /// Returns the state, to follow.
    pub(crate) fn state(self) -> RwSignal<State> {
        self.state
    }

    /// Returns the lazily loaded part, to follow.
    pub(crate) fn lazy(self) -> RwSignal<Loading> {
        self.lazy
    }

    pub(crate) fn takes_focus(self) -> StoredValue<bool> {
        self.takes_focus
    }

    /// Returns what buttons call with the action of the customer.
    pub(crate) fn act(self) -> Callback<Action> {
        Callback::new(move |action| self.press(action))
    }

    /// Follows a part of the stage that changes while its screen is shown. Keeps the last value once the stage is
    /// another one, while the screen is being replaced. `None` if the stage is another one already.
    pub(crate) fn follow<T>(self, part: fn(&Stage) -> Option<T>) -> Option<Memo<T>>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
    {
        let first = self.state.with_untracked(|state| part(&state.stage))?;
        Some(Memo::new(move |last: Option<&T>| {
            let now = self.state.with(|state| part(&state.stage));
            now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        }))
    }

    /// Returns the server's API; `None` after the end.
    pub(crate) fn api(self) -> Option<Rc<Api>> {
        self.rest.try_with_value(|rest| Rc::clone(&rest.api))
    }

    /// Handles an action of the customer.
    pub(crate) fn press(self, action: Action) {
        self.enable_focus();
        let has_left = action == Action::Leave;
        self.send(Event::Action(action));
        if has_left && let Some(api) = self.api() {
            api.host().customer_left();
        }
    }

    /// Marks the element as used: from now on, each new screen takes the focus.
    pub(crate) fn enable_focus(self) {
        self.takes_focus.set_value(true);
    }

    /// Handles an event. Events are handled one at a time, each before anything is drawn.
    pub(crate) fn send(self, event: Event) {
        // Nothing reads the state until it is set again.
        let take = |state: &mut State| std::mem::replace(state, relink_flow::start().0);
        let Some(before) = self.state.try_update_untracked(take) else { return };
        let mut events: Vec<ElementEvent> = events::before(&before.stage, &event).into_iter().collect();
        let was = discriminant(&before.stage);
        let (after, effect) = relink_flow::update(before, event);
        let part = self.lazy.with_untracked(Loading::part);
        if discriminant(&after.stage) != was {
            events.extend(events::on_enter(&after.stage));
            if let Some(part) = part {
                events.extend((part.events)(&after.stage));
            }
        }
        // No screen is updated in place before the rest of the program listens for changes.
        let restore = part.and_then(|part| self.rest.try_with_value(|rest| (part.readers_place)(&rest.root)));
        self.state.set(after);
        if let Some(restore) = restore.flatten() {
            // The views, which were notified first, have updated the page by then.
            spawn_local(async move { restore() });
        }
        // Before a window opens, so that the element can make its dialog non-modal.
        self.dispatch(events);
        if let Some(effect) = effect {
            self.perform(effect);
        }
    }

    /// Must be called when a new screen has been drawn, with its name. Starts fetching the lazily loaded part after the
    /// accounts are on the screen, because it would slow down the first screen.
    pub(crate) fn after_draw(self, screen: &Screen, name: &'static str) {
        let mut events = vec![events::screen(name)];
        match screen {
            Screen::Browsing if !self.is_ready() => {
                events.extend(self.state.with_untracked(|state| events::ready(&state.stage)));
                self.load_lazy();
            }
            Screen::Failed(failure)
            | Screen::NotLoaded(failure, _)
            | Screen::Later(LaterScreen::FailedAttempt(failure, _)) => {
                events.push(events::failed(failure, name));
            }
            Screen::Opening | Screen::Browsing | Screen::Later(_) => {}
        }
        self.dispatch(events);
    }

    /// Returns false the first time.
    fn is_ready(self) -> bool {
        self.rest.try_update_value(|rest| std::mem::replace(&mut rest.is_ready, true)).unwrap_or(true)
    }

    /// Fetches the lazily loaded part, unless it is there or on its way. A failure is shown where a screen needs the
    /// part by then; otherwise it is ignored, and the next screen that needs the part retries.
    pub(crate) fn load_lazy(self) {
        if !self.lazy.with_untracked(|lazy| matches!(lazy, Loading::Absent | Loading::Failed(_))) {
            return;
        }
        self.lazy.set(Loading::Pending);
        spawn_local(async move {
            let Some(language) = self.api().map(|api| api.language()) else { return };
            let result = match lazy::fetch(language).await {
                Some(part) => Loading::Done(part),
                None if self.state.try_with_untracked(Screen::is_later) == Some(true) => {
                    Loading::Failed(api::network_failure())
                }
                None => Loading::Absent,
            };
            self.end_loading(result);
        });
    }

    /// Sets the result of loading, and performs what has waited for the part if it is there.
    fn end_loading(self, result: Loading) {
        let is_there = result.part().is_some();
        self.lazy.try_set(result);
        if !is_there {
            return;
        }
        let waiting = self.rest.try_update_value(|rest| rest.waiting.take()).flatten();
        if let Some(effect) = waiting {
            self.perform(effect);
        }
    }

    /// Restarts the element with the current files of the program, as soon as the server responds: after a deployment,
    /// the files that this page knows may no longer exist.
    pub(crate) fn restart(self) {
        self.enable_focus();
        self.lazy.set(Loading::Restarting);
        spawn_local(async move {
            let Some(api) = self.api() else { return };
            match api.accounts().await {
                Ok(_) => api.host().restart_with_new_files(),
                Err(failure) => {
                    self.lazy.try_set(Loading::Failed(failure));
                }
            }
        });
    }

    /// Retries what failed because the browser was offline, and ends the pause before the next retry in the background.
    pub(crate) fn came_online(self) {
        self.abort_wait();
        let was_offline =
            |lazy: &Loading| matches!(lazy, Loading::Failed(failure) if failure.reason == Reason::Offline);
        if self.lazy.with_untracked(was_offline) {
            self.restart();
        }
        self.send(Event::CameOnline);
    }

    /// True if this is the ticket of the newest request.
    pub(crate) fn is_newest(self, ticket: Ticket) -> bool {
        self.rest.try_with_value(|rest| rest.newest == Some(ticket)).unwrap_or(false)
    }

    /// Returns a controller that ends a wait in the background: on a newer request, when the page is hidden or shown,
    /// or when the browser is online again. `None` if there is a newer request already.
    pub(crate) fn abort_controller(self, ticket: Ticket) -> Option<AbortController> {
        let abort_controller = self.is_newest(ticket).then(AbortController::new)?.ok();
        let owned = abort_controller.clone().map(AbortOnDrop);
        self.rest.update_value(|rest| rest.abort_controller = owned);
        abort_controller
    }

    /// Aborts the wait in the background.
    pub(crate) fn abort_wait(self) {
        // Dropped after the borrow, because listeners of the signal may call back.
        drop(self.rest.try_update_value(|rest| rest.abort_controller.take()));
    }

    /// Must not be called while anything is borrowed: event listeners may call back.
    fn dispatch(self, events: Vec<ElementEvent>) {
        let Some(api) = self.api() else { return };
        for (name, detail) in events {
            api.host().dispatch(name, &detail);
        }
    }

    /// Performs an effect. All but the first request take the lazily loaded part, which the effect waits for.
    fn perform(self, effect: Effect) {
        let part = self.lazy.with_untracked(Loading::part);
        self.abort_wait();
        self.rest.update_value(|rest| {
            rest.newest = Some(effect.ticket);
            rest.waiting = None;
        });
        if part.is_none() && !matches!(effect.request, Request::LoadAccounts) {
            self.rest.update_value(|rest| rest.waiting = Some(effect));
            return;
        }
        spawn_local(async move {
            let Effect { ticket, request } = effect;
            let answer = match part {
                Some(part) => (part.perform)(self, ticket, request).await,
                None => effects::load_accounts(self).await,
            };
            if let Some(answer) = answer {
                self.send(Event::Answered(ticket, answer));
            }
        });
    }
}

/// Aborts the wait when dropped, for example because the conversation has ended.
#[derive(Debug)]
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
