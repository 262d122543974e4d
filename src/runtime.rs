//! Event loop of a conversation: takes events, keeps the state, performs effects. The only module that spawns tasks.
//!
//! It starts without the lazily loaded part of the program, and fetches it once the accounts are on the screen. An
//! event that needs that part waits for it, and later events queue behind it. So they keep their order, and a second
//! press meets the state that the first has made.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::{ArcRwSignal, Set, UpdateUntracked, With, WithUntracked};
use leptos::tachys::renderer::types::Element;
use relink_flow::{Action, Effect, Event, Request, Stage, State, Ticket};
use relink_protocol::AccountId;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use crate::api::{self, Api};
use crate::later::{self, Later};
use crate::tell::{self, Told};
use crate::ui::{Card, Notice};
use crate::{requests, screens, text};

/// A conversation that runs in one element of the page. Views hold a clone of this handle.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    api: Api,
    /// State to draw. `None` while the flow has it, and after the end.
    state: ArcRwSignal<Option<State>>,
    /// Ticket of the newest effect; answers to older ones are not awaited.
    newest: Cell<Option<Ticket>>,
    is_used: Cell<bool>,
    /// The lazily loaded part of the program, once it is there.
    later: Cell<Option<Later>>,
    is_preloaded: Cell<bool>,
    /// Events that wait for the lazily loaded part, in order.
    waiting: RefCell<Vec<Event>>,
    /// Effect that waits for the lazily loaded part, and is dropped if it is no longer the newest.
    held: RefCell<Option<Effect>>,
    /// Banner, if the element is one.
    notice: Option<Notice>,
    /// Aborts the wait in the background.
    interruption: RefCell<Option<AbortController>>,
}

impl Runtime {
    /// Starts the conversation, with a deep link to the account that the element is about.
    pub(crate) fn start(api: Api, account: Option<AccountId>) -> Self {
        let (state, effect) = relink_flow::start();
        let state = state.straight_to(account);
        let runtime = Self(Rc::new(Inner {
            notice: api.host().notice().map(Notice::new),
            api,
            state: ArcRwSignal::new(Some(state)),
            newest: Cell::new(None),
            is_used: Cell::new(false),
            later: Cell::new(None),
            is_preloaded: Cell::new(false),
            waiting: RefCell::new(Vec::new()),
            held: RefCell::new(None),
            interruption: RefCell::new(None),
        }));
        runtime.perform(effect);
        runtime
    }

    pub(crate) fn api(&self) -> &Api {
        &self.0.api
    }

    /// Returns the card to draw, and subscribes the reactive owner to it.
    pub(crate) fn card(&self) -> Option<Card> {
        self.0.state.with(|state| {
            let state = state.as_ref()?;
            match self.0.later.get() {
                Some(later) => Some((later.draw)(state)),
                None => screens::draw_early(&state.stage),
            }
        })
    }

    /// Reads the stage; `None` after the end.
    pub(crate) fn with_stage<T>(&self, read: fn(&Stage) -> Option<T>) -> Option<T> {
        self.0.state.with_untracked(|state| read(&state.as_ref()?.stage))
    }

    /// Updates the current screen in place. Has no effect without the lazily loaded part.
    pub(crate) fn redraw(&self, section: &Element, card: Card) {
        if let Some(later) = self.0.later.get() {
            (later.redraw)(section, card, self);
        }
    }

    /// True if the customer has used the element; before that, it takes no focus.
    pub(crate) fn is_used(&self) -> bool {
        self.0.is_used.get()
    }

    /// True if an event waits for the lazily loaded part of the program.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.0.waiting.borrow().is_empty()
    }

    /// True if this is the ticket of the newest request.
    pub(crate) fn is_newest(&self, ticket: Ticket) -> bool {
        self.0.newest.get() == Some(ticket)
    }

    /// Returns a controller that ends a wait in the background: on a newer request, when the page is hidden or shown,
    /// or when the browser is online again. `None` if there is a newer request already.
    pub(crate) fn interruption(&self, ticket: Ticket) -> Option<AbortController> {
        let interruption = self.is_newest(ticket).then(AbortController::new)?.ok();
        self.0.interruption.replace(interruption.clone());
        interruption
    }

    /// Aborts the wait in the background.
    pub(crate) fn interrupt(&self) {
        if let Some(interruption) = self.0.interruption.take() {
            interruption.abort();
        }
    }

    /// Ends the conversation: answers that are still pending are dropped.
    pub(crate) fn stop(&self) {
        self.0.newest.set(None);
        self.interrupt();
        self.0.state.try_update_untracked(Option::take);
    }

    /// Marks the element as used: from now on, each new screen takes the focus.
    pub(crate) fn attend(&self) {
        self.0.is_used.set(true);
    }

    /// Handles an action of the customer.
    pub(crate) fn press(&self, action: Action) {
        self.attend();
        let has_left = action == Action::Leave;
        self.send(Event::Pressed(action));
        if has_left {
            self.api().host().left();
        }
    }

    /// Handles an event. Events are handled one at a time, each before anything is drawn.
    pub(crate) fn send(&self, event: Event) {
        if self.is_waiting() {
            self.0.waiting.borrow_mut().push(event);
            return;
        }
        let Some(before) = self.0.state.try_update_untracked(Option::take).flatten() else { return };
        let mut told = match (&before.stage, &event) {
            (Stage::Explaining(stage), Event::Pressed(Action::Leave)) => {
                vec![tell::turned_away(&stage.target.account.name)]
            }
            _ => Vec::new(),
        };
        let next = match self.0.later.get() {
            Some(later) => {
                let was = std::mem::discriminant(&before.stage);
                let (after, effect) = (later.update)(before, event);
                if std::mem::discriminant(&after.stage) != was {
                    told.extend((later.tell)(&after.stage));
                }
                Ok((after, effect))
            }
            None => relink_flow::update_early(before, event),
        };
        match next {
            Ok((after, effect)) => {
                self.0.state.set(Some(after));
                // Before a window opens, so that the element can make its dialog non-modal.
                self.tell(told);
                if let Some(effect) = effect {
                    self.perform(effect);
                }
            }
            Err((before, event)) => {
                self.0.waiting.borrow_mut().push(event);
                // Unchanged, but set again, so that the screen is redrawn as waiting.
                self.0.state.set(Some(before));
                self.wait();
            }
        }
    }

    /// Fetches the lazily loaded part of the program, then handles the waiting events, or reports that it failed to
    /// load.
    fn wait(&self) {
        let runtime = self.clone();
        spawn_local(async move {
            let came = runtime.fetch_later().await;
            let waiting = runtime.0.waiting.take();
            if came {
                for event in waiting {
                    runtime.send(event);
                }
            } else {
                runtime.send(Event::Incomplete(api::unreachable_or_offline()));
            }
        });
    }

    /// Must be called after [`Self::card`] has been drawn, with the screen's name if it is another screen than before.
    /// After the accounts are on the screen, starts fetching the lazily loaded part, which would have slowed down the
    /// first screen. A failure is ignored: the next press retries.
    pub(crate) fn was_drawn(&self, screen: Option<&'static str>) {
        let mut told: Vec<Told> = screen.map(tell::screen).into_iter().collect();
        let is_browsing = self.0.state.with_untracked(|state| {
            let Some(State { stage, .. }) = state else { return false };
            match (stage, screen) {
                (Stage::Browsing(browsing), _) if !self.0.is_preloaded.get() => {
                    told.push(tell::ready(browsing));
                }
                (Stage::Failed(failed), Some(screen)) => told.push(tell::failed(failed, screen)),
                _ => {}
            }
            matches!(stage, Stage::Browsing(_))
        });
        self.tell(told);
        self.draw_banner();
        if is_browsing && !self.0.is_preloaded.replace(true) {
            let runtime = self.clone();
            spawn_local(async move {
                runtime.fetch_later().await;
            });
        }
    }

    /// Needs the lazily loaded part of the program, so that the main screen loads first.
    fn draw_banner(&self) {
        if let (Some(notice), Some(later)) = (&self.0.notice, self.0.later.get()) {
            text::speak(self.api().spoken());
            (later.draw_banner)(notice, self);
        }
    }

    /// Must not be called while anything is borrowed: event listeners may call back.
    fn tell(&self, told: Vec<Told>) {
        for (name, detail) in told {
            self.0.api.host().tell(name, &detail);
        }
    }

    /// Returns true if the lazily loaded part is there.
    async fn fetch_later(&self) -> bool {
        let later = later::fetch().await;
        let came = later.is_some();
        if came {
            self.0.later.set(later);
            self.draw_banner();
            if let Some(effect) = self.0.held.take().filter(|effect| self.is_newest(effect.ticket)) {
                self.perform(effect);
            }
        }
        came
    }

    fn perform(&self, effect: Effect) {
        self.0.newest.set(Some(effect.ticket));
        self.interrupt();
        if self.0.later.get().is_none() && matches!(effect.request, Request::AwaitChange { .. }) {
            self.0.held.replace(Some(effect));
            return;
        }
        let Effect { ticket, request } = effect;
        let runtime = self.clone();
        spawn_local(async move {
            let answer = match runtime.0.later.get() {
                Some(later) => (later.answer)(runtime.clone(), ticket, request).await,
                None => requests::answer_early(&runtime.0.api, &request).await,
            };
            if let Some(answer) = answer {
                runtime.send(Event::Answered(ticket, answer));
            }
        });
    }
}
