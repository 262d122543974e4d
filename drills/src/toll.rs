//! Stripe with a rate limit and a log of its calls.
//!
//! It answers calls about the seeded accounts itself, all of which are broken, and forwards all others to the
//! sandbox. The sandbox can't hold so many accounts at this speed, because it compares all of them at each step.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::clock;
use crate::fill::Crowd;

const ACCOUNTS: &str = "/v1/financial_connections/accounts";

/// Log of the calls.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Number of reads of each seeded account.
    pub(crate) reads: BTreeMap<String, u32>,
    /// Time of the first read of each seeded account.
    pub(crate) first_reads: BTreeMap<String, Instant>,
    /// Number of other calls.
    pub(crate) others: u32,
    /// Number of calls above the rate limit.
    pub(crate) refused: u32,
    second: u64,
    in_second: u32,
}

/// Running throttled Stripe. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Toll {
    pub(crate) host: String,
    keeper: Keeper,
    task: AbortHandle,
}

#[derive(Clone, Debug)]
struct Keeper {
    book: Arc<Mutex<Book>>,
    crowd: Crowd,
    a_second: u32,
    sandbox: String,
}

impl Toll {
    /// Starts in front of the sandbox at `sandbox`, with this number of calls per second.
    pub(crate) async fn start(crowd: Crowd, a_second: u32, sandbox: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        let keeper = Keeper { book: Arc::default(), crowd, a_second, sandbox: sandbox.to_owned() };
        let task = tokio::spawn(keeper.clone().listen(listener)).abort_handle();
        Ok(Self { host, keeper, task })
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.keeper.book()
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Keeper {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let keeper = self.clone();
            let service = service_fn(move |request| keeper.clone().answer(request));
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let number = account_in(&path, self.crowd);
        if !self.admits(number) {
            let error = json!({ "error": { "type": "invalid_request_error", "code": "rate_limit" } });
            return Ok(answer(StatusCode::TOO_MANY_REQUESTS, &error));
        }
        if let Some(number) = number {
            return Ok(answer(StatusCode::OK, &account(self.crowd, number)));
        }
        if let Some(first) = customer_in(&path, self.crowd) {
            let accounts = first..first + self.crowd.each;
            let data: Vec<Value> = accounts.map(|number| account(self.crowd, number)).collect();
            let list = json!({ "object": "list", "data": data, "has_more": false, "url": ACCOUNTS });
            return Ok(answer(StatusCode::OK, &list));
        }
        Ok(self.forward(request).await.unwrap_or_else(|error| {
            let error = json!({ "error": { "type": "api_error", "message": format!("{error:#}") } });
            answer(StatusCode::BAD_GATEWAY, &error)
        }))
    }

    /// Counts the call, and returns true if it is within the rate limit of the current second.
    fn admits(&self, number: Option<u32>) -> bool {
        let (mut book, now) = (self.book(), clock::seconds());
        if book.second != now {
            (book.second, book.in_second) = (now, 0);
        }
        if book.in_second >= self.a_second {
            book.refused += 1;
            return false;
        }
        book.in_second += 1;
        match number {
            Some(number) => {
                let account = self.crowd.account(number);
                book.first_reads.entry(account.clone()).or_insert_with(clock::tick);
                *book.reads.entry(account).or_default() += 1;
            }
            None => book.others += 1,
        }
        true
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = Full::new(body.collect().await?.to_bytes());
        let stream = TcpStream::connect(&self.sandbox).await?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let response = sender.send_request(Request::from_parts(parts, body)).await.context("no answer")?;
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, Full::new(body.collect().await?.to_bytes())))
    }
}

fn answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// Returns the number of the seeded account that is read.
fn account_in(path: &str, crowd: Crowd) -> Option<u32> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    path.strip_prefix(ACCOUNTS)?.strip_prefix("/fca_")?.strip_prefix(crowd.name)?.parse().ok()
}

/// Returns the number of the first account of the seeded customer whose accounts are listed.
fn customer_in(path: &str, crowd: Crowd) -> Option<u32> {
    let (_, query) = path.strip_prefix(ACCOUNTS)?.split_once('?')?;
    let (_, rest) = query.split_once(&format!("cus_{}", crowd.name))?;
    let number: u32 = rest.split('&').next()?.parse().ok()?;
    Some(number * crowd.each)
}

fn account(crowd: Crowd, number: u32) -> Value {
    json!({
        "id": crowd.account(number),
        "object": "financial_connections.account",
        "account_holder": { "customer": crowd.customer(number), "type": "customer" },
        "account_numbers": [],
        "authorization": format!("fcauth_{}{number}", crowd.name),
        "balance": null,
        "balance_refresh": null,
        "category": "cash",
        "created": 1_681_412_208,
        "display_name": "Sample Checking Account",
        "institution": "fcinst_AlderBank",
        "institution_name": "Alder Bank",
        "last4": "6789",
        "livemode": false,
        "ownership": null,
        "ownership_refresh": null,
        "permissions": ["payment_method", "balances"],
        "status": "inactive",
        "status_details": { "inactive": { "action": "relink_required", "cause": "access_expired" } },
        "subcategory": "checking",
        "subscriptions": [],
        "supported_payment_method_types": ["us_bank_account"],
        "transaction_refresh": null,
    })
}

#[cfg(test)]
mod tests {
    use super::{account_in, customer_in};
    use crate::fill::Crowd;

    #[test]
    fn the_crowds_accounts_and_customers_are_told_from_all_others() {
        let crowd = Crowd { name: "Storm", each: 2 };
        let of = |path: &str| (account_in(path, crowd), customer_in(path, crowd));
        assert_eq!(of("/v1/financial_connections/accounts/fca_Storm17"), (Some(17), None));
        assert_eq!(of("/v1/financial_connections/accounts/fca_Drill00017"), (None, None));
        let list = "/v1/financial_connections/accounts?account_holder[customer]=cus_Storm8&limit=100";
        assert_eq!(of(list), (None, Some(16)));
        assert_eq!(of("/v1/financial_connections/sessions"), (None, None));
    }
}
