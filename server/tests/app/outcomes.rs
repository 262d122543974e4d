//! Outcomes of attempts: Stripe decides, and the browser's report is a hint.

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{active, any_account, broken, failed, repaired, session, session_of, signed_in, told};
use crate::support::{TestApp, now, signed, token};

/// Starts an attempt whose session then has these states at Stripe, one after the other; the last one stays.
async fn begun(answers: &[Value]) -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    for (place, answer) in answers.iter().enumerate() {
        let mock = Mock::given(method("GET"))
            .and(path("/v1/financial_connections/sessions/fcsess_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer));
        let times = if place + 1 == answers.len() { u64::MAX } else { 1 };
        mock.up_to_n_times(times).mount(&app.stripe).await;
    }
    app
}

fn of(result: &Value) -> Value {
    session("fcsess_1", "fca_1", result)
}

async fn outcome(app: &TestApp, reported: &str) -> String {
    told(&app.outcome(&token("cus_1"), "fcsess_1", reported).await.json())
}

#[tokio::test]
async fn stripes_word_stands_whatever_the_browser_reports() {
    for (result, expected) in [
        (repaired("fca_1"), "relinked: fca_1 |  | "),
        (failed("no_account"), "no_account"),
        (failed("no_authorization"), "no_authorization"),
        (failed("meteor"), "failed"),
    ] {
        let app = begun(&[of(&result)]).await;
        for reported in ["finished", "closed", "error", "unknown"] {
            assert_eq!(outcome(&app, reported).await, expected, "{reported}");
        }
    }
}

#[tokio::test]
async fn while_stripe_does_not_know_it_is_asked_again_only_if_the_customer_is_through() {
    let app = begun(&[of(&Value::Null), of(&repaired("fca_1"))]).await;
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 |  | ");
    let app = begun(&[of(&Value::Null), of(&repaired("fca_1"))]).await;
    assert_eq!(outcome(&app, "unknown").await, "pending");
    assert_eq!(outcome(&app, "unknown").await, "relinked: fca_1 |  | ");
}

#[tokio::test]
async fn a_final_answer_stays_and_is_logged_with_what_it_is_about() {
    let app = begun(&[of(&Value::Null)]).await;
    assert_eq!(outcome(&app, "closed").await, "cancelled");
    assert_eq!(outcome(&app, "finished").await, "cancelled");
    let log = app.log();
    let line: Value = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| line["fields"]["message"] == "relink outcome")
        .unwrap();
    let fields = &line["fields"];
    assert_eq!(
        [
            &fields["session"],
            &fields["account"],
            &fields["customer"],
            &fields["outcome"],
            &fields["reported"]
        ],
        ["fcsess_1", "fca_1", "cus_1", "cancelled", "Closed"]
    );
    assert_eq!(line["span"]["request_id"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_session_that_turns_out_to_be_for_another_account_repairs_nothing() {
    let app = begun(&[session("fcsess_1", "fca_2", &repaired("fca_1"))]).await;
    let answer = app.outcome(&token("cus_1"), "fcsess_1", "finished").await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
}

fn data(options: Options) -> Options {
    Options { purpose: "data".to_owned(), permissions: Some("balances".to_owned()), ..options }
}

/// Changes the last digits of an account.
fn other(account: Value, last4: &str) -> Value {
    let mut account = account;
    account["last4"] = json!(last4);
    account
}

/// Starts a relink of a bank login with three accounts at Alder Bank.
async fn relinking(change: impl FnOnce(Options) -> Options, token: &str) -> TestApp {
    let app = TestApp::with(change).await;
    for (id, last4) in [("fca_1", "6789"), ("fca_2", "1204"), ("fca_3", "4421")] {
        app.stripe_has_account(other(broken(id, Some("cus_1")), last4));
    }
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(token, "fca_1").await.status, 200);
    app
}

async fn stripe_ends_with(app: &TestApp, result: &Value, accounts: &[Value]) {
    let address = "/v1/financial_connections/sessions/fcsess_1";
    app.stripe_has(address, any_account("fcsess_1", result, accounts)).await;
}

#[tokio::test]
async fn several_accounts_of_a_login_come_back_and_what_does_not_is_still_broken() {
    let app = relinking(data, &token("cus_1")).await;
    app.stripe_has_account(other(active("fca_1", Some("cus_1")), "6789"));
    app.stripe_has_account(other(active("fca_2", Some("cus_1")), "1204"));
    stripe_ends_with(&app, &signed_in("fcauth_1"), &[other(active("fca_1", Some("cus_1")), "6789")]).await;
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 fca_2 |  | fca_3");
    // The first outcome is final, and Stripe is not called again.
    let asked = app.stripe.received_requests().await.unwrap().len();
    app.stripe_has_account(other(active("fca_3", Some("cus_1")), "4421"));
    assert_eq!(outcome(&app, "closed").await, "relinked: fca_1 fca_2 |  | fca_3");
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), asked);
}

#[tokio::test]
async fn a_new_login_says_what_is_restored_and_what_is_new() {
    let app = relinking(data, &token("cus_1")).await;
    let moved = other(active("fca_new1", Some("cus_1")), "6789");
    let unknown = other(active("fca_new2", Some("cus_1")), "9000");
    stripe_ends_with(&app, &signed_in("fcauth_2"), &[moved, unknown]).await;
    assert_eq!(outcome(&app, "finished").await, "new_authorization: fca_new1 | fca_new2 | fca_2 fca_3");
}

#[tokio::test]
async fn a_new_identifier_is_the_old_account_for_data_and_a_new_one_for_payments() {
    let lenient = |options| Options { any_account: true, ..options };
    let same = other(active("fca_new", Some("cus_1")), "6789");
    let app = relinking(data, &token("cus_1")).await;
    stripe_ends_with(&app, &signed_in("fcauth_1"), std::slice::from_ref(&same)).await;
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_new |  | fca_2 fca_3");
    let app = relinking(lenient, &token("cus_1")).await;
    stripe_ends_with(&app, &signed_in("fcauth_1"), &[same]).await;
    assert_eq!(outcome(&app, "finished").await, "new_account:  | fca_new | fca_1 fca_2 fca_3");
}

#[tokio::test]
async fn every_page_of_what_was_linked_is_read() {
    let app = relinking(data, &token("cus_1")).await;
    let pages = [("fca_1", "6789"), ("fca_2", "1204"), ("fca_3", "4421")]
        .map(|(id, last4)| other(active(id, Some("cus_1")), last4));
    let mut session = any_account("fcsess_1", &signed_in("fcauth_1"), &pages[..1]);
    session["accounts"]["has_more"] = json!(true);
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", session).await;
    let list = || {
        let list = Mock::given(method("GET")).and(path("/v1/financial_connections/accounts"));
        list.and(query_param("session", "fcsess_1"))
    };
    let page = |accounts: &[Value], has_more: bool| {
        ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": accounts, "has_more": has_more}))
    };
    app.stripe
        .register(list().and(query_param_is_missing("starting_after")).respond_with(page(&pages[..2], true)))
        .await;
    app.stripe
        .register(list().and(query_param("starting_after", "fca_2")).respond_with(page(&pages[2..], false)))
        .await;
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 fca_2 fca_3 |  | ");
}

#[tokio::test]
async fn without_the_pages_nothing_is_told_and_without_the_rest_nothing_beside_them() {
    let app = relinking(data, &token("cus_1")).await;
    let linked = other(active("fca_1", Some("cus_1")), "6789");
    let mut session = any_account("fcsess_1", &signed_in("fcauth_1"), std::slice::from_ref(&linked));
    session["accounts"]["has_more"] = json!(true);
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/sessions/fcsess_1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(session))
        .up_to_n_times(1)
        .mount(&app.stripe)
        .await;
    stripe_ends_with(&app, &signed_in("fcauth_1"), &[linked]).await;
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/accounts"))
        .respond_with(down)
        .mount(&app.stripe)
        .await;
    let answer = app.outcome(&token("cus_1"), "fcsess_1", "finished").await;
    assert_eq!(answer.problem(), (503, "stripe_unavailable".to_owned()));
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 |  | ");
}

#[tokio::test]
async fn an_account_that_the_token_hides_is_not_new_and_not_told_of() {
    let narrowed = signed(&json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "accounts": ["fca_1"]}));
    let app = relinking(data, &narrowed).await;
    app.stripe_has_account(other(active("fca_3", Some("cus_1")), "4421"));
    stripe_ends_with(&app, &signed_in("fcauth_1"), &[other(active("fca_2", Some("cus_1")), "1204")]).await;
    let outcome = app.outcome(&narrowed, "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "relinked: fca_2 |  | fca_1");
}

#[tokio::test]
async fn another_bank_adds_an_account_where_the_old_one_was_not_found() {
    let app = begun(&[of(&failed("no_account"))]).await;
    assert_eq!(outcome(&app, "finished").await, "no_account");
    let mine = token("cus_1");
    assert_eq!(
        app.choose(&mine, "fca_1", "another_account").await.problem().0,
        500,
        "made for the exact account"
    );
    let app = begun(&[of(&failed("no_account"))]).await;
    assert_eq!(outcome(&app, "finished").await, "no_account");
    app.stripe.reset().await;
    app.stripe_has(
        "/v1/financial_connections/accounts",
        json!({"data": [broken("fca_1", Some("cus_1"))], "has_more": false}),
    )
    .await;
    app.stripe_makes(session_of("fcsess_2", &Value::Null, &Value::Null, &[])).await;
    assert_eq!(app.choose(&mine, "fca_1", "another_bank").await.status, 200);
    let mut ended =
        session_of("fcsess_2", &Value::Null, &Value::Null, &[other(active("fca_new", Some("cus_1")), "1")]);
    ended["status"] = json!("succeeded");
    app.stripe_has("/v1/financial_connections/sessions/fcsess_2", ended).await;
    let outcome = app.outcome(&mine, "fcsess_2", "finished").await.json();
    assert_eq!(told(&outcome), "new_account:  | fca_new | ");
    assert!(outcome["new_account"]["mandate"].is_string());
}

#[tokio::test]
async fn accounts_without_a_holder_are_known_by_the_token_that_names_them() {
    let claims =
        json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "accounts": ["fca_1", "fca_2", "fca_3"]});
    let vouched = signed(&claims);
    let app = TestApp::with(data).await;
    for (id, last4) in [("fca_1", "6789"), ("fca_2", "1204"), ("fca_3", "4421")] {
        app.stripe_has_account(other(broken(id, None), last4));
    }
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(&vouched, "fca_1").await.status, 200);
    app.stripe_has_account(other(active("fca_3", None), "4421"));
    let linked = [other(active("fca_1", None), "6789")];
    stripe_ends_with(&app, &signed_in("fcauth_1"), &linked).await;
    let outcome = app.outcome(&vouched, "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "relinked: fca_1 fca_3 |  | fca_2");
}
