//! Stripe's objects for tests, and their short forms.

use serde_json::{Value, json};
use wiremock::Request;

use crate::support::CLIENT_SECRET;

/// Returns an inactive account that a relink repairs, held by this customer or without a holder.
pub(crate) fn broken(id: &str, customer: Option<&str>) -> Value {
    json!({
        "id": id, "object": "financial_connections.account", "authorization": "fcauth_1",
        "account_holder": customer.map(|customer| json!({"type": "customer", "customer": customer})),
        "display_name": "Everyday Checking", "institution_name": "Alder Bank", "last4": "6789", "livemode": false,
        "permissions": ["payment_method", "balances"], "status": "inactive", "subcategory": "checking",
        "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}},
    })
}

/// Returns an active account.
pub(crate) fn active(id: &str, customer: Option<&str>) -> Value {
    let mut account = broken(id, customer);
    account["status"] = json!("active");
    account["status_details"] = json!({});
    account
}

/// Returns a session for this account only, with the relink's result.
pub(crate) fn session(id: &str, account: &str, result: &Value) -> Value {
    session_of(id, &json!({"authorization": "fcauth_1", "account": account}), result, &[])
}

/// Returns a session for any account of the bank login.
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

/// Returns the result of a relink that signed in at the bank.
pub(crate) fn signed_in(authorization: &str) -> Value {
    json!({"authorization": authorization, "account": null, "failure_reason": null})
}

pub(crate) fn failed(reason: &str) -> Value {
    json!({"authorization": null, "account": null, "failure_reason": reason})
}

/// Formats an outcome as one line: its name, and the restored, added and still broken accounts.
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

/// Returns the parameters of a request, one per line.
pub(crate) fn form(request: &Request) -> String {
    let body = String::from_utf8(request.body.clone()).unwrap();
    body.replace("%5B", "[").replace("%5D", "]").replace('&', "\n")
}

pub(crate) fn repaired(account: &str) -> Value {
    json!({"authorization": "fcauth_1", "account": account, "failure_reason": null})
}
