//! Stripe's objects as tests need them, and their short forms.

use serde_json::{Value, json};
use wiremock::Request;

use crate::support::CLIENT_SECRET;

/// An inactive account that a relink repairs, of that customer or of nobody.
pub(crate) fn broken(id: &str, customer: Option<&str>) -> Value {
    json!({
        "id": id, "object": "financial_connections.account", "authorization": "fcauth_1",
        "account_holder": customer.map(|customer| json!({"type": "customer", "customer": customer})),
        "display_name": "Everyday Checking", "institution_name": "Alder Bank", "last4": "6789", "livemode": false,
        "permissions": ["payment_method", "balances"], "status": "inactive", "subcategory": "checking",
        "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}},
    })
}

/// An account that works.
pub(crate) fn active(id: &str, customer: Option<&str>) -> Value {
    let mut account = broken(id, customer);
    account["status"] = json!("active");
    account["status_details"] = json!({});
    account
}

/// A session for exactly that account as Stripe has it, with what the relink achieved.
pub(crate) fn session(id: &str, account: &str, result: &Value) -> Value {
    session_of(id, &json!({"authorization": "fcauth_1", "account": account}), result, &[])
}

/// A session for any account of the login.
pub(crate) fn any_account(id: &str, result: &Value, accounts: &[Value]) -> Value {
    session_of(id, &json!({"authorization": "fcauth_1"}), result, accounts)
}

pub(crate) fn session_of(id: &str, options: &Value, result: &Value, accounts: &[Value]) -> Value {
    json!({
        "id": id, "object": "financial_connections.session", "client_secret": CLIENT_SECRET, "livemode": false,
        "accounts": {
            "object": "list", "data": accounts, "has_more": false, "url": "/v1/financial_connections/accounts"
        },
        "relink_options": options, "relink_result": result, "status": "pending",
    })
}

/// A login as the relink left it.
pub(crate) fn signed_in(authorization: &str) -> Value {
    json!({"authorization": authorization, "account": null, "failure_reason": null})
}

pub(crate) fn failed(reason: &str) -> Value {
    json!({"authorization": null, "account": null, "failure_reason": reason})
}

/// An outcome in a line: its name, and what is restored, added and still broken.
pub(crate) fn told(outcome: &Value) -> String {
    let Some((name, connected)) = outcome.as_object().and_then(|outcome| outcome.iter().next()) else {
        return outcome.as_str().unwrap().to_owned();
    };
    let list = |list: &str| {
        let accounts = connected[list].as_array().unwrap().iter();
        accounts.map(|account| account["id"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    format!("{name}: {} | {} | {}", list("restored"), list("added"), list("still_broken"))
}

/// The parameters of a request, one a line.
pub(crate) fn form(request: &Request) -> String {
    let body = String::from_utf8(request.body.clone()).unwrap();
    body.replace("%5B", "[").replace("%5D", "]").replace('&', "\n")
}

pub(crate) fn repaired(account: &str) -> Value {
    json!({"authorization": "fcauth_1", "account": account, "failure_reason": null})
}
