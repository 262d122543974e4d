//! Does what accounts need after a relink, in the background and again where Stripe fails, and tells how far it is.
//!
//! In memory, so a restart forgets what was still to do. Bounded: what is over makes room for what is new.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relink_protocol::AccountId;
use relink_protocol::stripe::Account;
use serde::Serialize;
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use crate::domain::follow_up::{FollowUp, FollowUpAction};
use crate::stripe::{Stripe, StripeError};

/// One thing to do, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    #[serde(flatten)]
    pub(crate) follow_up: FollowUp,
    pub(crate) state: State,
    /// How often Stripe was asked.
    pub(crate) tries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Its turn has not come.
    Queued,
    /// Stripe failed, and will be asked again.
    Retrying,
    /// Stripe has taken it on. How far Stripe is, the account tells.
    Done,
    /// Stripe refused, or failed to the end.
    Failed,
}

/// All that follows on one relink of one account.
#[derive(Debug)]
struct Entry {
    run: Uuid,
    account: AccountId,
    progress: Vec<Progress>,
}

impl Entry {
    fn is_over(&self) -> bool {
        self.progress.iter().all(Progress::is_over)
    }
}

impl Progress {
    fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::Failed)
    }
}

/// The board of what is to do and what was done.
#[derive(Clone, Debug)]
pub(crate) struct FollowUps {
    entries: Arc<Mutex<VecDeque<Entry>>>,
    places: Arc<Semaphore>,
}

/// Accounts on the board.
const MOST: usize = 1000;
/// Questions at a time, of the 25 a second that Stripe answers at least.
const AT_A_TIME: usize = 2;
/// When Stripe is asked again: for about a quarter of an hour.
const AGAIN_AFTER: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(4),
    Duration::from_mins(10),
];

impl Default for FollowUps {
    fn default() -> Self {
        Self { entries: Arc::default(), places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl FollowUps {
    /// Begins what this account needs and returns at once.
    pub(crate) fn begin(&self, stripe: &Stripe, account: &AccountId, needed: Vec<FollowUp>) {
        let Some(run) = self.enter(account, needed) else { return };
        let (board, stripe, account) = (self.clone(), stripe.in_background(), account.clone());
        let work = async move {
            let ask = |follow_up| ask(&stripe, &account, follow_up);
            board.work(run, ask).await;
        };
        tokio::spawn(work.in_current_span());
    }

    /// How far the newest follow-ups of this account are.
    pub(crate) fn of(&self, account: &AccountId) -> Vec<Progress> {
        let entries = self.lock();
        let newest = entries.iter().rev().find(|entry| entry.account == *account);
        newest.map(|entry| entry.progress.clone()).unwrap_or_default()
    }

    fn enter(&self, account: &AccountId, needed: Vec<FollowUp>) -> Option<Uuid> {
        if needed.is_empty() {
            return None;
        }
        let mut entries = self.lock();
        if entries.len() >= MOST {
            let Some(place) = entries.iter().position(Entry::is_over) else {
                tracing::warn!(%account, "too much is to do after relinks; this account is not refreshed");
                return None;
            };
            entries.remove(place);
        }
        let run = crate::clock::fresh_id();
        let queued = |follow_up| Progress { follow_up, state: State::Queued, tries: 0 };
        let progress = needed.into_iter().map(queued).collect();
        entries.push_back(Entry { run, account: account.clone(), progress });
        Some(run)
    }

    /// Goes through what is to do, and on schedule again through what Stripe failed to do.
    async fn work<Asking: Future<Output = Result<(), StripeError>>>(
        &self,
        run: Uuid,
        ask: impl Fn(FollowUp) -> Asking,
    ) {
        let waits = std::iter::once(None).chain(AGAIN_AFTER.map(Some));
        for (round, wait) in waits.enumerate() {
            if let Some(wait) = wait {
                tokio::time::sleep(wait.mul_f64(crate::clock::jitter())).await;
            }
            for (place, follow_up) in self.still_to_do(run) {
                let answer = match self.places.acquire().await {
                    Ok(_place) => ask(follow_up.clone()).await,
                    Err(_) => return,
                };
                let is_last = round == AGAIN_AFTER.len();
                self.note(run, place, state(&follow_up, &answer, is_last));
            }
            if self.still_to_do(run).is_empty() {
                return;
            }
        }
    }

    fn still_to_do(&self, run: Uuid) -> Vec<(usize, FollowUp)> {
        let entries = self.lock();
        let progress = entries.iter().find(|entry| entry.run == run).map(|entry| &entry.progress);
        let open = progress.into_iter().flatten().enumerate().filter(|(_, one)| !one.is_over());
        open.map(|(place, one)| (place, one.follow_up.clone())).collect()
    }

    fn note(&self, run: Uuid, place: usize, state: State) {
        let mut entries = self.lock();
        let entry = entries.iter_mut().find(|entry| entry.run == run);
        if let Some(progress) = entry.and_then(|entry| entry.progress.get_mut(place)) {
            progress.state = state;
            progress.tries += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        // Every change is a single step, so a panic elsewhere leaves nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask(stripe: &Stripe, account: &AccountId, follow_up: FollowUp) -> Result<(), StripeError> {
    let FollowUp { action, feature } = follow_up;
    let answer: Result<Account, StripeError> = match action {
        FollowUpAction::Refresh => stripe.refresh(account, &feature).await,
        FollowUpAction::Subscribe => stripe.subscribe(account, &feature).await,
    };
    answer.map(|_| ()).inspect_err(|error| {
        tracing::warn!(%error, %account, ?action, feature = feature.as_str(), "not followed up: {error}");
    })
}

/// A refusal stays one; what Stripe could not do it may do later.
fn state(follow_up: &FollowUp, answer: &Result<(), StripeError>, is_last: bool) -> State {
    let may_pass = match answer {
        Ok(()) => return State::Done,
        Err(StripeError::KeyRefused(_) | StripeError::NotFound(_)) => false,
        Err(StripeError::Refused(status, _)) => status.as_u16() == 409,
        Err(
            StripeError::Unreachable(_)
            | StripeError::Unreadable(_)
            | StripeError::RateLimited(_)
            | StripeError::Broken(..),
        ) => true,
    };
    if may_pass && !is_last {
        return State::Retrying;
    }
    tracing::error!(?follow_up, "given up");
    State::Failed
}

#[cfg(test)]
mod tests;
