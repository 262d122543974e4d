//! Who hears of changes: pages that are open, each of one customer's.
//!
//! While anybody listens, one task looks for changes in the store every second, for those customers only. So a page hears
//! of what any server has written; of what this one writes it hears at once.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relink_protocol::CustomerId;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::App;
use crate::seldom::Seldom;
use crate::store::accounts::version;

/// Pages that a customer has open, on all devices.
const MOST_OF_ONE: usize = 8;
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// After a look, the task rests for so many times as long as it took: looking takes at most a tenth of the time, however
/// many pages are open and however often something changes.
const REST: u32 = 9;
/// Pages hear of a change within this and a look, also on a machine that is too busy for the rest above.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Who listens to this server.
#[derive(Debug, Default)]
pub(crate) struct Live {
    listening: Mutex<Listening>,
    failures: Seldom,
}

#[derive(Debug, Default)]
struct Listening {
    customers: HashMap<CustomerId, Pages>,
    /// Of all customers.
    streams: usize,
    /// Whether the task is there that looks for changes.
    is_looking: bool,
}

/// One customer's.
#[derive(Debug, Default)]
struct Pages {
    streams: usize,
    /// Of the customer's accounts, as last seen here; empty before that.
    version: watch::Sender<String>,
}

/// One page that listens. Dropping it ends that.
#[derive(Debug)]
pub(crate) struct Listener {
    live: Arc<Live>,
    customer: CustomerId,
    version: watch::Receiver<String>,
}

impl App {
    /// Takes up a page that listens for this customer. `None` where there are too many already.
    pub(crate) fn listen(self: &Arc<Self>, customer: &CustomerId) -> Option<Listener> {
        let mut listening = self.live.lock();
        if listening.streams >= self.config.network.max_open_pages {
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
        Some(Listener { live: self.live.clone(), customer: customer.clone(), version })
    }

    /// The version of the customer's accounts as the store has them now.
    pub(crate) async fn version_of(&self, customer: &CustomerId) -> Result<String, crate::store::StoreError> {
        let found = self.store.versions(std::slice::from_ref(customer)).await?.pop();
        Ok(found.map_or_else(none, |(_, version)| version))
    }
}

impl Live {
    /// Pages that listen now.
    pub(crate) fn streams(&self) -> usize {
        self.lock().streams
    }

    /// Nothing is left half done by a panic while it is held.
    fn lock(&self) -> MutexGuard<'_, Listening> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose changes are waited for. `None`, and the task is over, where nobody listens.
    fn customers(&self) -> Option<Vec<CustomerId>> {
        let mut listening = self.lock();
        if listening.customers.is_empty() {
            listening.is_looking = false;
            return None;
        }
        Some(listening.customers.keys().cloned().collect())
    }

    fn tell(&self, customer: &CustomerId, version: String) {
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
    /// The next version that is seen, whether or not it is another one than the page has.
    pub(crate) async fn next(&mut self) -> String {
        // The sender is there for as long as anybody listens.
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

/// Looks for changes for as long as anybody listens.
async fn look(app: Arc<App>) {
    while let Some(customers) = app.live.customers() {
        let began = Instant::now();
        match app.store.versions(&customers).await {
            Ok(found) => {
                let mut found: HashMap<_, _> = found.into_iter().collect();
                for customer in &customers {
                    let version = found.get_mut(customer).map_or_else(none, take);
                    app.live.tell(customer, version);
                }
            }
            Err(error) => {
                if let Some(times) = app.live.failures.happened(crate::clock::now()) {
                    tracing::warn!(%error, times, "pages can't be told of changes: {error}");
                }
            }
        }
        let rest = (began.elapsed() * REST).min(LONGEST_REST);
        tokio::time::sleep(rest).await;
        tokio::select! {
            () = tokio::time::sleep(PAUSE.saturating_sub(rest)) => (),
            () = app.connections.changed().notified() => (),
        }
    }
}

/// Of a customer who has no accounts.
fn none() -> String {
    version(0, 0)
}
