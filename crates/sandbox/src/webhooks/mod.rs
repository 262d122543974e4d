//! Webhooks: endpoints, signatures, deliveries and retries. This part does no waiting and reads no clock: a queue
//! returns due deliveries, [`send`] sends them, and the queue records the result.

pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod message;
pub(crate) mod queue;
pub(crate) mod send;
pub(crate) mod signature;
pub(crate) mod switches;

use self::{delivery::Delivery, endpoint::Endpoint, switches::Switches};

/// Webhook endpoints and the deliveries to them.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) switches: Switches,
    endpoints: Vec<Endpoint>,
    deliveries: Vec<Delivery>,
    /// Number of endpoints created since the last reset; ids count from one.
    made: usize,
    queued: usize,
    /// True in live mode, whose retries go on for longer.
    pub(crate) is_live: bool,
}

impl Webhooks {
    pub(crate) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    pub(crate) fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    pub(crate) fn endpoint_mut(&mut self, id: &str) -> Option<&mut Endpoint> {
        self.endpoints.iter_mut().find(|endpoint| endpoint.id == id)
    }

    /// Adds an endpoint and assigns its id.
    pub(crate) fn add(&mut self, endpoint: Endpoint) -> &Endpoint {
        self.made += 1;
        let id = format!("we_Sandbox{:04}", self.made);
        self.endpoints.push_mut(Endpoint { id, ..endpoint })
    }

    /// Removes an endpoint and its unfinished deliveries.
    pub(crate) fn remove(&mut self, id: &str) {
        self.endpoints.retain(|endpoint| endpoint.id != id);
        self.deliveries.retain(|delivery| delivery.endpoint != id || delivery.is_over());
    }

    /// Keeps the endpoints of the command line and continues to count deliveries; everything else is reset.
    pub(crate) fn reset(&mut self) {
        self.endpoints.retain(|endpoint| endpoint.is_from_start);
        self.made = self.endpoints.len();
        self.deliveries.clear();
        self.switches = Switches::default();
    }
}
