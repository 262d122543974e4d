//! Live updates: notifies open pages when their customer's accounts have changed.
//!
//! While pages are open, one task polls the store every second for their customers, so a page also learns of changes
//! that another server has written. A change written by this server triggers a poll at once.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relink_protocol::HolderId;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::logging::LogThrottle;
use crate::store::accounts::version;
use crate::store::{Store, StoreError};

/// Maximum number of open pages for one customer, on all devices.
const MOST_OF_ONE: usize = 8;
/// Interval between polls.
const PAUSE: Duration = Duration::from_secs(1);
/// After a poll, the task rests for this many times the poll's duration. Polling thus takes at most a tenth of the
/// time, however many pages are open and however often something changes.
const REST: u32 = 9;
/// Limit of the rest above: pages learn of a change within this time and a poll, even on a busy machine.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Open pages of this server.
#[derive(Debug)]
pub(crate) struct LiveUpdates {
    store: Store,
    /// Notified when this server has written a change.
    changed: Arc<Notify>,
    /// Maximum number of open pages of all customers.
    max_streams: usize,
    listening: Mutex<Listening>,
    failures: LogThrottle,
}

#[derive(Debug, Default)]
struct Listening {
    customers: HashMap<HolderId, Pages>,
    /// Number of open pages of all customers.
    streams: usize,
    /// True while the polling task runs.
    is_looking: bool,
}

/// Open pages of one customer.
#[derive(Debug, Default)]
struct Pages {
    streams: usize,
    /// Version of the customer's accounts at the last poll; empty before the first.
    version: watch::Sender<String>,
}

/// Subscription of one open page. Dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Listener {
    live: Arc<LiveUpdates>,
    customer: HolderId,
    version: watch::Receiver<String>,
}

impl LiveUpdates {
    /// At most `max_streams` pages can be open. A poll follows at once when `changed` is notified.
    pub(crate) fn new(store: Store, changed: Arc<Notify>, max_streams: usize) -> Self {
        let (listening, failures) = (Mutex::default(), LogThrottle::default());
        Self { store, changed, max_streams, listening, failures }
    }

    /// Subscribes a page to this customer's changes. Returns `None` if too many pages are open.
    pub(crate) fn listen(self: &Arc<Self>, customer: &HolderId) -> Option<Listener> {
        let mut listening = self.lock();
        if listening.streams >= self.max_streams {
            return None;
        }
        let pages = listening.customers.entry(customer.clone()).or_default();
        if pages.streams >= MOST_OF_ONE {
            return None;
        }
        pages.streams += 1;
        let version = pages.version.subscribe();
        listening.streams += 1;
        if !std::mem::replace(&mut listening.is_looking, true) {
            tokio::spawn(look(self.clone()));
        }
        Some(Listener { live: self.clone(), customer: customer.clone(), version })
    }

    /// Returns the version of the customer's accounts in the store.
    pub(crate) async fn version_of(&self, customer: &HolderId) -> Result<String, StoreError> {
        let found = self.store.versions(std::slice::from_ref(customer)).await?.pop();
        Ok(found.map_or_else(none, |(_, version)| version))
    }

    /// Number of open pages.
    pub(crate) fn streams(&self) -> usize {
        self.lock().streams
    }

    /// Locks the state. No code panics while it holds the lock, so the state is valid even if it is poisoned.
    fn lock(&self) -> MutexGuard<'_, Listening> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the customers with open pages. `None` if there are none; the polling task then ends.
    fn customers(&self) -> Option<Vec<HolderId>> {
        let mut listening = self.lock();
        if listening.customers.is_empty() {
            listening.is_looking = false;
            return None;
        }
        Some(listening.customers.keys().cloned().collect())
    }

    fn tell(&self, customer: &HolderId, version: String) {
        if let Some(pages) = self.lock().customers.get(customer) {
            pages.version.send_if_modified(|last| {
                let is_new = *last != version;
                *last = version;
                is_new
            });
        }
    }
}

impl Listener {
    /// Waits for the next change, and returns the version. It can be the version that the page already shows.
    pub(crate) async fn next(&mut self) -> String {
        // The sender lives as long as a listener does.
        let _ = self.version.changed().await;
        self.version.borrow_and_update().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listening = self.live.lock();
        listening.streams -= 1;
        if let Some(pages) = listening.customers.get_mut(&self.customer) {
            pages.streams -= 1;
            if pages.streams == 0 {
                listening.customers.remove(&self.customer);
            }
        }
    }
}

/// Polls for changes while there are open pages.
async fn look(live: Arc<LiveUpdates>) {
    while let Some(customers) = live.customers() {
        let began = Instant::now();
        match live.store.versions(&customers).await {
            Ok(found) => {
                let mut found: HashMap<_, _> = found.into_iter().collect();
                for customer in &customers {
                    let version = found.get_mut(customer).map_or_else(none, take);
                    live.tell(customer, version);
                }
            }
            Err(error) => {
                if let Some(times) = live.failures.happened(crate::clock::now()) {
                    tracing::warn!(%error, times, "failed to poll for changes: {error}");
                }
            }
        }
        let rest = (began.elapsed() * REST).min(LONGEST_REST);
        tokio::time::sleep(rest).await;
        tokio::select! {
            () = tokio::time::sleep(PAUSE.saturating_sub(rest)) => (),
            () = live.changed.notified() => (),
        }
    }
}

/// Version of a customer without accounts.
fn none() -> String {
    version(0, 0)
}
