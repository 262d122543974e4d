//! Rows of every table that can be about a customer.

use serde_json::{Value, json};

/// Returns rows about the customer's accounts, for every table that can have one. Identifiers end with `n`.
pub(super) fn of_accounts(customer: &str, n: &str) -> Vec<(&'static str, Value)> {
    let (fca, session) = (format!("fca_{n}"), format!("fcsess_{n}"));
    let payload =
        json!({"data": {"object": {"customer": customer, "email": "jenny@mail.example"}}}).to_string();
    vec![
        ("customers", json!({"id": customer, "listed_at": 1})),
        (
            "accounts",
            json!({"id": fca, "customer": customer, "authorization_id": format!("fcauth_{n}"), "institution_name": "Alder",
            "state": "broken", "account": payload, "as_of": 1, "read_at": 1, "changed_at": 1, "revision": 1, "last4": "6789"}),
        ),
        ("authorizations", json!({"id": format!("fcauth_{n}"), "can_be_repaired": 1, "read_at": 1})),
        (
            "events",
            json!({"id": format!("evt_{n}"), "type": "t", "subject": fca, "created": 1, "received_at": 1, "source": "webhook", "payload": payload}),
        ),
        (
            "events",
            json!({"id": format!("evt_b{n}"), "type": "t", "created": 1, "received_at": 1, "source": "webhook", "payload": payload}),
        ),
        (
            "work",
            json!({"id": format!("follow_up:{fca} refresh balance"), "kind": "follow_up", "subject": format!("{fca} refresh balance"),
            "urgency": 1, "wanted": 1, "newest": 0, "due": 0, "tries": 0, "lease_until": 0, "created_at": 0}),
        ),
        (
            "deliveries",
            json!({"id": format!("msg_{n}"), "type": "t", "subject": fca, "payload": payload, "created_at": 1, "due": 1, "tries": 0, "lease_until": 0}),
        ),
        (
            "attempts",
            json!({"session": session, "customer": customer, "sign_in": format!("s{n}"), "account": fca, "choice": "repair", "purpose": "payments",
            "requested": "[]", "known_before": "[]", "started_at": 1, "reported": "x", "language": "en", "offers_payment": 0, "is_told": 0, "keeps": 0}),
        ),
        (
            "payments",
            json!({"session": session, "account": fca, "acceptance": payload, "refusals": 0, "held_until": 0,
            "payment_method": format!("pm_{n}"), "setup_intent": format!("seti_{n}"), "mandate": format!("mandate_{n}")}),
        ),
        (
            "follow_ups",
            json!({"account": fca, "action": "refresh", "feature": "balance", "state": "done", "tries": 1, "changed_at": 1}),
        ),
    ]
}

/// Returns rows about a relink request of the customer.
pub(super) fn of_requests(customer: &str, n: &str) -> Vec<(&'static str, Value)> {
    let (fca, request) = (format!("fca_{n}"), format!("rlr_{n}"));
    vec![
        (
            "requests",
            json!({"id": request, "account": fca, "customer": customer, "delivery": "email", "language": "en", "email": format!("{n}@mail.example"),
            "reason": "broken", "is_automatic": 0, "state": "sent", "created_at": 1, "expires_at": 2}),
        ),
        ("mail_turns", json!({"account": fca, "request": request, "next_at": 1})),
        ("mails", json!({"request": request, "state": "sent", "tries": 1, "changed_at": 1})),
        ("visits", json!({"hash": format!("hash{n}"), "request": request, "until": 1})),
        (
            "idempotency",
            json!({"key": format!("key{n}"), "fingerprint": "f", "request": request, "salt": "s", "created_at": 1}),
        ),
        ("opt_outs", json!({"customer": customer, "at": 1})),
        (
            "customer_names",
            json!({"customer": customer, "contact": json!({"name": format!("Rosen{n}"), "email": null}).to_string(), "read_at": 1}),
        ),
        ("customer_words", json!({"word": format!("rosen{n}"), "customer": customer})),
        ("reminders", json!({"account": fca, "stage": "broken", "at": 1})),
        ("batch_results", json!({"batch": "bat_1", "account": fca, "result": "asked", "request": request})),
    ]
}
