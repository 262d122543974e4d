//! Start of an attempt.

use insta::assert_snapshot;
use relink_server::Options;
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::objects::{active, any_account, broken, form, session, session_of};
use crate::support::{CLIENT_SECRET, TestApp, now, request, signed, token};
use crate::webhooks::event;

async fn with_account(account: Value) -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(account);
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app
}

#[tokio::test]
async fn a_server_for_a_connected_account_names_it_in_every_call_and_to_the_page() {
    let app = TestApp::with(|options| Options {
        connect: relink_server::ConnectOptions {
            stripe_account: Some("acct_Ada".to_owned()),
            ..relink_server::ConnectOptions::default()
        },
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.json()["stripe_account"], "acct_Ada", "{}", answer.text);
    let calls = app.stripe.received_requests().await.unwrap();
    assert!(
        calls.len() > 1 && calls.iter().all(|call| call.headers["stripe-account"] == "acct_Ada"),
        "{calls:?}"
    );
}

#[tokio::test]
async fn stripe_is_asked_for_exactly_this_account_and_the_page_gets_what_it_needs() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let expected =
        json!({"session": "fcsess_1", "client_secret": CLIENT_SECRET, "publishable_key": "pk_test_1"});
    assert_eq!(answer.json(), expected);
    let posts = app.posts().await;
    let sent = &posts[0];
    assert_eq!(sent.headers["stripe-version"], "2026-09-30.preview");
    assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(sent.headers["authorization"], "Bearer rk_test_canary");
    assert_snapshot!(form(sent), @r"
    account_holder[type]=customer
    account_holder[customer]=cus_1
    permissions[]=payment_method
    permissions[]=balances
    relink_options[authorization]=fcauth_1
    relink_options[account]=fca_1
    filters[account_subcategories][]=checking
    filters[account_subcategories][]=savings
    limits[accounts]=1
    ");
}

#[tokio::test]
async fn after_the_list_was_shown_a_press_costs_one_call_to_stripe_and_after_five_minutes_two() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let token = token("cus_1");
    let calls = async || app.stripe.received_requests().await.unwrap().len();
    assert_eq!(app.get("/api/accounts", &token).await.status, 200);
    let before = calls().await;
    assert_eq!(app.begin(&token, "fca_1").await.status, 200);
    assert_eq!(calls().await, before + 1);
    app.database.run("UPDATE customers SET listed_at = listed_at - 301000").await;
    app.begin(&token, "fca_1").await;
    assert_eq!(calls().await, before + 3);
}

#[tokio::test]
async fn an_account_that_an_event_repairs_after_the_list_was_read_is_not_repaired_twice() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let token = token("cus_1");
    assert_eq!(app.get("/api/accounts", &token).await.status, 200);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(app.begin(&token, "fca_1").await.problem(), (409, "not_repairable".to_owned()));
    assert_eq!(app.posts().await.len(), 0);
}

#[tokio::test]
async fn a_session_id_that_stripe_gives_twice_is_named_as_the_cause() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.problem(), (502, "duplicate_stripe_id".to_owned()));
    assert!(answer.text.contains("Was the sandbox reset beside a kept database?"), "{}", answer.text);
    assert!(app.log().contains("the session id fcsess_1 is that of an earlier attempt"));
}

#[tokio::test]
async fn a_new_attempt_has_a_new_idempotency_key_and_a_repeated_question_the_old_one() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_answers_post(ResponseTemplate::new(503), 1).await;
    let made = |id| ResponseTemplate::new(200).set_body_json(session(id, "fca_1", &Value::Null));
    app.stripe_answers_post(made("fcsess_1"), 1).await;
    app.stripe_answers_post(made("fcsess_2"), 1).await;
    let token = token("cus_1");
    for _ in 0..2 {
        assert_eq!(app.begin(&token, "fca_1").await.status, 200);
    }
    let posts = app.posts().await;
    let keys: Vec<_> = posts.iter().map(|post| post.headers["idempotency-key"].to_str().unwrap()).collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[1], keys[2]);
    assert_eq!(posts[0].body, posts[1].body);
}

#[tokio::test]
async fn what_a_relink_cannot_help_is_not_begun() {
    for (status, details) in [
        ("active", json!({})),
        ("disconnected", json!({})),
        ("inactive", json!({"inactive": {"action": "none", "cause": "account_closed"}})),
        ("hibernating", json!({})),
    ] {
        let mut account = broken("fca_1", Some("cus_1"));
        account["status"] = json!(status);
        account["status_details"] = details;
        let app = with_account(account).await;
        let answer = app.begin(&token("cus_1"), "fca_1").await;
        assert_eq!(answer.problem(), (409, "not_repairable".to_owned()), "{status}");
        assert_eq!(app.posts().await.len(), 0);
    }
}

#[tokio::test]
async fn a_session_that_does_not_echo_the_relink_is_a_misconfiguration_and_opens_nothing() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let mut general = session("fcsess_1", "fca_1", &Value::Null);
    general.as_object_mut().unwrap().remove("relink_options");
    app.stripe_makes(general).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.problem(), (500, "misconfigured".to_owned()));
    assert!(!answer.text.contains(CLIENT_SECRET));
}

#[tokio::test]
async fn a_request_in_another_form_is_refused_as_a_problem() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let token = token("cus_1");
    let send = async |content_type: &str, body: &str| {
        let mut request = request(Method::POST, "/api/sessions", &token, None);
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        *request.body_mut() = body.to_owned().into();
        app.send(request).await.problem()
    };
    let invalid = |status: u16| (status, "invalid_request".to_owned());
    assert_eq!(send("text/plain", r#"{"account":"fca_1","choice":"repair"}"#).await, invalid(415));
    assert_eq!(send("application/x-www-form-urlencoded", "account=fca_1").await, invalid(415));
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"account":"fca_1"}"#,
        r#"{"account":"cus_1","choice":"repair"}"#,
        r#"{"account":"fca_1","choice":"steal"}"#,
        r#"{"account":"fca_1","choice":"repair","authorization":"x"}"#,
    ] {
        assert_eq!(send("application/json", body).await, invalid(400), "{body}");
    }
    let large = format!(r#"{{"account":"fca_1{}","choice":"repair"}}"#, "1".repeat(16 * 1024));
    assert_eq!(send("application/json", &large).await, invalid(413));
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
}

/// Returns the parameters of the session that this customer's choice creates at Stripe.
async fn asked(app: &TestApp, token: &str, choice: &str, made: Value) -> String {
    app.stripe_makes(made).await;
    let answer = app.choose(token, "fca_1", choice).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    form(app.posts().await.last().unwrap())
}

#[tokio::test]
async fn where_any_account_will_do_only_the_login_is_named() {
    for (version, country) in
        [("2026-09-30.preview", "filters[country]=US"), ("2026-08-26.preview", "filters[countries][]=US")]
    {
        let app = TestApp::with(|options| Options {
            any_account: true,
            stripe_version: version.to_owned(),
            country: Some("us".to_owned()),
            ..options
        })
        .await;
        app.stripe_has_account(broken("fca_1", Some("cus_1")));
        let sent = asked(&app, &token("cus_1"), "repair", any_account("fcsess_1", &Value::Null, &[])).await;
        assert!(
            sent.contains("relink_options[authorization]=fcauth_1")
                && !sent.contains("relink_options[account]")
        );
        assert!(sent.contains(&format!("\n{country}\n")) && sent.ends_with("limits[accounts]=1"), "{sent}");
        // A token that requires the same account gets a session for that account.
        let bound = signed(&json!({"sub": "cus_1", "exp": now() + 60, "any_account": false}));
        assert_eq!(app.begin(&bound, "fca_1").await.status, 500, "the fake makes it for any account");
        assert!(form(app.posts().await.last().unwrap()).contains("relink_options[account]=fca_1"));
    }
}

#[tokio::test]
async fn data_is_asked_for_without_a_limit_and_no_more_than_is_configured_and_the_token_lets() {
    let app = TestApp::with(|options| Options {
        purpose: "data".to_owned(),
        permissions: Some("balances,ownership,transactions".to_owned()),
        account_subcategories: Some("mortgage".to_owned()),
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let narrowed =
        signed(&json!({"sub": "cus_1", "exp": now() + 60, "permissions": ["ownership", "balances"]}));
    let sent = asked(&app, &narrowed, "repair", any_account("fcsess_1", &Value::Null, &[])).await;
    assert_snapshot!(sent, @r"
    account_holder[type]=customer
    account_holder[customer]=cus_1
    permissions[]=balances
    permissions[]=ownership
    relink_options[authorization]=fcauth_1
    filters[account_subcategories][]=mortgage
    ");
}

#[tokio::test]
async fn another_bank_is_no_relink_and_only_for_what_no_relink_repairs() {
    let mut closed = broken("fca_1", Some("cus_1"));
    closed["status_details"] = json!({"inactive": {"action": "none", "cause": "account_closed"}});
    let app = TestApp::start().await;
    app.stripe_has_account(closed);
    let sent =
        asked(&app, &token("cus_1"), "another_bank", session_of("fcsess_1", &Value::Null, &Value::Null, &[]))
            .await;
    assert!(!sent.contains("relink_options"), "{sent}");
    assert!(sent.starts_with("account_holder[type]=customer\naccount_holder[customer]=cus_1\n"), "{sent}");
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    for choice in ["another_bank", "another_account"] {
        let answer = app.choose(&token("cus_1"), "fca_1", choice).await;
        assert_eq!(answer.problem(), (409, "not_repairable".to_owned()), "{choice}");
    }
    assert!(app.log().contains("no session: another bank is for"));
    assert_eq!(app.posts().await.len(), 0);
}

#[tokio::test]
async fn a_session_that_is_for_something_else_than_asked_opens_nothing() {
    let lenient = |options| Options { any_account: true, ..options };
    for made in [
        session("fcsess_1", "fca_1", &Value::Null),
        session_of("fcsess_1", &json!({"authorization": "fcauth_2"}), &Value::Null, &[]),
    ] {
        let app = TestApp::with(lenient).await;
        app.stripe_has_account(broken("fca_1", Some("cus_1")));
        app.stripe_makes(made).await;
        let answer = app.begin(&token("cus_1"), "fca_1").await;
        assert_eq!(answer.problem(), (500, "internal".to_owned()));
        assert!(!answer.text.contains(CLIENT_SECRET));
    }
}

#[tokio::test]
async fn after_an_account_was_not_found_others_may_take_its_place_but_not_by_a_mailed_link() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_answers_post(
        ResponseTemplate::new(200).set_body_json(session("fcsess_1", "fca_1", &Value::Null)),
        1,
    )
    .await;
    let mine = token("cus_1");
    let bound = signed(&json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "any_account": false}));
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    assert_eq!(app.begin(&mine, "fca_1").await.status, 200);
    let missed = json!({"authorization": null, "account": null, "failure_reason": "no_account"});
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", session("fcsess_1", "fca_1", &missed))
        .await;
    assert_eq!(app.outcome(&mine, "fcsess_1", "finished").await.json(), json!("no_account"));
    for choice in ["another_account", "another_bank"] {
        for token in [&bound, &elsewhere] {
            let answer = app.choose(token, "fca_1", choice).await;
            assert_eq!(answer.problem(), (409, "not_repairable".to_owned()), "{choice}");
        }
    }
    let sent = asked(&app, &mine, "another_account", any_account("fcsess_2", &Value::Null, &[])).await;
    assert!(
        sent.contains("relink_options[authorization]=fcauth_1") && !sent.contains("relink_options[account]")
    );
    assert!(sent.ends_with("limits[accounts]=1"), "{sent}");
}
