//! The sandbox as a server: responds to calls and sends webhooks when they are due.

use std::{io, time::Duration};

use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    app::router,
    http::line::{Line, Lines},
    state::Sandbox,
    webhooks::{message::Message, send::send},
};

/// Interval at which due webhooks are looked up, because the clock also advances without calls.
const TICK: Duration = Duration::from_secs(1);

/// Serves until `stop` completes and the pending responses are sent.
pub async fn serve(
    listener: TcpListener,
    sandbox: Sandbox,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = router(sandbox.clone()).into_make_service_with_connect_info::<Line>();
    let served = axum::serve(Lines(listener), app).with_graceful_shutdown(stop);
    tokio::select! {
        served = served.into_future() => served,
        () = keep_sending(&sandbox) => Ok(()),
        () = keep_sending(sandbox.live().unwrap_or(&sandbox)) => Ok(()),
    }
}

async fn keep_sending(sandbox: &Sandbox) {
    loop {
        for batch in sandbox.take_batches() {
            let sandbox = sandbox.clone();
            tokio::spawn(async move { sandbox.send_batch(batch).await });
        }
        tokio::select! {
            () = sandbox.bell.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

impl Sandbox {
    /// Sends the webhooks that are due now and waits for the responses. Returns the number sent.
    pub async fn deliver_due(&self) -> usize {
        let batches = self.take_batches();
        let sent = batches.iter().map(Vec::len).sum();
        let mut sending = JoinSet::new();
        for batch in batches {
            let sandbox = self.clone();
            sending.spawn(async move { sandbox.send_batch(batch).await });
        }
        while sending.join_next().await.is_some() {}
        sent
    }

    /// Returns due messages grouped by endpoint, each group in order, so that a slow endpoint delays no other one.
    fn take_batches(&self) -> Vec<Vec<Message>> {
        let mut state = self.lock();
        let now = state.world.now;
        let due = state.webhooks.take_due(now);
        let mut batches: Vec<(String, Vec<Message>)> = Vec::new();
        for delivery in due {
            let real_time = state.real_time;
            let Some(message) = state.webhooks.message(&state.world, &delivery, real_time, self.is_live())
            else {
                state.webhooks.give_up(&delivery.id);
                continue;
            };
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
