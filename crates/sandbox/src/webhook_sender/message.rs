//! Signed messages with an event in the endpoint's version.

use std::time::Duration;

use super::signature;
use crate::{
    api::objects::{event, set_livemode},
    version::Version,
    webhooks::{Webhooks, delivery::Delivery},
    world::World,
};

/// One message to one endpoint. No `Debug`, because it contains a signature.
pub(crate) struct Message {
    pub(crate) delivery: String,
    pub(crate) url: String,
    pub(crate) signature: Option<String>,
    pub(crate) body: String,
    pub(crate) timeout: Duration,
    /// World that the event is from, so that tests can share a receiver.
    pub(crate) world: Option<String>,
}

impl Webhooks {
    /// Builds the message of a delivery, or returns `None` if its endpoint or event no longer exists. The signature's
    /// timestamp is in real time, because receivers compare it with their own clocks.
    pub(crate) fn message(
        &self,
        world: &World,
        delivery: &Delivery,
        real_time: i64,
        is_live: bool,
    ) -> Option<Message> {
        let endpoint = self.endpoint(&delivery.endpoint)?;
        let faults = &self.faults;
        let other = faults.api_version.as_deref().and_then(Version::parse);
        let version = other.unwrap_or_else(|| endpoint.version());
        let mut value = match world.thin_event(&delivery.event) {
            Some(thin) => event::render_thin(&thin),
            None => event::render(world.event(&delivery.event)?, &version, self.pending(&delivery.event)),
        };
        set_livemode(&mut value, is_live);
        // Stripe's messages are also indented by two spaces.
        let body = format!("{value:#}");
        let time = real_time - faults.signature_age;
        Some(Message {
            delivery: delivery.id.clone(),
            url: endpoint.url.clone(),
            signature: signature::header(faults.signature, endpoint.secret.expose(), time, &body, is_live),
            body,
            timeout: Duration::from_secs(u64::from(faults.timeout)),
            world: None,
        })
    }
}
