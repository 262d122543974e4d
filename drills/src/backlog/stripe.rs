//! Stub of a slow Stripe with a long list of undelivered events. Its accounts can be read, but its list of accounts
//! is empty.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::clock;
use crate::event::{DEACTIVATED, News};

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
pub(super) struct Book {
    /// Events, oldest first.
    pub(super) events: Vec<Undelivered>,
    /// Number of calls for a page of events.
    pub(super) pages: u32,
}

/// Running stub. It stops when it is dropped.
#[derive(Debug)]
pub(super) struct SlowStripe {
    pub(super) host: String,
    keeper: Keeper,
    task: AbortHandle,
}

#[derive(Clone, Debug)]
struct Keeper {
    book: Arc<Mutex<Book>>,
    a_page: Duration,
}

impl SlowStripe {
    /// Starts with this number of events of yesterday, and this response time per page of events.
    pub(super) async fn start(events: u32, a_page: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        let yesterday = clock::seconds() - DAY;
        let events = (0..events).map(|number| event(number, yesterday + u64::from(number / A_SECOND)));
        let book = Book { events: events.collect(), pages: 0 };
        let keeper = Keeper { book: Arc::new(Mutex::new(book)), a_page };
        let task = tokio::spawn(keeper.clone().listen(listener)).abort_handle();
        Ok(Self { host, keeper, task })
    }

    /// Adds an undelivered event.
    pub(super) fn fail_one(&self) {
        let mut book = self.keeper.book();
        let number = u32::try_from(book.events.len()).unwrap_or(u32::MAX);
        book.events.push(event(number, clock::seconds()));
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.keeper.book()
    }
}

impl Drop for SlowStripe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn event(number: u32, created: u64) -> Undelivered {
    Undelivered { id: format!("evt_Backlog{number:08}"), number, created }
}

impl Keeper {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().serve(stream));
        }
    }

    async fn serve(self, stream: TcpStream) {
        let service = service_fn(move |request| self.clone().answer(request));
        let connection = hyper::server::conn::http1::Builder::new();
        // Ignore errors: a killed server closes the connection.
        let _ = connection.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let address = format!("http://stripe{}", request.uri());
        let Ok(url) = Url::parse(&address) else { return Ok(answer(StatusCode::BAD_REQUEST, &json!({}))) };
        if let Some(id) = url.path().strip_prefix(ACCOUNT) {
            return Ok(answer(StatusCode::OK, &account(id)));
        }
        if url.path() == "/v1/events" {
            tokio::time::sleep(self.a_page).await;
            self.book().pages += 1;
            let page = page(&self.book().events, &url);
            return Ok(answer(StatusCode::OK, &page));
        }
        let empty = json!({ "object": "list", "data": [], "has_more": false });
        Ok(answer(StatusCode::OK, &empty))
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
    let news = News {
        id: &event.id,
        kind: DEACTIVATED,
        account: &account,
        customer: "cus_Backlog",
        created: event.created,
    };
    serde_json::from_str(&news.body()).unwrap_or_default()
}

fn answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
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
