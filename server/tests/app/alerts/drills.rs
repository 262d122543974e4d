//! The runbook's drills, carried out with a stand-in for Stripe.

use std::ops::Range;
use std::time::Duration;

use relink_server::{ConsoleOptions, Options, RequestOptions, work_until_idle};
use relink_test_kit::{Poll, SmtpReply, SmtpStub};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::task::JoinSet;
use tower::ServiceExt;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, Request, ResponseTemplate};

use super::Watch;
use crate::objects::{active, broken, failed, session};
use crate::process::Process;
use crate::support::{API_KEY, TestApp, now, request, token};
use crate::webhooks::event;

/// Pages that customers open, more than any alert needs to count.
const PAGES: usize = 12;
const OFTEN: Poll = Poll { interval: Duration::from_millis(20), timeout: Duration::from_mins(2) };

/// Carries out the drill of this alert, which must not fire before.
pub(super) async fn carry_out(watch: Watch) -> Watch {
    match watch.alert {
        "RelinkDown" => server_stops(watch).await,
        "RelinkEmailsFailing" => mail_server_refuses(watch).await,
        "RelinkErrors" => stripe_fails_twice(watch).await,
        "RelinkDatabasePoolFull" => database_is_locked(watch).await,
        "RelinkOpenPagesFull" => last_page_opens(watch).await,
        alert => {
            let app = start(alert).await;
            // Pages have been open before, so that Prometheus knows their route.
            app.get("/api/accounts", &token("cus_before")).await;
            let watch = watch.before(&app).await;
            act(alert, &app).await;
            watch.after(&app).await
        }
    }
}

impl Watch {
    /// Waits until the alert does not fire. A connection that was just used returns to its pool a moment later.
    async fn before(mut self, app: &TestApp) -> Self {
        let idle = OFTEN.until(async || {
            self.history.add(&app.scrape().await);
            anyhow::ensure!(!self.fires(), "{} fires without a cause", self.alert);
            Ok(())
        });
        idle.await.unwrap();
        self
    }

    async fn after(mut self, app: &TestApp) -> Self {
        self.history.add(&app.scrape().await);
        self
    }
}

/// Starts a server with the settings of the drill. The merchant's endpoint can't be reached.
async fn start(alert: &str) -> TestApp {
    TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        webhook_url: Some("http://127.0.0.1:9/hook".to_owned()),
        webhook_secret: Some(SecretString::from("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==")),
        webhook_allow_private: true,
        stripe_rate: if alert == "RelinkBudgetUsedUp" { 1 } else { options.stripe_rate },
        ..options
    })
    .await
}

async fn act(alert: &str, app: &TestApp) {
    match alert {
        "RelinkDatabaseFailing" => app.database.run("ALTER TABLE work RENAME TO gone").await,
        "RelinkSlow" => stripe_is_slow(app).await,
        "RelinkStripeFailing" => stripe_answers(app, 500).await,
        "RelinkStripeKeyRefused" => stripe_answers(app, 401).await,
        "RelinkStripeRateLimited" => stripe_answers(app, 429).await,
        "RelinkBudgetUsedUp" => {
            // The budget grows by the second, so on a slow machine a round may have few refusals.
            let (mut refused, mut customers) = (0, 0..PAGES);
            while refused < PAGES {
                let statuses = open_pages_of(app, customers.clone()).await;
                refused += statuses.into_iter().filter(|status| *status == 429).count();
                customers = customers.end..customers.end + PAGES;
            }
        }
        "RelinkStripeEventsRefused" => events_are_signed_wrongly(app).await,
        "RelinkStripeEventsLate" => events_are_old(app).await,
        "RelinkWorkDelayed" => {
            assert_eq!(app.tell(&event("evt_1", "fca_1")).await.status, 200);
            app.database.run("UPDATE work SET due = due - 3600000").await;
        }
        "RelinkWorkGivenUp" => job_fails_for_the_last_time(app).await,
        "RelinkMerchantWebhooksDelayed" => {
            breaks(app, "fca_1", "cus_1").await;
            app.database.run("UPDATE deliveries SET created_at = created_at - 3600000").await;
        }
        "RelinkMerchantWebhooksGivenUp" => {
            breaks(app, "fca_1", "cus_1").await;
            app.database.run("UPDATE deliveries SET tries = 14, due = 0").await;
            let now = jiff::Timestamp::from_second(now()).unwrap();
            assert_eq!(app.app.tell_merchant(now).await, 1);
        }
        "RelinkClockSkewed" => stripe_is_two_minutes_behind(app).await,
        "RelinkReadingsOld" => {
            breaks(app, "fca_1", "cus_1").await;
            app.database.run("UPDATE accounts SET read_at = read_at - 8 * 86400000").await;
        }
        "RelinkSessionsFailing" => relinks_fail(app).await,
        "RelinkConnectionsBreaking" => a_bank_breaks(app).await,
        other => panic!("no test carries out the drill of {other}"),
    }
}

/// Opens the pages of some customers at once. Returns the statuses of their lists of accounts.
async fn open_pages(app: &TestApp) -> Vec<u16> {
    open_pages_of(app, 0..PAGES).await
}

async fn open_pages_of(app: &TestApp, customers: Range<usize>) -> Vec<u16> {
    let mut pages = JoinSet::new();
    for customer in customers {
        let request = request(Method::GET, "/api/accounts", &token(&format!("cus_{customer}")), None);
        let router = app.router.clone();
        pages.spawn(async move { router.oneshot(request).await.unwrap().status().as_u16() });
    }
    pages.join_all().await
}

/// Lets Stripe answer every read with this status, while customers open their pages.
async fn stripe_answers(app: &TestApp, status: u16) {
    let error = json!({"error": {"type": "x", "code": "y", "message": "z"}});
    let answer = ResponseTemplate::new(status).set_body_json(error);
    Mock::given(method("GET")).respond_with(answer).with_priority(1).mount(&app.stripe).await;
    let statuses = open_pages(app).await;
    assert!(!statuses.contains(&200), "{statuses:?}");
}

async fn stripe_is_slow(app: &TestApp) {
    let list = json!({"object": "list", "data": [], "has_more": false, "url": "/v1/x"});
    let late = ResponseTemplate::new(200).set_body_json(list).set_delay(Duration::from_millis(5200));
    Mock::given(method("GET")).respond_with(late).with_priority(1).mount(&app.stripe).await;
    open_pages(app).await;
}

/// Sends events with a signature of another secret.
async fn events_are_signed_wrongly(app: &TestApp) {
    for number in 0..6 {
        let body = event(&format!("evt_{number}"), "fca_1").to_string().into_bytes();
        assert_eq!(app.tell_signed("whsec_another", body).await.status, 400);
    }
}

/// Sends events that happened ten minutes ago.
async fn events_are_old(app: &TestApp) {
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let mut event = event("evt_1", "fca_1");
    event["created"] = json!(now() - 600);
    assert_eq!(app.tell(&event).await.status, 200);
    work_until_idle(&app.app).await;
}

async fn job_fails_for_the_last_time(app: &TestApp) {
    app.stripe_refuses("/v1/financial_connections/accounts/fca_1").await;
    assert_eq!(app.tell(&event("evt_1", "fca_1")).await.status, 200);
    app.database.run("UPDATE work SET tries = 27").await;
    work_until_idle(&app.app).await;
}

/// Breaks an account, and lets the server read it.
async fn breaks(app: &TestApp, account: &str, customer: &str) {
    app.stripe_has_account(broken(account, Some(customer)));
    app.tell(&event(&format!("evt_{account}"), account)).await;
    work_until_idle(&app.app).await;
}

async fn stripe_is_two_minutes_behind(app: &TestApp) {
    let date = jiff::Timestamp::from_second(now() - 120).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let answer = ResponseTemplate::new(200)
        .set_body_json(active("fca_1", Some("cus_1")))
        .insert_header("date", date.to_string().as_str());
    Mock::given(method("GET")).respond_with(answer).with_priority(1).mount(&app.stripe).await;
    app.tell(&event("evt_1", "fca_1")).await;
    work_until_idle(&app.app).await;
}

/// Lets customers sign in at a bank that shares no account.
async fn relinks_fail(app: &TestApp) {
    let created = |request: &Request| {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let account = form.split("fca_").nth(1).unwrap().split('&').next().unwrap();
        let made = session(&format!("fcsess_{account}"), &format!("fca_{account}"), &Value::Null);
        ResponseTemplate::new(200).set_body_json(made)
    };
    let sessions = "/v1/financial_connections/sessions";
    Mock::given(method("POST")).and(path_regex(sessions)).respond_with(created).mount(&app.stripe).await;
    let ended = |request: &Request| {
        let number = request.url.path().rsplit('_').next().unwrap();
        let id = format!("fcsess_{number}");
        let ended = session(&id, &format!("fca_{number}"), &failed("no_account"));
        ResponseTemplate::new(200).set_body_json(ended)
    };
    let reads = Mock::given(method("GET")).and(path_regex("/v1/financial_connections/sessions/.*"));
    reads.respond_with(ended).mount(&app.stripe).await;
    for number in 0..21 {
        let (customer, account) = (token(&format!("cus_{number}")), format!("fca_{number}"));
        app.stripe_has_account(broken(&account, Some(&format!("cus_{number}"))));
        assert_eq!(app.begin(&customer, &account).await.status, 200);
        assert_eq!(app.outcome(&customer, &format!("fcsess_{number}"), "finished").await.status, 200);
    }
}

async fn a_bank_breaks(app: &TestApp) {
    for number in 0..51 {
        let (account, customer) = (format!("fca_{number}"), format!("cus_{number}"));
        app.stripe_has_account(broken(&account, Some(&customer)));
        app.tell(&event(&format!("evt_{number}"), &account)).await;
    }
    work_until_idle(&app.app).await;
    let columns = "id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at";
    app.database
        .run(&format!("INSERT INTO work ({columns}) VALUES ('count', 'tally', '', 1, 1, 0, 0, 0, 0, 0)"))
        .await;
    work_until_idle(&app.app).await;
}

/// Opens pages twice, because a status that is new to Prometheus has not increased.
async fn stripe_fails_twice(watch: Watch) -> Watch {
    let app = start(watch.alert).await;
    let watch = watch.before(&app).await;
    stripe_answers(&app, 500).await;
    let watch = watch.after(&app).await;
    stripe_answers(&app, 500).await;
    watch.after(&app).await
}

async fn server_stops(mut watch: Watch) -> Watch {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    let mut server = Process::start_with(&database, "", &[("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0")]).await;
    let metrics = format!("{}/metrics", server.management_url().await);
    #[expect(clippy::disallowed_methods, reason = "a client of this machine's server")]
    let scraper = reqwest::Client::new();
    let is_up = async || scraper.get(&metrics).send().await.is_ok_and(|answer| answer.status() == 200);
    watch.history.add_up(is_up().await);
    assert!(!watch.fires(), "the server runs");
    server.terminate();
    server.wait();
    watch.history.add_up(is_up().await);
    watch
}

async fn mail_server_refuses(watch: Watch) -> Watch {
    let office = SmtpStub::start().await.unwrap();
    office.reply_with(SmtpReply::ToRecipient("550 no such mailbox"));
    let app = TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        console: ConsoleOptions::default(),
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            smtp_url: Some(SecretString::from(office.url().to_owned())),
            mail_from: Some("Acme <billing@acme.example>".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    let watch = watch.before(&app).await;
    for number in 0..6 {
        let (account, customer) = (format!("fca_{number}"), format!("cus_{number}"));
        app.stripe_has_account(broken(&account, Some(&customer)));
        let address = json!({"id": customer, "email": format!("{customer}@mail.example")});
        app.stripe_has(&format!("/v1/customers/{customer}"), address).await;
        let body = json!({"account": account, "delivery": "email"});
        assert_eq!(app.post("/v1/relink-requests", API_KEY, &body).await.status, 201);
    }
    work_until_idle(&app.app).await;
    watch.after(&app).await
}

/// Holds a lock until customers' pages use all connections that write.
async fn database_is_locked(mut watch: Watch) -> Watch {
    let app = TestApp::with(|mut options| {
        options.database.database_connections = 2;
        options
    })
    .await;
    watch = watch.before(&app).await;
    let url = &app.database.url;
    let mut holder = AnyConnection::connect(url).await.unwrap();
    let lock = if url.starts_with("sqlite:") { "BEGIN IMMEDIATE" } else { "BEGIN; LOCK TABLE accounts" };
    holder.execute(lock).await.unwrap();
    let waiting = open_pages(&app);
    let fires = OFTEN.until(async || {
        watch.history.add(&app.scrape().await);
        anyhow::ensure!(watch.fires(), "no connection waits");
        Ok(())
    });
    let unlock = async {
        fires.await.unwrap();
        holder.execute("ROLLBACK").await.unwrap();
    };
    tokio::join!(waiting, unlock);
    watch
}

async fn last_page_opens(watch: Watch) -> Watch {
    let app = TestApp::with(|mut options| {
        options.network.max_open_pages = Some("1".to_owned());
        options
    })
    .await;
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    let watch = watch.before(&app).await;
    let page = app.router.clone().oneshot(request(Method::GET, "/api/changes", &token("cus_1"), None)).await;
    let watch = watch.after(&app).await;
    drop(page);
    watch
}
