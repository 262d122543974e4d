//! Customers first: what nobody waits for goes to Stripe while no customer's question is on its way, because both share
//! Stripe's rate limit.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// On whose behalf Stripe is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Somebody waits for the answer.
    Customer,
    /// Nobody does.
    Background,
}

/// How many customers' questions are on their way.
#[derive(Clone, Debug)]
pub(super) struct Traffic(Arc<watch::Sender<usize>>);

/// Customers always ask something on a busy server; nothing waits for a quiet moment without end.
const LONGEST_DEFERENCE: Duration = Duration::from_secs(5);

/// A question on its way; it has arrived when this is dropped.
pub(super) struct OnItsWay(Traffic);

impl Traffic {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Waits for this lane's turn.
    pub(super) async fn enter(&self, lane: Lane) -> Option<OnItsWay> {
        match lane {
            Lane::Customer => {
                self.0.send_modify(|questions| *questions += 1);
                Some(OnItsWay(self.clone()))
            }
            Lane::Background => {
                let mut questions = self.0.subscribe();
                let quiet = questions.wait_for(|questions| *questions == 0);
                // Either way it is this lane's turn now.
                let _ = tokio::time::timeout(LONGEST_DEFERENCE, quiet).await.is_ok();
                None
            }
        }
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|questions| *questions = questions.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_background_waits_for_customers_but_not_without_end() {
        let traffic = Traffic::new();
        let started = Instant::now();
        traffic.enter(Lane::Background).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        let asking = traffic.enter(Lane::Customer).await;
        let deferring = tokio::spawn({
            let traffic = traffic.clone();
            async move {
                traffic.enter(Lane::Background).await;
                Instant::now()
            }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(asking);
        assert_eq!(deferring.await.unwrap() - started, Duration::from_secs(1));
        let _asking = traffic.enter(Lane::Customer).await;
        let started = Instant::now();
        traffic.enter(Lane::Background).await;
        assert_eq!(started.elapsed(), LONGEST_DEFERENCE);
    }
}
