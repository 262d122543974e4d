//! Client of the companion server's endpoints. The browser parses the JSON; every failure becomes a [`Failure`] of the
//! flow.

use std::cell::RefCell;

use gloo_net::http::{Request, Response};
use js_sys::{JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use relink_flow::{Failure, Reason};
use relink_protocol::{
    AccountId, AccountPair, Choice, Overview, PairAccounts, PayFrom, Problem, ReadOutcome, RelinkOutcome,
    Reported, SessionId, StartSession, StartedSession,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::element::ElementHost;
use crate::text::Language;

/// Time limit of a request in milliseconds, longer than the server waits for Stripe.
pub(crate) const TIME_LIMIT: u32 = 20_000;
/// Path of the first request, which the loader sends.
const ACCOUNTS: &str = "/api/accounts";

/// The companion server's API, for one customer. Its requests need no CORS preflight: they are text with the token in the
/// body, which the server's `page_call` reads.
#[derive(Debug)]
pub(crate) struct Api {
    host: ElementHost,
    language: Language,
    /// Address of the server, without a slash at its end.
    server: String,
    /// Relink request whose link was opened; empty without a link. With a link, a cookie identifies the customer and
    /// there is no token.
    link: String,
    /// Response of the first request, which the loader has already sent.
    first_answer: RefCell<Option<Promise>>,
}

impl Api {
    pub(crate) fn new(host: ElementHost, language: Language, [server, link]: [String; 2]) -> Self {
        let first_answer = RefCell::new(link.is_empty().then(|| host.first_accounts()));
        Self { host, language, server, link, first_answer }
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
        self.call(ACCOUNTS, Object::new().into()).await.and_then(read)
    }

    pub(crate) async fn start_session(
        &self,
        account: AccountId,
        choice: Choice,
    ) -> Result<StartedSession, Failure> {
        self.call("/api/sessions", fields(&StartSession { account, choice })?).await.and_then(read)
    }

    pub(crate) async fn outcome(
        &self,
        session: &SessionId,
        reported: Reported,
    ) -> Result<RelinkOutcome, Failure> {
        let path = session_path(session, "/outcome");
        self.call(&path, fields(&ReadOutcome { reported })?).await.and_then(read)
    }

    /// Tells which accounts are the same, and returns the outcome that follows.
    pub(crate) async fn pair(
        &self,
        session: &SessionId,
        pairs: Vec<AccountPair>,
    ) -> Result<RelinkOutcome, Failure> {
        let path = session_path(session, "/pairs");
        self.call(&path, fields(&PairAccounts { pairs })?).await.and_then(read)
    }

    /// Accepts the mandate: payments come from the account from now on.
    pub(crate) async fn pay(&self, session: &SessionId, account: AccountId) -> Result<(), Failure> {
        let path = session_path(session, "/payment-method");
        self.call(&path, fields(&PayFrom { account })?).await.map(drop)
    }

    /// Declines the mandate: payments stay unchanged.
    pub(crate) async fn keep_payments(&self, session: &SessionId) -> Result<(), Failure> {
        self.call(&session_path(session, "/payment-method/keep"), Object::new().into()).await.map(drop)
    }

    /// Streams changes of the accounts since this version. Has no time limit.
    pub(crate) async fn changes(&self, since: &str, signal: AbortSignal) -> Result<Response, Failure> {
        let fields = Object::new().into();
        set(&fields, "since", since);
        self.send_with_token(ApiRequest { path: "/api/changes", fields, signal }).await
    }

    async fn call(&self, path: &str, fields: JsValue) -> Result<JsValue, Failure> {
        let signal = AbortSignal::timeout_with_u32(TIME_LIMIT);
        let response = self.send_with_token(ApiRequest { path, fields, signal }).await?;
        Ok(body_of(response).await.unwrap_or_default())
    }

    /// Sends a request, and retries once with a fresh token if the first is no longer accepted. A fresh one that is not
    /// accepted either is the fault of the merchant's setup: another sign-in would not help.
    async fn send_with_token(&self, request: ApiRequest<'_>) -> Result<Response, Failure> {
        if !self.link.is_empty() {
            return self.send(&request).await;
        }
        let first = if request.path == ACCOUNTS { self.first_answer.take() } else { None };
        let (answer, token) = if let Some(first) = first {
            (first_response(first).await?, None)
        } else {
            let token = self.token(None).await?;
            set(&request.fields, "token", &token);
            (self.send(&request).await, Some(token))
        };
        match answer {
            Err(failure) if failure.reason == Reason::SignedOut => {}
            answer => return answer,
        }
        let refused = match token {
            Some(token) => token,
            None => self.token(None).await?,
        };
        set(&request.fields, "token", &self.token(Some(refused)).await?);
        self.send(&request).await.map_err(|failure| {
            let is_refused = failure.reason == Reason::SignedOut;
            if is_refused { Failure { reason: Reason::Internal, ..failure } } else { failure }
        })
    }

    async fn token(&self, refused: Option<String>) -> Result<String, Failure> {
        let token = self.host.token(refused).await.map_err(|_| network_failure())?;
        // Anything but a token means that the customer has to sign in at the merchant.
        token.as_string().ok_or_else(|| Reason::SignedOut.into())
    }

    async fn send(&self, request: &ApiRequest<'_>) -> Result<Response, Failure> {
        let request = self.build(request).map_err(|_| unexpected_response())?;
        checked(request.send().await.map_err(|_| network_failure())?).await
    }

    /// Builds a request. Browsers declare its body as text.
    fn build(
        &self,
        ApiRequest { path, fields, signal }: &ApiRequest<'_>,
    ) -> Result<Request, gloo_net::Error> {
        let mut builder = Request::post(&[&self.server, *path].concat())
            // The server writes the text of the mandate.
            .header("Accept-Language", self.language.code())
            .abort_signal(Some(signal));
        if !self.link.is_empty() {
            // Only the server's own page has a link, so there is no preflight.
            builder = builder.header("Relink-Link", &self.link);
        }
        builder.body(JSON::stringify(fields).unwrap_or_default())
    }
}

fn session_path(session: &SessionId, what: &str) -> String {
    ["/api/sessions/", session.as_str(), what].concat()
}

/// A request to send.
struct ApiRequest<'a> {
    path: &'a str,
    /// Object with the fields of the body.
    fields: JsValue,
    /// Signal that aborts the request.
    signal: AbortSignal,
}

/// Returns the response of the request that the loader has sent. Fails if it sent none, because there was no token.
async fn first_response(first: Promise) -> Result<Result<Response, Failure>, Failure> {
    let response = JsFuture::from(first).await.map_err(|_| network_failure())?;
    if response.is_falsy() {
        return Err(Reason::SignedOut.into());
    }
    Ok(checked(response.unchecked_into::<web_sys::Response>().into()).await)
}

/// Makes a failure of the body of an error response.
async fn checked(response: Response) -> Result<Response, Failure> {
    if response.ok() {
        return Ok(response);
    }
    let problem: Result<Problem, Failure> = read(body_of(response).await.unwrap_or_default());
    Err(problem.map_or_else(|failure| failure, Failure::from))
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

/// Returns the fields of a body.
fn fields<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    serde_wasm_bindgen::to_value(value).map_err(|_| unexpected_response())
}

/// Sets a field of a body.
fn set(fields: &JsValue, name: &str, value: &str) {
    // Fails for frozen objects only, and these are our own.
    let _ = Reflect::set(fields, &name.into(), &value.into());
}
