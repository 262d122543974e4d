use relink_server::Options;
use relink_test_kit::SmtpStub;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::{Browser, OPERATOR, shop, shop_with};
use crate::objects::{active, broken, session};
use crate::support::{API_KEY, TestApp};
use crate::webhooks::event;

async fn reads(app: &TestApp, name: &str) {
    app.tell(&event(name, "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
}

#[tokio::test]
async fn an_account_breaks_the_operator_asks_and_sees_what_came_of_it() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    reads(&app, "evt_1").await;
    let mut browser = Browser::with_code(&app, &office).await;
    let form = browser.form(&app).await;
    let chosen = [("form", form.as_str()), ("account", "fca_1")];
    let preview = browser.post(&app, "/console/preview", &chosen).await;
    assert!(preview.text.contains("Send 1 email<"), "{}", preview.text);
    assert_shows_the_email(&app, &mut browser, &preview.text).await;
    assert_eq!(office.emails().len(), 1, "nothing but the code was sent");
    let begun = browser.post(&app, "/console/batches", &chosen).await;
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(office.emails().len(), 2);
    let page = browser.get(&app, &batch).await.text;
    assert!(page.contains("Finished") && page.contains("From request to repair"), "{page}");
    assert!(page.contains("1 not opened yet"), "{page}");
    // The second request is refused, with the time from which it is allowed.
    let preview = browser.post(&app, "/console/preview", &chosen).await.text;
    assert!(
        preview.contains("less than 48 hours ago") && preview.contains("You can ask again from"),
        "{preview}"
    );
    assert!(preview.contains("nothing to send"), "{preview}");
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    reads(&app, "evt_2").await;
    assert_repaired(&app, &mut browser, &batch).await;
    let page = browser.get(&app, "/console/accounts/fca_1").await.text;
    for what in ["relink request completed", "relink request created", "mail: sent", "From Stripe", OPERATOR]
    {
        assert!(page.contains(what), "{what}: {page}");
    }
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    reads(&app, "evt_3").await;
    let preview = browser.post(&app, "/console/preview", &chosen).await.text;
    assert!(preview.contains("Send 1 email<"), "after a repair it is allowed again: {preview}");
    let trail = app.get("/api/audit?limit=100", API_KEY).await.json();
    let by_operator = |action: &str| {
        trail["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["action"] == action && one["actor"]["email"] == OPERATOR)
    };
    for action in ["console.signed_in", "batch.begun", "relink_request.created", "account.viewed"] {
        assert!(by_operator(action), "{action}");
    }
}

/// Checks that the preview shows the email in each language, in a frame in which nothing can be done.
async fn assert_shows_the_email(app: &TestApp, browser: &mut Browser, preview: &str) {
    let subject = "Reconnect Alder Bank";
    assert!(preview.contains(subject) && preview.contains("إعادة ربط"), "{preview}");
    let (_, frame) = preview.split_once("<iframe").unwrap();
    let (_, address) = frame.split_once("src=\"").unwrap();
    let address = address.split('"').next().unwrap().replace("&amp;", "&");
    assert_eq!(Browser::default().get(app, &address).await.status, 303, "it needs a session");
    let email = browser.get(app, &address).await;
    let policy = email.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    assert!(email.text.contains("<html lang=\"en\"") && email.text.contains("https://reconnect.example/r#"));
    let email = browser.get(app, &address.replace("locale=en", "locale=ar")).await;
    assert!(email.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", email.text);
}

/// Checks that the batch, its list, the table and the customer's page show the repair.
async fn assert_repaired(app: &TestApp, browser: &mut Browser, batch: &str) {
    let page = browser.get(app, batch).await.text;
    assert!(page.contains("1 repaired without opening the link"), "{page}");
    let (_, list) = page.split_once("id=\"accounts\"").unwrap();
    assert!(list.contains("/console/accounts/fca_1") && list.contains("class=\"result repaired\""), "{list}");
    for (result, rows) in [("repaired", 1), ("failed", 0), ("never_asked", 0)] {
        let page = browser.get(app, &format!("{batch}?result={result}")).await.text;
        assert_eq!(page.matches("/console/accounts/fca_1").count(), rows, "{result}: {page}");
    }
    assert_eq!(browser.get(app, &format!("{batch}?result=lost")).await.status, 404);
    let page = browser.get(app, "/console?result=repaired").await.text;
    assert!(page.contains("value=\"fca_1\"") && page.contains("class=\"result repaired\""), "{page}");
    let page = browser.get(app, "/console/customers/cus_1").await.text;
    for words in ["Asked", "Delivered", "Repaired"] {
        assert!(page.contains(&format!("<li>{words} <time")), "{words}: {page}");
    }
    let page = browser.get(app, "/console/batches").await.text;
    assert!(page.contains("100%"), "{page}");
}

#[tokio::test]
async fn a_batch_shows_who_began_at_the_bank_and_why_the_rest_did_not_come() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    app.stripe_has_account(active("fca_2", Some("cus_1")));
    reads(&app, "evt_1").await;
    app.tell(&event("evt_2", "fca_2")).await;
    relink_server::work_until_idle(&app.app).await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let both = [("form", form.as_str()), ("account", "fca_2"), ("account", "fca_1")];
    let begun = browser.post(&app, "/console/batches", &both).await;
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    relink_server::work_until_idle(&app.app).await;
    // The customer comes by the shop's own page.
    app.stripe_makes(session("fcsess_1", "fca_1", &serde_json::Value::Null)).await;
    assert_eq!(app.begin(&crate::support::token("cus_1"), "fca_1").await.status, 200);
    let page = browser.get(&app, &batch).await.text;
    assert!(page.contains("1 left the bank's window"), "{page}");
    assert!(page.contains("is not expected to stop working"), "who was left out, and why: {page}");
    let page = browser.get(&app, &format!("{batch}?result=never_asked")).await.text;
    assert!(page.contains("/console/accounts/fca_2") && !page.contains("/console/accounts/fca_1"), "{page}");
    let page = browser.get(&app, "/console?result=began").await.text;
    assert!(page.contains("value=\"fca_1\""), "{page}");
    let fragment = browser.get(&app, &format!("{batch}/progress")).await.text;
    assert!(fragment.starts_with("<div id=\"progress\" data-state=\"done\""), "{fragment}");
}

#[tokio::test]
async fn an_operator_asks_customers_of_healthy_accounts_to_share_what_is_new() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop_with(&office, OPERATOR, |options| Options {
        permissions: Some("payment_method,balances,ownership".to_owned()),
        ..options
    })
    .await;
    let mut enough = active("fca_2", Some("cus_1"));
    enough["permissions"] = serde_json::json!(["payment_method", "balances", "ownership"]);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.stripe_has_account(enough);
    reads(&app, "evt_1").await;
    app.tell(&event("evt_2", "fca_2")).await;
    relink_server::work_until_idle(&app.app).await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let both = [("form", form.as_str()), ("account", "fca_1"), ("account", "fca_2")];
    let preview = browser.post(&app, "/console/preview", &both).await.text;
    assert!(preview.contains("nothing to send"), "without the operator's choice: {preview}");
    assert!(preview.contains("Also ask healthy accounts"), "{preview}");
    let with_reason: Vec<_> = both.into_iter().chain([("reason", "permissions_changed")]).collect();
    let preview = browser.post(&app, "/console/preview", &with_reason).await.text;
    assert!(preview.contains("Send 1 email<") && preview.contains("shares all that"), "{preview}");
    let page = browser.get(&app, "/console?permissions=missing").await.text;
    assert!(page.contains("value=\"fca_1\"") && !page.contains("value=\"fca_2\""), "{page}");
    assert!(page.contains("lacks ownership"), "{page}");
    let all = [
        ("form", form.as_str()),
        ("all", "1"),
        ("permissions", "missing"),
        ("reason", "permissions_changed"),
    ];
    let begun = browser.post(&app, "/console/batches", &all).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    relink_server::work_until_idle(&app.app).await;
    let mails = office.emails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("Update what you share from Alder Bank"), "{}", mails[0]);
    let page = browser.get(&app, "/console/accounts/fca_1").await.text;
    assert!(page.contains("Make a link about new permissions"), "{page}");
    let page = browser.get(&app, "/console/accounts/fca_2").await.text;
    assert!(page.contains("shares all that RELINK_PERMISSIONS asks for"), "{page}");
    let link = [("form", form.as_str()), ("delivery", "link"), ("reason", "permissions_changed")];
    let page = browser.post(&app, "/console/accounts/fca_1/link", &link).await.text;
    assert!(page.contains("Here is the link"), "{page}");
}

#[tokio::test]
async fn a_page_that_renews_itself_does_not_keep_its_operator_signed_in() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    reads(&app, "evt_1").await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let begun = browser.post(&app, "/console/batches", &[("form", &form), ("account", "fca_1")]).await;
    let progress = format!("{}/progress", begun.headers["location"].to_str().unwrap());
    let aged = "UPDATE operator_sessions SET seen_at = seen_at - 1200000";
    app.database.run(aged).await;
    assert_eq!(browser.get(&app, &progress).await.status, 200);
    app.database.run(aged).await;
    assert_eq!(browser.get(&app, &progress).await.status, 303);
    let mut browser = Browser::with_key(&app).await;
    app.database.run(aged).await;
    assert_eq!(browser.get(&app, "/console/session").await.status, 204);
    app.database.run(aged).await;
    assert_eq!(browser.get(&app, "/console").await.status, 200, "at the operator's wish it goes on");
}

#[tokio::test]
async fn a_batch_goes_on_on_another_server_and_asks_nobody_twice() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    for n in 1..=45 {
        let id = format!("fca_{n}");
        app.stripe_has_account(broken(&id, Some("cus_1")));
        app.tell(&event(&format!("evt_{n}"), &id)).await;
    }
    relink_server::work_until_idle(&app.app).await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let all = [("form", form.as_str()), ("all", "1"), ("state", "broken")];
    let begun = browser.post(&app, "/console/batches", &all).await;
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    // The state after a crash between sending some emails and storing the progress.
    relink_server::work_until_idle(&app.app).await;
    app.database.run("UPDATE batches SET place = '', state = 'running', ended_at = NULL").await;
    app.database.run("DELETE FROM batch_counts").await;
    let id = batch.rsplit('/').next().unwrap();
    app.database
        .run(&format!(
            "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
             VALUES ('batch:{id}', 'batch', '{id}', 0, 1, 0, 0, 0, 0, 0)"
        ))
        .await;
    relink_server::work_until_idle(&app.another().await.app).await;
    assert_eq!(app.database.texts("SELECT id FROM requests").await.len(), 45);
    let page = browser.get(&app, &batch).await.text;
    assert!(page.contains("Processed: 45"), "{page}");
    assert_eq!(app.database.texts("SELECT result FROM batch_counts").await, ["asked"]);
}

#[tokio::test]
async fn an_account_that_stripe_refuses_keeps_nobody_else_from_being_asked() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    reads(&app, "evt_1").await;
    app.stripe_refuses("/v1/financial_connections/accounts/fca_2").await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let both = [("form", form.as_str()), ("account", "fca_2"), ("account", "fca_1")];
    let begun = browser.post(&app, "/console/batches", &both).await;
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    for tries in 0..4 {
        let page = browser.get(&app, &batch).await.text;
        assert!(page.contains("Processed: 0 of 2"), "after {tries} tries: {page}");
        app.database.run("UPDATE work SET due = 0 WHERE kind = 'batch'").await;
        relink_server::work_until_idle(&app.app).await;
    }
    let page = browser.get(&app, &batch).await.text;
    assert!(page.contains("Processed: 2 of 2") && page.contains("because this failed repeatedly"), "{page}");
    assert_eq!(app.database.texts("SELECT account FROM requests").await, ["fca_1"]);
}

/// Begins a batch for an account that the server has to read from Stripe. Returns the path of its page.
async fn batch_of_an_unknown_account(app: &TestApp, browser: &mut Browser) -> String {
    let form = browser.form(app).await;
    let begun = browser.post(app, "/console/batches", &[("form", &form), ("account", "fca_2")]).await;
    begun.headers["location"].to_str().unwrap().to_owned()
}

/// Makes Stripe answer the next two reads of an account with this status.
async fn stripe_answers_twice(app: &TestApp, status: u16) {
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/accounts/fca_2"))
        .respond_with(ResponseTemplate::new(status).insert_header("stripe-should-retry", "false"))
        .up_to_n_times(2)
        .with_priority(1)
        .mount(&app.stripe)
        .await;
}

#[tokio::test]
async fn a_batch_goes_on_by_itself_after_an_outage_of_any_length() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    app.stripe_has_account(broken("fca_2", Some("cus_1")));
    let mut browser = Browser::with_key(&app).await;
    let batch = batch_of_an_unknown_account(&app, &mut browser).await;
    stripe_answers_twice(&app, 500).await;
    for _ in 0..2 {
        app.database.run("UPDATE work SET tries = 100, due = 0 WHERE kind = 'batch'").await;
        relink_server::work_until_idle(&app.app).await;
        let waiting = "SELECT last_error FROM work WHERE kind = 'batch' AND parked_at IS NULL";
        assert_eq!(app.database.texts(waiting).await, ["Stripe does not answer at the moment."]);
    }
    app.database.run("UPDATE work SET due = 0 WHERE kind = 'batch'").await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(app.database.texts("SELECT account FROM requests").await, ["fca_2"]);
    assert!(browser.get(&app, &batch).await.text.contains("Finished"));
}

#[tokio::test]
async fn stripes_rate_limit_delays_a_batch_and_is_no_failure() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    app.stripe_has_account(broken("fca_2", Some("cus_1")));
    let mut browser = Browser::with_key(&app).await;
    batch_of_an_unknown_account(&app, &mut browser).await;
    stripe_answers_twice(&app, 429).await;
    relink_server::work_until_idle(&app.app).await;
    let waiting = "SELECT kind FROM work WHERE kind = 'batch' AND tries = 0 AND last_error IS NULL";
    assert_eq!(app.database.texts(waiting).await, ["batch"]);
}

#[tokio::test]
async fn a_stopped_batch_asks_nobody_else() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    reads(&app, "evt_1").await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let begun = browser.post(&app, "/console/batches", &[("form", &form), ("account", "fca_1")]).await;
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    browser.post(&app, &format!("{batch}/stop"), &[("form", &form)]).await;
    relink_server::work_until_idle(&app.app).await;
    assert!(app.database.texts("SELECT id FROM requests").await.is_empty());
    assert!(browser.get(&app, &batch).await.text.contains("Stopped"));
}

#[tokio::test]
async fn a_link_is_shown_once_and_can_be_taken_back() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    reads(&app, "evt_1").await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let made = browser.post(&app, "/console/accounts/fca_1/link", &[("form", &form)]).await;
    assert!(made.text.contains("https://reconnect.example/r#"), "{}", made.text);
    assert!(made.text.contains("dir=\"ltr\""), "a link begins at its left in every language: {}", made.text);
    let page = browser.get(&app, "/console/accounts/fca_1").await.text;
    assert!(!page.contains("/r#"));
    let id = app.database.texts("SELECT id FROM requests").await.remove(0);
    browser.post(&app, &format!("/console/requests/{id}/cancel"), &[("form", &form)]).await;
    assert_eq!(app.database.texts("SELECT state FROM requests").await, ["cancelled"]);
}

#[tokio::test]
async fn what_was_given_up_is_shown_and_tried_again() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    app.database
        .run("INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, last_error, created_at) \
              VALUES ('account:fca_1', 'account', 'fca_1', 0, 1, 0, 0, 9, 0, 5, 'no use', 0)")
        .await;
    let mut browser = Browser::with_key(&app).await;
    assert!(browser.get(&app, "/console/faults").await.text.contains("no use"));
    let form = browser.form(&app).await;
    let fields = [("form", form.as_str()), ("id", "account:fca_1")];
    assert_eq!(browser.post(&app, "/console/faults/work", &fields).await.status, 303);
    assert!(!browser.get(&app, "/console/faults").await.text.contains("no use"));
    assert_eq!(
        browser.post(&app, "/console/faults/messages", &[("form", &form), ("id", "x")]).await.status,
        404
    );
}
