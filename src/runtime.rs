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
use crate::element_events::{self, ElementEvent};
use crate::lazy::{self, LazyPart};
use crate::ui::{BannerRegion, Card};
use crate::{effects, screens, text};

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
    takes_focus: Cell<bool>,
    /// The lazily loaded part of the program, once it is there.
    lazy: Cell<Option<LazyPart>>,
    is_preloaded: Cell<bool>,
    /// Events that wait for the lazily loaded part, in order.
    queue: RefCell<Vec<Event>>,
    /// Effect that waits for the lazily loaded part, and is dropped if it is no longer the newest.
    pending_watch: RefCell<Option<Effect>>,
    /// Banner, if the element is one.
    banner_region: Option<BannerRegion>,
    /// Aborts the wait in the background.
    abort_controller: RefCell<Option<AbortController>>,
}

impl Runtime {
    /// Starts the conversation, with a deep link to the account that the element is about.
    pub(crate) fn start(api: Api, account: Option<AccountId>) -> Self {
        let (state, effect) = relink_flow::start();
        let state = state.with_deep_link(account);
        let runtime = Self(Rc::new(Inner {
            banner_region: api.host().banner_region().map(BannerRegion::new),
            api,
            state: ArcRwSignal::new(Some(state)),
            newest: Cell::new(None),
            takes_focus: Cell::new(false),
            lazy: Cell::new(None),
            is_preloaded: Cell::new(false),
            queue: RefCell::new(Vec::new()),
            pending_watch: RefCell::new(None),
            abort_controller: RefCell::new(None),
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
            match self.0.lazy.get() {
                Some(lazy) => Some((lazy.draw)(state)),
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
        if let Some(lazy) = self.0.lazy.get() {
            (lazy.redraw)(section, card, self);
        }
    }

    /// True if the customer has used the element; before that, it takes no focus.
    pub(crate) fn takes_focus(&self) -> bool {
        self.0.takes_focus.get()
    }

    /// True if an event waits for the lazily loaded part of the program.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.0.queue.borrow().is_empty()
    }

    /// True if this is the ticket of the newest request.
    pub(crate) fn is_newest(&self, ticket: Ticket) -> bool {
        self.0.newest.get() == Some(ticket)
    }

    /// Returns a controller that ends a wait in the background: on a newer request, when the page is hidden or shown,
    /// or when the browser is online again. `None` if there is a newer request already.
    pub(crate) fn abort_controller(&self, ticket: Ticket) -> Option<AbortController> {
        let abort_controller = self.is_newest(ticket).then(AbortController::new)?.ok();
        self.0.abort_controller.replace(abort_controller.clone());
        abort_controller
    }

    /// Aborts the wait in the background.
    pub(crate) fn abort_wait(&self) {
        if let Some(abort_controller) = self.0.abort_controller.take() {
            abort_controller.abort();
        }
    }

    /// Ends the conversation: answers that are still pending are dropped.
    pub(crate) fn stop(&self) {
        self.0.newest.set(None);
        self.abort_wait();
        self.0.state.try_update_untracked(Option::take);
    }

    /// Marks the element as used: from now on, each new screen takes the focus.
    pub(crate) fn enable_focus(&self) {
        self.0.takes_focus.set(true);
    }

    /// Handles an action of the customer.
    pub(crate) fn press(&self, action: Action) {
        self.enable_focus();
        let has_left = action == Action::Leave;
        self.send(Event::Action(action));
        if has_left {
            self.api().host().customer_left();
        }
    }

    /// Handles an event. Events are handled one at a time, each before anything is drawn.
    pub(crate) fn send(&self, event: Event) {
        if self.is_waiting() {
            self.0.queue.borrow_mut().push(event);
            return;
        }
        let Some(before) = self.0.state.try_update_untracked(Option::take).flatten() else { return };
        let mut events = match (&before.stage, &event) {
            (Stage::Explaining(stage), Event::Action(Action::Leave)) => {
                vec![element_events::dismissed(&stage.target.account.name)]
            }
            _ => Vec::new(),
        };
        let next = match self.0.lazy.get() {
            Some(lazy) => {
                let was = std::mem::discriminant(&before.stage);
                let (after, effect) = (lazy.update)(before, event);
                if std::mem::discriminant(&after.stage) != was {
                    events.extend((lazy.events_on_enter)(&after.stage));
                }
                Ok((after, effect))
            }
            None => relink_flow::update_early(before, event),
        };
        match next {
            Ok((after, effect)) => {
                self.0.state.set(Some(after));
                // Before a window opens, so that the element can make its dialog non-modal.
                self.dispatch(events);
                if let Some(effect) = effect {
                    self.perform(effect);
                }
            }
            Err((before, event)) => {
                self.0.queue.borrow_mut().push(event);
                // Unchanged, but set again, so that the screen is redrawn as waiting.
                self.0.state.set(Some(before));
                self.load_lazy_then_resume();
            }
        }
    }

    /// Fetches the lazily loaded part of the program, then handles the waiting events, or reports that it failed to
    /// load.
    fn load_lazy_then_resume(&self) {
        let runtime = self.clone();
        spawn_local(async move {
            let is_loaded = runtime.fetch_lazy().await;
            let queue = runtime.0.queue.take();
            if is_loaded {
                for event in queue {
                    runtime.send(event);
                }
            } else {
                runtime.send(Event::LoadFailed(api::network_failure()));
            }
        });
    }

    /// Must be called after [`Self::card`] has been drawn, with the screen's name if it is another screen than before.
    /// After the accounts are on the screen, starts fetching the lazily loaded part, which would have slowed down the
    /// first screen. A failure is ignored: the next press retries.
    pub(crate) fn after_draw(&self, screen: Option<&'static str>) {
        let mut events: Vec<ElementEvent> = screen.map(element_events::screen).into_iter().collect();
        let is_browsing = self.0.state.with_untracked(|state| {
            let Some(State { stage, .. }) = state else { return false };
            match (stage, screen) {
                (Stage::Browsing(browsing), _) if !self.0.is_preloaded.get() => {
                    events.push(element_events::ready(browsing));
                }
                (Stage::Failed(failed), Some(screen)) => events.push(element_events::failed(failed, screen)),
                _ => {}
            }
            matches!(stage, Stage::Browsing(_))
        });
        self.dispatch(events);
        self.draw_banner();
        if is_browsing && !self.0.is_preloaded.replace(true) {
            let runtime = self.clone();
            spawn_local(async move {
                runtime.fetch_lazy().await;
            });
        }
    }

    /// Needs the lazily loaded part of the program, so that the main screen loads first.
    fn draw_banner(&self) {
        if let (Some(banner_region), Some(lazy)) = (&self.0.banner_region, self.0.lazy.get()) {
            text::set_language(self.api().language());
            (lazy.draw_banner)(banner_region, self);
        }
    }

    /// Must not be called while anything is borrowed: event listeners may call back.
    fn dispatch(&self, events: Vec<ElementEvent>) {
        for (name, detail) in events {
            self.0.api.host().dispatch(name, &detail);
        }
    }

    /// Returns true if the lazily loaded part is there.
    async fn fetch_lazy(&self) -> bool {
        let lazy = lazy::fetch().await;
        let is_loaded = lazy.is_some();
        if is_loaded {
            self.0.lazy.set(lazy);
            self.draw_banner();
            if let Some(effect) = self.0.pending_watch.take().filter(|effect| self.is_newest(effect.ticket)) {
                self.perform(effect);
            }
        }
        is_loaded
    }

    fn perform(&self, effect: Effect) {
        self.0.newest.set(Some(effect.ticket));
        self.abort_wait();
        if self.0.lazy.get().is_none() && matches!(effect.request, Request::AwaitChange { .. }) {
            self.0.pending_watch.replace(Some(effect));
            return;
        }
        let Effect { ticket, request } = effect;
        let runtime = self.clone();
        spawn_local(async move {
            let answer = match runtime.0.lazy.get() {
                Some(lazy) => (lazy.perform)(runtime.clone(), ticket, request).await,
                None => effects::perform_early(&runtime.0.api, &request).await,
            };
            if let Some(answer) = answer {
                runtime.send(Event::Answered(ticket, answer));
            }
        });
    }
}
