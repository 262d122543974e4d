//! Connected accounts of a platform (Connect). Each is a sandbox with a world, events and requests of its own. It has
//! the platform's clock, and sends its events to the platform's endpoints for connected accounts.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Sandbox, State};
use crate::world::{World, ids::Ids};

/// The platform's connected accounts by id.
#[derive(Default)]
pub(super) struct Connected {
    accounts: Mutex<BTreeMap<String, Sandbox>>,
    /// Number of accounts so far, which keeps the ids of their objects apart.
    made: AtomicUsize,
}

impl Connected {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Sandbox>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// Returns the connected account with this id.
    pub(crate) fn connected(&self, account: &str) -> Option<Self> {
        self.connected.lock().get(account).cloned()
    }

    /// Returns all connected accounts with their ids. The caller must not hold the platform's lock when locking one.
    pub(crate) fn all_connected(&self) -> Vec<(String, Self)> {
        self.connected.lock().iter().map(|(id, sandbox)| (id.clone(), sandbox.clone())).collect()
    }

    /// Connects an account that has the banks of the seed and nothing else; an account that is connected stays.
    pub(crate) fn connect(&self, account: &str) -> Self {
        self.connect_with(account, None)
    }

    /// Disconnects an account, with everything in it; returns false if it is not connected.
    pub(crate) fn disconnect(&self, account: &str) -> bool {
        self.connected.lock().remove(account).is_some()
    }

    /// Replaces all connected accounts by those of a scenario.
    pub(crate) fn replace_connected(&self, worlds: BTreeMap<String, World>) {
        self.connected.lock().clear();
        for (account, world) in worlds {
            self.connect_with(&account, Some(world));
        }
    }

    /// Removes all connected accounts, and gives the next ones the ids of the first ones again.
    pub(crate) fn forget_connected(&self) {
        self.connected.lock().clear();
        self.connected.made.store(0, Ordering::Relaxed);
    }

    fn connect_with(&self, account: &str, world: Option<World>) -> Self {
        if let Some(known) = self.connected(account) {
            return known;
        }
        let number = self.connected.made.fetch_add(1, Ordering::Relaxed) + 1;
        let (now, run, platforms_requests) = {
            let state = self.lock();
            (state.world.now, format!("{}C{number}x", state.world.ids.run()), state.request_prefix.clone())
        };
        let mut state = State::empty(now);
        state.world.ids = Ids::of_run(run);
        state.world.connected_account = Some(account.to_owned());
        if let Some(world) = world {
            state.replace_world(world);
        }
        state.request_prefix = format!("{platforms_requests}C{number}x");
        let sandbox = Self {
            state: Arc::new(Mutex::new(state)),
            clock: self.clock,
            wake: Arc::clone(&self.wake),
            live: None,
            is_live: false,
            connected: Arc::default(),
            platform: Some(Arc::downgrade(&self.state)),
            world: self.world.clone(),
            worlds: Arc::default(),
        };
        self.connected.lock().insert(account.to_owned(), sandbox.clone());
        sandbox
    }
}
