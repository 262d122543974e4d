//! HTTP client for webhooks.

use std::sync::LazyLock;

use reqwest::{Client, header, redirect::Policy};

use super::message::Message;
use crate::webhooks::delivery::Outcome;

/// `None` if no client could be built on this machine.
static CLIENT: LazyLock<Option<Client>> = LazyLock::new(|| {
    let client = Client::builder().redirect(Policy::none()).no_proxy();
    client.user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)").build().ok()
});

/// Sends a message and returns the response's status; the body is not read.
pub(crate) async fn send(message: Message) -> Outcome {
    let Some(client) = CLIENT.as_ref() else { return Outcome::Unreachable("connection") };
    let mut request = client
        .post(message.url)
        .timeout(message.timeout)
        .header(header::ACCEPT, "*/*; q=0.5, application/xml")
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    if let Some(signature) = message.signature {
        request = request.header("stripe-signature", signature);
    }
    if let Some(world) = message.world {
        request = request.header("sandbox-world", world);
    }
    match request.body(message.body).send().await {
        Ok(answer) => Outcome::Answered(answer.status().as_u16()),
        Err(error) if error.is_timeout() => Outcome::Unreachable("timeout"),
        Err(_) => Outcome::Unreachable("connection"),
    }
}
