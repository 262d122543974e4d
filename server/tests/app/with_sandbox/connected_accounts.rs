//! A platform with several connected accounts (`RELINK_CONNECTED_ACCOUNTS`): each has customers of its own, whose identifiers
//! may be those of another one's, and nothing of one is ever seen by another.

use relink_server::{ConnectOptions, Options, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::connected_account::{ACCOUNT, ALDER, INGA, POTTER, WEAVER};
use super::{BROKEN, JENNY, Stand};
use crate::support::{API_KEY, now, request, signed, token};

/// Inga's account at the potter and at the weaver, who are two persons with the same identifiers.
pub(super) const POTTERS: &str = "acct_SandboxPotter.fca_AlderInga";
const WEAVERS: &str = "acct_SandboxWeaver.fca_AlderInga";

/// Starts a platform's server for these connected accounts.
pub(super) async fn platform(accounts: &str, change: impl FnOnce(Options) -> Options) -> Stand {
    let connect =
        ConnectOptions { connected_accounts: Some(accounts.to_owned()), ..ConnectOptions::default() };
    let stand = Stand::start(|options| change(Options { connect, ..options })).await;
    stand.control("/_sandbox/scenes", &json!({"scene": "connect"})).await;
    stand
}

/// Returns a token of the connected account's customer, as the platform's back end signs it.
pub(super) fn inga_of(account: &str) -> String {
    let exp = now() + 300;
    signed(&json!({"sub": INGA, "stripe_account": account, "sid": "s1", "name": "Inga Holm", "exp": exp}))
}

/// Returns identifier and last digits of the accounts that the bearer sees.
async fn listed(stand: &Stand, token: &str) -> Vec<(String, String)> {
    let list = stand.app.get("/api/accounts", token).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let list = list.json();
    let text = |field: &Value| field.as_str().unwrap().to_owned();
    list["accounts"].as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["last4"]))).collect()
}

async fn condition(stand: &Stand, token: &str) -> Value {
    stand.app.get("/api/accounts", token).await.json()["accounts"][0]["condition"].clone()
}

fn seen(id: &str, last4: &str) -> Vec<(String, String)> {
    vec![(id.to_owned(), last4.to_owned())]
}

#[tokio::test]
async fn customers_with_the_same_id_list_their_own_accounts_and_reach_no_others() {
    let stand = platform("all", |options| options).await;
    let (potters, weavers) = (inga_of(POTTER), inga_of(WEAVER));
    for _ in 0..2 {
        assert_eq!(listed(&stand, &potters).await, seen(POTTERS, "4536"));
        assert_eq!(listed(&stand, &weavers).await, seen(WEAVERS, "4544"));
        assert_eq!(listed(&stand, &token(INGA)).await, [], "the platform has no such customer");
    }
    let everybody = [
        (&potters, Some(POTTERS)),
        (&weavers, Some(WEAVERS)),
        (&token(INGA), None),
        (&token(JENNY), Some(BROKEN)),
    ];
    for (token, own) in everybody {
        for account in [POTTERS, WEAVERS, ACCOUNT, BROKEN] {
            let read = stand.app.get(&format!("/api/accounts/{account}"), token).await;
            let begun = stand.app.begin(token, account).await;
            let expected = if own == Some(account) { 200 } else { 404 };
            let answered = (read.status.as_u16(), begun.status.as_u16());
            assert_eq!(answered, (expected, expected), "{own:?} {account} {}", begun.text);
        }
    }
}

#[tokio::test]
async fn a_relink_repairs_the_account_of_its_connected_account_and_of_no_other() {
    let mut stand = platform("all", |options| options).await;
    let (potters, weavers) = (inga_of(POTTER), inga_of(WEAVER));
    listed(&stand, &potters).await;
    listed(&stand, &weavers).await;
    let begun = stand.app.begin(&weavers, WEAVERS).await.json();
    assert_eq!(begun["stripe_account"], WEAVER, "for Stripe.js: {begun}");
    stand.act_for(POTTER);
    let (session, outcome) =
        stand.relink_with(&potters, POTTERS, ALDER, |holding| holding["last4"] == "4536").await;
    assert_eq!(outcome["relinked"]["restored"][0]["id"], POTTERS, "{outcome}");
    assert_eq!(stand.app.outcome(&weavers, &session, "finished").await.status, 404, "another's attempt");
    stand.deliver_events().await;
    stand.act_for(WEAVER);
    stand.deliver_events().await;
    assert_eq!(condition(&stand, &potters).await, "healthy");
    assert!(condition(&stand, &weavers).await.is_object(), "still broken");
    let heard = stand.merchant_hears("connection.repaired").await;
    let [repaired] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!((&repaired["account"], &repaired["data"]["id"]), (&json!(POTTER), &json!(POTTERS)));
    assert_eq!(repaired["data"]["customer"], format!("{POTTER}.{INGA}"));
}

#[tokio::test]
async fn an_event_is_applied_to_the_account_of_the_connected_account_that_it_names() {
    let mut stand = platform("all", |options| options).await;
    let (potters, weavers) = (inga_of(POTTER), inga_of(WEAVER));
    listed(&stand, &potters).await;
    listed(&stand, &weavers).await;
    // Fetches missed events, and does so again in 15 minutes.
    work_until_idle(&stand.app.app).await;
    stand.act_for(WEAVER);
    stand.bank_changes(ACCOUNT, json!({"status": "active"})).await;
    let mut event = crate::webhooks::event("evt_1", ACCOUNT);
    // Of the same identifier: the platform's, the potter's, and the one that has a reason.
    for account in [Value::Null, json!(POTTER), json!(WEAVER)] {
        assert!(condition(&stand, &weavers).await.is_object(), "not before its own event");
        event["account"] = account;
        stand.app.tell(&event).await;
        work_until_idle(&stand.app.app).await;
    }
    assert_eq!(condition(&stand, &weavers).await, "healthy");
    assert!(condition(&stand, &potters).await.is_object());
    let kept = stand.app.database.texts("SELECT id FROM events ORDER BY id").await;
    assert_eq!(kept, ["acct_SandboxPotter.evt_1", "acct_SandboxWeaver.evt_1", "evt_1"]);
    let payloads = stand.app.database.texts("SELECT payload FROM events WHERE payload IS NOT NULL").await;
    assert_eq!(payloads.len(), 1, "identifiers of the others are not qualified in theirs");
}

#[tokio::test]
async fn missed_events_of_each_connected_account_are_fetched() {
    let mut stand = platform("all", |options| options).await;
    listed(&stand, &inga_of(POTTER)).await;
    listed(&stand, &inga_of(WEAVER)).await;
    work_until_idle(&stand.app.app).await;
    stand.act_for(WEAVER);
    stand.bank_changes(ACCOUNT, json!({"status": "active"})).await;
    stand.app.database.run("UPDATE work SET due = 0 WHERE kind = 'catch_up'").await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(condition(&stand, &inga_of(WEAVER)).await, "healthy");
    assert!(condition(&stand, &inga_of(POTTER)).await.is_object());
    let jobs = stand.app.database.texts("SELECT subject FROM work WHERE kind = 'catch_up' ORDER BY id").await;
    assert_eq!(jobs, [POTTER, WEAVER]);
}

#[tokio::test]
async fn a_setting_that_leaves_out_a_connected_account_forgets_nothing_of_it() {
    let stand = platform("all", |options| options).await;
    listed(&stand, &inga_of(POTTER)).await;
    work_until_idle(&stand.app.app).await;
    let mut event = crate::webhooks::event("evt_1", ACCOUNT);
    event["account"] = json!(POTTER);
    stand.app.tell(&event).await;
    let customer = format!("{POTTER}.{INGA}");
    let list = format!(
        "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
         VALUES ('customer:{customer}', 'customer', '{customer}', 1, 1, 0, 0, 0, 0, 0)"
    );
    stand.app.database.run(&list).await;
    // Before its work is done, the server is started with a mistyped setting.
    let connect = ConnectOptions {
        connected_accounts: Some("acct_SandboxPoter".to_owned()),
        ..ConnectOptions::default()
    };
    let mistyped = stand.app.changed(|options| Options { connect, ..options }).await;
    work_until_idle(&mistyped.app).await;
    let kept = "SELECT id FROM accounts ORDER BY id";
    assert_eq!(stand.app.database.texts(kept).await, [POTTERS]);
    let waiting = "SELECT subject FROM work WHERE kind IN ('account', 'customer') ORDER BY subject";
    assert_eq!(stand.app.database.texts(waiting).await, [customer, POTTERS.to_owned()]);
}

#[tokio::test]
async fn a_connected_account_that_is_not_in_the_settings_is_out_of_reach() {
    let stand = platform(POTTER, |options| options).await;
    assert_eq!(listed(&stand, &inga_of(POTTER)).await, seen(POTTERS, "4536"));
    assert_eq!(stand.app.get("/api/accounts", &inga_of(WEAVER)).await.status, 401);
    let claims = json!({"sub": format!("{WEAVER}.{INGA}"), "exp": now() + 300});
    assert_eq!(stand.app.get("/api/accounts", &signed(&claims)).await.status, 401);
    let body = json!({"account": WEAVERS, "delivery": "link", "return_url": "https://shop.example/back"});
    let refused = stand.app.post("/v1/relink-requests", API_KEY, &body).await.problem();
    let missing =
        json!({"account": "fca_Missing", "delivery": "link", "return_url": "https://shop.example/back"});
    assert_eq!(refused, stand.app.post("/v1/relink-requests", API_KEY, &missing).await.problem());
    assert_eq!(stand.app.get(&format!("/api/accounts/{WEAVERS}"), API_KEY).await.status, 404);
    let mut event = crate::webhooks::event("evt_1", ACCOUNT);
    event["account"] = json!(WEAVER);
    assert!(stand.app.tell(&event).await.text.contains("ignored"));
    let other = Stand::start(|options| options).await;
    assert_eq!(other.app.get("/api/accounts", &inga_of(POTTER)).await.status, 401, "without the setting");
}

#[tokio::test]
async fn requests_of_connected_accounts_are_mailed_hosted_listed_and_opted_out_of_apart() {
    let office = SmtpStub::start().await.unwrap();
    let requests = RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        return_origins: Some("https://shop.example".to_owned()),
        smtp_url: Some(SecretString::from(office.url())),
        mail_from: Some("Market <billing@market.example>".to_owned()),
        ..RequestOptions::default()
    };
    let stand = platform("all", |options| Options { requests, ..options }).await;
    for delivery in ["email", "stripe_link"] {
        let body =
            json!({"account": POTTERS, "delivery": delivery, "return_url": "https://shop.example/back"});
        let answer = stand.app.post("/v1/relink-requests", API_KEY, &body).await;
        assert_eq!(answer.status, 201, "{delivery}: {}", answer.text);
        assert_eq!(answer.json()["customer"], format!("{POTTER}.{INGA}"));
        work_until_idle(&stand.app.app).await;
    }
    assert_eq!(office.emails().len(), 1);
    let heard = stand.merchant_hears("relink_request.created").await;
    assert!(heard.len() == 2 && heard.iter().all(|one| one["account"] == POTTER), "{heard:?}");
    for (account, requests) in [(POTTER, 2), (WEAVER, 0)] {
        let list = format!("/v1/relink-requests?customer={account}.{INGA}");
        assert_eq!(stand.app.get(&list, API_KEY).await.json()["data"].as_array().unwrap().len(), requests);
    }
    let out = format!("/v1/opt-outs/{POTTER}.{INGA}");
    assert!(stand.app.send(request(Method::PUT, &out, API_KEY, None)).await.status.is_success());
    let outs = stand.app.database.texts("SELECT customer FROM opt_outs").await;
    assert_eq!(outs, [format!("{POTTER}.{INGA}")]);
}

#[tokio::test]
async fn a_payment_method_is_made_at_the_connected_account() {
    let mut stand = platform("all", crate::payment_method::lenient).await;
    stand.act_for(POTTER);
    stand.control("/_sandbox/settings", &json!({"changed_ids": true})).await;
    let mine = inga_of(POTTER);
    let (session, outcome) =
        stand.relink_with(&mine, POTTERS, ALDER, |holding| holding["last4"] == "4536").await;
    let account = outcome["new_account"]["added"][0]["id"].as_str().unwrap_or_else(|| panic!("{outcome}"));
    assert!(account.starts_with("acct_SandboxPotter.fca_"), "{account}");
    let words = outcome["new_account"]["mandate"].as_str().unwrap();
    assert!(words.contains("Potter & Daughters") && !words.contains("Acme"), "{words}");
    let answer = stand.app.pay(&mine, &session, account).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let heard = stand.merchant_hears("payment_method.created").await;
    let [created] = heard.as_slice() else { panic!("{heard:?}") };
    let method = created["data"]["payment_method"].as_str().unwrap();
    let (of, method) = method.split_once('.').unwrap();
    assert_eq!((of, &created["account"]), (POTTER, &json!(POTTER)));
    let mandate = created["data"]["mandate"].as_str().unwrap();
    assert!(mandate.starts_with("acct_SandboxPotter.mandate_"), "{mandate}");
    let method = stand.read(&format!("/v1/payment_methods/{method}")).await;
    assert_eq!(method["customer"], INGA);
    let agreed = "SELECT detail FROM audit WHERE action = 'mandate.accepted'";
    let agreed: Value = serde_json::from_str(&stand.app.database.texts(agreed).await[0]).unwrap();
    assert_eq!(agreed["mandate"], words, "as it was shown");
    let read = stand.app.get(&format!("/api/accounts/{account}"), API_KEY).await.json();
    assert_eq!(read["holder"], json!({"type": "customer", "id": format!("{POTTER}.{INGA}")}));
}

#[tokio::test]
async fn a_setup_intent_that_the_bank_declines_is_cancelled_at_the_connected_account() {
    let mut stand = platform("all", crate::payment_method::lenient).await;
    stand.act_for(POTTER);
    stand.control("/_sandbox/settings", &json!({"changed_ids": true, "decline_setup_intents": true})).await;
    let mine = inga_of(POTTER);
    let (session, outcome) =
        stand.relink_with(&mine, POTTERS, ALDER, |holding| holding["last4"] == "4536").await;
    let account = outcome["new_account"]["added"][0]["id"].as_str().unwrap_or_else(|| panic!("{outcome}"));
    let refused = stand.app.pay(&mine, &session, account).await.problem();
    assert_eq!(refused, (409, "payment_refused".to_owned()));
    let intents = stand.read("/v1/setup_intents").await;
    let [intent] = intents["data"].as_array().unwrap().as_slice() else { panic!("{intents}") };
    assert_eq!(intent["status"], "canceled");
}
