//! Tests that a fresh server reads all accounts, however Stripe lists them, across restarts and failures.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_protocol::HolderId;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use super::harness::{Harness, account};
use crate::domain::backfill::{Backfill, Phase};
use crate::jobs::backfill::Backfiller;
use crate::jobs::{begin, recheck_stale, work_until_idle};
use crate::state::AppState;
use crate::store::job_queue::JobKind;
use crate::store::testing;

/// Mock of Stripe: customers with two accounts each, a connected account with one, and one account without a holder.
#[derive(Clone)]
struct MockStripe {
    customers: usize,
    needs_holder: bool,
    is_platform: bool,
    /// Number of accounts at each connected account that the server works for; `None` for one that is refused.
    connected: Vec<Option<usize>>,
    /// Status and code of that refusal.
    refusal: (u16, &'static str),
    /// Ordinal numbers of the requests that fail.
    fails: Arc<Mutex<Vec<usize>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

const OF_CONNECTED: &str = "fca_connected";
const OF_NOBODY: &str = "fca_nobody";
/// Stripe's refusal of calls for a connected account that is disconnected.
const DISCONNECTED: (u16, &str) = (403, "account_invalid");

impl MockStripe {
    fn new(customers: usize) -> Self {
        let (fails, asked) = (Arc::default(), Arc::default());
        Self {
            customers,
            needs_holder: false,
            is_platform: true,
            connected: Vec::new(),
            refusal: DISCONNECTED,
            fails,
            asked,
        }
    }

    async fn mount(&self, stand: &Harness) {
        for listed in ["/v1/financial_connections/accounts", "/v1/customers", "/v1/accounts"] {
            let mock = Mock::given(method("GET")).and(path(listed));
            mock.respond_with(self.clone()).mount(&stand.server).await;
        }
    }

    fn held_by(customer: usize) -> [Value; 2] {
        // One of them is broken from the beginning.
        [0, 2].map(|state| {
            let mut account = account(&format!("fca_{customer:03}x{state}"), state);
            account["account_holder"] = json!({"type": "customer", "customer": format!("cus_{customer:03}")});
            account
        })
    }

    fn accounts(&self) -> Vec<Value> {
        let mut of_connected = account(OF_CONNECTED, 0);
        of_connected["account_holder"] = json!({"type": "account", "account": "acct_1"});
        let mut all: Vec<Value> = (0..self.customers).flat_map(Self::held_by).collect();
        all.extend([of_connected, account(OF_NOBODY, 0), json!({"id": "fca_unreadable"})]);
        all
    }

    fn list(&self, request: &Request) -> Result<Vec<Value>, Box<ResponseTemplate>> {
        let value = |name: &str| {
            request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if let Some(of) = request.headers.get("stripe-account") {
            return self.list_of_connected(of.to_str().unwrap());
        }
        let refused = |status: u16, param: &str| {
            let error = json!({"error": {"code": "parameter_missing", "param": param}});
            Err(Box::new(ResponseTemplate::new(status).set_body_json(error)))
        };
        match request.url.path() {
            "/v1/customers" => {
                Ok((0..self.customers).map(|number| json!({"id": format!("cus_{number:03}")})).collect())
            }
            "/v1/accounts" if !self.is_platform => refused(403, "key"),
            "/v1/accounts" if !self.connected.is_empty() => Ok((0..self.connected.len())
                .map(|number| json!({"id": format!("acct_{number:03}")}))
                .collect()),
            "/v1/accounts" => Ok(vec![json!({"id": "acct_1"})]),
            _ => match (value("account_holder[customer]"), value("account_holder[account]")) {
                (Some(customer), _) => {
                    Ok(Self::held_by(customer.trim_start_matches("cus_").parse().unwrap()).to_vec())
                }
                (None, Some(_)) => {
                    Ok(self.accounts().into_iter().filter(|account| account["id"] == OF_CONNECTED).collect())
                }
                (None, None) if self.needs_holder => refused(400, "account_holder"),
                (None, None) => Ok(self.accounts()),
            },
        }
    }

    /// Returns the accounts of a connected account, whose identifiers are those of the others.
    fn list_of_connected(&self, account_id: &str) -> Result<Vec<Value>, Box<ResponseTemplate>> {
        let number: usize = account_id.trim_start_matches("acct_").parse().unwrap();
        let Some(accounts) = self.connected[number] else {
            let (status, code) = self.refusal;
            let error = json!({"error": {"code": code}});
            return Err(Box::new(ResponseTemplate::new(status).set_body_json(error)));
        };
        Ok((0..accounts).map(|number| account(&format!("fca_{number:03}x0"), 0)).collect())
    }

    /// Number of requests whose URL contains `part`.
    fn asked(&self, part: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.contains(part)).count()
    }
}

impl Respond for MockStripe {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(request.url.to_string());
            asked.len()
        };
        if self.fails.lock().unwrap().contains(&number) {
            return ResponseTemplate::new(500).insert_header("stripe-should-retry", "false");
        }
        let value = |name: &str| {
            request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let all = match self.list(request) {
            Ok(all) => all,
            Err(refusal) => return *refusal,
        };
        let after = value("starting_after").map(|id| all.iter().position(|one| one["id"] == id).unwrap() + 1);
        let (first, limit) = (after.unwrap_or(0), value("limit").unwrap().parse().unwrap());
        let page: Vec<&Value> = all.iter().skip(first).take(limit).collect();
        let has_more = first + page.len() < all.len();
        ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": page, "has_more": has_more}))
    }
}

fn backfiller(app: &AppState) -> Backfiller {
    Backfiller::new(app.store.clone(), &app.stripe, app.connections.clone())
}

/// Makes runs of one page each, with a restart after every second one.
async fn in_pages(stand: &Harness) -> (Backfill, u32) {
    let mut app = stand.app.clone();
    for runs in 1..99 {
        if let Ok((backfill, _)) = backfiller(&app).run(Duration::ZERO).await
            && backfill.is_over()
        {
            return (backfill, runs);
        }
        if runs % 2 == 0 {
            app = stand.again().await;
        }
    }
    panic!("it does not end");
}

async fn known(app: &AppState) -> Vec<String> {
    sqlx::query_scalar("SELECT id FROM accounts ORDER BY id").fetch_all(app.store.reader()).await.unwrap()
}

#[tokio::test]
async fn all_accounts_are_read_in_pages_whoever_holds_them_and_no_page_twice() {
    let stand = Harness::start().await;
    let stripe = MockStripe::new(150);
    stripe.mount(&stand).await;
    let (backfill, runs) = in_pages(&stand).await;
    assert_eq!((backfill.phase, backfill.accounts, runs), (Phase::AllAccounts, 302, 4));
    assert_eq!((stripe.asked("limit=100"), stripe.asked("")), (4, 4));
    let known = known(&stand.app).await;
    assert_eq!(known.len(), 302);
    assert!(known.contains(&OF_NOBODY.to_owned()) && known.contains(&OF_CONNECTED.to_owned()));
}

#[tokio::test]
async fn where_stripe_requires_a_holder_each_holder_is_listed_once() {
    let stand = Harness::start().await;
    let stripe = MockStripe { needs_holder: true, ..MockStripe::new(25) };
    stripe.mount(&stand).await;
    // One customer of the second page fails at first: the others of that page are not read again.
    stripe.fails.lock().unwrap().push(17);
    let (backfill, _) = in_pages(&stand).await;
    assert_eq!((backfill.phase, backfill.holders), (Phase::ConnectedAccounts, 26));
    let known = known(&stand.app).await;
    assert_eq!(known.len(), 51, "all but the account of nobody");
    assert!(known.contains(&OF_CONNECTED.to_owned()));
    assert!(stripe.asked("customer%5D=cus_") <= 25 + 10, "{}", stripe.asked("customer%5D=cus_"));
    let customer: HolderId = "cus_024".parse().unwrap();
    assert!(stand.app.store.listed_at(&customer).await.unwrap().is_some());
}

#[tokio::test]
async fn the_backfill_skips_connected_accounts_of_a_merchant_that_is_no_platform() {
    let stand = Harness::start().await;
    let stripe = MockStripe { needs_holder: true, is_platform: false, ..MockStripe::new(3) };
    stripe.mount(&stand).await;
    let (backfill, _) = in_pages(&stand).await;
    assert_eq!((backfill.holders, known(&stand.app).await.len()), (3, 6));
}

#[tokio::test]
async fn a_first_start_reads_everything_in_the_background_and_a_later_one_begins_no_new_pass_too_soon() {
    let stand = Harness::start().await;
    let stripe = MockStripe::new(150);
    stripe.fails.lock().unwrap().push(3);
    stripe.mount(&stand).await;
    begin(&stand.app.store).await.unwrap();
    for _ in 0..3 {
        stand.app.store.make_all_due().await;
        work_until_idle(&stand.app).await;
    }
    assert_eq!((known(&stand.app).await.len(), stripe.asked("limit=100")), (302, 5));
    begin(&stand.app.store).await.unwrap();
    work_until_idle(&stand.again().await).await;
    assert_eq!(stripe.asked("limit=100"), 5);
    assert!(stand.app.store.queued_jobs().await.contains(&format!("{}:", JobKind::Backfill.as_str())));
}

#[tokio::test]
async fn a_platforms_backfill_reads_the_accounts_of_each_connected_account_page_by_page() {
    let all: (&[&str], _, _) = (&["--connected-accounts", "all"], [2, 0, 102, 1], 8);
    let listed: (&[&str], _, _) = (&["--connected-accounts", "acct_002,acct_001"], [0, 0, 102, 0], 4);
    for (settings, expected, calls) in [all, listed] {
        let stand = Harness::start_with(settings).await;
        let of_each = vec![Some(2), None, Some(102), Some(1)];
        let stripe = MockStripe { connected: of_each, ..MockStripe::new(1) };
        // A page of a connected account fails at first.
        stripe.fails.lock().unwrap().push(5);
        stripe.mount(&stand).await;
        let (backfill, _) = in_pages(&stand).await;
        let known = known(&stand.app).await;
        let of =
            |number: usize| known.iter().filter(|id| id.starts_with(&format!("acct_00{number}."))).count();
        assert_eq!([0, 1, 2, 3].map(of), expected, "{settings:?}");
        assert_eq!(known.len(), expected.iter().sum::<usize>() + 4);
        assert!(backfill.is_in_pages() && backfill.stripe_account.is_some());
        assert_eq!(stripe.asked(""), calls, "no page is read twice: {:?}", stripe.asked.lock().unwrap());
    }
}

#[tokio::test]
async fn a_connected_account_that_denies_its_list_is_left_out_and_a_refused_key_stops_the_pass() {
    let stand = Harness::start_with(&["--connected-accounts", "all"]).await;
    let denial = (403, "more_permissions_required");
    let stripe = MockStripe { connected: vec![None, Some(1)], refusal: denial, ..MockStripe::new(1) };
    stripe.mount(&stand).await;
    let (backfill, _) = in_pages(&stand).await;
    assert!(backfill.is_in_pages() && !backfill.renews_all());
    assert_eq!(known(&stand.app).await.iter().filter(|id| id.starts_with("acct_001.")).count(), 1);
    let stand = Harness::start_with(&["--connected-accounts", "all"]).await;
    let refused = MockStripe { refusal: (401, "api_key_expired"), ..stripe };
    refused.mount(&stand).await;
    let (backfill, failed) = backfiller(&stand.app).run(Duration::from_secs(9)).await.unwrap();
    assert!(failed && !backfill.is_over());
}

#[tokio::test]
async fn after_a_gap_accounts_are_read_one_by_one_where_some_were_left_out() {
    let stand = Harness::start_with(&["--connected-accounts", "all"]).await;
    let stripe = MockStripe { connected: vec![None], ..MockStripe::new(1) };
    stripe.mount(&stand).await;
    in_pages(&stand).await;
    assert!(!reads_early(&stand).await, "there was no gap");
    testing::age_by(&stand.app.store, jiff::SignedDuration::from_hours(1)).await;
    assert!(reads_early(&stand).await);
}

/// True if a restarted server's sweep reads accounts before their time.
async fn reads_early(stand: &Harness) -> bool {
    recheck_stale::sweep(&stand.again().await).await.unwrap();
    let reads = [JobKind::Account, JobKind::Customer].map(JobKind::as_str);
    let queued = stand.app.store.queued_jobs().await;
    queued.iter().any(|job| reads.iter().any(|kind| job.starts_with(*kind)))
}

#[tokio::test]
async fn after_a_gap_accounts_are_read_in_pages_and_not_one_by_one() {
    let settings: [&[&str]; 2] = [&[], &["--connected-accounts", "all"]];
    for more in settings {
        let stand = Harness::start_with(more).await;
        let stripe = MockStripe { connected: vec![Some(1)], ..MockStripe::new(1) };
        stripe.mount(&stand).await;
        let (backfill, _) = in_pages(&stand).await;
        assert!(backfill.is_in_pages());
        testing::age_by(&stand.app.store, jiff::SignedDuration::from_hours(1)).await;
        assert!(!reads_early(&stand).await, "{more:?}");
    }
}

#[tokio::test]
async fn several_servers_on_one_database_do_it_once() {
    let stand = Harness::start().await;
    let stripe = MockStripe::new(150);
    stripe.mount(&stand).await;
    begin(&stand.app.store).await.unwrap();
    let other = stand.again().await;
    tokio::join!(work_until_idle(&stand.app), work_until_idle(&other));
    assert_eq!((known(&stand.app).await.len(), stripe.asked("limit=100")), (302, 4));
}
