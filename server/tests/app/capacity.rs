//! The estimate of `relink-server capacity` assumes the calls that the server makes.

use relink_server::{Options, work_until_idle};
use serde_json::Value;

use crate::objects::{active, broken, repaired, session};
use crate::process::relink_server;
use crate::support::{API_KEY, TestApp, token};
use crate::webhooks::event;

/// Runs the command with these arguments. Returns what it prints.
fn capacity(arguments: &[&str], rate: &str) -> String {
    let mut command = relink_server("", &[&["capacity"], arguments].concat());
    let output = command.env("RELINK_STRIPE_RATE", rate).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the number of calls that the estimate assumes for this.
fn assumed(what: &str) -> usize {
    let text = capacity(&["--accounts", "1000"], "20");
    let (_, assumed) = text.split_once("Assumed: ").unwrap();
    let (_, rest) = assumed.split_once(what).unwrap_or_else(|| panic!("{what}: {text}"));
    rest.split(|letter: char| !letter.is_ascii_digit())
        .find(|digits| !digits.is_empty())
        .unwrap()
        .parse()
        .unwrap()
}

async fn calls(app: &TestApp) -> usize {
    work_until_idle(&app.app).await;
    app.stripe.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn the_assumed_calls_are_those_of_the_server() {
    let app = TestApp::with(|options| Options { api_key: Some(API_KEY.into()), ..options }).await;
    let customer = token("cus_1");
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    assert_eq!(app.get("/api/accounts", &customer).await.status, 200);
    assert!(calls(&app).await <= assumed("a visit takes"));

    let before = calls(&app).await;
    assert_eq!(app.tell(&event("evt_1", "fca_1")).await.status, 200);
    assert_eq!(calls(&app).await - before, assumed("an event"));

    let before = calls(&app).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&customer, "fca_1").await.status, 200);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    let ended = session("fcsess_1", "fca_1", &repaired("fca_1"));
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
    let outcome = app.outcome(&customer, "fcsess_1", "finished").await;
    assert!(outcome.text.contains("relinked"), "{}", outcome.text);
    assert_eq!(calls(&app).await - before, assumed("a relink"));
}

#[test]
fn ten_million_accounts_are_estimated_without_a_database_or_keys() {
    let text = capacity(&["--accounts", "10000000"], "50");
    assert!(
        text.starts_with("10,000,000 accounts, 50 calls to Stripe a second (4,320,000 a day)\n"),
        "{text}"
    );
    let number = |line: &str| text.lines().find(|row| row.starts_with(line)).unwrap().to_owned();
    assert!(number("events").split_whitespace().count() == 3, "{text}");
    assert!(number("longest time").contains(" h "), "{text}");
}

#[test]
fn a_share_or_number_that_makes_no_sense_is_refused_in_words() {
    for (arguments, expected) in [
        (vec!["--accounts", "0"], "0 is not in 1..=1000000000"),
        (vec!["--accounts", "5", "--breaking", "101"], "101 is not in 0..=100"),
        (vec!["--accounts", "5", "--per-customer", "nan"], "not a number from 1 to 1000"),
    ] {
        let output = relink_server("", &[&["capacity"], arguments.as_slice()].concat()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(expected), "{errors}");
    }
    let mut command = relink_server("", &["capacity", "--accounts", "5"]);
    let output = command.env("RELINK_BACKGROUND_SHARE", "99").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && errors.contains("RELINK_BACKGROUND_SHARE is not between"),
        "{errors}"
    );
}
