//! Requests that are not accepted as events, and the responses.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::{event, request, signature};
use crate::support::{Answer, CANARY, TestApp, WEBHOOK_SECRET};

/// Checks that the event was refused with this status and a sentence that contains `words`.
pub(super) fn assert_refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.problem().0, status, "{}", answer.text);
    let title = answer.json()["title"].as_str().unwrap().to_owned();
    assert!(title.contains(words), "{title}");
    assert!(!answer.text.contains(CANARY), "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn what_is_not_signed_by_stripe_just_now_is_refused() {
    let app = TestApp::start().await;
    let body = event("evt_1", "fca_1").to_string();
    let send =
        async |signature: &str| app.send(request(body.clone(), &[("stripe-signature", signature)])).await;
    let good = signature(WEBHOOK_SECRET, body.as_bytes(), 0);
    let of_another_body = signature(WEBHOOK_SECRET, b"{}", 0);
    assert_refused(&app.send(request(body.clone(), &[])).await, 400, "Stripe-Signature is missing");
    let twice = request(body.clone(), &[("stripe-signature", &good), ("stripe-signature", &good)]);
    assert_refused(&app.send(twice).await, 400, "not in Stripe's form");
    assert_refused(&send("").await, 400, "not in Stripe's form");
    assert_refused(&send(&good.replace(',', ", ")).await, 400, "not in Stripe's form");
    assert_refused(&send(&good.replace("v1", "v0")).await, 400, "not in Stripe's form");
    assert_refused(&send(&signature("whsec_other", body.as_bytes(), 0)).await, 400, "STRIPE_WEBHOOK_SECRET");
    assert_refused(&send(&of_another_body).await, 400, "STRIPE_WEBHOOK_SECRET");
    for (seconds, words) in [(-301, "more than 5 minutes old"), (310, "more than 5 minutes ahead")] {
        assert_refused(&send(&signature(WEBHOOK_SECRET, body.as_bytes(), seconds)).await, 400, words);
    }
    assert_eq!(app.kept().await.len(), 0);
    for seconds in [-290, 290] {
        assert_eq!(send(&signature(WEBHOOK_SECRET, body.as_bytes(), seconds)).await.status, 200);
    }
    assert_eq!(app.kept().await, ["evt_1"]);
}

#[tokio::test]
async fn what_is_signed_but_is_no_event_for_this_server_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let with = |name: &str, value: Value| {
        let mut event = event("evt_1", "fca_1");
        event[name] = value;
        event.to_string()
    };
    let thin = json!({"id": "evt_1", "object": "v2.core.event", "type": "v1.financial_connections.account.created",
        "created": "2026-11-20T10:00:00Z", "livemode": false, "related_object": {"id": "fca_1"}});
    let good = event("evt_1", "fca_1").to_string();
    for (body, words) in [
        (thin.to_string().into_bytes(), "snapshot"),
        (with("livemode", json!(true)).into_bytes(), "This is a live event, and this server has test keys"),
        (with("id", json!("req_1")).into_bytes(), "not an event"),
        (with("created", json!("yesterday")).into_bytes(), "not an event"),
        (Vec::new(), "not an event"),
        (b"{".to_vec(), "not an event"),
        (b"\0".to_vec(), "not an event"),
        (good.replace("evt_1", "evt_\0").into_bytes(), "not an event"),
        (good.replace("evt_1", "evt_\\u0000").into_bytes(), "not an event"),
        ([good.as_bytes(), b"\xff"].concat(), "not an event"),
        ([&good.as_bytes()[..good.len() - 1], b",\"x\":\"\xff\"}"].concat(), "not an event"),
        (good.replace("\"evt_1\"", "\"evt_1\",\"id\":\"evt_2\"").into_bytes(), "not an event"),
        ("[".repeat(64 * 1024).into_bytes(), "not an event"),
    ] {
        assert_refused(&app.tell_text(body).await, 400, words);
    }
    assert_eq!(app.kept().await.len(), 0);
}

#[tokio::test]
async fn an_event_may_be_64_kib_long_and_no_longer() {
    let app = TestApp::start().await;
    let sized = |id: &str, size: usize| {
        let mut event = event(id, "fca_1");
        event["padding"] = json!("");
        let short = event.to_string().len();
        event["padding"] = json!("x".repeat(size - short));
        event.to_string().into_bytes()
    };
    assert_eq!(app.tell_text(sized("evt_1", 64 * 1024)).await.status, 200);
    assert_refused(
        &app.tell_text(sized("evt_2", 64 * 1024 + 1)).await,
        413,
        "Choose only events of Financial Connections",
    );
    assert_refused(&app.tell_text("[".repeat(100_000).into_bytes()).await, 413, "64 KiB");
    assert_eq!(app.kept().await, ["evt_1"]);
}

#[tokio::test]
async fn a_body_that_was_compressed_on_the_way_is_refused() {
    let app = TestApp::start().await;
    let body = event("evt_1", "fca_1").to_string();
    let signature = signature(WEBHOOK_SECRET, body.as_bytes(), 0);
    for (encoding, expected) in [("gzip", 415), ("br", 415), ("identity", 200)] {
        let headers = [("stripe-signature", signature.as_str()), ("content-encoding", encoding)];
        let answer = app.send(request(body.clone(), &headers)).await;
        assert_eq!(answer.status.as_u16(), expected, "{encoding}");
    }
}

/// Body that never sends any bytes, or one that fails.
struct Unfinished {
    breaks: bool,
}

impl HttpBody for Unfinished {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.breaks { Poll::Ready(Some(Err("reset".into()))) } else { Poll::Pending }
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::start().await;
    let unfinished = |breaks| request(Body::new(Unfinished { breaks }), &[("stripe-signature", "t=1,v1=0")]);
    assert_refused(&app.send(unfinished(true)).await, 400, "did not arrive whole");
    tokio::time::pause();
    assert_refused(&app.send(unfinished(false)).await, 408, "within 10 seconds");
}

#[tokio::test]
async fn whoever_looks_with_a_browser_is_told_what_this_is() {
    let app = TestApp::start().await;
    let answer = app.get("/webhooks/stripe", "").await;
    assert_refused(&answer, 405, "by POST");
    assert_eq!(answer.headers["allow"], "POST");
}

#[tokio::test]
async fn neither_log_nor_answer_shows_what_was_sent() {
    let app = TestApp::start().await;
    let mut secret = event("evt_1", "fca_1");
    secret["data"]["object"]["owner"] = json!("canary-owner");
    assert_eq!(app.tell(&secret).await.status, 200);
    secret["id"] = json!("canary-id");
    let answer = app.tell(&secret).await;
    assert_refused(&answer, 400, "not an event");
    let log = app.log();
    assert!(log.contains("an event is refused"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
    assert!(log.contains(answer.headers["x-request-id"].to_str().unwrap()));
}
