//! The session as Stripe.js returns it: accounts as a plain array, no client secret.

use serde_json::{Value, json};

use crate::{
    api::objects::{account, session, token},
    world::{World, session::Session, settings::ClientRelinkResult},
};

pub(crate) fn render(world: &World, session: &Session) -> Value {
    let collected = session::collected(world, session).into_iter();
    let linked: Vec<Value> = collected
        .map(|account| {
            let mut value = account::render(world, account);
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
        "permissions": session.params.permissions,
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some(token) = &session.token {
            fields.insert("bank_account_token".to_owned(), token::render(world, token));
        }
        fields.extend(session::status_fields(
            &world.settings,
            session.params.relink_options.as_ref(),
            session.result(),
        ));
        if world.settings.client_relink_result == ClientRelinkResult::Absent {
            fields.remove("relink_result");
        }
    }
    value
}
