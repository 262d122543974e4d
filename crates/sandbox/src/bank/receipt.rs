//! The session as Stripe.js hands it to the page: accounts as a plain array, no client secret.

use serde_json::{Value, json};

use crate::{
    api::{accounts, sessions},
    http::version::Version,
    world::{World, session::Session},
};

pub(crate) fn render(world: &World, session: &Session) -> Value {
    let version = Version::preview();
    let linked: Vec<Value> = accounts::collected(session)
        .iter()
        .filter_map(|id| world.account(id))
        .map(|account| accounts::render(world, account, &version))
        .collect();
    let mut value = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "accounts": linked,
        "livemode": false,
        "permissions": session.request.permissions,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(sessions::outcome(session.request.relink_options.as_ref(), session.ending()));
    }
    value
}
