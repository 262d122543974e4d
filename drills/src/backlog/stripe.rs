//! Stub of a slow Stripe with a long list of undelivered events. Its accounts can be read, but its list of accounts
//! is empty.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use relink_test_kit::{HttpStub, json_response};
use reqwest::Url;
use serde_json::{Value, json};

use crate::clock;
use crate::event::{DEACTIVATED, EventContent};

const ACCOUNT: &str = "/v1/financial_connections/accounts/";
/// Number of accounts that the events are about.
const ACCOUNTS: u32 = 500;
/// Number of events in the same second, more than fit on a page.
const A_SECOND: u32 = 250;
const DAY: u64 = 86_400;

/// Undelivered event.
#[derive(Clone, Debug)]
pub(super) struct Undelivered {
    pub(super) id: String,
    number: u32,
    created: u64,
}

/// Events of the stub, and the number of calls.
#[derive(Debug, Default)]
pub(super) struct CallLog {
    /// Events, oldest first.
    pub(super) events: Vec<Undelivered>,
    /// Number of calls for a page of events.
    pub(super) pages: u32,
}

/// Running stub. It stops when it is dropped.
#[derive(Debug)]
pub(super) struct SlowStripe {
    pub(super) host: String,
    stub: Stub,
    _server: HttpStub,
}

#[derive(Clone, Debug)]
struct Stub {
    calls: Arc<Mutex<CallLog>>,
    page_delay: Duration,
}

impl SlowStripe {
    /// Starts with this number of events of yesterday, and this response time per page of events.
    pub(super) async fn start(events: u32, page_delay: Duration) -> Result<Self> {
        let yesterday = clock::seconds() - DAY;
        let events = (0..events).map(|number| event(number, yesterday + u64::from(number / A_SECOND)));
        let calls = CallLog { events: events.collect(), pages: 0 };
        let stub = Stub { calls: Arc::new(Mutex::new(calls)), page_delay };
        let server = HttpStub::start(stub.clone(), Stub::respond).await?;
        Ok(Self { host: server.host().to_owned(), stub, _server: server })
    }

    /// Adds an undelivered event.
    pub(super) fn add_event(&self) {
        let mut calls = self.stub.calls();
        let number = u32::try_from(calls.events.len()).unwrap_or(u32::MAX);
        calls.events.push(event(number, clock::seconds()));
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.stub.calls()
    }
}

fn event(number: u32, created: u64) -> Undelivered {
    Undelivered { id: format!("evt_Backlog{number:08}"), number, created }
}

impl Stub {
    fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn respond(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let address = format!("http://stripe{}", request.uri());
        let Ok(url) = Url::parse(&address) else { return json_response(StatusCode::BAD_REQUEST, &json!({})) };
        if let Some(id) = url.path().strip_prefix(ACCOUNT) {
            return json_response(StatusCode::OK, &account(id));
        }
        if url.path() == "/v1/events" {
            tokio::time::sleep(self.page_delay).await;
            self.calls().pages += 1;
            let page = page(&self.calls().events, &url);
            return json_response(StatusCode::OK, &page);
        }
        let empty = json!({ "object": "list", "data": [], "has_more": false });
        json_response(StatusCode::OK, &empty)
    }
}

/// Returns a page of events as Stripe lists them: newest first.
fn page(events: &[Undelivered], url: &Url) -> Value {
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
    let number = |name: &str| value(name).and_then(|value| value.parse::<u64>().ok());
    let (since, until) = (number("created[gte]").unwrap_or(0), number("created[lte]").unwrap_or(u64::MAX));
    let limit = usize::try_from(number("limit").unwrap_or(10)).unwrap_or(10);
    let after = value("starting_after").map(|id| events.partition_point(|event| event.id.as_str() < &*id));
    let older = events.get(..after.unwrap_or(events.len())).unwrap_or_default();
    let mut wanted = older.iter().rev().filter(|event| (since..=until).contains(&event.created));
    let data: Vec<Value> = wanted.by_ref().take(limit).map(body).collect();
    json!({ "object": "list", "data": data, "has_more": wanted.next().is_some() })
}

fn body(event: &Undelivered) -> Value {
    let account = format!("fca_Backlog{}", event.number % ACCOUNTS);
    let content = EventContent {
        id: &event.id,
        kind: DEACTIVATED,
        account: &account,
        customer: "cus_Backlog",
        created: event.created,
    };
    serde_json::from_str(&content.body()).unwrap_or_default()
}

fn account(id: &str) -> Value {
    json!({
        "id": id,
        "object": "financial_connections.account",
        "authorization": "fcauth_Backlog",
        "created": 1_681_412_208,
        "institution_name": "Alder Bank",
        "livemode": false,
        "status": "active",
        "status_details": {},
        "subcategory": "checking",
    })
}
