//! Stripe with a rate limit and a log of its calls.
//!
//! It answers calls about the seeded accounts itself, all of which are broken, and forwards all others to the
//! sandbox. The sandbox can't hold so many accounts at this speed, because it compares all of them at each step.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use relink_test_kit::{HttpStub, json_response};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::clock;
use crate::seed_accounts::SeedAccounts;

const ACCOUNTS: &str = "/v1/financial_connections/accounts";

/// Log of the calls.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
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
pub(crate) struct ThrottledStripe {
    pub(crate) host: String,
    proxy: Proxy,
    _server: HttpStub,
}

#[derive(Clone, Debug)]
struct Proxy {
    calls: Arc<Mutex<CallLog>>,
    seeded: SeedAccounts,
    calls_per_second: u32,
    sandbox: String,
}

impl ThrottledStripe {
    /// Starts in front of the sandbox at `sandbox`, with this number of calls per second.
    pub(crate) async fn start(seeded: SeedAccounts, calls_per_second: u32, sandbox: &str) -> Result<Self> {
        let proxy = Proxy { calls: Arc::default(), seeded, calls_per_second, sandbox: sandbox.to_owned() };
        let server = HttpStub::start(proxy.clone(), Proxy::respond).await?;
        Ok(Self { host: server.host().to_owned(), proxy, _server: server })
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.proxy.calls()
    }
}

impl Proxy {
    fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn respond(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let number = account_in(&path, self.seeded);
        if !self.count_call(number) {
            let error = json!({ "error": { "type": "invalid_request_error", "code": "rate_limit" } });
            return json_response(StatusCode::TOO_MANY_REQUESTS, &error);
        }
        if let Some(number) = number {
            return json_response(StatusCode::OK, &account(self.seeded, number));
        }
        if let Some(first) = customer_in(&path, self.seeded) {
            let accounts = first..first + self.seeded.per_customer;
            let data: Vec<Value> = accounts.map(|number| account(self.seeded, number)).collect();
            let list = json!({ "object": "list", "data": data, "has_more": false, "url": ACCOUNTS });
            return json_response(StatusCode::OK, &list);
        }
        self.forward(request).await.unwrap_or_else(|error| {
            let error = json!({ "error": { "type": "api_error", "message": format!("{error:#}") } });
            json_response(StatusCode::BAD_GATEWAY, &error)
        })
    }

    /// Counts the call, and returns true if it is within the rate limit of the current second.
    fn count_call(&self, number: Option<u32>) -> bool {
        let (mut calls, now) = (self.calls(), clock::seconds());
        if calls.second != now {
            (calls.second, calls.in_second) = (now, 0);
        }
        if calls.in_second >= self.calls_per_second {
            calls.refused += 1;
            return false;
        }
        calls.in_second += 1;
        match number {
            Some(number) => {
                let account = self.seeded.account(number);
                calls.first_reads.entry(account.clone()).or_insert_with(clock::tick);
                *calls.reads.entry(account).or_default() += 1;
            }
            None => calls.others += 1,
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

/// Returns the number of the seeded account that is read.
fn account_in(path: &str, seeded: SeedAccounts) -> Option<u32> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    path.strip_prefix(ACCOUNTS)?.strip_prefix("/fca_")?.strip_prefix(seeded.name)?.parse().ok()
}

/// Returns the number of the first account of the seeded customer whose accounts are listed.
fn customer_in(path: &str, seeded: SeedAccounts) -> Option<u32> {
    let (_, query) = path.strip_prefix(ACCOUNTS)?.split_once('?')?;
    let (_, rest) = query.split_once(&format!("cus_{}", seeded.name))?;
    let number: u32 = rest.split('&').next()?.parse().ok()?;
    Some(number * seeded.per_customer)
}

fn account(seeded: SeedAccounts, number: u32) -> Value {
    json!({
        "id": seeded.account(number),
        "object": "financial_connections.account",
        "account_holder": { "customer": seeded.customer(number), "type": "customer" },
        "account_numbers": [],
        "authorization": format!("fcauth_{}{number}", seeded.name),
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
    use crate::seed_accounts::SeedAccounts;

    #[test]
    fn the_seeded_accounts_and_customers_are_told_from_all_others() {
        let seeded = SeedAccounts { name: "Storm", per_customer: 2 };
        let of = |path: &str| (account_in(path, seeded), customer_in(path, seeded));
        assert_eq!(of("/v1/financial_connections/accounts/fca_Storm17"), (Some(17), None));
        assert_eq!(of("/v1/financial_connections/accounts/fca_Drill00017"), (None, None));
        let list = "/v1/financial_connections/accounts?account_holder[customer]=cus_Storm8&limit=100";
        assert_eq!(of(list), (None, Some(16)));
        assert_eq!(of("/v1/financial_connections/sessions"), (None, None));
    }
}
