//! A thin client for the few endpoints that relink needs. It makes no decisions, follows no redirect, and sends its key
//! to one host only.

mod clock_skew;
mod default_payment;
mod endpoints;
mod error;
mod fair_queue;
mod holders;
mod operation;
mod probe;
mod rate_limit;
mod redact;
mod retry;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use relink_protocol::{Qualify, StripeAccountId};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, InvalidHeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use strum::VariantNames;
use tokio::time::Instant;

pub(crate) use self::clock_skew::{Dated, Skew};
pub(crate) use self::endpoints::WholeAccount;
pub(crate) use self::error::StripeError;
pub(crate) use self::holders::{Contact, Holders};
use self::operation::Operation;
pub(crate) use self::probe::{Allowance, PERMISSIONS};
use self::rate_limit::Priority;
pub(crate) use self::rate_limit::{RateLimiter, SharedSlots};
pub(crate) use self::redact::redact;
use self::retry::Verdict;
use crate::domain::stripe_accounts::StripeAccounts;
use crate::domain::version::ApiVersion;
use crate::metrics::Metrics;
use crate::traces::{self, InTrace, Span, SpanKind, Traces};

/// Stripe's API with one key and one version. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Stripe {
    http: reqwest::Client,
    /// Header with the key, which all clients share so that it can be replaced.
    authorization: Arc<ArcSwap<HeaderValue>>,
    origin: Url,
    /// Stripe accounts that calls may be made for.
    accounts: StripeAccounts,
    lane: Priority,
    budget: RateLimiter,
    skew: Skew,
    metrics: Metrics,
    traces: Traces,
}

/// Parameters of a POST request.
pub(crate) type Form = [(&'static str, String)];

/// Time limit of a call and its retries. For a client it includes the waits for the rate limit, which are short; the
/// background waits without limit, so there it does not.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Client name of all calls that are not for a customer: those of the merchant's back end and of operators.
const BACK_END: &str = "back end";
/// Outcome of a call without an error, in the metrics.
const SUCCESS: &str = "ok";
/// Largest answer in bytes. A page of 100 accounts has a tenth of this.
const MAX_RESPONSE: usize = 2 * 1024 * 1024;

/// Body of a request.
#[derive(Clone, Copy)]
enum Body<'a> {
    None,
    Form(&'a Form),
    /// Of the second version of Stripe's API.
    Json(&'a Value),
}

/// A request that is the same for every retry.
struct Call<'a> {
    operation: Operation,
    /// Connected account that the call is made for; `None` for the one that the server works for.
    stripe_account: Option<StripeAccountId>,
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Body<'a>,
    idempotency_key: Option<String>,
}

impl Stripe {
    pub(crate) fn new(
        origin: Url,
        key: &SecretString,
        version: ApiVersion,
        accounts: StripeAccounts,
        budget: RateLimiter,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let authorization = Arc::new(ArcSwap::from_pointee(authorization(key)?));
        let mut headers =
            HeaderMap::from_iter([("stripe-version".parse()?, HeaderValue::try_from(version.to_string())?)]);
        if let Some(account) = accounts.header() {
            headers.insert("stripe-account", HeaderValue::try_from(account.as_str())?);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("relink-server/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(80))
            .build()?;
        metrics.expect_stripe_calls(Operation::VARIANTS, &[StripeError::VARIANTS, &[SUCCESS]].concat());
        let (lane, skew) = (Priority::Client(BACK_END.into()), Skew::default());
        let traces = Traces::default();
        Ok(Self { http, authorization, origin, accounts, lane, budget, skew, metrics, traces })
    }

    /// Makes a span of each call.
    pub(crate) fn with_traces(self, traces: Traces) -> Self {
        Self { traces, ..self }
    }

    /// Uses another key for all calls that begin from now on, and for retries.
    pub(crate) fn replace_key(&self, key: &SecretString) -> Result<(), InvalidHeaderValue> {
        self.authorization.store(Arc::new(authorization(key)?));
        Ok(())
    }

    /// Returns a client for background jobs, which have a share of the rate of their own.
    pub(crate) fn in_background(&self) -> Self {
        Self { lane: Priority::Background, ..self.clone() }
    }

    /// Returns a client for this caller, which takes turns with all others.
    pub(crate) fn for_client(&self, client: &str) -> Self {
        Self { lane: Priority::Client(Arc::from(client)), ..self.clone() }
    }

    /// True if calls are also made for connected accounts of the platform that the key is of.
    pub(crate) fn is_platform(&self) -> bool {
        self.accounts.is_platform()
    }

    /// Returns the difference between this machine's clock and Stripe's.
    pub(crate) fn skew(&self) -> &Skew {
        &self.skew
    }

    async fn post<T: DeserializeOwned + Qualify>(
        &self,
        operation: Operation,
        stripe_account: Option<StripeAccountId>,
        path: &str,
        form: &Form,
        key: String,
    ) -> Result<T, StripeError> {
        self.post_body(operation, stripe_account, path, Body::Form(form), key).await
    }

    async fn post_body<T: DeserializeOwned + Qualify>(
        &self,
        operation: Operation,
        stripe_account: Option<StripeAccountId>,
        path: &str,
        body: Body<'_>,
        key: String,
    ) -> Result<T, StripeError> {
        self.send(Call {
            operation,
            stripe_account,
            method: Method::POST,
            path,
            query: &[],
            body,
            idempotency_key: Some(key),
        })
        .await
        .map(|answer| answer.value)
    }

    async fn get<T: DeserializeOwned + Qualify>(
        &self,
        operation: Operation,
        stripe_account: Option<StripeAccountId>,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, StripeError> {
        Ok(self.get_dated(operation, stripe_account, path, query).await?.value)
    }

    /// Sends a GET request. Returns the value with the time, by Stripe's clock, at which it was certainly current.
    async fn get_dated<T: DeserializeOwned + Qualify>(
        &self,
        operation: Operation,
        stripe_account: Option<StripeAccountId>,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Dated<T>, StripeError> {
        let method = Method::GET;
        let (body, idempotency_key) = (Body::None, None);
        self.send(Call { operation, stripe_account, method, path, query, body, idempotency_key }).await
    }

    /// Makes the call, and qualifies what Stripe returns with the connected account that the call was made for: the only place
    /// where objects of a connected account come in.
    async fn send<T: DeserializeOwned + Qualify>(&self, call: Call<'_>) -> Result<Dated<T>, StripeError> {
        if !self.accounts.serve(call.stripe_account.as_ref()) {
            return Err(StripeError::not_served());
        }
        let mut answer: Dated<T> = self.answer(&call).await?.parse()?;
        if let Some(account) = &call.stripe_account {
            answer.value.qualify(account);
        }
        Ok(answer)
    }

    async fn answer(&self, call: &Call<'_>) -> Result<Dated<Vec<u8>>, StripeError> {
        let mut started = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let queued = Instant::now();
            self.wait_for_budget(call.operation).await?;
            if self.lane == Priority::Background {
                started += queued.elapsed();
            }
            let time_left = CALL_TIMEOUT.saturating_sub(started.elapsed());
            let asked = Instant::now();
            let span = self.traces.begin(SpanKind::Client, format!("Stripe {}", call.operation.name()), None);
            span.set("http.request.method", call.method.as_str().to_owned());
            span.set("http.request.resend_count", i64::from(tries) - 1);
            let (answer, verdict) = self.try_once(call, time_left, &span).with_context(span.context()).await;
            let outcome = answer.as_ref().map_or_else(StripeError::name, |_| SUCCESS);
            self.metrics.stripe_call(call.operation.name(), outcome, asked.elapsed());
            span.set("relink.outcome", outcome);
            if answer.is_err() {
                span.fail();
            }
            span.end();
            match (answer, retry::wait(verdict, tries, started.elapsed(), crate::clock::jitter())) {
                (Err(error), Some(wait)) => {
                    tracing::info!(%error, tries, "retrying a call to Stripe");
                    tokio::time::sleep(wait).await;
                }
                (Ok(answer), _) => return Ok(answer),
                (Err(error), None) => return Err(error),
            }
        }
    }

    async fn wait_for_budget(&self, operation: Operation) -> Result<(), StripeError> {
        let queued = Instant::now();
        let allowed = self.budget.spend(&self.lane).await;
        self.metrics.budget_wait(self.lane.share(), queued.elapsed());
        allowed.map_err(|_| {
            self.metrics.stripe_call_over_budget(operation.name());
            StripeError::OverBudget
        })
    }

    async fn try_once(
        &self,
        call: &Call<'_>,
        time_left: Duration,
        span: &Span,
    ) -> (Result<Dated<Vec<u8>>, StripeError>, Verdict) {
        let mut url = self.origin.clone();
        url.set_path(call.path);
        let mut request = self.http.request(call.method.clone(), url).query(call.query).timeout(time_left);
        request = request.header(AUTHORIZATION, HeaderValue::clone(&self.authorization.load()));
        request = match call.body {
            Body::None => request,
            Body::Form(form) => request.form(form),
            Body::Json(json) => request.json(json),
        };
        if let Some(trace) = self.traces.header(span) {
            request = request.header(traces::HEADER, trace);
        }
        if let Some(account) = &call.stripe_account {
            request = request.header("stripe-account", account.as_str());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let asked = Instant::now();
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                let error = StripeError::unreachable(error);
                tracing::warn!(method = %call.method, path = call.path, %error, "Stripe can't be reached");
                return (Err(error), Verdict::Lost);
            }
        };
        let status = response.status();
        span.set("http.response.status_code", i64::from(status.as_u16()));
        let verdict = retry::verdict(status, response.headers());
        let stripe_request = text(response.headers(), "request-id");
        let reason = text(response.headers(), "stripe-rate-limited-reason");
        tracing::info!(method = %call.method, path = call.path, status = status.as_u16(), stripe_request = stripe_request.as_deref(), reason, "Stripe answered");
        let as_of = self.skew.as_of(response.headers(), asked.elapsed(), crate::clock::now());
        let headers = response.headers().clone();
        match read(&mut response).await {
            Ok(value) if status.is_success() => (Ok(Dated { value, as_of }), verdict),
            Ok(body) => {
                let error = StripeError::refused(status, &body, stripe_request);
                let error = if call.stripe_account.is_some() { error.of_connected_account() } else { error };
                let verdict = retry::verdict_with_code(verdict, &headers, error.code());
                (Err(error), verdict)
            }
            Err(error) => (Err(error), Verdict::Lost),
        }
    }
}

fn authorization(key: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, StripeError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(StripeError::unreachable)? {
        if body.len() + chunk.len() > MAX_RESPONSE {
            return Err(StripeError::Unreadable("the answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(redact)
}

#[cfg(test)]
mod tests;
