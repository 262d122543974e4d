//! The engine: takes events, keeps the state, performs effects. The only place that spawns.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{GetValue, LocalStorage, RwSignal, Set, StoredValue};
use relink_flow::{Action, Answer, Effect, Event, Request, Stage, State, Ticket};
use relink_protocol::{Reported, SessionId};
use wasm_bindgen_futures::spawn_local;

use crate::api::Api;
use crate::{bank, screens};

/// The conversation as it runs in this page: a handle that views can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runtime(StoredValue<Rc<Inner>, LocalStorage>);

#[derive(Debug)]
struct Inner {
    api: Api,
    /// `None` only while [`relink_flow::update`] has it.
    state: RefCell<Option<State>>,
    /// Of the newest effect; answers to older ones are not waited for.
    newest: Cell<Option<Ticket>>,
    /// What is drawn. Set only when the screen would look different, so that focus stays where it is.
    shown: RwSignal<Stage>,
    /// Whether the customer has done anything yet; before that, the page takes no focus.
    used: Cell<bool>,
}

impl Runtime {
    /// Begins the conversation, for as long as the reactive owner that it is called in.
    pub(crate) fn start(api: Api) -> Self {
        let (state, effect) = relink_flow::start();
        let shown = RwSignal::new(state.stage.clone());
        let runtime = Self(StoredValue::new_local(Rc::new(Inner {
            api,
            state: RefCell::new(Some(state)),
            newest: Cell::new(None),
            shown,
            used: Cell::new(false),
        })));
        runtime.perform(effect);
        runtime
    }

    fn inner(self) -> Rc<Inner> {
        self.0.get_value()
    }

    /// What is to be drawn.
    pub(crate) fn shown(self) -> RwSignal<Stage> {
        self.inner().shown
    }

    /// Whether the customer has done anything yet.
    pub(crate) fn is_used(self) -> bool {
        self.inner().used.get()
    }

    /// The customer did something.
    pub(crate) fn press(self, action: Action) {
        self.inner().used.set(true);
        self.send(Event::Pressed(action));
    }

    /// Every event comes through here, one at a time, before anything is drawn: the second half of a double click
    /// finds the state that the first has made.
    pub(crate) fn send(self, event: Event) {
        let inner = self.inner();
        let Some(before) = inner.state.take() else { return };
        let old = before.stage.clone();
        let (after, effect) = relink_flow::update(before, event);
        let new = after.stage.clone();
        inner.state.replace(Some(after));
        if !screens::look_alike(&old, &new) {
            inner.shown.set(new);
        }
        if let Some(effect) = effect {
            self.perform(effect);
        }
    }

    fn perform(self, Effect { ticket, request }: Effect) {
        self.inner().newest.set(Some(ticket));
        spawn_local(async move {
            if let Some(answer) = self.answer(ticket, request).await {
                self.send(Event::Answered(ticket, answer));
            }
        });
    }

    async fn answer(self, ticket: Ticket, request: Request) -> Option<Answer> {
        let inner = self.inner();
        let api = &inner.api;
        Some(match request {
            Request::LoadAccounts => Answer::Accounts(api.accounts().await),
            Request::LoadStripe { url } => Answer::Stripe(bank::load(&url).await),
            Request::StartSession { account } => Answer::Session(api.start_session(account).await),
            Request::OpenBank { url, started } => Answer::Bank(bank::open(&url, &started).await),
            Request::ReadOutcome { session, reported, after } => {
                return self.outcome(ticket, &session, reported, after).await;
            }
        })
    }

    /// Waits, then asks, unless the customer has gone elsewhere in the meantime.
    async fn outcome(
        &self,
        ticket: Ticket,
        session: &SessionId,
        reported: Reported,
        after: u16,
    ) -> Option<Answer> {
        TimeoutFuture::new(u32::from(after) * 1_000).await;
        if self.inner().newest.get() != Some(ticket) {
            return None;
        }
        Some(Answer::Outcome(self.inner().api.outcome(session, reported).await))
    }
}
