//! A server with a mock of Stripe whose accounts a test controls.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use clap::Parser;
use relink_protocol::Replacement;
use serde_json::{Value, json};
use tower::ServiceExt;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use crate::Options;
use crate::decide;
use crate::domain::audit::Actor;
use crate::router::router;
use crate::state::AppState;
use crate::store::audit;

const SECRET: &str = "whsec_order";

/// Mock of Stripe: its accounts and failures.
#[derive(Clone, Default)]
pub(super) struct Stripe(pub(super) Arc<Mutex<Inner>>);

#[derive(Default)]
pub(super) struct Inner {
    /// Time by Stripe's clock.
    pub(super) now: i64,
    pub(super) accounts: HashMap<String, usize>,
    /// Number of coming reads that fail.
    pub(super) failing: u32,
    pub(super) reads: u32,
}

/// States of an account at Stripe. Two have ends that count as near, one has an end that is far away.
pub(super) const STATES: [&str; 6] =
    ["active", "expiring", "inactive", "closed", "expiring later", "ends in 2096"];

impl Respond for Stripe {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let mut stripe = self.0.lock().unwrap();
        stripe.reads += 1;
        if stripe.failing > 0 {
            stripe.failing -= 1;
            return ResponseTemplate::new(500).insert_header("stripe-should-retry", "false");
        }
        let id = request.url.path().rsplit('/').next().unwrap();
        let Some(state) = stripe.accounts.get(id) else { return ResponseTemplate::new(404) };
        let date = jiff::Timestamp::from_second(stripe.now).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
        ResponseTemplate::new(200).insert_header("date", date).set_body_json(account(id, *state))
    }
}

pub(super) fn account(id: &str, state: usize) -> Value {
    let (status, details) = match STATES[state] {
        "active" => ("active", json!({})),
        "expiring" => ("active", ends(1_700_000_000)),
        "expiring later" => ("active", ends(1_700_500_000)),
        "ends in 2096" => ("active", ends(4_000_000_000)),
        "inactive" => {
            ("inactive", json!({"inactive": {"action": "relink_required", "cause": "access_expired"}}))
        }
        _ => ("inactive", json!({"inactive": {"action": "none", "cause": "account_closed"}})),
    };
    json!({
        "id": id, "object": "financial_connections.account", "authorization": "fcauth_1", "created": 1,
        "institution_name": "Alder Bank", "livemode": false, "status": status, "status_details": details,
        "subcategory": "checking"
    })
}

fn ends(on: i64) -> Value {
    json!({"active": {"action": "relink_required", "expected_deactivation_date": on}})
}

fn state_in_words(state: usize) -> &'static str {
    ["healthy", "expiring", "broken", "unrepairable", "expiring", "healthy"][state]
}

pub(super) struct Harness {
    pub(super) app: Arc<AppState>,
    /// Router of `app`, which is kept because making it describes the whole API.
    router: Router,
    pub(super) stripe: Stripe,
    pub(super) events: Vec<(String, Value)>,
    /// Accounts that were marked as replaced in this history.
    pub(super) replaced: HashSet<String>,
    /// Number of this history, part of its accounts' identifiers.
    pub(super) round: u32,
    pub(super) server: MockServer,
    folder: tempfile::TempDir,
    /// Settings of this test alone.
    more: &'static [&'static str],
}

impl Harness {
    pub(super) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the server with more settings.
    pub(super) async fn start_with(more: &'static [&'static str]) -> Self {
        let (server, stripe) = (MockServer::start().await, Stripe::default());
        stripe.0.lock().unwrap().now = 1_790_000_000;
        Mock::given(method("GET"))
            .and(path_regex("^/v1/financial_connections/accounts/"))
            .respond_with(stripe.clone())
            .mount(&server)
            .await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "").unwrap();
        let app = open(&server, &folder, more).await;
        let router = router(app.clone());
        Self {
            app,
            router,
            stripe,
            events: Vec::new(),
            replaced: HashSet::new(),
            round: 0,
            server,
            folder,
            more,
        }
    }

    /// Opens the same database as a restarted server would.
    pub(super) async fn again(&self) -> Arc<AppState> {
        open(&self.server, &self.folder, self.more).await
    }

    pub(super) fn name(&self, account: usize) -> String {
        format!("fca_{}x{account}", self.round)
    }

    pub(super) fn change(&mut self, account: usize, state: usize) {
        let id = self.name(account);
        let mut stripe = self.stripe.0.lock().unwrap();
        stripe.accounts.insert(id.clone(), state);
        let event = format!("evt_{}x{}", self.round, self.events.len());
        let body = json!({
            "id": event, "object": "event", "api_version": "2026-09-30.preview", "created": stripe.now, "livemode": false,
            "type": "financial_connections.account.deactivated", "data": {"object": {"id": id, "object": "financial_connections.account"}}
        });
        self.events.push((event, body));
    }

    /// Marks an account as replaced, as a relink does that returned it under another identifier.
    pub(super) async fn replace(&mut self, old: usize, new: usize) {
        let (old_id, new_id) = (self.name(old).parse().unwrap(), self.name(new).parse().unwrap());
        let pair = Replacement { old: old_id, new: new_id, old_worked: false };
        let (app, now) = (&self.app, crate::clock::now());
        let mut change = app.store.change().await.unwrap();
        let source = Actor::Server.into();
        let replaced = app.connections.replace_in(&mut change, &[pair], &source, now).await.unwrap();
        audit::append_all(&mut change, &replaced, now).await.unwrap();
        change.commit().await.unwrap();
        if !replaced.is_empty() {
            self.replaced.insert(self.name(old));
        }
    }

    pub(super) async fn deliver(&self, event: usize) {
        let (body, now) = (self.events[event].1.to_string(), crate::clock::now().as_second());
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = hmac::sign(&key, format!("{now}.{body}").as_bytes());
        let signature =
            signature.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let request = Request::post("/webhooks/stripe")
            .header("content-type", "application/json")
            .header("stripe-signature", format!("t={now},v1={signature}"))
            .body(Body::from(body))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    pub(super) async fn assert_that_the_record_is_true(&self) {
        for account in 0..3 {
            let id = self.name(account);
            let state = self.stripe.0.lock().unwrap().accounts[&id];
            let kept = self.app.store.account(&id.parse().unwrap()).await.unwrap().unwrap();
            let at_stripe = state_in_words(state);
            if kept.replaced_by.is_some() {
                assert!(self.replaced.contains(&id), "{id} was never replaced");
                assert_eq!(kept.in_words().0, "replaced", "{id}");
                assert_ne!(at_stripe, "healthy", "{id} has come back");
            } else {
                assert_eq!(kept.in_words().0, at_stripe, "{id}");
            }
        }
    }
}

async fn open(
    stripe: &MockServer,
    folder: &tempfile::TempDir,
    more: &'static [&'static str],
) -> Arc<AppState> {
    let folder = folder.path().to_str().unwrap();
    let (database, stripe) = (format!("sqlite:{folder}/relink.db"), stripe.uri());
    let settings = [
        ["--web-root", folder],
        ["--database-url", &database],
        ["--sandbox-url", &stripe],
        ["--token-algorithm", "HS256"],
        ["--token-key", "0123456789abcdef0123456789abcdef"],
        ["--stripe-webhook-secret", SECRET],
        ["--stripe-rate", "100"],
    ];
    let settings = settings.into_iter().flatten().chain(more.iter().copied());
    let options = Options::parse_from(["relink-server"].into_iter().chain(settings));
    AppState::open(decide(options).unwrap()).await.unwrap()
}
