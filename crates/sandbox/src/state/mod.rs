//! State that handlers share: the world, idempotency keys, webhooks, and the settings and counters of tests.

pub(crate) mod clock_setting;
mod connected;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod rates;
pub(crate) mod recorder;
pub(crate) mod replays;
mod worlds;

use std::{
    collections::BTreeMap,
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

use self::{
    clock_setting::ClockSetting, connected::Connected, faults::Faults, rates::Rates, recorder::Recorder,
    replays::Replays, worlds::Worlds,
};
use crate::{
    emails::Emails,
    random::random_token,
    webhooks::Webhooks,
    world::{World, event::Cause, ids::Ids},
};

/// Number of hexadecimal digits that distinguish runs.
const RUN_DIGITS: usize = 8;

/// Returns the current time in Unix seconds.
pub type Clock = fn() -> i64;

/// A handle to one sandbox; clones share its state.
#[derive(Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
    clock: Clock,
    /// Notified when a webhook may be due.
    pub(crate) wake: Arc<Notify>,
    /// Live mode; `None` if this is live mode itself or a connected account.
    live: Option<Arc<Self>>,
    is_live: bool,
    connected: Arc<Connected>,
    /// State of the platform that this account is connected to; `None` of a platform.
    platform: Option<Weak<Mutex<State>>>,
    /// Name of this world; `None` of the sandbox that the worlds belong to.
    world: Option<Arc<str>>,
    worlds: Arc<Worlds>,
}

/// The locked state. The lock is held for one step and never across an await.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) webhooks: Webhooks,
    pub(crate) replays: Replays,
    pub(crate) faults: Faults,
    pub(crate) rates: Rates,
    pub(crate) recorder: Recorder,
    pub(crate) emails: Emails,
    pub(crate) calls: BTreeMap<String, u64>,
    pub(crate) clock: ClockSetting,
    /// Time in Unix seconds at which the program stopped the clock; `None` if it runs with the machine's.
    start: Option<i64>,
    /// Time of the machine's clock in Unix seconds.
    pub(crate) real_time: i64,
    /// Text in the request ids of a connected account or a world.
    request_prefix: String,
    requests: u64,
}

/// Kind of reset.
#[derive(Debug, Default)]
pub(crate) struct Reset {
    pub(crate) ids: ResetIds,
    /// Time in Unix seconds at which the clock stops; `None` is the time at the start of the program.
    pub(crate) start: Option<i64>,
}

/// Ids after a reset.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum ResetIds {
    /// They continue counting, so that none repeats.
    #[default]
    Continued,
    /// They start again, as in a new sandbox.
    Repeated,
    /// They start again and contain this text.
    OfRun(String),
}

/// Guard of the locked state. Dropping it records events for all changes and queues them for webhooks.
pub(crate) struct StateGuard<'a> {
    state: MutexGuard<'a, State>,
    wake: &'a Notify,
}

impl Sandbox {
    /// Creates a sandbox in its initial state, with ids that are the same in every run.
    pub fn seeded(clock: Clock) -> Self {
        Self::with_ids("", "", clock, None)
    }

    /// Creates a sandbox in its initial state, with ids that no other run repeats.
    pub fn with_unique_ids(clock: Clock) -> Self {
        Self::with_ids(random_token().split_at(RUN_DIGITS).0, "", clock, None)
    }

    fn with_ids(run: &str, request_prefix: &str, clock: Clock, start: Option<i64>) -> Self {
        let now = start.unwrap_or_else(clock);
        let (mut live, mut test) = (State::empty(now), State::seeded(now));
        live.webhooks.is_live = true;
        for state in [&mut live, &mut test] {
            state.world.ids = Ids::of_run(run.to_owned());
            request_prefix.clone_into(&mut state.request_prefix);
            (state.start, state.clock) = (start, ClockSetting::starting_at(start));
        }
        let live = Self::with(live, clock, None);
        Self::with(test, clock, Some(Arc::new(live)))
    }

    fn with(state: State, clock: Clock, live: Option<Arc<Self>>) -> Self {
        let (is_live, state) = (live.is_none(), Arc::new(Mutex::new(state)));
        let (wake, connected, worlds) = (Arc::default(), Arc::default(), Arc::default());
        Self { state, clock, wake, live, is_live, connected, platform: None, world: None, worlds }
    }

    /// Starts again with a clock that stands still at this time, in Unix seconds, until a test advances it. Worlds that
    /// are created later start at the same time.
    pub fn stop_clock_at(&self, time: i64) {
        for sandbox in [Some(self), self.live()].into_iter().flatten() {
            let mut state = sandbox.lock();
            state.start = Some(time);
            state.reset(&Reset { ids: ResetIds::Repeated, start: None });
        }
    }

    /// Returns live mode, which has the same banks but no customers.
    pub(crate) fn live(&self) -> Option<&Self> {
        self.live.as_deref()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Locks the state and carries out everything that is due. The clock stands still until the guard is dropped.
    pub(crate) fn lock(&self) -> StateGuard<'_> {
        // The platform's lock is released before this one is taken, so that the order of locks does not matter.
        let of_platform = self.platform.as_ref().and_then(Weak::upgrade).map(|platform| {
            let platform = platform.lock().unwrap_or_else(PoisonError::into_inner);
            (platform.clock, platform.webhooks.endpoints_for_connected())
        });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((clock, endpoints)) = of_platform {
            state.clock = clock;
            state.webhooks.set_platform_endpoints(endpoints);
        }
        state.real_time = (self.clock)();
        state.catch_up();
        StateGuard { state, wake: &self.wake }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Deref for StateGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        self.state.flush_events(&Cause::default());
        if self.state.webhooks.has_due(self.state.world.now) {
            self.wake.notify_one();
        }
    }
}

impl State {
    fn seeded(now: i64) -> Self {
        Self { world: World::seeded(now), real_time: now, ..Self::default() }
    }

    fn empty(now: i64) -> Self {
        Self { world: World::empty(now), real_time: now, ..Self::default() }
    }

    /// Restores the seed and the time at the start.
    pub(crate) fn reset(&mut self, reset: &Reset) {
        let mut webhooks = std::mem::take(&mut self.webhooks);
        webhooks.reset();
        let connected_account = self.world.connected_account.take();
        let (start, stop) = (self.start, reset.start.or(self.start));
        let now = stop.unwrap_or(self.real_time);
        let initial = if connected_account.is_some() || webhooks.is_live {
            Self::empty(now)
        } else {
            Self::seeded(now)
        };
        let request_prefix = std::mem::take(&mut self.request_prefix);
        let (real_time, clock) = (self.real_time, ClockSetting::starting_at(stop));
        let mut fresh =
            Self { requests: self.requests, request_prefix, webhooks, real_time, start, clock, ..initial };
        fresh.world.connected_account = connected_account;
        match &reset.ids {
            ResetIds::Continued => fresh.world.continue_ids_of(&self.world),
            ResetIds::Repeated => fresh.world.ids = self.world.ids.restarted(),
            ResetIds::OfRun(run) => fresh.world.ids = Ids::of_run(run.clone()),
        }
        if reset.ids != ResetIds::Continued {
            fresh.requests = 0;
        }
        *self = fresh;
    }

    /// Replaces the world and sets the clock to the new world's time.
    pub(crate) fn replace_world(&mut self, mut world: World) {
        world.continue_ids_of(&self.world);
        world.connected_account.clone_from(&self.world.connected_account);
        world.mark_all_seen();
        self.clock.set(world.now, self.real_time);
        self.world = world;
        self.replays = Replays::default();
        self.webhooks.clear_deliveries();
    }

    /// Advances the world to the current time and records the events of that.
    fn catch_up(&mut self) {
        let now = self.clock.now(self.real_time);
        self.world.catch_up(now);
        self.replays.remove_expired(now);
        self.flush_events(&Cause::default());
    }

    /// Records events for all changes, with `cause`, and queues them for webhook endpoints.
    pub(crate) fn flush_events(&mut self, cause: &Cause) {
        self.world.detect_events(cause);
        for id in self.world.take_unqueued_events() {
            if let Some(event) = self.world.event(&id) {
                tracing::info!(event = id, kind = event.kind, object = event.subject.id(), "recorded event");
                self.webhooks.queue(event, self.world.now);
            }
        }
    }

    pub(crate) fn next_request_id(&mut self) -> String {
        self.requests += 1;
        let mode = if self.webhooks.is_live { "Live" } else { "Sandbox" };
        format!("req_{mode}{}{:06}", self.request_prefix, self.requests)
    }

    pub(crate) fn count_call(&mut self, pattern: &str) {
        *self.calls.entry(pattern.to_owned()).or_default() += 1;
    }
}
