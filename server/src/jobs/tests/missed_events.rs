//! Tests of catching up with a long list of undelivered events while Stripe is slow or fails, across restarts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use super::harness::Harness;
use crate::jobs::worker::JobResult;
use crate::jobs::{begin, fetch_missed_events, work_until_idle};
use crate::state::AppState;
use crate::store::job_queue::JobKind;

/// Mock of Stripe's list of undelivered events, newest first, in pages.
#[derive(Clone, Default)]
struct Events {
    ids: Arc<Mutex<Vec<String>>>,
    asked: Arc<AtomicUsize>,
    /// One request in this many fails.
    one_fails_in: Option<usize>,
}

const NOW: i64 = 1_790_000_000;

impl Events {
    fn of(count: usize) -> Self {
        let ids = (0..count).rev().map(|number| format!("evt_{number:05}")).collect();
        Self { ids: Arc::new(Mutex::new(ids)), ..Self::default() }
    }

    async fn mount(&self, stand: &Harness) {
        Mock::given(method("GET"))
            .and(path("/v1/events"))
            .respond_with(self.clone())
            .mount(&stand.server)
            .await;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// All events have the same time to the second, as in an outage of a bank.
fn event(id: &str) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-09-30.preview", "created": NOW - 60, "livemode": false,
        "type": "financial_connections.account.deactivated",
        "data": {"object": {"id": "fca_0x0", "object": "financial_connections.account"}}
    })
}

impl Respond for Events {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if self.one_fails_in.is_some_and(|each| asked.is_multiple_of(each)) {
            return ResponseTemplate::new(500).insert_header("stripe-should-retry", "false");
        }
        let ids = self.ids.lock().unwrap();
        let value = |name: &str| {
            request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let limit: usize = value("limit").unwrap().parse().unwrap();
        let after = value("starting_after");
        let place = after.as_ref().map(|after| ids.iter().position(|id| id == after));
        if place == Some(None) {
            let error = json!({"error": {"code": "resource_missing", "param": "starting_after"}});
            return ResponseTemplate::new(404).set_body_json(error);
        }
        let first = place.flatten().map_or(0, |place| place + 1);
        let page: Vec<Value> = ids.iter().skip(first).take(limit).map(|id| event(id)).collect();
        let has_more = first + page.len() < ids.len();
        ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": page, "has_more": has_more}))
            .set_delay(Duration::from_millis(5))
    }
}

/// Runs the job for a single page. Returns true if the pass is over.
async fn run(app: &AppState) -> bool {
    let Ok(JobResult::Again(due)) = fetch_missed_events::run(app, None, Duration::ZERO).await else {
        return false;
    };
    due > crate::clock::now() + jiff::SignedDuration::from_mins(1)
}

async fn entered(app: &AppState) -> i64 {
    let count = "SELECT COUNT(*) FROM events WHERE source = 'catch_up'";
    sqlx::query_scalar(count).fetch_one(app.store.reader()).await.unwrap()
}

#[tokio::test]
async fn a_long_backlog_is_caught_up_in_many_runs_across_restarts_and_no_page_is_read_twice() {
    let stand = Harness::start().await;
    let stripe = Events::of(1_600);
    stripe.mount(&stand).await;
    let mut app = stand.app.clone();
    let mut runs = 1;
    while !run(&app).await {
        runs += 1;
        assert!(runs <= 16, "it does not end");
        if runs % 5 == 0 {
            app = stand.again().await;
        }
    }
    assert_eq!((runs, stripe.asked(), entered(&app).await), (16, 16, 1_600));
    // The next pass reads the new event, and stores none twice.
    stripe.ids.lock().unwrap().insert(0, "evt_99999".to_owned());
    let mut runs = 1;
    while !run(&app).await {
        runs += 1;
        assert!(runs <= 17, "it does not end");
    }
    assert_eq!(entered(&app).await, 1_601);
}

#[tokio::test]
async fn a_failed_page_keeps_progress_and_does_not_fail_the_job() {
    let stand = Harness::start().await;
    let stripe = Events { one_fails_in: Some(3), ..Events::of(1_000) };
    stripe.mount(&stand).await;
    let mut failures = 0;
    while entered(&stand.app).await < 1_000 {
        let run = fetch_missed_events::run(&stand.app, None, Duration::from_secs(10)).await;
        failures += u32::from(run.is_err());
        assert!(stripe.asked() < 20, "pages are read twice");
    }
    assert_eq!(failures, 0, "each run has read pages before one failed");
}

#[tokio::test]
async fn where_the_last_event_was_delivered_meanwhile_the_pass_goes_on_and_misses_nothing() {
    let stand = Harness::start().await;
    let stripe = Events::of(250);
    stripe.mount(&stand).await;
    assert!(!run(&stand.app).await);
    let gone = stripe.ids.lock().unwrap().remove(99);
    assert_eq!(gone, "evt_00150");
    let mut runs = 1;
    while !run(&stand.app).await {
        runs += 1;
        assert!(runs < 9, "it does not end");
    }
    assert_eq!(entered(&stand.app).await, 250);
}

#[tokio::test]
async fn periodic_work_is_tried_for_as_long_as_there_is_a_server() {
    let stand = Harness::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/events"))
        .respond_with(ResponseTemplate::new(403))
        .up_to_n_times(40)
        .mount(&stand.server)
        .await;
    Events::of(1).mount(&stand).await;
    begin(&stand.app.store).await.unwrap();
    for _ in 0..41 {
        stand.app.store.make_all_due().await;
        work_until_idle(&stand.app).await;
    }
    assert_eq!(stand.app.store.backlog(crate::clock::now()).await.unwrap().parked, 0);
    assert!(stand.app.store.queued_jobs().await.contains(&format!("{}:", JobKind::CatchUp.as_str())));
    assert_eq!(entered(&stand.app).await, 1);
}
