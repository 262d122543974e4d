//! Drills of the runbook: what each does raises the number that its alert compares.

use reqwest::StatusCode;
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use crate::metrics::{ALERTS, RUNBOOK, Scrape, selectors};
use crate::support::{TestApp, token};
use crate::webhooks::event;

/// Returns the query of the alert.
fn query(alert: &str) -> &'static str {
    let (_, rest) = ALERTS.split_once(&format!("- alert: {alert}\n")).unwrap();
    rest.split('\'').nth(1).unwrap()
}

/// Returns what the query compares: the sum of the series that it selects, as a share where it divides. Counters are read
/// as a whole, because they begin with the server.
fn compared(query: &str, scrape: &Scrape) -> f64 {
    let selectors = selectors(query);
    let selected = scrape.sum(&selectors[0]);
    if query.contains(" / ") { selected / scrape.sum(&(selectors[1].0, Vec::new())) } else { selected }
}

fn fires(alert: &str, scrape: &Scrape) -> bool {
    let query = query(alert);
    let (comparison, limit) = query.rsplit_once(' ').unwrap();
    let (value, limit): (f64, f64) = (compared(query, scrape), limit.parse().unwrap());
    if comparison.ends_with("==") { value.to_bits() == limit.to_bits() } else { value > limit }
}

/// Lets Stripe answer every read with this status, while customers open their pages.
async fn stripe_answers(app: &TestApp, status: u16) {
    let error = json!({"error": {"type": "x", "code": "y", "message": "z"}});
    let answer = ResponseTemplate::new(status).set_body_json(error);
    Mock::given(method("GET")).respond_with(answer).with_priority(1).mount(&app.stripe).await;
    for customer in 0..6 {
        let answer = app.get("/api/accounts", &token(&format!("cus_{customer}"))).await;
        assert_ne!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

/// Sends events with a signature of another secret.
async fn events_are_signed_wrongly(app: &TestApp) {
    for number in 0..6 {
        let body = event(&format!("evt_{number}"), "fca_1").to_string().into_bytes();
        assert_eq!(app.tell_signed("whsec_another", body).await.status, 400);
    }
}

async fn drill(alert: &str, app: &TestApp) {
    match alert {
        "RelinkDatabaseFailing" => app.database.run("ALTER TABLE work RENAME TO gone").await,
        "RelinkStripeFailing" => stripe_answers(app, 500).await,
        "RelinkStripeKeyRefused" => stripe_answers(app, 401).await,
        "RelinkStripeRateLimited" => stripe_answers(app, 429).await,
        "RelinkStripeEventsRefused" => events_are_signed_wrongly(app).await,
        other => panic!("the runbook has a drill of {other} that no test carries out"),
    }
}

#[tokio::test]
async fn each_drill_of_the_runbook_makes_its_alert_fire() {
    let sections = RUNBOOK.split("\n## ").filter(|section| section.contains("- **Drill**: "));
    let alerts: Vec<&str> = sections.map(|section| section.lines().next().unwrap()).collect();
    assert!(alerts.len() >= 5, "{alerts:?}");
    for alert in alerts {
        let app = TestApp::start().await;
        assert!(!fires(alert, &app.scrape().await), "{alert} fires without a cause");
        drill(alert, &app).await;
        assert!(fires(alert, &app.scrape().await), "{alert}: {}", query(alert));
    }
}
