//! Stripe's events, from the HTTP request to the store.

mod refused;

use std::fmt::Write;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use axum::body::Body;
use axum::http::Request;
use relink_server::Options;
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use self::refused::assert_refused;
use crate::support::{API_KEY, Answer, TestApp, WEBHOOK_SECRET, now};

/// Returns the `Stripe-Signature` header, made `seconds` seconds from now.
pub(crate) fn signature(secret: &str, body: &[u8], seconds: i64) -> String {
    let time = now() + seconds;
    let code =
        sign(&Key::new(HMAC_SHA256, secret.as_bytes()), &[format!("{time}.").as_bytes(), body].concat());
    let mut header = format!("t={time},v1=");
    for byte in code.as_ref() {
        write!(header, "{byte:02x}").unwrap();
    }
    header
}

/// Returns an event about an account that has just broken.
pub(crate) fn event(id: &str, account: &str) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-09-30.preview", "created": now(), "livemode": false,
        "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
        "type": "financial_connections.account.deactivated",
        "data": {"object": {"id": account, "object": "financial_connections.account", "status": "inactive"}}
    })
}

fn request(body: impl Into<Body>, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request =
        Request::post("/webhooks/stripe").header("content-type", "application/json; charset=utf-8");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

impl TestApp {
    /// Sends the event as Stripe does.
    pub(crate) async fn tell(&self, event: &Value) -> Answer {
        self.tell_text(event.to_string().into_bytes()).await
    }

    async fn tell_text(&self, body: Vec<u8>) -> Answer {
        self.tell_signed(WEBHOOK_SECRET, body).await
    }

    /// Sends an event that is signed with this secret.
    pub(crate) async fn tell_signed(&self, secret: &str, body: Vec<u8>) -> Answer {
        let signature = signature(secret, &body, 0);
        self.send(request(body, &[("stripe-signature", &signature)])).await
    }

    async fn kept(&self) -> Vec<String> {
        self.database.texts("SELECT id FROM events ORDER BY id").await
    }
}

fn with_api_key(options: Options) -> Options {
    Options { api_key: Some(SecretString::from(API_KEY)), ..options }
}

#[tokio::test]
async fn a_signed_event_is_kept_and_its_account_is_to_be_read() {
    let app = TestApp::start().await;
    let event = event("evt_1", "fca_1");
    let answer = app.tell(&event).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{}"));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(app.database.texts("SELECT payload FROM events").await, [event.to_string()]);
    assert_eq!(app.database.texts("SELECT id FROM work WHERE kind = 'account'").await, ["account:fca_1"]);
}

#[tokio::test]
async fn while_a_secret_is_rolled_both_are_taken() {
    let app = TestApp::with(|options| Options {
        stripe_webhook_secret: Some(SecretString::from("whsec_new, whsec_old")),
        ..options
    })
    .await;
    for (secret, expected) in [("whsec_new", 200), ("whsec_old", 200), (WEBHOOK_SECRET, 400)] {
        let body = event(&format!("evt_{}", &secret[6..]), "fca_1").to_string();
        let signature = signature(secret, body.as_bytes(), 0);
        let answer = app.send(request(body, &[("stripe-signature", &signature)])).await;
        assert_eq!(answer.status.as_u16(), expected, "{secret}");
    }
    // While a secret is rolled, Stripe signs with both.
    let body = event("evt_both", "fca_1").to_string();
    let (ours, other) =
        (signature("whsec_old", body.as_bytes(), 0), signature("whsec_x", body.as_bytes(), 0));
    let (_, other) = other.split_once(',').unwrap();
    let answer = app.send(request(body, &[("stripe-signature", &format!("{ours},{other},v0=1"))])).await;
    assert_eq!(answer.status, 200);
    assert_eq!(app.kept().await, ["evt_both", "evt_new", "evt_old"]);
}

#[tokio::test]
async fn the_same_event_ten_times_at_once_is_kept_once() {
    let app = TestApp::start().await;
    let event = event("evt_1", "fca_1");
    let body = event.to_string();
    let signature = signature(WEBHOOK_SECRET, body.as_bytes(), 0);
    let sent: [_; 10] = std::array::from_fn(|_| {
        let request = request(body.clone(), &[("stripe-signature", &signature)]);
        tokio::spawn(app.router.clone().oneshot(request))
    });
    for answer in sent {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(app.kept().await, ["evt_1"]);
    let wanted = "SELECT CAST(wanted AS TEXT) FROM work WHERE kind = 'account'";
    assert_eq!(app.database.texts(wanted).await, ["1"]);
}

#[tokio::test]
async fn while_the_database_fails_stripe_is_asked_to_send_again_and_then_nothing_is_lost() {
    let app = TestApp::start().await;
    let event = event("evt_1", "fca_1");
    app.database.run("ALTER TABLE events RENAME TO away").await;
    let answer = app.tell(&event).await;
    assert_refused(&answer, 503, "Nothing is lost");
    assert_eq!(answer.problem().1, "store_unavailable");
    assert_eq!(answer.headers["retry-after"], "5");
    app.database.run("ALTER TABLE away RENAME TO events").await;
    assert_eq!(app.tell(&event).await.status, 200);
    assert_eq!(app.kept().await, ["evt_1"]);
}

#[tokio::test]
async fn what_is_in_another_version_or_unknown_is_kept_and_counted() {
    let app = TestApp::with(with_api_key).await;
    for (id, name, value) in [
        ("evt_1", "api_version", json!("2026-10-28.endive")),
        ("evt_2", "api_version", json!(null)),
        ("evt_3", "type", json!("customer.created")),
        // Ignored, and counted as refused.
        ("evt_4", "account", json!("acct_1")),
    ] {
        let mut event = event(id, "fca_1");
        event[name] = value;
        assert_eq!(app.tell(&event).await.status, 200);
    }
    let status = app.get("/api/status", API_KEY).await.json();
    assert_eq!(status["events"]["received"], 3);
    let by_type = json!({"customer.created": 1, "financial_connections.account.deactivated": 2});
    assert_eq!(status["events"]["by_type"], by_type);
    assert_eq!(status["events"]["unknown_types"], json!({"customer.created": 1}));
    assert_eq!(status["events"]["other_versions"], json!({"": 1, "2026-10-28.endive": 1}));
    assert_eq!(status["inbox"]["waiting"], 0);
    // Logged once, not for each event.
    assert_eq!(app.log().matches("give the event destination that version").count(), 1);
}
