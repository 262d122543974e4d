//! Accounts that look alike after a relink: the customer is asked which is which, once, and nothing is guessed.

use relink_server::{Options, RequestOptions};
use serde_json::{Value, json};

use crate::lasting_repairs::{
    SESSION, ask, customer_sees, data, merchant_hears, shop, state_of, stripe_tells,
};
use crate::objects::{active, any_account, broken, signed_in, told};
use crate::payment_method::stripe_agrees;
use crate::support::{TestApp, now, signed, token};

const TWINS: [&str; 2] = ["fca_1", "fca_2"];

/// Lets a customer with two broken accounts that look alike relink them, with these new accounts as the result. Returns
/// the outcome as the page gets it.
async fn relink(app: &TestApp, caller: &str, new: &[&str]) -> Value {
    for (id, created) in TWINS.into_iter().zip([1_750_000_000, 1_700_000_000]) {
        let mut twin = broken(id, Some("cus_1"));
        twin["created"] = json!(created);
        app.stripe_has_account(twin);
        stripe_tells(app, &format!("evt_{id}"), id).await;
    }
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(caller, "fca_1").await.status, 200);
    let new: Vec<Value> = new.iter().map(|id| active(id, Some("cus_1"))).collect();
    for account in &new {
        app.stripe_has_account(account.clone());
    }
    app.stripe_has(SESSION, any_account("fcsess_1", &signed_in("fcauth_2"), &new)).await;
    app.outcome(caller, "fcsess_1", "finished").await.json()
}

async fn asked(new: &[&str]) -> TestApp {
    let app = shop(data).await;
    let outcome = relink(&app, &token("cus_1"), new).await;
    assert_eq!(told(&outcome), format!("new_authorization:  | {} | fca_1 fca_2", new.join(" ")));
    app
}

async fn unfinished(app: &TestApp) -> Value {
    app.get("/api/accounts", &token("cus_1")).await.json()["unfinished"]["session"].clone()
}

/// Returns the types of the entries in the audit trail about this account that say what became of it.
async fn trail(app: &TestApp, account: &str) -> Vec<String> {
    let actions = format!(
        "SELECT action FROM audit WHERE account = '{account}' AND (action = 'accounts.paired' \
         OR action = 'connection.replaced') ORDER BY action"
    );
    app.database.texts(&actions).await
}

#[tokio::test]
async fn of_two_that_look_alike_none_is_replaced_before_the_customer_has_told_which() {
    let app = asked(&["fca_new"]).await;
    let question = app.outcome(&token("cus_1"), "fcsess_1", "finished").await.json();
    let question = &question["new_authorization"]["look_alikes"];
    let ids = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(&question[0]["old"]), TWINS);
    assert_eq!(question[0]["old"][0]["on"], 1_750_000_000, "since when it is connected");
    assert_eq!(ids(&question[0]["new"]), ["fca_new"]);
    assert_eq!(customer_sees(&app).await, ["fca_1", "fca_2", "fca_new"]);
    assert_eq!(merchant_hears(&app, "fca_2").await, ["connection.broken"]);
    assert_eq!(unfinished(&app).await, "fcsess_1", "asked again after a reload");
}

#[tokio::test]
async fn the_account_that_the_customer_names_is_replaced_with_all_that_follows() {
    let app = asked(&["fca_new"]).await;
    let request = ask(&app, "fca_2").await;
    let other = ask(&app, "fca_1").await;
    let answer = app.pair(&token("cus_1"), "fcsess_1", &[("fca_2", "fca_new")]).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    assert_eq!(told(&answer.json()), "new_authorization: fca_new |  | fca_1");
    assert_eq!(answer.json()["new_authorization"]["look_alikes"], Value::Null);
    assert_eq!(customer_sees(&app).await, ["fca_1", "fca_new"]);
    assert_eq!(state_of(&app, &request).await, "completed");
    assert_eq!(state_of(&app, &other).await, "created");
    assert_eq!(merchant_hears(&app, "fca_2").await, ["connection.broken", "connection.replaced"]);
    assert_eq!(merchant_hears(&app, "fca_1").await, ["connection.broken"]);
    assert_eq!(trail(&app, "fca_2").await, ["connection.replaced"]);
    assert_eq!(trail(&app, "fca_new").await, ["connection.replaced"]);
    assert_eq!(trail(&app, "fca_1").await, ["accounts.paired"]);
    assert_eq!(unfinished(&app).await, Value::Null);
}

#[tokio::test]
async fn the_first_answer_counts_and_repeating_it_changes_nothing() {
    let app = asked(&["fca_new"]).await;
    let mine = token("cus_1");
    let (one, two) = ([("fca_1", "fca_new")], [("fca_2", "fca_new")]);
    let (first, second) = tokio::join!(app.pair(&mine, "fcsess_1", &one), app.pair(&mine, "fcsess_1", &two));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    let (counts, other, gone) = if statuses[0] == 200 { (one, two, "fca_1") } else { (two, one, "fca_2") };
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
    let again = app.pair(&mine, "fcsess_1", &counts).await;
    assert!(again.status == 200 && told(&again.json()).contains("fca_new |  |"), "{}", again.text);
    for late in [&other[..], &[]] {
        let refused = app.pair(&mine, "fcsess_1", late).await.problem();
        assert_eq!(refused, (409, "already_answered".to_owned()));
    }
    assert_eq!(merchant_hears(&app, gone).await, ["connection.broken", "connection.replaced"]);
    assert_eq!(trail(&app, "fca_new").await, ["connection.replaced"]);
    assert_eq!(customer_sees(&app).await.len(), 2);
}

#[tokio::test]
async fn what_was_not_asked_pairs_nothing_and_leaves_the_question_open() {
    let app = asked(&["fca_new"]).await;
    app.stripe_has_account(broken("fca_9", Some("cus_1")));
    let mine = token("cus_1");
    for pairs in [
        &[("fca_9", "fca_new")][..],
        &[("fca_1", "fca_9")],
        &[("fca_new", "fca_1")],
        &[("fca_1", "fca_2")],
        &[("fca_1", "fca_new"), ("fca_2", "fca_new")],
        &[("fca_1", "fca_new"), ("fca_1", "fca_new")],
    ] {
        assert_eq!(app.pair(&mine, "fcsess_1", pairs).await.problem().0, 404, "{pairs:?}");
    }
    let pairs = [("fca_1", "fca_new")];
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "iat": now(), "exp": now() + 300}));
    for other in [token("cus_2"), elsewhere] {
        assert_eq!(app.pair(&other, "fcsess_1", &pairs).await.problem().0, 404);
    }
    assert_eq!(app.pair("", "fcsess_1", &pairs).await.problem().0, 401);
    assert_eq!(customer_sees(&app).await, ["fca_1", "fca_2", "fca_new"]);
    assert!(trail(&app, "fca_1").await.is_empty());
    assert_eq!(app.pair(&mine, "fcsess_1", &pairs).await.status, 200);
}

#[tokio::test]
async fn an_attempt_without_a_question_takes_no_answer() {
    let app = shop(data).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    let mine = token("cus_1");
    assert_eq!(app.begin(&mine, "fca_1").await.status, 200);
    assert_eq!(app.pair(&mine, "fcsess_1", &[]).await.problem().0, 404, "not settled yet");
    let new = active("fca_new", Some("cus_1"));
    app.stripe_has(SESSION, any_account("fcsess_1", &signed_in("fcauth_2"), &[new])).await;
    let outcome = app.outcome(&mine, "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "new_authorization: fca_new |  | ");
    assert_eq!(app.pair(&mine, "fcsess_1", &[]).await.problem().0, 404, "there was no doubt");
}

#[tokio::test]
async fn a_customer_who_cannot_tell_keeps_both_and_is_not_asked_again() {
    let app = asked(&["fca_new", "fca_new2"]).await;
    let answer = app.pair(&token("cus_1"), "fcsess_1", &[]).await;
    assert_eq!(told(&answer.json()), "new_authorization:  | fca_new fca_new2 | fca_1 fca_2");
    assert_eq!(answer.json()["new_authorization"]["look_alikes"], Value::Null);
    assert_eq!(customer_sees(&app).await.len(), 4);
    assert_eq!(unfinished(&app).await, Value::Null);
    assert_eq!(trail(&app, "fca_1").await, ["accounts.paired"]);
    assert_eq!(merchant_hears(&app, "fca_1").await, ["connection.broken"]);
}

#[tokio::test]
async fn each_of_two_that_look_alike_can_be_paired_with_one_of_two() {
    let app = asked(&["fca_new", "fca_new2"]).await;
    let pairs = [("fca_2", "fca_new"), ("fca_1", "fca_new2")];
    assert_eq!(app.pair(&token("cus_1"), "fcsess_1", &pairs).await.status, 200);
    assert_eq!(customer_sees(&app).await, ["fca_new", "fca_new2"]);
    let by = "SELECT replaced_by FROM accounts WHERE replaced_by IS NOT NULL ORDER BY id";
    assert_eq!(app.database.texts(by).await, ["fca_new2", "fca_new"]);
}

#[tokio::test]
async fn an_answer_about_an_account_that_came_back_meanwhile_is_too_late() {
    let app = asked(&["fca_new"]).await;
    app.stripe_has_account(active("fca_2", Some("cus_1")));
    stripe_tells(&app, "evt_back", "fca_2").await;
    let pairs = [("fca_2", "fca_new")];
    for _ in 0..2 {
        let refused = app.pair(&token("cus_1"), "fcsess_1", &pairs).await.problem();
        assert_eq!(refused, (409, "already_answered".to_owned()));
    }
    assert_eq!(customer_sees(&app).await, ["fca_1", "fca_2", "fca_new"]);
    assert!(!merchant_hears(&app, "fca_2").await.contains(&"connection.replaced".to_owned()));
    assert_eq!(unfinished(&app).await, Value::Null, "there is nothing to ask any more");
}

#[tokio::test]
async fn who_sees_only_one_of_those_that_look_alike_is_not_asked() {
    let app = shop(data).await;
    let narrow = signed(&json!({
        "sub": "cus_1", "sid": "s1", "accounts": ["fca_1"], "iat": now(), "exp": now() + 300
    }));
    let outcome = relink(&app, &narrow, &["fca_new"]).await;
    assert_eq!(outcome["new_authorization"]["look_alikes"], Value::Null, "{outcome}");
    let pairs = [("fca_1", "fca_new")];
    assert_eq!(app.pair(&narrow, "fcsess_1", &pairs).await.problem().0, 404);
    let list = app.get("/api/accounts", &narrow).await.json();
    assert_eq!(list["unfinished"], Value::Null);
}

/// A shop where the customer may pay from another account, and has connected one that looks like both old ones.
async fn paying() -> TestApp {
    // Without a public URL there is no proxy that could hide the customer's address from the mandate.
    let requests = RequestOptions::default();
    let app = shop(|options| Options { any_account: true, requests, ..options }).await;
    let jenny = json!({"id": "cus_1", "object": "customer", "name": "Jenny Rosen"});
    app.stripe_has("/v1/customers/cus_1", jenny).await;
    stripe_agrees(&app).await;
    let outcome = relink(&app, &token("cus_1"), &["fca_new"]).await;
    assert_eq!(told(&outcome), "new_account:  | fca_new | fca_1 fca_2");
    assert!(outcome["new_account"]["look_alikes"].is_array(), "{outcome}");
    app
}

#[tokio::test]
async fn where_the_customer_pays_the_pair_counts_once_they_pay_from_the_new_account() {
    for answers_first in [true, false] {
        let (app, mine) = (paying().await, token("cus_1"));
        let pairs = [("fca_2", "fca_new")];
        if answers_first {
            let answer = app.pair(&mine, "fcsess_1", &pairs).await;
            assert_eq!(told(&answer.json()), "new_account:  | fca_new | fca_1 fca_2");
            assert!(answer.json()["new_account"]["mandate"].is_string(), "{}", answer.text);
            assert_eq!(customer_sees(&app).await.len(), 3, "payments still point to the old account");
            assert_eq!(unfinished(&app).await, "fcsess_1", "whether to pay from it is open");
        }
        assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
        if !answers_first {
            assert_eq!(customer_sees(&app).await.len(), 3, "it could be either");
            assert_eq!(app.pair(&mine, "fcsess_1", &pairs).await.status, 200);
        }
        assert_eq!(customer_sees(&app).await, ["fca_1", "fca_new"], "{answers_first}");
        assert_eq!(merchant_hears(&app, "fca_2").await, ["connection.broken", "connection.replaced"]);
        assert_eq!(merchant_hears(&app, "fca_1").await, ["connection.broken"]);
    }
}
