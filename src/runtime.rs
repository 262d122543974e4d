//! The engine: takes events, keeps the state, performs effects. The only place that spawns.
//!
//! It begins without the later part of the program, and fetches it once the accounts are on the screen. An event that
//! takes that part waits for it, and whatever happens meanwhile waits behind that event: so they keep their order, and
//! a second press finds the state that the first has made.

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

/// The conversation as it runs in one element of the page. Views hold a clone of this handle.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    api: Api,
    /// What is drawn. `None` while the flow has it, and when all is over.
    state: ArcRwSignal<Option<State>>,
    /// Of the newest effect; nobody waits for the answers to older ones.
    newest: Cell<Option<Ticket>>,
    is_used: Cell<bool>,
    /// The later part of the program, once it is there.
    later: Cell<Option<Later>>,
    is_preloaded: Cell<bool>,
    /// What has happened and waits for the later part, in order.
    waiting: RefCell<Vec<Event>>,
    /// What is to be done and waits for the later part, if it is still wanted then.
    held: RefCell<Option<Effect>>,
    /// Where a banner is shown, in an element that is one.
    notice: Option<Notice>,
    /// Ends what is waited for in the background.
    interruption: RefCell<Option<AbortController>>,
}

impl Runtime {
    /// Begins the conversation, straight at the account that the element is about.
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

    /// What is to be drawn; tells the reactive owner when that changes.
    pub(crate) fn card(&self) -> Option<Card> {
        self.0.state.with(|state| {
            let state = state.as_ref()?;
            match self.0.later.get() {
                Some(later) => Some((later.draw)(state)),
                None => screens::draw_early(&state.stage),
            }
        })
    }

    /// What is to be known of the stage; nothing when all is over.
    pub(crate) fn with_stage<T>(&self, read: fn(&Stage) -> Option<T>) -> Option<T> {
        self.0.state.with_untracked(|state| read(&state.as_ref()?.stage))
    }

    /// Draws what is on the screen once more, in its place. Without the later part nothing changes there.
    pub(crate) fn redraw(&self, section: &Element, card: Card) {
        if let Some(later) = self.0.later.get() {
            (later.redraw)(section, card, self);
        }
    }

    /// Whether the customer has done anything yet; before that, the page takes no focus.
    pub(crate) fn is_used(&self) -> bool {
        self.0.is_used.get()
    }

    /// Whether something that has happened waits for the later part of the program.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.0.waiting.borrow().is_empty()
    }

    /// Whether nothing was asked for since.
    pub(crate) fn is_newest(&self, ticket: Ticket) -> bool {
        self.0.newest.get() == Some(ticket)
    }

    /// What ends a wait in the background: the page was hidden or shown, or something else was asked for. `None` where
    /// that has been so already.
    pub(crate) fn interruption(&self, ticket: Ticket) -> Option<AbortController> {
        let interruption = self.is_newest(ticket).then(AbortController::new)?.ok();
        self.0.interruption.replace(interruption.clone());
        interruption
    }

    /// Ends what is waited for in the background.
    pub(crate) fn interrupt(&self) {
        if let Some(interruption) = self.0.interruption.take() {
            interruption.abort();
        }
    }

    /// Nothing happens any more: whatever is on its way comes to nobody.
    pub(crate) fn stop(&self) {
        self.0.newest.set(None);
        self.interrupt();
        self.0.state.try_update_untracked(Option::take);
    }

    /// The reader is here: from now on each new screen takes the focus.
    pub(crate) fn attend(&self) {
        self.0.is_used.set(true);
    }

    /// The customer did something.
    pub(crate) fn press(&self, action: Action) {
        self.attend();
        let has_left = action == Action::Leave;
        self.send(Event::Pressed(action));
        if has_left {
            self.api().host().left();
        }
    }

    /// Every event comes through here, one at a time, before anything is drawn.
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
                // Before a window opens, so that what is the page's own can make way for it.
                self.tell(told);
                if let Some(effect) = effect {
                    self.perform(effect);
                }
            }
            Err((before, event)) => {
                self.0.waiting.borrow_mut().push(event);
                // As it was, but drawn once more: as something that is waited for.
                self.0.state.set(Some(before));
                self.wait();
            }
        }
    }

    /// Fetches the later part of the program and lets happen what has waited for it, or says that it did not come.
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

    /// To be called when [`Self::card`] has been drawn, with its name where it is another one than before. After the
    /// first screen it is time for what comes after that; earlier, it would be in the way. If it does not come now,
    /// nobody need know: a press asks for it again.
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

    /// With the later part of the program, as what a page is about is there before.
    fn draw_banner(&self) {
        if let (Some(notice), Some(later)) = (&self.0.notice, self.0.later.get()) {
            text::speak(self.api().spoken());
            (later.draw_banner)(notice, self);
        }
    }

    /// Not while anything is borrowed: whoever listens may ask something of us.
    fn tell(&self, told: Vec<Told>) {
        for (name, detail) in told {
            self.0.api.host().tell(name, &detail);
        }
    }

    /// Whether the later part is there now.
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
