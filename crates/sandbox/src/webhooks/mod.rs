//! Webhooks: who is told of which events, how the messages are signed and sent, and when again. Nothing here
//! waits or knows the time: a queue says what is due, `send` sends it, and the queue hears what came of it.

pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod message;
pub(crate) mod queue;
pub(crate) mod send;
pub(crate) mod signature;
pub(crate) mod switches;

use self::{delivery::Delivery, endpoint::Endpoint, switches::Switches};

/// The endpoints, and what was or will be sent to them.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) switches: Switches,
    endpoints: Vec<Endpoint>,
    deliveries: Vec<Delivery>,
    /// How many of these there ever were: their ids count from one.
    made: usize,
    queued: usize,
    /// Live endpoints are tried longer.
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

    /// Gives it its id.
    pub(crate) fn add(&mut self, endpoint: Endpoint) -> &Endpoint {
        self.made += 1;
        let id = format!("we_Sandbox{:04}", self.made);
        self.endpoints.push_mut(Endpoint { id, ..endpoint })
    }

    /// What was still to be sent to it never will be.
    pub(crate) fn remove(&mut self, id: &str) {
        self.endpoints.retain(|endpoint| endpoint.id != id);
        self.deliveries.retain(|delivery| delivery.endpoint != id || delivery.is_over());
    }

    /// A reset: what the program was started with stays, and so does the count of deliveries.
    pub(crate) fn reset(&mut self) {
        self.endpoints.retain(|endpoint| endpoint.is_from_start);
        self.made = self.endpoints.len();
        self.deliveries.clear();
        self.switches = Switches::default();
    }
}
