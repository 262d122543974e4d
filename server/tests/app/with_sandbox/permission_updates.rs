//! The merchant asks for more than the customer of a healthy account shares.

use relink_server::{Options, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Stand;
use crate::support::{API_KEY, now, signed, token};

const MIRA: &str = "cus_SandboxMira";
/// Shares payments only.
const LESS: &str = "fca_TernChecking5518";
/// Shares the balance, too.
const ENOUGH: &str = "fca_CopperfieldChecking5526";
const TERN: &str = "fcinst_TernBank";

fn asks_for_balances(options: Options) -> Options {
    Options {
        permissions: Some("payment_method,balances".to_owned()),
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            return_origins: Some("https://shop.example".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    }
}

async fn stand(change: impl FnOnce(Options) -> Options) -> Stand {
    let stand = Stand::start(|options| change(asks_for_balances(options))).await;
    stand.control("/_sandbox/scenes", &json!({"scene": "permissions"})).await;
    stand
}

/// Returns the account as the page of the bearer gets it.
async fn shown(stand: &Stand, bearer: &str, account: &str) -> Value {
    let list = stand.app.get("/api/accounts", bearer).await.json();
    let accounts = list["accounts"].as_array().unwrap();
    accounts.iter().find(|one| one["id"] == account).unwrap().clone()
}

async fn ask(stand: &Stand, body: Value) -> (u16, Value) {
    let answer = stand.app.post("/v1/relink-requests", API_KEY, &body).await;
    (answer.status.as_u16(), answer.json())
}

async fn state_of(stand: &Stand, request: &Value) -> Value {
    let path = format!("/v1/relink-requests/{}", request["id"].as_str().unwrap());
    stand.app.get(&path, API_KEY).await.json()["state"].clone()
}

fn by_link(account: &str) -> Value {
    json!({"account": account, "delivery": "link", "reason": "permissions_changed"})
}

#[tokio::test]
async fn what_is_new_is_shown_granted_by_a_relink_and_completes_the_request() {
    let stand = stand(|options| options).await;
    let before = shown(&stand, &token(MIRA), LESS).await;
    assert_eq!(
        (&before["condition"], &before["updatable"], &before["permissions"]["new"]),
        (&json!("healthy"), &json!(true), &json!(["balances"]))
    );
    assert_eq!(shown(&stand, &token(MIRA), ENOUGH).await.get("updatable"), None);
    let (status, request) = ask(&stand, by_link(LESS)).await;
    assert_eq!((status, &request["reason"]), (201, &json!("permissions_changed")), "{request}");
    let (_, outcome) = stand.relink_those(MIRA, LESS, TERN, |one| one["last4"] == "5518").await;
    assert_eq!(outcome["relinked"]["restored"][0]["id"], LESS, "{outcome}");
    let after = shown(&stand, &token(MIRA), LESS).await;
    assert_eq!((&after["condition"], after.get("updatable")), (&json!("healthy"), None));
    assert_eq!(state_of(&stand, &request).await, "completed");
    work_until_idle(&stand.app.app).await;
    assert_eq!(stand.merchant_hears("relink_request.completed").await.len(), 1);
    assert_eq!(stand.merchant_hears("connection.").await, Vec::<Value>::new(), "nothing was broken");
}

#[tokio::test]
async fn permissions_that_were_granted_elsewhere_complete_the_request_for_them_and_no_other() {
    let stand = stand(|options| options).await;
    shown(&stand, &token(MIRA), LESS).await;
    let (_, request) = ask(&stand, by_link(LESS)).await;
    stand.bank_changes(LESS, json!({"permissions": ["payment_method", "balances"]})).await;
    stand.bank_changes(LESS, json!({"status": "inactive"})).await;
    stand.bank_changes(LESS, json!({"status": "active"})).await;
    stand.deliver_events().await;
    assert_eq!(state_of(&stand, &request).await, "completed");
    let (status, refused) = ask(&stand, by_link(LESS)).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("permissions_unchanged")));
}

#[tokio::test]
async fn an_account_that_works_is_asked_about_by_link_or_mail_and_only_if_the_merchant_says_so() {
    let office = SmtpStub::start().await.unwrap();
    let address = office.url().to_owned();
    let stand = stand(|options| Options {
        requests: RequestOptions {
            smtp_url: Some(SecretString::from(address)),
            mail_from: Some("Acme <billing@acme.example>".to_owned()),
            ..options.requests.clone()
        },
        ..options
    })
    .await;
    shown(&stand, &token(MIRA), LESS).await;
    for (body, rule) in [
        (json!({"account": LESS, "delivery": "link"}), "account_healthy"),
        (by_link(ENOUGH), "permissions_unchanged"),
        (
            json!({
                "account": LESS, "delivery": "stripe_link", "reason": "permissions_changed",
                "return_url": "https://shop.example/back",
            }),
            "account_not_for_hosted_relink",
        ),
    ] {
        let (status, refused) = ask(&stand, body.clone()).await;
        assert_eq!((status, &refused["rule"]), (409, &json!(rule)), "{body}");
    }
    let eligibility = async |more: &str| {
        let path = format!("/v1/relink-requests/eligibility?account={LESS}&delivery=email{more}");
        stand.app.get(&path, API_KEY).await.json()
    };
    assert_eq!(eligibility("").await["rule"], "account_healthy");
    assert_eq!(eligibility("&reason=permissions_changed").await["reason"], "permissions_changed");
    let body = json!({"account": LESS, "delivery": "email", "reason": "permissions_changed"});
    assert_eq!(ask(&stand, body).await.0, 201);
    work_until_idle(&stand.app.app).await;
    let mails = office.emails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.contains("Update what you share from Tern Bank"), "{mail}");
}

#[tokio::test]
async fn a_relink_of_a_healthy_account_that_is_given_up_leaves_it_healthy() {
    let stand = stand(|options| options).await;
    shown(&stand, &token(MIRA), LESS).await;
    let (_, request) = ask(&stand, by_link(LESS)).await;
    let started = stand.app.begin(&token(MIRA), LESS).await.json();
    let secret = json!({"client_secret": started["client_secret"]});
    for step in ["open", "close"] {
        stand.control(&format!("/bank/{step}"), &secret).await;
    }
    let session = started["session"].as_str().unwrap();
    let outcome = stand.app.outcome(&token(MIRA), session, "closed").await.json();
    assert_eq!(outcome, "cancelled");
    stand.deliver_events().await;
    let after = shown(&stand, &token(MIRA), LESS).await;
    assert_eq!((&after["condition"], &after["updatable"]), (&json!("healthy"), &json!(true)));
    assert_eq!(state_of(&stand, &request).await, "created");
    assert_eq!(stand.merchant_hears("connection.").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_token_forbids_updates_or_narrows_what_is_new() {
    let stand = stand(|options| options).await;
    let bearer = |claims: Value| {
        let mut all = json!({"sub": MIRA, "sid": "s1", "iat": now(), "exp": now() + 300});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        signed(&all)
    };
    for (claims, updatable, status) in [
        (json!({"update_permissions": false}), None, 409),
        (json!({"permissions": ["payment_method"]}), None, 409),
        (json!({"update_permissions": true}), Some(&json!(true)), 200),
    ] {
        let bearer = bearer(claims.clone());
        assert_eq!(shown(&stand, &bearer, LESS).await.get("updatable"), updatable, "{claims}");
        assert_eq!(stand.app.begin(&bearer, LESS).await.status, status, "{claims}");
        assert_eq!(stand.app.begin(&bearer, ENOUGH).await.problem(), (409, "not_repairable".to_owned()));
    }
}
