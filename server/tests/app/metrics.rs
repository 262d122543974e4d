//! Metrics of the management port: their names, their labels and what makes them count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use relink_server::{management_router, work_until_idle};
use reqwest::Method;
use serde_json::Value;
use tower::ServiceExt;

use crate::objects::{broken, failed, session};
use crate::support::{TestApp, request, token};
use crate::webhooks::event;

const OPERATIONS: &str = include_str!("../../../docs/operations.md");
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";

impl TestApp {
    async fn scrape_as(&self, accept: &str) -> (String, String) {
        let request = Request::get("/metrics").header("accept", accept).body(Body::empty()).unwrap();
        let response = management_router(self.app.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (content_type, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) async fn scrape(&self) -> Scrape {
        Scrape(self.scrape_as(OPEN_METRICS).await.1)
    }
}

/// Text of a scrape in OpenMetrics.
pub(crate) struct Scrape(String);

impl Scrape {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the value of this series, such as `relink_jobs_total{kind="mail",result="done"}`; 0 if it is missing.
    fn value(&self, series: &str) -> f64 {
        let found = self.samples().find(|(name, _)| *name == series);
        found.map_or(0.0, |(_, value)| value.parse().unwrap())
    }

    pub(crate) fn samples(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap())
    }

    fn series(&self) -> BTreeSet<&str> {
        self.samples().map(|(series, _)| series).collect()
    }

    /// Returns the names of the labels of each name of a sample.
    fn labels(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (series, _) in self.samples() {
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let names = labels.trim_end_matches('}').split("\",").filter_map(|label| label.split('=').next());
            all.entry(name).or_default().extend(names.filter(|name| !name.is_empty() && *name != "le"));
        }
        all
    }

    /// Returns the table of the documentation.
    fn table(&self) -> String {
        let mut table = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
        let all = self.labels();
        let mut help = "";
        for line in self.0.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                help = rest.split_once(' ').unwrap().1.trim_end_matches('.');
            }
            let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
            else {
                continue;
            };
            let (shown, sample) = match kind {
                "counter" => (format!("{name}_total"), format!("{name}_total")),
                "info" => (format!("{name}_info"), format!("{name}_info")),
                "histogram" => (name.to_owned(), format!("{name}_count")),
                _ => (name.to_owned(), name.to_owned()),
            };
            let labels =
                all.get(sample.as_str()).unwrap_or_else(|| panic!("{name} has no sample in this test"));
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(table, "| `{shown}` | {kind} | {} | {help} |", labels.join(", ")).unwrap();
        }
        table
    }
}

/// Returns a shop in which everything has happened once.
async fn busy() -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let ended = session("fcsess_1", "fca_1", &failed("no_account"));
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
    assert_eq!(app.outcome(&token("cus_1"), "fcsess_1", "finished").await.status, 200);
    assert_eq!(app.tell(&event("evt_1", "fca_1")).await.status, 200);
    assert_eq!(app.post("/webhooks/stripe", "", &Value::Null).await.status, 400);
    work_until_idle(&app.app).await;
    app
}

#[tokio::test]
async fn the_table_in_the_documentation_is_that_of_the_program() {
    let table = busy().await.scrape().await.table();
    assert!(
        OPERATIONS.contains(&table),
        "docs/operations.md has another table of metrics; replace it by this one:\n\n{table}"
    );
}

#[tokio::test]
async fn what_happens_is_counted_once() {
    let app = busy().await;
    let scrape = app.scrape().await;
    for (series, expected) in [
        (r#"relink_http_requests_total{method="POST",route="/api/sessions",status="200"}"#, 1.0),
        (r#"relink_http_requests_total{method="POST",route="/webhooks/stripe",status="200"}"#, 1.0),
        (r#"relink_http_request_duration_seconds_count{route="/webhooks/stripe"}"#, 2.0),
        (r#"relink_stripe_calls_total{operation="create_session",outcome="ok"}"#, 1.0),
        (r#"relink_stripe_calls_total{operation="retrieve_session",outcome="ok"}"#, 1.0),
        (r#"relink_sessions_started_total{choice="repair"}"#, 1.0),
        (r#"relink_sessions_settled_total{outcome="no_account",by="stripe"}"#, 1.0),
        (r#"relink_sessions_settled_total{outcome="failed",by="stripe"}"#, 0.0),
        ("relink_stripe_events_accepted_total", 1.0),
        (r#"relink_stripe_events_refused_total{reason="no_signature"}"#, 1.0),
        (r#"relink_jobs_total{kind="account",result="done"}"#, 1.0),
        ("relink_stripe_event_lag_seconds_count", 1.0),
        ("relink_database_readable", 1.0),
        (r#"relink_work{state="due"}"#, 0.0),
    ] {
        assert_eq!(scrape.value(series).to_string(), expected.to_string(), "{series}\n{}", scrape.0);
    }
    assert!(scrape.value(r#"relink_stripe_budget_wait_seconds_count{share="customers"}"#) >= 2.0);
    assert!(scrape.value(r#"relink_stripe_budget_wait_seconds_count{share="background"}"#) >= 1.0);
}

/// Words that outsiders choose: methods, paths, and the words in Stripe's answers.
#[tokio::test]
async fn what_browsers_report_is_counted_by_cause_and_what_is_no_report_is_not() {
    let app = TestApp::start().await;
    let send = async |kind: &str, body: &str| {
        let request = Request::post("/reports").header("content-type", kind).body(body.to_owned().into());
        assert_eq!(app.send(request.unwrap()).await.status, 204, "{body}");
    };
    let report = r#"{"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://js.stripe.com/v3/"}}"#;
    send("application/csp-report", report).await;
    send("text/plain;charset=UTF-8", "policy_blocked").await;
    for nonsense in ["", "{}", r#"{"csp-report": {"effective-directive": "<script>"}}"#] {
        send("text/plain", nonsense).await;
    }
    let scrape = app.scrape().await;
    let count = |labels: &str| scrape.value(&format!("relink_browser_reports_total{{{labels}}}")).to_string();
    assert_eq!(count(r#"blocked="stripe",directive="script-src""#), "1");
    assert_eq!(count(r#"blocked="other",directive="other""#), "1");
    let failed =
        |cause: &str| scrape.value(&format!("relink_element_load_failures_total{{cause=\"{cause}\"}}"));
    assert_eq!(
        (failed("policy_blocked").to_string(), failed("old_browser").to_string()),
        ("1".into(), "0".into())
    );
    assert!(!scrape.0.contains("<script>"));
}

#[tokio::test]
async fn no_text_from_outside_becomes_a_label() {
    let app = busy().await;
    let strange = async |n: usize| {
        for (method, path) in [
            ("GET", format!("/nowhere-{n}")),
            ("GET", format!("/api/nowhere-{n}")),
            ("GET", format!("/u/secret-{n}")),
            ("GET", format!("/api/accounts/fca_{n}")),
            ("GET", format!("/console/nowhere-{n}")),
            (["BREW", "WHEN", "PROPFIND"][n % 3], "/api/accounts".to_owned()),
        ] {
            app.send(request(Method::from_bytes(method.as_bytes()).unwrap(), &path, "", None)).await;
        }
        let mut told = event(&format!("evt_strange_{n}"), "fca_1");
        told["type"] = Value::from(format!("financial_connections.account.strange_{n}"));
        assert_eq!(app.tell(&told).await.status, 200);
        app.scrape().await
    };
    let first = strange(0).await;
    let mut last = strange(1).await;
    for n in 2..30 {
        last = strange(n).await;
    }
    assert_eq!(first.series(), last.series());
    for word in ["nowhere", "secret-", "fca_", "BREW", "strange"] {
        assert!(!last.0.contains(word), "{word}\n{}", last.0);
    }
    assert!(last.0.contains(r#"route="/u/{*secret}""#) && last.0.contains(r#"method="other""#), "{}", last.0);
}

#[tokio::test]
async fn an_outcome_that_stripe_has_not_documented_counts_as_failed() {
    let app = TestApp::start().await;
    let before = app.scrape().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app.begin(&token("cus_1"), "fca_1").await;
    let ended = session("fcsess_1", "fca_1", &failed("meteor"));
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
    app.outcome(&token("cus_1"), "fcsess_1", "finished").await;
    let after = app.scrape().await;
    let failed = r#"relink_sessions_settled_total{outcome="failed",by="stripe"}"#;
    assert_eq!([before.value(failed), after.value(failed)].map(|value| value.to_string()), ["0", "1"]);
    assert!(!after.0.contains("meteor"));
}

#[tokio::test]
async fn the_format_is_the_one_that_the_scraper_asks_for() {
    let app = TestApp::start().await;
    let prometheus = format!("{OPEN_METRICS};q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1");
    let (content_type, text) = app.scrape_as(&prometheus).await;
    assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);
    let (content_type, text) = app.scrape_as("*/*").await;
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert!(!text.contains("# EOF") && text.contains("\nrelink_build_info{"), "{text}");
}

#[tokio::test]
async fn a_database_that_does_not_answer_leaves_the_other_metrics() {
    let app = TestApp::start().await;
    app.database.run("ALTER TABLE work RENAME TO gone").await;
    let scrape = app.scrape().await;
    assert_eq!(scrape.value("relink_database_readable").to_string(), "0");
    assert!(!scrape.0.contains("relink_work{") && scrape.0.contains("relink_build_info{"), "{}", scrape.0);
    assert!(app.log().contains("metrics of the database can't be read"));
}

#[tokio::test]
async fn metrics_are_on_the_management_port_alone() {
    let app = TestApp::start().await;
    let answer = app.get("/metrics", "").await;
    assert!(!answer.text.contains("relink_"), "{}", answer.text);
}

pub(crate) const ALERTS: &str = include_str!("../../../deploy/alerts.yaml");
const DASHBOARD: &str = include_str!("../../../deploy/dashboard.json");
pub(crate) const RUNBOOK: &str = include_str!("../../../docs/runbook.md");

fn alert_queries<'a>() -> impl Iterator<Item = &'a str> {
    ALERTS.lines().filter_map(|line| line.trim().strip_prefix("expr: '")?.strip_suffix('\''))
}

/// Metric that a query names, with the labels that it selects by: name and accepted values.
type Selector<'a> = (&'a str, Vec<(&'a str, Vec<&'a str>)>);

/// Returns the metrics of the program that this text names.
fn selectors(text: &str) -> Vec<Selector<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = text.match_indices("relink_").map(|(place, _)| place);
    let begins = begins.filter(|place| !text[..*place].ends_with(is_name));
    begins
        .map(|place| {
            let rest = &text[place..];
            let name = rest.split(|c| !is_name(c)).next().unwrap();
            let labels = rest[name.len()..].strip_prefix('{').and_then(|labels| labels.split('}').next());
            let labels = labels.into_iter().flat_map(|labels| labels.split("\",")).filter_map(matcher);
            (name, labels.collect())
        })
        .collect()
}

/// Returns name and values of a matcher such as `result=~"failed|unknown`; `None` for a variable or a pattern.
fn matcher(text: &str) -> Option<(&str, Vec<&str>)> {
    let (name, values) = text.split_once(['=', '!'])?;
    let values = values.trim_start_matches(['=', '~']).trim_matches('"');
    (!values.contains(['$', '.', '*'])).then(|| (name, values.split('|').collect()))
}

#[test]
fn a_query_is_read_with_the_labels_that_it_selects_by() {
    let text = r#"sum(rate(relink_a_total{b=~"c|d",job="$job"}[5m])) / relink_e:relink and norelink_x"#;
    assert_eq!(selectors(text), [("relink_a_total", vec![("b", vec!["c", "d"])]), ("relink_e", vec![])]);
}

#[tokio::test]
async fn every_metric_and_label_of_dashboard_and_alerts_is_one_of_the_program() {
    let scrape = busy().await.scrape().await;
    let names: BTreeSet<&str> = scrape.labels().into_keys().collect();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<String> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    for query in queries.iter().map(String::as_str).chain(alert_queries()) {
        // Grafana replaces its variables before Prometheus reads the query.
        let query = query.replace("$__rate_interval", "5m");
        promql_parser::parser::parse(&query).unwrap_or_else(|error| panic!("{error}: {query}"));
    }
    let queries = queries.iter().map(String::as_str).chain(alert_queries());
    let mut known = 0;
    for (name, labels) in queries.flat_map(selectors) {
        known += 1;
        assert!(names.contains(name), "there is no metric {name}");
        for (label, values) in labels {
            for value in values {
                let given = format!("{label}=\"{value}\"");
                let is_there = scrape
                    .series()
                    .iter()
                    .any(|series| series.split('{').next() == Some(name) && series.contains(&given));
                let is_compared = ["route", "job"].contains(&label);
                assert!(is_there || is_compared, "{name} has no {given}");
            }
        }
    }
    assert!(known > 60, "{known}");
}

#[test]
fn every_alert_has_its_section_in_the_runbook_and_no_other_has_one() {
    let alerts: Vec<&str> =
        ALERTS.lines().filter_map(|line| line.split_once("- alert: ")).map(|(_, name)| name).collect();
    let sections: Vec<&str> = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(alerts, sections);
    for alert in alerts {
        let link = format!("runbook: docs/runbook.md#{}\n", alert.to_lowercase());
        assert!(ALERTS.contains(&link), "{alert}");
    }
    for part in ["- **Meaning**: ", "- **See**: ", "- **Do**: "] {
        assert_eq!(RUNBOOK.matches(part).count(), sections.len(), "{part}");
    }
}

#[test]
fn every_alert_that_the_documentation_names_exists() {
    let pages = [OPERATIONS, RUNBOOK, include_str!("../../../docs/logs.md")];
    for link in pages.iter().flat_map(|page| page.split("](").skip(1)) {
        let Some(name) = link.split(')').next().and_then(|link| link.split_once("#relink")) else { continue };
        let wanted = format!("relink{}", name.1);
        assert!(RUNBOOK.lines().any(|line| line.to_lowercase() == format!("## {wanted}")), "{wanted}");
    }
}
