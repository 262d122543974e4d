//! The event object, with its data in the reader's version.

use serde_json::{Map, Value, json};

use super::{
    account, authorization, bank_account, connect_account, customer, payment_intent, payment_method, session,
    setup_intent, subscription,
};
use crate::{
    http::timestamp::rfc3339,
    version::{Version, shape},
    world::{
        Event, World,
        event::{Cause, Subject},
        thin_event::ThinEvent,
    },
};

/// Renders the snapshot event. `pending` is the number of endpoints that have not accepted it yet.
pub(crate) fn render(event: &Event, version: &Version, pending: usize) -> Value {
    let object = subject(&event.snapshot, &event.subject, version);
    let before = event.before.as_ref().map(|before| subject(before, &event.subject, version));
    let mut data = json!({ "object": object });
    if let (Some(fields), Some(before)) = (data.as_object_mut(), before) {
        let changed = differences(&before, fields.get("object").unwrap_or(&Value::Null));
        fields.insert("previous_attributes".to_owned(), changed.into());
    }
    let mut value = json!({
        "id": event.id,
        "object": "event",
        "api_version": version.name(),
        "created": event.created,
        "data": data,
        "livemode": false,
        "pending_webhooks": pending,
        "request": { "id": event.cause.request, "idempotency_key": event.cause.idempotency_key },
        "type": event.kind,
    });
    if let (Some(fields), Some(account)) = (value.as_object_mut(), &event.account) {
        fields.insert("account".to_owned(), account.as_str().into());
    }
    value
}

/// Renders the thin event, which names the object but not its state.
pub(crate) fn render_thin(thin: &ThinEvent<'_>) -> Value {
    let event = thin.event;
    let mut value = json!({
        "id": thin.id,
        "object": "v2.core.event",
        "context": event.account,
        "created": rfc3339(event.created),
        "livemode": false,
        "reason": reason(&event.cause),
        "related_object": related_object(event),
        "type": thin.kind,
    });
    if let Some(fields) = value.as_object_mut().filter(|_| !event.is_ping()) {
        fields.insert("snapshot_event".to_owned(), event.id.as_str().into());
    }
    value
}

/// Renders the call that caused an event; null if there was none.
fn reason(cause: &Cause) -> Value {
    let key = cause.idempotency_key.as_deref().unwrap_or_default();
    let request = cause.request.as_ref().map(|id| json!({ "id": id, "idempotency_key": key }));
    request.map_or(Value::Null, |request| json!({ "type": "request", "request": request }))
}

/// Renders the reference to the object that an event is about.
fn related_object(event: &Event) -> Value {
    let id = event.subject.id();
    let (kind, path) = match &event.subject {
        Subject::Account(_) => ("financial_connections.account", "v1/financial_connections/accounts"),
        Subject::Authorization(_) => {
            ("financial_connections.authorization", "v1/financial_connections/authorizations")
        }
        Subject::Session(_) => ("financial_connections.session", "v1/financial_connections/sessions"),
        Subject::Customer(_) => ("customer", "v1/customers"),
        Subject::PaymentMethod(_) => ("payment_method", "v1/payment_methods"),
        Subject::SetupIntent(_) => ("setup_intent", "v1/setup_intents"),
        Subject::PaymentIntent(_) => ("payment_intent", "v1/payment_intents"),
        Subject::Subscription(_) => ("subscription", "v1/subscriptions"),
        Subject::Merchant(_) => ("account", "v1/accounts"),
        Subject::EventDestination(_) => ("v2.core.event_destination", "v2/core/event_destinations"),
        Subject::ExternalAccount(_) => {
            let url = format!("{}/{id}", connect_account::external_accounts_path(&event.snapshot));
            return json!({ "id": id, "type": "bank_account", "url": url });
        }
    };
    json!({ "id": id, "type": kind, "url": format!("/{path}/{id}") })
}

fn subject(snapshot: &World, subject: &Subject, version: &Version) -> Value {
    let found = match subject {
        Subject::Account(id) => snapshot.account(id).map(|one| account::render(snapshot, one)),
        Subject::Authorization(id) => {
            snapshot.authorization(id).map(|one| authorization::render(snapshot, one))
        }
        Subject::Session(id) => snapshot.session(id).map(|one| session::render_for_event(snapshot, one)),
        Subject::Customer(id) => snapshot.snapshot_customer(id).map(customer::render),
        Subject::PaymentMethod(id) => {
            snapshot.payment_method(id).map(|one| payment_method::render(snapshot, one))
        }
        Subject::PaymentIntent(id) => {
            snapshot.payment_intent(id).map(|one| payment_intent::render(snapshot, one))
        }
        Subject::SetupIntent(id) => snapshot.setup_intent(id).map(|one| setup_intent::render(snapshot, one)),
        Subject::Subscription(id) => snapshot.subscription(id).map(subscription::render),
        Subject::ExternalAccount(id) => snapshot
            .snapshot_external_account(id)
            .map(|one| bank_account::render_external(connect_account::id(snapshot), one)),
        Subject::EventDestination(_) => None,
        Subject::Merchant(_) => Some(connect_account::render(snapshot)),
    };
    let mut object = found.unwrap_or_default();
    shape::rewrite(&mut object, version);
    object
}

/// Returns the previous values of changed fields; of changed hashes, only their changed fields.
fn differences(before: &Value, after: &Value) -> Map<String, Value> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return Map::new() };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let difference = |name: &String| {
        let (old, new) = (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        if old == new {
            return None;
        }
        let within = differences(old, new);
        let value = if old.is_object() && new.is_object() { within.into() } else { old.clone() };
        Some((name.clone(), value))
    };
    names.filter_map(difference).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differences;

    #[test]
    fn previous_attributes_hold_what_is_different_and_nothing_else() {
        let before =
            json!({ "status": "active", "list": [1], "same": 1, "hash": { "a": 1, "b": 2 }, "none": null });
        let after =
            json!({ "status": "inactive", "list": [2], "same": 1, "hash": { "a": 3, "b": 2 }, "new": 1 });
        let changed = Value::from(differences(&before, &after));
        assert_eq!(changed, json!({ "status": "active", "list": [1], "hash": { "a": 1 }, "new": null }));
    }
}
