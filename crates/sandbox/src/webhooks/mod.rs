//! Webhooks: endpoints, deliveries and retries. Nothing here waits or reads a clock: the queue returns due deliveries,
//! `webhook_sender` sends them, and the queue records the results.

pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod fault_settings;
pub(crate) mod queue;

use self::{
    delivery::Delivery,
    endpoint::{Endpoint, EventSource},
    fault_settings::WebhookFaults,
};

/// Webhook endpoints and the deliveries to them.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) faults: WebhookFaults,
    endpoints: Vec<Endpoint>,
    deliveries: Vec<Delivery>,
    queued: usize,
    /// True in live mode, whose retries go on for longer.
    pub(crate) is_live: bool,
}

impl Webhooks {
    /// Returns the webhook endpoints and the event destinations of this account, not those of its platform.
    pub(crate) fn endpoints(&self) -> impl DoubleEndedIterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.source != EventSource::ThisConnectedAccount)
    }

    /// Returns the endpoints that get the events of connected accounts, as those accounts see them.
    pub(crate) fn endpoints_for_connected(&self) -> Vec<Endpoint> {
        let source = EventSource::ThisConnectedAccount;
        let from = [EventSource::ConnectedAccounts, EventSource::AllAccounts];
        let connect = self.endpoints.iter().filter(|endpoint| from.contains(&endpoint.source));
        connect.map(|endpoint| Endpoint { source, ..endpoint.clone() }).collect()
    }

    /// Replaces the platform's endpoints.
    pub(crate) fn set_platform_endpoints(&mut self, endpoints: Vec<Endpoint>) {
        self.endpoints.retain(|endpoint| endpoint.source != EventSource::ThisConnectedAccount);
        self.endpoints.extend(endpoints);
    }

    pub(crate) fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    pub(crate) fn endpoint_mut(&mut self, id: &str) -> Option<&mut Endpoint> {
        self.endpoints
            .iter_mut()
            .find(|endpoint| endpoint.id == id && endpoint.source != EventSource::ThisConnectedAccount)
    }

    pub(crate) fn add(&mut self, endpoint: Endpoint) -> &Endpoint {
        self.endpoints.push_mut(endpoint)
    }

    /// Removes an endpoint and its unfinished deliveries.
    pub(crate) fn remove(&mut self, id: &str) {
        self.endpoints.retain(|endpoint| endpoint.id != id);
        self.deliveries.retain(|delivery| delivery.endpoint != id || delivery.is_over());
    }

    /// Keeps the endpoints of the command line and continues to count deliveries; everything else is reset.
    pub(crate) fn reset(&mut self) {
        self.endpoints.retain(|endpoint| endpoint.is_from_command_line);
        self.deliveries.clear();
        self.faults = WebhookFaults::default();
    }
}
