//! Client of the companion server's endpoints. The browser parses the JSON; every failure becomes a [`Failure`] of the
//! flow.

use std::cell::RefCell;

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use js_sys::{JSON, Promise};
use leptos::prelude::window;
use relink_flow::{Failure, Reason};
use relink_protocol::{
    AccountId, Choice, Overview, PayFrom, Problem, ReadOutcome, RelinkOutcome, Reported, SessionId,
    StartSession, StartedSession,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::element::ElementHost;
use crate::text::Language;

/// Time limit of a request in milliseconds, longer than the server waits for Stripe.
const TIME_LIMIT: u32 = 20_000;
/// Path of the first request, which the loader sends.
const ACCOUNTS: &str = "/api/accounts";

/// The companion server's API, for one customer.
#[derive(Debug)]
pub(crate) struct Api {
    host: ElementHost,
    language: Language,
    /// Origin of the server.
    server: String,
    /// Relink request whose link was opened; empty without a link. With a link, a cookie identifies the customer and
    /// there is no token.
    link: String,
    /// Customer's token. Lives in memory only; fetched again after it has expired.
    token: RefCell<Option<String>>,
    /// First token, which the loader has already requested.
    first_token: RefCell<Option<Promise>>,
    /// Response of the first request, which the loader has already sent with that token.
    first_answer: RefCell<Option<Promise>>,
}

impl Api {
    pub(crate) fn new(host: ElementHost, language: Language, [server, link]: [String; 2]) -> Self {
        // After a link, no token is needed.
        let [first_token, first_answer] = [host.first_token(), host.first_accounts()]
            .map(|first| RefCell::new(link.is_empty().then_some(first)));
        Self { host, language, server, link, token: RefCell::new(None), first_token, first_answer }
    }

    /// Returns the element that hosts the conversation.
    pub(crate) fn host(&self) -> &ElementHost {
        &self.host
    }

    /// Returns the language of the conversation.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    pub(crate) async fn accounts(&self) -> Result<Overview, Failure> {
        self.call(Method::GET, ACCOUNTS, JsValue::UNDEFINED).await.and_then(read)
    }

    pub(crate) async fn start_session(
        &self,
        account: AccountId,
        choice: Choice,
    ) -> Result<StartedSession, Failure> {
        let body = json(&StartSession { account, choice })?;
        self.call(Method::POST, "/api/sessions", body).await.and_then(read)
    }

    pub(crate) async fn outcome(
        &self,
        session: &SessionId,
        reported: Reported,
    ) -> Result<RelinkOutcome, Failure> {
        let path = session_path(session, "/outcome");
        self.call(Method::POST, &path, json(&ReadOutcome { reported })?).await.and_then(read)
    }

    /// Accepts the mandate: payments come from the account from now on.
    pub(crate) async fn pay(&self, session: &SessionId, account: AccountId) -> Result<(), Failure> {
        let path = session_path(session, "/payment-method");
        self.call(Method::POST, &path, json(&PayFrom { account })?).await.map(drop)
    }

    /// Declines the mandate: payments stay unchanged.
    pub(crate) async fn keep_payments(&self, session: &SessionId) -> Result<(), Failure> {
        let path = session_path(session, "/payment-method");
        self.call(Method::DELETE, &path, JsValue::UNDEFINED).await.map(drop)
    }

    /// Streams changes of the accounts since this version. Has no time limit.
    pub(crate) async fn changes(&self, since: &str, signal: AbortSignal) -> Result<Response, Failure> {
        let request = ApiRequest { since, signal: Some(signal), ..ApiRequest::get("/api/changes") };
        self.send_with_token(request).await
    }

    async fn call(&self, method: Method, path: &str, body: JsValue) -> Result<JsValue, Failure> {
        let response = self.send_with_token(ApiRequest { method, body, ..ApiRequest::get(path) }).await?;
        Ok(body_of(response).await.unwrap_or_default())
    }

    /// Sends a request, and retries once with a fresh token if the first is no longer accepted.
    async fn send_with_token(&self, request: ApiRequest<'_>) -> Result<Response, Failure> {
        if !self.link.is_empty() {
            return self.send(&request, "").await;
        }
        let known = self.token.borrow().clone();
        if let Some(token) = known {
            match self.send(&request, &token).await {
                Err(failure) if failure.reason == Reason::SignedOut => {}
                answer => return answer,
            }
        }
        let token = self.fetch_token().await?;
        self.token.replace(Some(token.clone()));
        self.send(&request, &token).await
    }

    async fn fetch_token(&self) -> Result<String, Failure> {
        let token = match self.first_token.take() {
            Some(first) => JsFuture::from(first).await,
            None => self.host.token().await,
        };
        // Anything but a token means that the customer has to sign in at the merchant.
        let token = token.map_err(|_| network_failure());
        let token = token.and_then(|token| token.as_string().ok_or_else(|| Reason::SignedOut.into()));
        if token.is_err() {
            // The loader sent no request without a token.
            self.first_answer.take();
        }
        token
    }

    /// Sends one request; the body of an error response becomes a failure.
    async fn send(&self, request: &ApiRequest<'_>, token: &str) -> Result<Response, Failure> {
        let first = if request.path == ACCOUNTS { self.first_answer.take() } else { None };
        let response = match first {
            Some(answer) => JsFuture::from(answer).await.ok().map(response_from),
            None => self.build(request, token).map_err(|_| unexpected_response())?.send().await.ok(),
        };
        let response = response.ok_or_else(network_failure)?;
        if response.ok() {
            return Ok(response);
        }
        let problem: Result<Problem, Failure> = read(body_of(response).await.unwrap_or_default());
        Err(problem.map_or_else(|failure| failure, Failure::from))
    }

    /// Builds a request with the headers that all requests have.
    fn build(&self, request: &ApiRequest<'_>, token: &str) -> Result<Request, gloo_net::Error> {
        let ApiRequest { method, path, body, since, signal } = request;
        let mut builder = RequestBuilder::new(&[&self.server, *path].concat())
            .method(method.clone())
            // The server writes the text of the mandate.
            .header("Accept-Language", self.language.code());
        builder = if self.link.is_empty() {
            builder.header("Authorization", &["Bearer ", token].concat())
        } else {
            builder.header("Relink-Link", &self.link)
        };
        if !since.is_empty() {
            builder = builder.header("Last-Event-ID", since);
        }
        builder = match signal {
            Some(signal) => builder.abort_signal(Some(signal)),
            None => builder.abort_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT))),
        };
        if body.is_undefined() {
            builder.build()
        } else {
            builder.header("Content-Type", "application/json").body(body)
        }
    }
}

fn session_path(session: &SessionId, what: &str) -> String {
    ["/api/sessions/", session.as_str(), what].concat()
}

/// A request to send.
struct ApiRequest<'a> {
    method: Method,
    path: &'a str,
    body: JsValue,
    /// Version of the accounts that the page has.
    since: &'a str,
    /// Signal that aborts the request; without one, [`TIME_LIMIT`] applies.
    signal: Option<AbortSignal>,
}

impl<'a> ApiRequest<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: JsValue::UNDEFINED, since: "", signal: None }
    }
}

/// Wraps the response of the request that the loader has sent.
fn response_from(answer: JsValue) -> Response {
    answer.unchecked_into::<web_sys::Response>().into()
}

/// Returns the body as the browser has parsed it.
async fn body_of(response: Response) -> Option<JsValue> {
    let body = web_sys::Response::from(response).json().ok()?;
    JsFuture::from(body).await.ok()
}

/// Returns the reason for a request without a response.
pub(crate) fn network_failure() -> Failure {
    if window().navigator().on_line() { Reason::ServerUnreachable.into() } else { Reason::Offline.into() }
}

/// Returns the failure for an unexpected response.
fn unexpected_response() -> Failure {
    Reason::Internal.into()
}

/// Reads what the browser has parsed into the protocol's own type.
fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, Failure> {
    serde_wasm_bindgen::from_value(value).map_err(|_| unexpected_response())
}

fn json<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    serde_wasm_bindgen::to_value(value)
        .ok()
        .and_then(|value| JSON::stringify(&value).ok())
        .map(JsValue::from)
        .ok_or_else(unexpected_response)
}
