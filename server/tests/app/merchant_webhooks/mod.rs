//! Merchant events: signed, resent until they are delivered, and listed if they are not.

mod undelivered;

use jiff::{SignedDuration, Timestamp};
use relink_server::Options;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::objects::{active, broken};
use crate::support::{API_KEY, CANARY, TestApp, now};
use crate::webhooks::event;

const NEW: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==";
const OLD: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktb2xkMQ==";

/// Merchant's back end, and a server that sends events to it.
struct Merchant {
    app: TestApp,
    receiver: MockServer,
}

impl Merchant {
    async fn start() -> Self {
        let receiver = MockServer::start().await;
        let url = format!("{}/hook", receiver.uri());
        Self { app: tells(&url, true).await, receiver }
    }

    async fn answers(&self, answer: ResponseTemplate, times: u64) {
        let mock = Mock::given(method("POST")).and(path("/hook")).respond_with(answer).up_to_n_times(times);
        mock.mount(&self.receiver).await;
    }

    async fn received(&self) -> Vec<Request> {
        self.receiver.received_requests().await.unwrap()
    }

    /// Sends what is due in `seconds` seconds from now.
    async fn send(&self, seconds: i64) -> usize {
        self.app.app.tell_merchant(at(seconds)).await
    }

    /// Returns the only message.
    async fn message(&self) -> Value {
        let list = self.list("").await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
        list["data"][0].clone()
    }

    async fn list(&self, query: &str) -> Value {
        let answer = self.app.get(&format!("/api/deliveries{query}"), API_KEY).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}

async fn tells(url: &str, allow_private: bool) -> TestApp {
    TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        webhook_url: Some(url.to_owned()),
        webhook_secret: Some(SecretString::from(format!("{NEW},{OLD}"))),
        webhook_allow_private: allow_private,
        ..options
    })
    .await
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(now()).unwrap() + SignedDuration::from_secs(seconds)
}

/// Breaks the account at Stripe, and lets the server read it.
async fn breaks(app: &TestApp, account: &str) {
    app.stripe_has_account(broken(account, Some("cus_1")));
    app.tell(&event(&format!("evt_{account}"), account)).await;
    relink_server::work_until_idle(&app.app).await;
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers[name].to_str().unwrap()
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_of_once_and_signed_with_every_secret() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(204), 9).await;
    breaks(&merchant.app, "fca_1").await;
    assert_eq!(merchant.send(1).await, 1);
    assert_eq!(merchant.send(100_000).await, 0);
    let received = merchant.received().await;
    let [request] = received.as_slice() else { panic!("{} messages", received.len()) };
    assert_eq!(header(request, "content-type"), "application/json");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("connection.broken"), &json!("fca_1")));
    assert_eq!(
        (&body["data"]["state"], &body["data"]["cause"]),
        (&json!("broken"), &json!("access_expired"))
    );
    assert!(header(request, "webhook-id").starts_with("msg_"));
    for secret in [NEW, OLD] {
        let headers: HeaderMap = request.headers.clone();
        Webhook::new(secret).unwrap().verify(&request.body, &headers).unwrap();
    }
    let message = merchant.message().await;
    assert_eq!(message["id"], header(request, "webhook-id"));
    assert_eq!(
        (&message["state"], &message["tries"], &message["subject"]),
        (&json!("delivered"), &json!(1), &json!("fca_1"))
    );
    assert_eq!((&message["last_status"], &message["next_try_at"]), (&json!(204), &json!(null)));
}

#[tokio::test]
async fn while_the_secret_is_rolled_each_message_is_signed_with_one_that_the_back_end_has() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(204), 99).await;
    let replace = async |secret: String| {
        let secret = Some(SecretString::from(secret));
        let changed = |options| Options { webhook_secret: secret, ..options };
        merchant.app.replace_secrets(changed).await.unwrap();
    };
    let (mut told, mut accepted) = (0, Vec::new());
    for (signed, verified) in [
        (OLD.to_owned(), OLD),
        (format!("{NEW},{OLD}"), OLD),
        (format!("{NEW},{OLD}"), NEW),
        (NEW.to_owned(), NEW),
    ] {
        for _ in 0..5 {
            breaks(&merchant.app, &format!("fca_{}", told + accepted.len())).await;
            accepted.push(verified);
        }
        // The secret changes while messages are on their way.
        let (sent, ()) = tokio::join!(merchant.send(1), replace(signed));
        told += sent;
        told += merchant.send(1).await;
    }
    assert_eq!(told, 20);
    for (request, secret) in merchant.received().await.iter().zip(accepted) {
        Webhook::new(secret).unwrap().verify(&request.body, &request.headers).unwrap();
    }
}

#[tokio::test]
async fn each_change_is_a_message_of_its_own() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(200), 9).await;
    breaks(&merchant.app, "fca_1").await;
    merchant.app.stripe_has_account(active("fca_1", Some("cus_1")));
    merchant.app.tell(&event("evt_2", "fca_1")).await;
    relink_server::work_until_idle(&merchant.app.app).await;
    assert_eq!(merchant.send(1).await, 2);
    let mut types: Vec<Value> = Vec::new();
    for request in merchant.received().await {
        types.push(serde_json::from_slice::<Value>(&request.body).unwrap()["type"].clone());
    }
    types.sort_by_key(Value::to_string);
    assert_eq!(types, ["connection.broken", "connection.repaired"]);
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_later_with_the_same_identifier() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(500).set_body_string("canary in the answer"), 1).await;
    merchant.answers(ResponseTemplate::new(200), 1).await;
    breaks(&merchant.app, "fca_1").await;
    // Both times count from the same moment, because the retry is about five seconds after the first attempt.
    let moment = at(0);
    let send =
        async |seconds| merchant.app.app.tell_merchant(moment + SignedDuration::from_secs(seconds)).await;
    assert_eq!(send(1).await, 1);
    let message = merchant.message().await;
    assert_eq!(
        (&message["state"], &message["tries"], &message["last_status"]),
        (&json!("pending"), &json!(1), &json!(500))
    );
    assert_eq!(message["last_error"], "the answer is 500");
    assert_eq!(merchant.list("?state=pending").await["data"][0], message);
    // Before the retry is due, nothing is sent.
    assert_eq!(send(4).await, 0);
    assert_eq!(send(8).await, 1);
    assert_eq!(merchant.message().await["state"], "delivered");
    assert_eq!(merchant.list("?state=pending").await["data"], json!([]));
    let received = merchant.received().await;
    let [first, second] = received.as_slice() else { panic!("{} messages", received.len()) };
    assert_eq!((header(first, "webhook-id"), &first.body), (header(second, "webhook-id"), &second.body));
    assert_ne!(header(first, "webhook-timestamp"), header(second, "webhook-timestamp"));
    // The merchant's response is not stored or logged.
    let whole = merchant.app.get(&format!("/api/deliveries/{}", header(first, "webhook-id")), API_KEY).await;
    assert!(!whole.text.contains(CANARY) && !merchant.app.log().contains("canary in"), "{}", whole.text);
}

#[tokio::test]
async fn what_was_not_sent_before_a_restart_is_sent_after_it() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(200), 9).await;
    breaks(&merchant.app, "fca_1").await;
    let another = merchant.app.another().await;
    assert_eq!(another.app.tell_merchant(at(1)).await, 1);
    assert_eq!(merchant.send(2).await, 0);
    assert_eq!(merchant.received().await.len(), 1);
}

#[tokio::test]
async fn messages_are_listed_page_after_page_the_newest_first() {
    let merchant = Merchant::start().await;
    for n in 0..7 {
        breaks(&merchant.app, &format!("fca_{n}")).await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = merchant.list(&format!("?limit=3{after}")).await;
        let data = page["data"].as_array().unwrap().clone();
        seen.extend(data.iter().map(|one| one["subject"].as_str().unwrap().to_owned()));
        after = format!("&starting_after={}", data.last().unwrap()["id"].as_str().unwrap());
        // New messages come before the first page, so the other pages don't shift.
        breaks(&merchant.app, &format!("fca_late{}", seen.len())).await;
        if page["has_more"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, ["fca_6", "fca_5", "fca_4", "fca_3", "fca_2", "fca_1", "fca_0"]);
    for query in ["?limit=0", "?limit=101", "?state=lost", "?starting_after=a%20b", "?page=2"] {
        let answer = merchant.app.get(&format!("/api/deliveries{query}"), API_KEY).await;
        assert_eq!(answer.problem(), (400, "invalid_request".to_owned()), "{query}");
    }
}
