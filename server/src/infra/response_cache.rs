//! Short-lived cache of responses. Identical requests at the same time share one call, and for a short time its
//! response is reused.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, HolderId, Reported, SessionId, StripeAccountId};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::domain::outcome::Settled;
use crate::stripe::WholeAccount;

/// Time for which a response is reused: too short for a person to notice, long enough to slow down a program in a loop.
const REUSE: Duration = Duration::from_secs(1);
/// Time after a failure in which Stripe is not asked again for a name.
const NAME_RETRY: Duration = Duration::from_mins(1);

/// Cached responses that customers' pages request again and again.
#[derive(Debug)]
pub(crate) struct ResponseCache {
    /// Accounts, with all that Stripe returns for them.
    pub(crate) accounts: SharedCalls<AccountId, WholeAccount>,
    /// All accounts of a customer.
    pub(crate) listings: SharedCalls<HolderId, Vec<Account>>,
    /// Outcomes of attempts. A pending one may be decided soon, so only simultaneous requests share a response.
    pub(crate) outcomes: SharedCalls<(SessionId, Reported), Option<Settled>>,
    /// Failures to read the names of connected accounts' businesses. Names themselves are in the database.
    pub(crate) unread_names: SharedCalls<StripeAccountId, Unread>,
}

/// Mark of a name that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread;

impl Default for ResponseCache {
    fn default() -> Self {
        Self {
            accounts: SharedCalls::new(REUSE),
            listings: SharedCalls::new(REUSE),
            outcomes: SharedCalls::new(Duration::ZERO),
            unread_names: SharedCalls::new(NAME_RETRY),
        }
    }
}

/// Responses by request. Drops each when its time is over.
#[derive(Debug)]
pub(crate) struct SharedCalls<K, V> {
    reuse: Duration,
    answers: Mutex<HashMap<K, Arc<OnceCell<Answer<V>>>>>,
}

#[derive(Debug)]
struct Answer<V> {
    value: V,
    at: Instant,
}

impl<K: Eq + Hash, V: Clone> SharedCalls<K, V> {
    pub(crate) fn new(reuse: Duration) -> Self {
        Self { reuse, answers: Mutex::default() }
    }

    /// Returns the cached response, or waits for the call in progress, or makes the call. Errors are not cached.
    pub(crate) async fn get_or_call<E>(
        &self,
        question: K,
        ask: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let cell = self.cell(question);
        let ask = async { Ok(Answer { value: ask.await?, at: Instant::now() }) };
        cell.get_or_try_init(|| ask).await.map(|answer| answer.value.clone())
    }

    fn cell(&self, question: K) -> Arc<OnceCell<Answer<V>>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, cell| match cell.get() {
            Some(answer) => answer.at.elapsed() < self.reuse,
            // A caller that is waiting holds a reference, too.
            None => Arc::strong_count(cell) > 1,
        });
        answers.entry(question).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn slowly(asked: &AtomicU32) -> Result<u32, ()> {
        let answer = asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(answer)
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_who_ask_at_once_one_asks_and_for_a_moment_the_answer_is_reused() {
        let (recent, asked) = (SharedCalls::new(Duration::from_secs(1)), AtomicU32::new(0));
        let ask = || recent.get_or_call("a", slowly(&asked));
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(0), Ok(0), Ok(0)));
        assert_eq!(recent.get_or_call("b", slowly(&asked)).await, Ok(1));
        assert_eq!(ask().await, Ok(0));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(ask().await, Ok(2));
        assert_eq!(recent.answers.lock().unwrap().len(), 1, "the old ones are gone");
    }

    #[tokio::test(start_paused = true)]
    async fn without_reuse_only_those_who_ask_at_once_share_an_answer() {
        let (recent, asked) = (SharedCalls::new(Duration::ZERO), AtomicU32::new(0));
        let ask = || recent.get_or_call("a", slowly(&asked));
        assert_eq!(tokio::join!(ask(), ask()), (Ok(0), Ok(0)));
        assert_eq!(ask().await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_and_whoever_hangs_up_keep_nobody_from_asking() {
        let (recent, asked) = (SharedCalls::new(Duration::from_secs(1)), AtomicU32::new(0));
        assert_eq!(recent.get_or_call("a", async { Err::<u32, _>("no") }).await, Err("no"));
        let hung_up = recent.get_or_call("a", slowly(&asked));
        assert!(tokio::time::timeout(Duration::from_millis(1), hung_up).await.is_err());
        assert_eq!(recent.get_or_call("a", slowly(&asked)).await, Ok(1));
    }
}
