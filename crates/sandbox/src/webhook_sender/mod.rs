//! Sends webhooks when they are due.

mod client;
mod message;
mod signature;

use std::time::Duration;

use tokio::task::JoinSet;

use self::{client::send, message::Message};
use crate::state::Sandbox;

/// Interval at which due webhooks are looked up, because the clock also advances without calls.
const TICK: Duration = Duration::from_secs(1);

/// Sends due webhooks until the future is dropped.
pub(crate) async fn send_webhooks_forever(sandbox: &Sandbox) {
    loop {
        for (sandbox, batch) in sandbox.take_all_batches() {
            tokio::spawn(async move { sandbox.send_batch(batch).await });
        }
        tokio::select! {
            () = sandbox.wake.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

impl Sandbox {
    /// Sends the webhooks that are due now and waits for the responses. Returns the number sent.
    pub async fn deliver_due(&self) -> usize {
        let batches = self.take_all_batches();
        let sent = batches.iter().map(|(_, batch)| batch.len()).sum();
        let mut sending = JoinSet::new();
        for (sandbox, batch) in batches {
            sending.spawn(async move { sandbox.send_batch(batch).await });
        }
        while sending.join_next().await.is_some() {}
        sent
    }

    /// Returns the due messages of this sandbox, of its connected accounts, and of both modes of its worlds.
    fn take_all_batches(&self) -> Vec<(Self, Vec<Message>)> {
        let worlds = self.all_worlds();
        let live = worlds.iter().filter_map(|world| world.live().cloned());
        let with_connected = |sandbox: Self| {
            let connected = sandbox.all_connected().into_iter().map(|(_, account)| account);
            [sandbox].into_iter().chain(connected)
        };
        let of = |sandbox: Self| {
            let batches = sandbox.take_batches();
            batches.into_iter().map(move |batch| (sandbox.clone(), batch))
        };
        let all = [self.clone()].into_iter().chain(worlds.iter().cloned()).chain(live);
        all.flat_map(with_connected).flat_map(of).collect()
    }

    /// Returns due messages grouped by endpoint, each group in order, so that a slow endpoint delays no other one.
    fn take_batches(&self) -> Vec<Vec<Message>> {
        let mut state = self.lock();
        let now = state.world.now;
        let due = state.webhooks.start_due(now);
        let mut batches: Vec<(String, Vec<Message>)> = Vec::new();
        for delivery in due {
            let real_time = state.real_time;
            let Some(message) = state.webhooks.message(&state.world, &delivery, real_time, self.is_live())
            else {
                state.webhooks.mark_failed(&delivery.id);
                continue;
            };
            let message = Message { world: self.world_name().map(str::to_owned), ..message };
            match batches.iter_mut().find(|(endpoint, _)| *endpoint == delivery.endpoint) {
                Some((_, batch)) => batch.push(message),
                None => batches.push((delivery.endpoint, vec![message])),
            }
        }
        batches.into_iter().map(|(_, batch)| batch).collect()
    }

    async fn send_batch(&self, batch: Vec<Message>) {
        for message in batch {
            let id = message.delivery.clone();
            let outcome = send(message).await;
            tracing::info!(delivery = id, outcome = ?outcome, "sent a webhook");
            let mut state = self.lock();
            let now = state.world.now;
            state.webhooks.record(&id, now, outcome);
        }
    }
}
