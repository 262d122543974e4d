//! Client of the companion server's endpoints. The browser parses the JSON; every failure becomes a [`Failure`] of the
//! flow.

use std::cell::RefCell;

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
use web_sys::{AbortSignal, Headers, RequestInit, Response};

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
        self.call("GET", ACCOUNTS, JsValue::UNDEFINED).await.and_then(read)
    }

    pub(crate) async fn start_session(
        &self,
        account: AccountId,
        choice: Choice,
    ) -> Result<StartedSession, Failure> {
        let body = json(&StartSession { account, choice })?;
        self.call("POST", "/api/sessions", body).await.and_then(read)
    }

    pub(crate) async fn outcome(
        &self,
        session: &SessionId,
        reported: Reported,
    ) -> Result<RelinkOutcome, Failure> {
        let path = session_path(session, "/outcome");
        self.call("POST", &path, json(&ReadOutcome { reported })?).await.and_then(read)
    }

    /// Accepts the mandate: payments come from the account from now on.
    pub(crate) async fn pay(&self, session: &SessionId, account: AccountId) -> Result<(), Failure> {
        let path = session_path(session, "/payment-method");
        self.call("POST", &path, json(&PayFrom { account })?).await.map(drop)
    }

    /// Declines the mandate: payments stay unchanged.
    pub(crate) async fn keep_payments(&self, session: &SessionId) -> Result<(), Failure> {
        let path = session_path(session, "/payment-method");
        self.call("DELETE", &path, JsValue::UNDEFINED).await.map(drop)
    }

    /// Streams changes of the accounts since this version. Has no time limit.
    pub(crate) async fn changes(&self, since: &str, signal: AbortSignal) -> Result<Response, Failure> {
        let request = ApiRequest { since, signal: Some(signal), ..ApiRequest::get("/api/changes") };
        self.send_with_token(request).await
    }

    async fn call(&self, method: &str, path: &str, body: JsValue) -> Result<JsValue, Failure> {
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
        let answer = match first {
            Some(answer) => answer,
            None => self.fetch(request, token).map_err(|_| unexpected_response())?,
        };
        let response = JsFuture::from(answer).await.map_err(|_| network_failure())?;
        let response: Response = response.unchecked_into();
        if response.ok() {
            return Ok(response);
        }
        let problem: Result<Problem, Failure> = read(body_of(response).await.unwrap_or_default());
        Err(problem.map_or_else(|failure| failure, Failure::from))
    }

    /// Sends a request with the headers that all requests have.
    fn fetch(&self, request: &ApiRequest<'_>, token: &str) -> Result<Promise, JsValue> {
        let ApiRequest { method, path, body, since, signal } = request;
        let headers = Headers::new()?;
        // The server writes the text of the mandate.
        headers.set("Accept-Language", self.language.code())?;
        if self.link.is_empty() {
            headers.set("Authorization", &["Bearer ", token].concat())?;
        } else {
            headers.set("Relink-Link", &self.link)?;
        }
        if !since.is_empty() {
            headers.set("Last-Event-ID", since)?;
        }
        let init = RequestInit::new();
        init.set_method(method);
        match signal {
            Some(signal) => init.set_signal(Some(signal)),
            None => init.set_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT))),
        }
        if !body.is_undefined() {
            headers.set("Content-Type", "application/json")?;
            init.set_body(body);
        }
        init.set_headers(&headers);
        let url = [&self.server, *path].concat();
        Ok(window().fetch_with_str_and_init(&url, &init))
    }
}

fn session_path(session: &SessionId, what: &str) -> String {
    ["/api/sessions/", session.as_str(), what].concat()
}

/// A request to send.
struct ApiRequest<'a> {
    method: &'a str,
    path: &'a str,
    body: JsValue,
    /// Version of the accounts that the page has.
    since: &'a str,
    /// Signal that aborts the request; without one, [`TIME_LIMIT`] applies.
    signal: Option<AbortSignal>,
}

impl<'a> ApiRequest<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: "GET", path, body: JsValue::UNDEFINED, since: "", signal: None }
    }
}

async fn body_of(response: Response) -> Option<JsValue> {
    let body = response.json().ok()?;
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
