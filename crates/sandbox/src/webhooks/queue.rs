//! Queue of deliveries: new ones, due attempts, and retries.

use super::{
    Endpoint, Webhooks,
    delivery::{Attempt, Delivery, DeliveryState, Outcome},
    endpoint::EventSource,
    fault_settings::Payload,
};
use crate::{event_types, world::Event};

/// Maximum number of deliveries kept for inspection.
const MAX_DELIVERIES: usize = 5_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// Retries in test mode, in seconds: three over a few hours. Stripe documents their number, not their times.
const TEST_RETRIES: &[i64] = &[5 * MINUTE, 30 * MINUTE, 2 * HOUR];
/// Retries in live mode, in seconds: for up to three days, with increasing back-off.
const LIVE_RETRIES: &[i64] =
    &[5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, 20 * HOUR, 24 * HOUR];

impl Webhooks {
    /// Returns all deliveries, newest first.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().rev()
    }

    pub(crate) fn delivery(&self, id: &str) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }

    /// Returns the number of deliveries of this event that have not succeeded.
    pub(crate) fn pending(&self, event: &str) -> usize {
        let of_event = self.deliveries.iter().filter(|delivery| delivery.event == event);
        of_event
            .filter(|delivery| !matches!(delivery.state, DeliveryState::Succeeded | DeliveryState::Lost))
            .count()
    }

    /// Queues a new event for every endpoint that enabled its type.
    pub(crate) fn queue(&mut self, event: &Event, now: i64) {
        let receives = |endpoint: &&Endpoint| endpoint.source != EventSource::ConnectedAccounts;
        let messages: Vec<(String, Content)> = self
            .endpoints
            .iter()
            .filter(receives)
            .flat_map(|endpoint| {
                let contents = self.contents(event, endpoint).into_iter();
                contents.map(|content| (endpoint.id.clone(), content))
            })
            .collect();
        for (endpoint, content) in messages {
            for _ in 0..=self.faults.duplicates {
                self.queue_for(&content, &endpoint, now);
            }
        }
        let too_many = self.deliveries.len().saturating_sub(MAX_DELIVERIES);
        self.deliveries.drain(..too_many);
    }

    /// Returns the messages about the event that the endpoint has enabled.
    fn contents(&self, event: &Event, endpoint: &Endpoint) -> Vec<Content> {
        if event.is_ping() {
            let is_tested = event.subject.id() == endpoint.id;
            return if is_tested { thin_contents(event) } else { Vec::new() };
        }
        match (endpoint.payload(), self.faults.payload) {
            (Payload::Thin, _) => {
                let mut contents = thin_contents(event);
                contents.retain(|content| endpoint.is_subscribed_to(&content.kind));
                contents
            }
            // The fault replaces a snapshot by the thin event of the same name.
            (Payload::Snapshot, Payload::Thin) if endpoint.is_subscribed_to(event.kind) => {
                let mut contents = thin_contents(event);
                contents.retain(|content| content.kind.strip_prefix("v1.") == Some(event.kind));
                contents
            }
            (Payload::Snapshot, Payload::Snapshot)
                if endpoint.is_subscribed_to(event.kind)
                    && event_types::exists_in(&endpoint.version(), event.kind) =>
            {
                vec![Content::snapshot(event)]
            }
            (Payload::Snapshot, _) => Vec::new(),
        }
    }

    fn queue_for(&mut self, content: &Content, endpoint: &str, now: i64) {
        let state = if self.faults.lose > 0 {
            self.faults.lose -= 1;
            DeliveryState::Lost
        } else if self.faults.reorder > 1 {
            DeliveryState::Held
        } else {
            DeliveryState::Waiting { at: now + i64::from(self.faults.delay) }
        };
        self.push(content, endpoint, state);
        self.release_held(endpoint, now);
    }

    fn push(&mut self, content: &Content, endpoint: &str, state: DeliveryState) {
        self.queued += 1;
        self.deliveries.push(Delivery {
            id: format!("whd_Sandbox{:05}", self.queued),
            event: content.id.clone(),
            kind: content.kind.clone(),
            endpoint: endpoint.to_owned(),
            order: self.queued,
            state,
            attempts: Vec::new(),
        });
    }

    /// Releases the endpoint's held deliveries in reverse order once there are `reorder` of them.
    fn release_held(&mut self, endpoint: &str, now: i64) {
        let is_held = |one: &&mut Delivery| one.state == DeliveryState::Held && one.endpoint == endpoint;
        let held: Vec<&mut Delivery> = self.deliveries.iter_mut().filter(is_held).collect();
        if held.len() < self.faults.reorder {
            return;
        }
        let at = now + i64::from(self.faults.delay);
        let orders: Vec<usize> = held.iter().map(|delivery| delivery.order).collect();
        for (delivery, order) in held.into_iter().zip(orders.into_iter().rev()) {
            (delivery.state, delivery.order) = (DeliveryState::Waiting { at }, order);
        }
    }

    /// Releases held deliveries after the switch `reorder` was changed.
    pub(crate) fn release_all_held(&mut self, now: i64) {
        for id in self.endpoints.iter().map(|endpoint| endpoint.id.clone()).collect::<Vec<_>>() {
            self.release_held(&id, now);
        }
    }

    pub(crate) fn has_due(&self, now: i64) -> bool {
        self.deliveries.iter().any(|delivery| delivery.next_attempt().is_some_and(|at| at <= now))
    }

    pub(crate) fn clear_deliveries(&mut self) {
        self.deliveries.clear();
    }

    /// Returns due deliveries in order and marks them as being sent.
    pub(crate) fn start_due(&mut self, now: i64) -> Vec<Delivery> {
        let enabled: Vec<&str> =
            self.endpoints.iter().filter(|one| one.is_enabled).map(|one| one.id.as_str()).collect();
        let is_due = |one: &&mut Delivery| {
            one.next_attempt().is_some_and(|at| at <= now) && enabled.contains(&one.endpoint.as_str())
        };
        let mut due: Vec<(i64, Delivery)> = Vec::new();
        for delivery in self.deliveries.iter_mut().filter(is_due) {
            let at = delivery.next_attempt().unwrap_or(now);
            delivery.state = DeliveryState::Sending;
            due.push((at, delivery.clone()));
        }
        due.sort_by_key(|(at, delivery)| (*at, delivery.order));
        due.into_iter().map(|(_, delivery)| delivery).collect()
    }

    /// Records the result of an attempt and schedules a retry after a failure, until the schedule ends. A resend that
    /// was requested during the attempt still happens.
    pub(crate) fn record(&mut self, id: &str, now: i64, outcome: Outcome) {
        let schedule = self.schedule();
        let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == id) else { return };
        if delivery.state == DeliveryState::Sending {
            delivery.state = match schedule.get(delivery.attempts.len()) {
                _ if outcome.is_success() => DeliveryState::Succeeded,
                Some(wait) => DeliveryState::Waiting { at: now + wait },
                None => DeliveryState::Failed,
            };
        }
        delivery.attempts.push(Attempt { at: now, outcome });
    }

    /// Marks a delivery as failed because its endpoint or event no longer exists.
    pub(crate) fn mark_failed(&mut self, id: &str) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.id == id) {
            delivery.state = DeliveryState::Failed;
        }
    }

    fn schedule(&self) -> Vec<i64> {
        match &self.faults.retries {
            Some(waits) => waits.iter().map(|wait| i64::from(*wait)).collect(),
            None if self.is_live => LIVE_RETRIES.to_vec(),
            None => TEST_RETRIES.to_vec(),
        }
    }

    /// Schedules another attempt now. Returns false if there is no such delivery.
    pub(crate) fn resend(&mut self, id: &str, now: i64) -> bool {
        let found = self.deliveries.iter_mut().find(|delivery| delivery.id == id);
        found.map(|delivery| delivery.state = DeliveryState::Waiting { at: now }).is_some()
    }

    /// Queues an event for every enabled endpoint whose version has its type, even if it did not enable the type.
    pub(crate) fn resend_event(&mut self, event: &Event, now: i64) {
        let mut messages: Vec<(String, Content)> = Vec::new();
        for endpoint in self.endpoints.iter().filter(|one| one.is_enabled) {
            let contents = match endpoint.payload() {
                Payload::Thin => thin_contents(event),
                Payload::Snapshot if event_types::exists_in(&endpoint.version(), event.kind) => {
                    vec![Content::snapshot(event)]
                }
                Payload::Snapshot => Vec::new(),
            };
            messages.extend(contents.into_iter().map(|content| (endpoint.id.clone(), content)));
        }
        for (endpoint, content) in messages {
            self.push(&content, &endpoint, DeliveryState::Waiting { at: now });
        }
    }
}

/// Event of a message, by its id: the snapshot, or a thin one.
struct Content {
    id: String,
    kind: String,
}

impl Content {
    fn snapshot(event: &Event) -> Self {
        Self { id: event.id.clone(), kind: event.kind.to_owned() }
    }
}

fn thin_contents(event: &Event) -> Vec<Content> {
    event.thin().into_iter().map(|thin| Content { id: thin.id, kind: thin.kind }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Delivery, DeliveryState, Outcome, Webhooks};

    #[test]
    fn a_resend_that_was_requested_during_an_attempt_still_happens() {
        let mut webhooks = Webhooks::default();
        webhooks.deliveries.push(Delivery {
            id: "whd_1".to_owned(),
            event: String::new(),
            kind: String::new(),
            endpoint: String::new(),
            order: 1,
            state: DeliveryState::Sending,
            attempts: Vec::new(),
        });
        webhooks.resend("whd_1", 5);
        webhooks.record("whd_1", 6, Outcome::Answered(200));
        let delivery = webhooks.delivery("whd_1").unwrap();
        assert_eq!((delivery.next_attempt(), delivery.attempts.len()), (Some(5), 1));
    }
}
