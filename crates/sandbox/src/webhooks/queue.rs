//! Queue of deliveries: new ones, due attempts, and retries.

use super::{
    Webhooks,
    delivery::{Delivery, DeliveryState, Outcome, Try},
};
use crate::{api::event_types, world::Event};

/// Maximum number of deliveries kept for inspection.
const KEPT: usize = 5_000;
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
        let wanted = |endpoint: &&super::Endpoint| {
            endpoint.wants(event.kind) && event_types::exist_on(&endpoint.version(), event.kind)
        };
        let endpoints: Vec<String> = self.endpoints.iter().filter(wanted).map(|one| one.id.clone()).collect();
        for endpoint in endpoints {
            for _ in 0..=self.switches.duplicates {
                self.queue_for(event, &endpoint, now);
            }
        }
        let too_many = self.deliveries.len().saturating_sub(KEPT);
        self.deliveries.drain(..too_many);
    }

    fn queue_for(&mut self, event: &Event, endpoint: &str, now: i64) {
        let state = if self.switches.lose > 0 {
            self.switches.lose -= 1;
            DeliveryState::Lost
        } else if self.switches.reorder > 1 {
            DeliveryState::Held
        } else {
            DeliveryState::Waiting { at: now + i64::from(self.switches.delay) }
        };
        self.push(event, endpoint, state);
        self.release(endpoint, now);
    }

    fn push(&mut self, event: &Event, endpoint: &str, state: DeliveryState) {
        self.queued += 1;
        self.deliveries.push(Delivery {
            id: format!("whd_Sandbox{:05}", self.queued),
            event: event.id.clone(),
            kind: event.kind,
            endpoint: endpoint.to_owned(),
            turn: self.queued,
            state,
            tries: Vec::new(),
        });
    }

    /// Releases the endpoint's held deliveries in reverse order once there are `reorder` of them.
    fn release(&mut self, endpoint: &str, now: i64) {
        let is_held = |one: &&mut Delivery| one.state == DeliveryState::Held && one.endpoint == endpoint;
        let held: Vec<&mut Delivery> = self.deliveries.iter_mut().filter(is_held).collect();
        if held.len() < self.switches.reorder {
            return;
        }
        let at = now + i64::from(self.switches.delay);
        let turns: Vec<usize> = held.iter().map(|delivery| delivery.turn).collect();
        for (delivery, turn) in held.into_iter().zip(turns.into_iter().rev()) {
            (delivery.state, delivery.turn) = (DeliveryState::Waiting { at }, turn);
        }
    }

    /// Releases held deliveries after the switch `reorder` was changed.
    pub(crate) fn release_all(&mut self, now: i64) {
        for id in self.endpoints.iter().map(|endpoint| endpoint.id.clone()).collect::<Vec<_>>() {
            self.release(&id, now);
        }
    }

    pub(crate) fn has_due(&self, now: i64) -> bool {
        self.deliveries.iter().any(|delivery| delivery.next_try().is_some_and(|at| at <= now))
    }

    pub(crate) fn forget_deliveries(&mut self) {
        self.deliveries.clear();
    }

    /// Returns due deliveries in order and marks them as being sent.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<Delivery> {
        let enabled: Vec<&str> =
            self.endpoints.iter().filter(|one| one.is_enabled).map(|one| one.id.as_str()).collect();
        let is_due = |one: &&mut Delivery| {
            one.next_try().is_some_and(|at| at <= now) && enabled.contains(&one.endpoint.as_str())
        };
        let mut due: Vec<(i64, Delivery)> = Vec::new();
        for delivery in self.deliveries.iter_mut().filter(is_due) {
            let at = delivery.next_try().unwrap_or(now);
            delivery.state = DeliveryState::UnderWay;
            due.push((at, delivery.clone()));
        }
        due.sort_by_key(|(at, delivery)| (*at, delivery.turn));
        due.into_iter().map(|(_, delivery)| delivery).collect()
    }

    /// Records the result of an attempt and schedules a retry after a failure, until the schedule ends. A resend that
    /// was requested during the attempt still happens.
    pub(crate) fn record(&mut self, id: &str, now: i64, outcome: Outcome) {
        let schedule = self.schedule();
        let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == id) else { return };
        if delivery.state == DeliveryState::UnderWay {
            delivery.state = match schedule.get(delivery.tries.len()) {
                _ if outcome.is_success() => DeliveryState::Succeeded,
                Some(wait) => DeliveryState::Waiting { at: now + wait },
                None => DeliveryState::Failed,
            };
        }
        delivery.tries.push(Try { at: now, outcome });
    }

    /// Marks a delivery as failed because its endpoint or event no longer exists.
    pub(crate) fn give_up(&mut self, id: &str) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.id == id) {
            delivery.state = DeliveryState::Failed;
        }
    }

    fn schedule(&self) -> Vec<i64> {
        match &self.switches.retries {
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
        let fits =
            |one: &&super::Endpoint| one.is_enabled && event_types::exist_on(&one.version(), event.kind);
        for id in self.endpoints.iter().filter(fits).map(|one| one.id.clone()).collect::<Vec<_>>() {
            self.push(event, &id, DeliveryState::Waiting { at: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, DeliveryState, Outcome, Webhooks};

    #[test]
    fn a_try_that_ends_after_another_one_was_asked_for_does_not_undo_that() {
        let mut webhooks = Webhooks::default();
        webhooks.deliveries.push(Delivery {
            id: "whd_1".to_owned(),
            event: String::new(),
            kind: "",
            endpoint: String::new(),
            turn: 1,
            state: DeliveryState::UnderWay,
            tries: Vec::new(),
        });
        webhooks.resend("whd_1", 5);
        webhooks.record("whd_1", 6, Outcome::Answered(200));
        let delivery = webhooks.delivery("whd_1").unwrap();
        assert_eq!((delivery.next_try(), delivery.tries.len()), (Some(5), 1));
    }
}
