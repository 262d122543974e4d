//! What the handlers share: the world, the replays, and what tests set and count.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::StatusCode;

use crate::{
    http::{
        faults::{self, Fault},
        idempotency::Replays,
    },
    world::{World, session::ClientSecret},
};

/// A handle on one sandbox; clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
}

/// Behind the lock, which is held for one step and never across an await.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) replays: Replays,
    pub(crate) faults: Vec<Fault>,
    pub(crate) calls: BTreeMap<String, u64>,
    /// How many reads of an ended session still say `pending`.
    pub(crate) pending_reads: u32,
    requests: u64,
}

impl Sandbox {
    /// A sandbox in its first state.
    pub fn seeded() -> Self {
        Self { state: Arc::new(Mutex::new(State::seeded())) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl State {
    fn seeded() -> Self {
        Self { world: World::seeded(), ..Self::default() }
    }

    /// Back to the seed. Request ids go on, so that no two answers ever share one.
    pub(crate) fn reset(&mut self) {
        *self = Self { requests: self.requests, ..Self::seeded() };
    }

    pub(crate) fn next_request_id(&mut self) -> String {
        self.requests += 1;
        format!("req_Sandbox{:06}", self.requests)
    }

    /// Counts a call; answers with the error that a test asked for, if any.
    pub(crate) fn record_call(&mut self, pattern: &str, route: &str) -> Option<StatusCode> {
        *self.calls.entry(pattern.to_owned()).or_default() += 1;
        faults::strike(&mut self.faults, pattern, route)
    }
}

/// The one thing here that can't be foretold: whoever guesses a client secret could act for the customer.
pub(crate) fn new_client_secret() -> ClientSecret {
    let word = |salt: u8| RandomState::new().hash_one(salt);
    ClientSecret::new(format!("fcsess_client_secret_{:016x}{:016x}", word(0), word(1)))
}
