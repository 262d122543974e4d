//! Worlds for tests that run in parallel. Each is a sandbox of its own, with objects, webhooks, faults, switches and a
//! clock that no other one affects, and with ids that no other one has.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Sandbox;

/// Worlds of a sandbox, by name.
#[derive(Default)]
pub(super) struct Worlds(Mutex<Named>);

#[derive(Default)]
struct Named {
    sandboxes: BTreeMap<String, Sandbox>,
    /// Number of removed worlds by name, which keeps the ids of their successors apart.
    removed: BTreeMap<String, u32>,
}

impl Worlds {
    fn lock(&self) -> MutexGuard<'_, Named> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// Returns this world's name; `None` of the sandbox that the worlds belong to.
    pub(crate) fn world_name(&self) -> Option<&str> {
        self.world.as_deref()
    }

    /// Returns all worlds in the order of their names.
    pub(crate) fn all_worlds(&self) -> Vec<Self> {
        self.worlds.lock().sandboxes.values().cloned().collect()
    }

    /// Returns the world with this name of lowercase letters, digits and hyphens. Its first use creates it, in the
    /// initial state.
    pub(crate) fn world(&self, name: &str) -> Self {
        let (run, start) = {
            let state = self.lock();
            (state.world.ids.run().to_owned(), state.start)
        };
        let mut worlds = self.worlds.lock();
        if let Some(known) = worlds.sandboxes.get(name) {
            return known.clone();
        }
        // A name has no uppercase letter, so no name can be read as that of another world and a number.
        let prefix = prefix(name);
        let prefix = match worlds.removed.get(name) {
            Some(number) => format!("{prefix}{number}X"),
            None => prefix,
        };
        let mut world = Self::with_ids(&format!("{run}{prefix}"), &prefix, self.clock, start);
        world.world = Some(name.into());
        world.wake = Arc::clone(&self.wake);
        if let Some(live) = world.live.as_mut().and_then(Arc::get_mut) {
            live.wake = Arc::clone(&self.wake);
        }
        worlds.sandboxes.insert(name.to_owned(), world.clone());
        tracing::info!(world = name, "created a world");
        world
    }

    /// Removes a world with everything in it; returns false if there is none with this name.
    pub(crate) fn remove_world(&self, name: &str) -> bool {
        let mut worlds = self.worlds.lock();
        let is_removed = worlds.sandboxes.remove(name).is_some();
        if is_removed {
            *worlds.removed.entry(name.to_owned()).or_default() += 1;
        }
        is_removed
    }

    /// Returns the text in all ids after a reset with this seed, equal in every run.
    pub(crate) fn run_of_seed(&self, seed: &str) -> String {
        format!("{}S{seed}X", self.world_name().map(prefix).unwrap_or_default())
    }
}

/// Returns the text in the ids of a world. Stripe's ids have no hyphens.
fn prefix(name: &str) -> String {
    format!("W{}X", name.replace('-', "_"))
}
