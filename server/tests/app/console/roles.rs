//! Roles of operators, sessions that can be ended, and four eyes for large batches.

use relink_server::{ConsoleOptions, Options};
use relink_test_kit::SmtpStub;

use super::{Browser, shop_of, shop_with};
use crate::objects::broken;
use crate::support::{API_KEY, TestApp, token};

const VIEWER: &str = "vera@shop.example";
const OPERATOR: &str = "oscar@shop.example";
const ADMIN: &str = "ada@shop.example";
const OPERATORS: &str = "vera@shop.example:viewer, Oscar@shop.example:operator, ada@shop.example";

/// Every route that takes a form, with the roles that may send it.
const FORMS: [(&str, &[&str]); 13] = [
    ("/console/language", &["nobody", VIEWER, OPERATOR, ADMIN]),
    ("/console/sign-in", &["nobody", VIEWER, OPERATOR, ADMIN]),
    ("/console/code", &["nobody", VIEWER, OPERATOR, ADMIN]),
    ("/console/key", &["nobody", VIEWER, OPERATOR, ADMIN]),
    ("/console/accounts/{id}/link", &[OPERATOR, ADMIN]),
    ("/console/requests/{id}/cancel", &[OPERATOR, ADMIN]),
    ("/console/preview", &[OPERATOR, ADMIN]),
    ("/console/batches", &[OPERATOR, ADMIN]),
    ("/console/batches/{id}/stop", &[OPERATOR, ADMIN]),
    ("/console/batches/{id}/approve", &[OPERATOR, ADMIN]),
    ("/console/faults/work", &[OPERATOR, ADMIN]),
    ("/console/faults/messages", &[OPERATOR, ADMIN]),
    ("/console/sessions/end", &[VIEWER, OPERATOR, ADMIN]),
];

/// Ends the session that sends it, so it is tried elsewhere.
const SIGN_OUT: &str = "/console/sign-out";

#[test]
fn every_route_that_takes_a_form_is_in_the_table_of_roles() {
    let source = include_str!("../../../src/console/mod.rs");
    let routes = source.split(".route(").skip(1).map(|rest| rest.split_once(", ").unwrap());
    let taking_forms = routes.filter(|(_, methods)| methods.split('\n').next().unwrap().contains("post("));
    let mut found: Vec<&str> = taking_forms.map(|(path, _)| path.trim_matches('"')).collect();
    let mut known: Vec<&str> = FORMS.iter().map(|(path, _)| *path).chain([SIGN_OUT]).collect();
    found.sort_unstable();
    known.sort_unstable();
    assert_eq!(found, known);
}

#[tokio::test]
async fn a_form_is_taken_from_the_roles_that_may_send_it_and_from_no_other() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop_of(&office, OPERATORS).await;
    for email in [VIEWER, OPERATOR, ADMIN] {
        let mut browser = Browser::with_code_of(&app, &office, email).await;
        let form = browser.form(&app).await;
        for (path, may) in FORMS.iter().filter(|(_, may)| !may.contains(&"nobody")) {
            let path = path.replace("{id}", "fca_9");
            let answer = browser.post(&app, &path, &[("form", &form), ("id", "x"), ("session", "x")]).await;
            let is_refused = answer.status == 403;
            assert_eq!(is_refused, !may.contains(&email), "{email} {path}: {}", answer.text);
            if is_refused {
                assert!(answer.text.contains("needs the role"), "{}", answer.text);
            }
        }
        for page in ["/console", "/console/reports", "/console/batches", "/console/faults", "/console/audit"]
        {
            assert_eq!(browser.get(&app, page).await.status, 200, "{email} {page}");
        }
    }
}

#[tokio::test]
async fn an_admin_ends_any_session_and_others_their_own_alone() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop_of(&office, OPERATORS).await;
    let mut admin = Browser::with_code_of(&app, &office, ADMIN).await;
    let mut oscar = Browser::with_code_of(&app, &office, OPERATOR).await;
    let mut vera = Browser::with_code_of(&app, &office, VIEWER).await;
    let page = vera.get(&app, "/console/sessions").await.text;
    assert!(page.contains(VIEWER) && !page.contains(OPERATOR), "{page}");
    let page = admin.get(&app, "/console/sessions").await.text;
    assert!(page.contains(VIEWER) && page.contains(OPERATOR), "{page}");
    let session = session_of(&page, OPERATOR);
    let form = vera.form(&app).await;
    let answer = vera.post(&app, "/console/sessions/end", &[("form", &form), ("session", &session)]).await;
    assert_eq!(answer.status, 404, "another operator's");
    assert_eq!(oscar.get(&app, "/console").await.status, 200);
    let form = admin.form(&app).await;
    let answer = admin.post(&app, "/console/sessions/end", &[("form", &form), ("session", &session)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(oscar.get(&app, "/console").await.status, 303, "signed out");
    let trail = app.get("/api/audit", API_KEY).await.text;
    assert!(trail.contains("console.session_ended") && trail.contains("\"reason\":\"ended\""), "{trail}");
}

/// Returns the name of this operator's session in the page's form.
fn session_of(page: &str, operator: &str) -> String {
    let rows = page.split("<tr>").filter(|row| row.contains(operator));
    let row = rows.last().unwrap();
    let (_, rest) = row.split_once("name=\"session\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Starts a shop in which batches of more than one account need a second operator.
async fn careful_shop(office: &SmtpStub) -> TestApp {
    let app = shop_with(office, OPERATORS, |options| Options {
        console: ConsoleOptions { batch_approval_above: Some("1".to_owned()), ..options.console },
        ..options
    })
    .await;
    for account in ["fca_1", "fca_2"] {
        app.stripe_has_account(broken(account, Some("cus_1")));
    }
    app.get("/api/accounts", &token("cus_1")).await;
    app
}

async fn begin(app: &TestApp, browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let form = browser.form(app).await;
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form", form.as_str())]).collect();
    let answer = browser.post(app, "/console/batches", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].to_str().unwrap().to_owned()
}

async fn approve(app: &TestApp, browser: &mut Browser, batch: &str) -> u16 {
    let form = browser.form(app).await;
    browser.post(app, &format!("{batch}/approve"), &[("form", &form)]).await.status.as_u16()
}

#[tokio::test]
async fn a_large_batch_waits_for_another_operator_and_a_small_one_begins() {
    let office = SmtpStub::start().await.unwrap();
    let app = careful_shop(&office).await;
    let mut oscar = Browser::with_code_of(&app, &office, OPERATOR).await;
    let mut ada = Browser::with_code_of(&app, &office, ADMIN).await;
    let small = begin(&app, &mut oscar, &[("account", "fca_1")]).await;
    assert!(oscar.get(&app, &small).await.text.contains("Sending emails"));
    for large in [vec![("account", "fca_1"), ("account", "fca_2")], vec![("all", "1")]] {
        let batch = begin(&app, &mut oscar, &large).await;
        relink_server::work_until_idle(&app.app).await;
        let page = oscar.get(&app, &batch).await.text;
        assert!(page.contains("Waiting for approval") && !page.contains("/approve"), "{page}");
        assert_eq!(approve(&app, &mut oscar, &batch).await, 403, "the one who began it");
        let mut key = Browser::with_key(&app).await;
        assert_eq!(approve(&app, &mut key, &batch).await, 403, "a key may be anyone's");
        assert!(ada.get(&app, &batch).await.text.contains("/approve"));
        assert_eq!(approve(&app, &mut ada, &batch).await, 303);
        assert!(ada.get(&app, &batch).await.text.contains("Sending emails"));
        assert_eq!(approve(&app, &mut ada, &batch).await, 404, "once");
    }
    let trail = app.get("/api/audit?limit=100", API_KEY).await.text;
    assert_eq!(trail.matches("batch.approved").count(), 2, "{trail}");
}

#[tokio::test]
async fn a_batch_that_waits_can_be_stopped_and_is_not_begun_after_that() {
    let office = SmtpStub::start().await.unwrap();
    let app = careful_shop(&office).await;
    let mut oscar = Browser::with_code_of(&app, &office, OPERATOR).await;
    let batch = begin(&app, &mut oscar, &[("all", "1")]).await;
    let form = oscar.form(&app).await;
    assert_eq!(oscar.post(&app, &format!("{batch}/stop"), &[("form", &form)]).await.status, 303);
    let mut ada = Browser::with_code_of(&app, &office, ADMIN).await;
    assert_eq!(approve(&app, &mut ada, &batch).await, 404);
    assert!(ada.get(&app, &batch).await.text.contains("Stopped"));
}
