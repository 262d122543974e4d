//! Ends of attempts: merchant events are sent even if the customer has closed the page.

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::attempts::{SESSION, begun, outcome};
use crate::objects::{active, any_account, broken, failed, repaired, session, signed_in};
use crate::payment_method::lenient;
use crate::support::{TestApp, now, token};

/// Delivers a webhook, with an old time, that says that the session has ended.
async fn session_ended(app: &TestApp) {
    stripe_says_that_it_ended(app, 1).await;
}

async fn stripe_says_that_it_ended(app: &TestApp, at: i64) {
    app.database
        .run(&format!(
            "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
             VALUES ('session:fcsess_1', 'session', 'fcsess_1', 0, 1, {at}, 0, 0, 0, 0)"
        ))
        .await;
    relink_server::work_until_idle(&app.app).await;
}

/// Makes Stripe return the undecided session once.
async fn stripe_is_silent_once(app: &TestApp) {
    let pending = ResponseTemplate::new(200).set_body_json(session("fcsess_1", "fca_1", &Value::Null));
    Mock::given(method("GET"))
        .and(path(SESSION))
        .respond_with(pending)
        .up_to_n_times(1)
        .mount(&app.stripe)
        .await;
}

fn telling(options: Options) -> Options {
    Options {
        webhook_url: Some("https://shop.example/hooks".to_owned()),
        webhook_secret: Some("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into()),
        ..options
    }
}

/// Returns the payloads of the queued merchant events.
async fn messages(app: &TestApp) -> Vec<Value> {
    let payloads = app.database.texts("SELECT payload FROM deliveries ORDER BY created_at, id").await;
    payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
}

#[tokio::test]
async fn a_customer_who_closed_the_page_is_heard_of_by_the_webhook() {
    let app = begun(|options| Options { refresh: Some("balance".to_owned()), ..telling(options) }).await;
    // Stripe's next response is still undecided, although the event says otherwise.
    stripe_is_silent_once(&app).await;
    session_ended(&app).await;
    assert_eq!(app.database.texts("SELECT session FROM attempts WHERE settled IS NULL").await, ["fcsess_1"]);
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &failed("no_account"))).await;
    session_ended(&app).await;
    assert_eq!(app.database.texts("SELECT outcome FROM attempts").await, ["no_account"]);
    let told = messages(&app).await;
    let told: Vec<_> = told.iter().filter(|message| message["type"] == "relink.failed").collect();
    assert_eq!(told.len(), 1);
    // The customer returns and gets the same outcome; the merchant gets no second event.
    let asked = app.stripe.received_requests().await.unwrap().len();
    assert_eq!(outcome(&app, "closed").await, "no_account");
    session_ended(&app).await;
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), asked);
    assert_eq!(messages(&app).await.iter().filter(|message| message["type"] == "relink.failed").count(), 1);
    let actors = app.database.texts("SELECT actor FROM audit WHERE action = 'relink.settled'").await;
    assert_eq!(actors, [r#"{"type":"server"}"#]);
}

#[tokio::test]
async fn an_end_that_stripe_does_not_know_of_yet_is_looked_for_again() {
    let app = begun(|options| options).await;
    stripe_is_silent_once(&app).await;
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &failed("no_account"))).await;
    stripe_says_that_it_ended(&app, now()).await;
    assert_eq!(app.database.texts("SELECT session FROM attempts WHERE settled IS NULL").await, ["fcsess_1"]);
    app.database.run("UPDATE work SET due = 0 WHERE kind = 'session'").await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(app.database.texts("SELECT outcome FROM attempts").await, ["no_account"]);
    assert_eq!(app.database.texts("SELECT id FROM work WHERE kind = 'session'").await, [""; 0]);
}

#[tokio::test]
async fn a_repair_that_only_the_webhook_tells_of_is_followed_up() {
    let app = begun(|options| Options { refresh: Some("balance".to_owned()), ..telling(options) }).await;
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &repaired("fca_1"))).await;
    let refresh = "/v1/financial_connections/accounts/fca_1/refresh";
    let taken = ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(refresh, taken, u64::MAX).await;
    session_ended(&app).await;
    assert_eq!(app.posts_to(refresh).await.len(), 1);
    let told = messages(&app).await;
    assert_eq!(told.last().unwrap()["type"], "connection.repaired");
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 |  | ");
}

#[tokio::test]
async fn a_session_that_was_not_made_here_is_none_of_ours() {
    let app = TestApp::start().await;
    session_ended(&app).await;
    assert_eq!(app.database.texts("SELECT id FROM work WHERE kind = 'session'").await, [""; 0]);
    let asked = app.stripe.received_requests().await.unwrap();
    assert!(!asked.iter().any(|request| request.url.path().contains("sessions")));
}

#[tokio::test]
async fn a_failure_is_told_once_with_what_the_merchant_needs() {
    for (reason, expected) in
        [("no_account", "no_account"), ("no_authorization", "no_authorization"), ("meteor", "failed")]
    {
        let app = begun(telling).await;
        let before = messages(&app).await.len();
        app.stripe_has(SESSION, session("fcsess_1", "fca_1", &failed(reason))).await;
        let other = app.another().await;
        let (first, second) = tokio::join!(outcome(&app, "finished"), outcome(&other, "finished"));
        assert_eq!([first.as_str(), second.as_str()], [expected; 2]);
        let told = messages(&app).await.split_off(before);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["type"], "relink.failed");
        let data = &told[0]["data"];
        let said = ["id", "customer", "session", "reason", "choice", "state", "institution_name"]
            .map(|name| &data[name]);
        assert_eq!(said, ["fca_1", "cus_1", "fcsess_1", expected, "repair", "broken", "Alder Bank"]);
    }
}

#[tokio::test]
async fn who_closes_the_window_has_not_failed_and_who_wants_to_hear_nothing_does_not() {
    let app = begun(telling).await;
    let before = messages(&app).await.len();
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(outcome(&app, "closed").await, "cancelled");
    assert_eq!(messages(&app).await.len(), before);
    let app = begun(|options| options).await;
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &failed("no_account"))).await;
    assert_eq!(outcome(&app, "finished").await, "no_account");
    assert_eq!(messages(&app).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_failure_that_the_browser_reported_is_not_told_again_when_stripe_says_why() {
    let app = begun(telling).await;
    let before = messages(&app).await.len();
    stripe_is_silent_once(&app).await;
    assert_eq!(outcome(&app, "error").await, "failed");
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &failed("no_account"))).await;
    session_ended(&app).await;
    assert_eq!(outcome(&app, "unknown").await, "no_account");
    let told = messages(&app).await.split_off(before);
    assert_eq!(told.iter().map(|message| &message["data"]["reason"]).collect::<Vec<_>>(), ["failed"]);
}

#[tokio::test]
async fn an_account_that_was_linked_is_told_of_as_added() {
    let app = TestApp::with(|options| lenient(telling(options))).await;
    let mine = token("cus_1");
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(&mine, "fca_1").await.status, 200);
    let mut new = active("fca_new", Some("cus_1"));
    new["created"] = json!(now() + 1);
    let ended = any_account("fcsess_1", &signed_in("fcauth_1"), &[new.clone()]);
    app.stripe_has(SESSION, ended).await;
    // The list of all accounts fails, so only the session has the new account.
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/accounts"))
        .respond_with(down)
        .mount(&app.stripe)
        .await;
    assert_eq!(outcome(&app, "finished").await, "new_account:  | fca_new | ");
    let told = messages(&app).await;
    let added: Vec<_> = told.iter().filter(|message| message["type"] == "account.added").collect();
    assert_eq!(added.len(), 1, "{told:?}");
    assert_eq!(added[0]["data"]["id"], "fca_new");
}
