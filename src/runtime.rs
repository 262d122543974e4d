//! The engine: takes events, keeps the state, performs effects. The only place that spawns.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{ArcRwSignal, Set, UpdateUntracked, With};
use relink_flow::{Action, Answer, Effect, Event, Request, State, Ticket};
use relink_protocol::{Reported, SessionId};
use wasm_bindgen_futures::spawn_local;

use crate::api::Api;
use crate::ui::Card;
use crate::{bank, screens};

/// The conversation as it runs in one element of the page. Views hold a clone of this handle.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    api: Api,
    /// What is drawn. `None` only while [`relink_flow::update`] has it.
    state: ArcRwSignal<Option<State>>,
    /// Of the newest effect; nobody waits for the answers to older ones.
    newest: Cell<Option<Ticket>>,
    is_used: Cell<bool>,
}

impl Runtime {
    /// Begins the conversation.
    pub(crate) fn start(api: Api) -> Self {
        let (state, effect) = relink_flow::start();
        let runtime = Self(Rc::new(Inner {
            api,
            state: ArcRwSignal::new(Some(state)),
            newest: Cell::new(None),
            is_used: Cell::new(false),
        }));
        runtime.perform(effect);
        runtime
    }

    /// What is to be drawn; tells the reactive owner when that changes.
    pub(crate) fn card(&self) -> Card {
        self.0.state.with(|state| screens::draw(state.as_ref().map(|state| &state.stage)))
    }

    /// Whether the customer has done anything yet; before that, the page takes no focus.
    pub(crate) fn is_used(&self) -> bool {
        self.0.is_used.get()
    }

    /// The customer did something.
    pub(crate) fn press(&self, action: Action) {
        self.0.is_used.set(true);
        self.send(Event::Pressed(action));
    }

    /// Every event comes through here, one at a time, before anything is drawn: a second press finds the state that
    /// the first has made.
    pub(crate) fn send(&self, event: Event) {
        let Some(before) = self.0.state.try_update_untracked(Option::take).flatten() else { return };
        let (after, effect) = relink_flow::update(before, event);
        self.0.state.set(Some(after));
        if let Some(effect) = effect {
            self.perform(effect);
        }
    }

    fn perform(&self, Effect { ticket, request }: Effect) {
        self.0.newest.set(Some(ticket));
        let runtime = self.clone();
        spawn_local(async move {
            if let Some(answer) = runtime.answer(ticket, request).await {
                runtime.send(Event::Answered(ticket, answer));
            }
        });
    }

    async fn answer(&self, ticket: Ticket, request: Request) -> Option<Answer> {
        let api = &self.0.api;
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
        if self.0.newest.get() != Some(ticket) {
            return None;
        }
        Some(Answer::Outcome(self.0.api.outcome(session, reported).await))
    }
}
