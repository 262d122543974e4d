//! Names of customers, which are stored and shown only if the merchant wants that.

use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::support::now;

const NAMES: &str = "SELECT customer FROM customer_names UNION SELECT customer FROM customer_words";

/// Starts a shop with a broken account of `cus_1` that it has read, and with names or without.
async fn shop(office: &SmtpStub, customer_names: bool) -> TestApp {
    let app = shop_with(office, OPERATOR, |options| with_names(options, customer_names)).await;
    app.tell(&crate::webhooks::event("evt_account", "fca_1")).await;
    app
}

fn with_names(options: Options, customer_names: bool) -> Options {
    Options { console: ConsoleOptions { customer_names, ..options.console.clone() }, ..options }
}

/// Sets Stripe's next answer about `cus_1`.
async fn next_answer(app: &TestApp, customer: serde_json::Value) {
    let answer = ResponseTemplate::new(200).set_body_json(customer).insert_header("request-id", "req_1");
    let mock = Mock::given(method("GET")).and(path("/v1/customers/cus_1")).respond_with(answer);
    mock.up_to_n_times(1).with_priority(1).mount(&app.stripe).await;
}

fn customer(name: &str) -> serde_json::Value {
    json!({"id": "cus_1", "object": "customer", "name": name, "email": "jenny@mail.example"})
}

/// Sends an event about `cus_1`, and performs what follows from it.
async fn changed(app: &TestApp, id: &str, kind: &str) {
    send(app, id, kind, "cus_1").await;
    relink_server::work_until_idle(&app.app).await;
}

async fn send(app: &TestApp, id: &str, kind: &str, customer: &str) {
    let event = json!({
        "id": id, "object": "event", "api_version": "2026-09-30.preview", "created": now(), "livemode": false,
        "type": kind, "data": {"object": {"id": customer, "object": "customer", "name": "Jenny In-Payload"}},
    });
    assert_eq!(app.tell(&event).await.status, 200);
}

/// Runs the periodic search for what is to be read again.
async fn sweep(app: &TestApp) {
    run(app, "sweep").await;
}

/// Runs a periodic job.
async fn run(app: &TestApp, kind: &str) {
    app.database
        .run(&format!(
            "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
              VALUES ('{kind}:', '{kind}', '', 0, 1, 1, 0, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET due = 0"
        ))
        .await;
    relink_server::work_until_idle(&app.app).await;
}

async fn page(app: &TestApp, path: &str) -> String {
    Browser::with_key(app).await.get(app, path).await.text
}

#[tokio::test]
async fn an_operator_sees_customers_by_name_and_finds_them_by_it() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office, true).await;
    next_answer(&app, customer("Jenny Rosen")).await;
    relink_server::work_until_idle(&app.app).await;
    sweep(&app).await;
    for search in ["", "?q=rosen+JENNY", "?q=jenny%40mail.example"] {
        let table = page(&app, &format!("/console{search}")).await;
        assert!(table.contains("Jenny Rosen") && table.contains("fca_1"), "{search}: {table}");
        assert!(table.contains("placeholder=\"Name, email, customer ID,"), "{table}");
    }
    let csv = page(&app, "/console/connections.csv").await;
    let [head, line] = [0, 1].map(|number| csv.lines().nth(number).unwrap().split(',').collect::<Vec<_>>());
    assert_eq!(head[8..], ["\"name\"", "\"email\""]);
    assert_eq!(line[8..], ["\"Jenny Rosen\"", "\"jenny@mail.example\""]);
    assert!(page(&app, "/console?q=rosen+nobody").await.contains("No match"));
    let about = page(&app, "/console/customers/cus_1").await;
    assert!(about.contains("Jenny Rosen") && about.contains("jenny@mail.example"), "{about}");

    next_answer(&app, customer("Jenny Miller")).await;
    changed(&app, "evt_1", "customer.updated").await;
    assert!(page(&app, "/console?q=miller").await.contains("Jenny Miller"));
    assert!(page(&app, "/console?q=rosen").await.contains("No match"));
    // What was searched for is recorded by identifier only, and no payload of a customer's event is stored.
    for column in ["SELECT detail FROM audit", "SELECT COALESCE(payload, '') FROM events"] {
        let texts = app.database.texts(column).await.join(" ").to_lowercase();
        assert!(!["rosen", "miller", "in-payload"].iter().any(|name| texts.contains(name)), "{texts}");
    }

    next_answer(&app, json!({"id": "cus_1", "object": "customer", "deleted": true})).await;
    changed(&app, "evt_2", "customer.deleted").await;
    assert!(!page(&app, "/console").await.contains("Miller"));
    assert!(page(&app, "/console?q=miller").await.contains("No match"));
}

#[tokio::test]
async fn without_the_setting_no_name_is_stored_and_those_that_were_are_deleted() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office, false).await;
    relink_server::work_until_idle(&app.app).await;
    changed(&app, "evt_1", "customer.updated").await;
    sweep(&app).await;
    assert_eq!(app.database.texts(NAMES).await, [""; 0]);

    let csv = page(&app, "/console/connections.csv").await;
    assert!(csv.lines().all(|line| line.split(',').count() == 8), "{csv}");

    let app = app.changed(|options| with_names(options, true)).await;
    next_answer(&app, customer("Jenny Rosen")).await;
    sweep(&app).await;
    assert_eq!(app.database.texts(NAMES).await, ["cus_1"]);
    app.database.run("INSERT INTO meta (name, value) VALUES ('customer_names_after', 'cus_1') ON CONFLICT (name) DO UPDATE SET value = 'cus_1'").await;
    let app = app.changed(|options| with_names(options, false)).await;
    sweep(&app).await;
    assert_eq!(app.database.texts(NAMES).await, [""; 0]);
    // Nor where a search through all customers goes on.
    assert_eq!(app.database.texts("SELECT value FROM meta WHERE value = 'cus_1'").await, [""; 0]);
}

#[tokio::test]
async fn names_go_after_the_last_account() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office, true).await;
    next_answer(&app, customer("Jenny Rosen")).await;
    relink_server::work_until_idle(&app.app).await;
    sweep(&app).await;
    run(&app, "prune").await;
    assert_eq!(app.database.texts(NAMES).await, ["cus_1"]);
    app.database.run("DELETE FROM accounts").await;
    run(&app, "prune").await;
    assert_eq!(app.database.texts(NAMES).await, [""; 0]);
}

#[tokio::test]
async fn events_about_customers_cost_nothing_where_no_name_is_stored() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office, false).await;
    let jobs = "SELECT subject || ' ' || urgency FROM work WHERE kind = 'customer_name'";
    send(&app, "evt_1", "customer.updated", "cus_1").await;
    assert_eq!(app.database.texts(jobs).await, [""; 0]);

    let app = app.changed(|options| with_names(options, true)).await;
    send(&app, "evt_2", "customer.updated", "cus_2").await;
    // After everything that customers see.
    assert_eq!(app.database.texts(jobs).await, ["cus_2 2"]);
    relink_server::work_until_idle(&app.app).await;
    // Without an account here, the customer is nobody to ask Stripe about.
    let asked = app.stripe.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.url.path() != "/v1/customers/cus_2"), "{asked:?}");
    assert_eq!(app.database.texts(jobs).await, [""; 0]);
}

#[tokio::test]
async fn a_batch_for_several_customers_is_stored_as_their_accounts_which_the_first_release_can_read() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office, true).await;
    relink_server::work_until_idle(&app.app).await;
    app.database.run("INSERT INTO customer_words VALUES ('jenny', 'cus_1'), ('jenny', 'cus_2')").await;
    let mut browser = Browser::with_code(&app, &office).await;
    let form = browser.form(&app).await;
    let chosen = [("form", form.as_str()), ("all", "1"), ("q", "jenny")];
    let begun = browser.post(&app, "/console/batches", &chosen).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    assert_eq!(app.database.texts("SELECT chosen FROM batches").await, [r#"{"named":["fca_1"]}"#]);
}
