//! The session as Stripe.js returns it: accounts as a plain array, no client secret.

use serde_json::{Value, json};

use crate::{
    api::{account_object, accounts, sessions, tokens},
    http::version::Version,
    world::{World, session::Session, settings::ClientRelinkResult},
};

pub(crate) fn render(world: &World, session: &Session) -> Value {
    let version = Version::preview();
    let collected = accounts::collected(world, session).into_iter();
    let linked: Vec<Value> = collected
        .map(|account| {
            let mut value = account_object::render(world, account, &version);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("object".to_owned(), world.settings.client_account_object.as_str().into());
            }
            value
        })
        .collect();
    let mut value = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "accounts": linked,
        "livemode": false,
        "permissions": session.request.permissions,
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some(token) = &session.token {
            fields.insert("bank_account_token".to_owned(), tokens::render(world, token));
        }
        fields.extend(sessions::outcome(
            &world.settings,
            session.request.relink_options.as_ref(),
            session.ending(),
        ));
        if world.settings.client_relink_result == ClientRelinkResult::Absent {
            fields.remove("relink_result");
        }
    }
    value
}
