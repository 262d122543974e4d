//! Tests of periodic jobs: fetching missed events, re-reading old accounts, and catching up after a pause.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_contains, query_param_is_missing};
use wiremock::{Mock, ResponseTemplate};

use super::harness::{Harness, account};
use crate::domain::connection::{ReadReason, Reading, in_words};
use crate::jobs::watch_clock::clock_was_set_back;
use crate::jobs::{apply_retention, begin, work_until_idle};
use crate::services::accounts::known_accounts_of;
use crate::store::job_queue::JobKind;
use crate::store::testing;

impl Harness {
    /// Makes Stripe list these events as undelivered, one on each page.
    async fn stripe_could_not_deliver(&self, events: &[&Value]) {
        for (n, event) in events.iter().enumerate() {
            let page = json!({"object": "list", "data": [event], "has_more": n + 1 < events.len()});
            let mock = Mock::given(method("GET"))
                .and(path("/v1/events"))
                .and(query_param("delivery_success", "false"))
                .and(query_param_contains("types[]", "payment_method.automatically_updated"));
            let mock = match n.checked_sub(1) {
                Some(before) => {
                    mock.and(query_param("starting_after", events[before]["id"].as_str().unwrap()))
                }
                None => mock.and(query_param_is_missing("starting_after")),
            };
            mock.respond_with(ResponseTemplate::new(200).set_body_json(page)).mount(&self.server).await;
        }
    }

    /// Makes Stripe list these accounts as a customer's.
    async fn stripe_lists(&self, customer: &str, accounts: &[Value]) {
        let page = json!({"object": "list", "data": accounts, "has_more": false});
        Mock::given(method("GET"))
            .and(path("/v1/financial_connections/accounts"))
            .and(query_param("account_holder[customer]", customer))
            .respond_with(ResponseTemplate::new(200).set_body_json(page))
            .mount(&self.server)
            .await;
    }

    async fn state(&self, id: &str) -> &'static str {
        let kept = self.app.store.account(&id.parse().unwrap()).await.unwrap();
        kept.map_or("unknown", |kept| in_words(&kept.condition).0)
    }

    async fn questions(&self, path: &str) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap().into_iter();
        let requests = requests.filter(|request| request.url.path() == path);
        requests.map(|request| request.url.query().unwrap_or_default().to_owned()).collect()
    }
}

#[tokio::test]
async fn events_that_did_not_arrive_are_asked_for_and_those_that_did_change_nothing() {
    let mut stand = Harness::start().await;
    stand.change(0, 2);
    stand.change(1, 3);
    stand.deliver(0).await;
    stand.stripe_could_not_deliver(&[&stand.events[1].1, &stand.events[0].1]).await;
    begin(&stand.app.store).await.unwrap();
    work_until_idle(&stand.app).await;
    assert_eq!(stand.state(&stand.name(0)).await, "broken");
    assert_eq!(stand.state(&stand.name(1)).await, "unrepairable");
    assert_eq!(stand.stripe.0.lock().unwrap().reads, 2);
    // The next run asks only for events since this run.
    stand.app.store.make_all_due().await;
    work_until_idle(&stand.app).await;
    let asked = stand.questions("/v1/events").await;
    let since = |query: &str| {
        let created = query.split('&').find_map(|pair| pair.strip_prefix("created%5Bgte%5D="));
        created.map(|created| created.parse::<i64>().unwrap())
    };
    assert_eq!(asked.len(), 4);
    assert_eq!(since(&asked[0]), None, "at first, everything that Stripe has");
    // The exact second depends on the time that the answers took.
    let off_by = crate::clock::now().as_second() - 10 * 60 - since(&asked[2]).unwrap();
    assert!(off_by.abs() < 60, "{off_by}");
}

#[tokio::test]
async fn blocks_of_payment_methods_and_external_accounts_that_were_not_told_of_are_fetched_as_well() {
    let stand = Harness::start().await;
    let block = json!({
        "id": "evt_block", "object": "event", "api_version": "2026-09-30.preview", "created": 1_790_000_000,
        "livemode": false, "type": "payment_method.automatically_updated",
        "data": {"object": {"id": "pm_1", "object": "payment_method"}}
    });
    stand.stripe_could_not_deliver(&[&block]).await;
    begin(&stand.app.store).await.unwrap();
    work_until_idle(&stand.app).await;
    assert_eq!(stand.questions("/v1/payment_methods/pm_1").await.len(), 1, "the payment method is read");
    let asked = stand.questions("/v1/events").await.remove(0);
    assert!(asked.contains("account.external_account.updated"), "{asked}");
}

#[tokio::test]
async fn periodic_jobs_are_rescheduled_and_enqueued_once() {
    let stand = Harness::start().await;
    stand.stripe_could_not_deliver(&[]).await;
    begin(&stand.app.store).await.unwrap();
    begin(&stand.app.store).await.unwrap();
    work_until_idle(&stand.app).await;
    let waiting = stand.app.store.queued_jobs().await;
    let kinds: Vec<_> = waiting.iter().map(|id| id.trim_end_matches(':')).collect();
    let round = [JobKind::Backfill, JobKind::CatchUp, JobKind::Prune, JobKind::Sweep, JobKind::Tally];
    assert_eq!(kinds, round.map(JobKind::as_str));
}

#[tokio::test]
async fn after_a_pause_a_customer_is_looked_at_anew_and_by_the_sweep_too() {
    let stand = Harness::start().await;
    let customer = "cus_1".parse().unwrap();
    let held = |state| {
        let mut account = account("fca_1", state);
        account["account_holder"] = json!({"customer": "cus_1"});
        account
    };
    stand.stripe_lists("cus_1", &[held(0)]).await;
    let known = known_accounts_of(&stand.app, &stand.app.stripe, &customer).await.unwrap();
    assert_eq!((known.accounts.len(), known.version.as_str()), (1, "1-1"));
    let listings = || async {
        let questions = stand.questions("/v1/financial_connections/accounts").await;
        questions.iter().filter(|question| question.contains("cus_1")).count()
    };
    // From the store.
    known_accounts_of(&stand.app, &stand.app.stripe, &customer).await.unwrap();
    assert_eq!(listings().await, 1);
    // The server was down for an hour without events.
    testing::age_by(&stand.app.store, jiff::SignedDuration::from_hours(1)).await;
    let app = stand.again().await;
    known_accounts_of(&app, &app.stripe, &customer).await.unwrap();
    assert_eq!(listings().await, 2);
    testing::age_by(&stand.app.store, jiff::SignedDuration::from_hours(25)).await;
    stand.stripe_could_not_deliver(&[]).await;
    let app = stand.again().await;
    begin(&app.store).await.unwrap();
    work_until_idle(&app).await;
    assert_eq!(listings().await, 3);
}

#[tokio::test]
async fn a_customer_that_stripe_no_longer_knows_takes_no_call_of_every_sweep() {
    let stand = Harness::start().await;
    let mut gone = account("fca_gone", 0);
    gone["account_holder"] = json!({"customer": "cus_gone"});
    let reading = Reading { account: serde_json::from_value(gone).unwrap(), as_of: 1 };
    stand.app.connections.keep(vec![reading], ReadReason::Look).await.unwrap();
    testing::age_by(&stand.app.store, jiff::SignedDuration::from_hours(50)).await;
    stand.stripe_could_not_deliver(&[]).await;
    begin(&stand.app.store).await.unwrap();
    for _ in 0..3 {
        work_until_idle(&stand.app).await;
        stand.app.store.make_all_due().await;
    }
    let asked = stand.questions("/v1/financial_connections/accounts").await;
    assert_eq!(asked.iter().filter(|question| question.contains("cus_gone")).count(), 1);
    assert_eq!(stand.state("fca_gone").await, "unknown");
}

#[tokio::test]
async fn after_the_clock_was_set_back_pages_ask_stripe_once_and_not_each_time() {
    let stand = Harness::start().await;
    let customer = "cus_1".parse().unwrap();
    stand.stripe_lists("cus_1", &[]).await;
    let listings = || async { stand.questions("/v1/financial_connections/accounts").await.len() };
    let look = || known_accounts_of(&stand.app, &stand.app.stripe, &customer);
    look().await.unwrap();
    look().await.unwrap();
    assert_eq!(listings().await, 1);
    // The clock was an hour ahead in all of that.
    let hour = jiff::SignedDuration::from_hours(1);
    testing::age_by(&stand.app.store, -hour).await;
    clock_was_set_back(&stand.app, hour).await.unwrap();
    look().await.unwrap();
    look().await.unwrap();
    assert_eq!(listings().await, 2);
    // A later start finds no stored time in the future either.
    let app = stand.again().await;
    known_accounts_of(&app, &app.stripe, &customer).await.unwrap();
    known_accounts_of(&app, &app.stripe, &customer).await.unwrap();
    assert_eq!(listings().await, 3);
}

#[tokio::test]
async fn a_clock_that_jumps_a_year_ahead_deletes_nothing() {
    let mut stand = Harness::start().await;
    let now = crate::clock::now();
    stand.stripe.0.lock().unwrap().now = now.as_second();
    stand.change(0, 2);
    stand.deliver(0).await;
    // Stripe's answer shows that the clock is right.
    work_until_idle(&stand.app).await;
    let events = || stand.app.store.known_events();
    let year = jiff::SignedDuration::from_hours(365 * 24);
    apply_retention::forget(&stand.app, now + year).await.unwrap();
    assert_eq!(events().await, 1);
    // Stripe's clock shows that the year has passed.
    stand.stripe.0.lock().unwrap().now += year.as_secs();
    stand.app.stripe.account(&stand.name(0).parse().unwrap()).await.unwrap();
    apply_retention::forget(&stand.app, now + year).await.unwrap();
    assert_eq!(events().await, 0);
}

#[tokio::test]
async fn an_account_that_stripe_no_longer_knows_is_no_longer_shown() {
    let mut stand = Harness::start().await;
    stand.change(0, 2);
    stand.deliver(0).await;
    work_until_idle(&stand.app).await;
    assert_eq!(stand.state(&stand.name(0)).await, "broken");
    stand.change(0, 2);
    stand.stripe.0.lock().unwrap().accounts.clear();
    stand.stripe.0.lock().unwrap().now += 10;
    stand.deliver(1).await;
    work_until_idle(&stand.app).await;
    assert_eq!(stand.state(&stand.name(0)).await, "unknown");
}
