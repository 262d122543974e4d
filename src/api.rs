//! The companion server's endpoints. The browser parses the JSON; every failure becomes one that the flow knows.

use std::cell::RefCell;

use gloo_net::http::{Request, Response};
use js_sys::{JSON, Promise};
use relink_flow::{Failure, Reason};
use relink_protocol::{
    AccountId, Choice, Overview, PayFrom, ReadOutcome, RelinkOutcome, Reported, SessionId, StartSession,
    StartedSession,
};
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit};

use crate::answers;
use crate::embed::Host;
use crate::text::Spoken;

/// Longer than the server waits for Stripe, in milliseconds.
const TIME_LIMIT: u32 = 20_000;
/// What is asked first, by the loader.
const ACCOUNTS: &str = "/api/accounts";

/// The companion server, as one customer reaches it.
#[derive(Debug)]
pub(crate) struct Api {
    host: Host,
    spoken: Spoken,
    /// Its origin.
    server: String,
    /// The relink request whose link was opened: then a cookie says who the customer is, and there is no token.
    link: String,
    /// The customer's token. Lives in memory only; asked for anew when it has expired.
    token: RefCell<Option<String>>,
    /// The first token is on its way before we are;
    first_token: RefCell<Option<Promise>>,
    /// and so is the answer to what is asked first, with that token.
    first_answer: RefCell<Option<Promise>>,
}

impl Api {
    pub(crate) fn new(host: Host, spoken: Spoken, [server, link]: [String; 2]) -> Self {
        // Where a link leads, nobody is asked for a token.
        let [first_token, first_answer] =
            [host.first(), host.accounts()].map(|first| RefCell::new(link.is_empty().then_some(first)));
        Self { host, spoken, server, link, token: RefCell::new(None), first_token, first_answer }
    }

    /// The element that the customer is at.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// What is spoken with the customer.
    pub(crate) fn spoken(&self) -> Spoken {
        self.spoken
    }

    pub(crate) async fn accounts(&self) -> Result<Overview, Failure> {
        let answer = self.call("GET", ACCOUNTS, JsValue::UNDEFINED).await?;
        answers::overview(answer).ok_or_else(misunderstood)
    }

    pub(crate) async fn start_session(
        &self,
        account: AccountId,
        choice: Choice,
    ) -> Result<StartedSession, Failure> {
        let body = json(&StartSession { account, choice })?;
        let answer = self.call("POST", "/api/sessions", body).await?;
        answers::started_session(answer).ok_or_else(misunderstood)
    }

    pub(crate) async fn outcome(
        &self,
        session: &SessionId,
        reported: Reported,
    ) -> Result<RelinkOutcome, Failure> {
        let path = of_session(session, "/outcome");
        let answer = self.call("POST", &path, json(&ReadOutcome { reported })?).await?;
        answers::outcome(answer).ok_or_else(misunderstood)
    }

    /// Pays from the account from now on.
    pub(crate) async fn pay(&self, session: &SessionId, account: AccountId) -> Result<(), Failure> {
        let path = of_session(session, "/payment-method");
        self.call("POST", &path, json(&PayFrom { account })?).await.map(drop)
    }

    /// Leaves payments as they are.
    pub(crate) async fn keep_payments(&self, session: &SessionId) -> Result<(), Failure> {
        let path = of_session(session, "/payment-method");
        self.call("DELETE", &path, JsValue::UNDEFINED).await.map(drop)
    }

    /// Changes of the accounts since this version, as a stream of events. It takes as long as it takes.
    pub(crate) async fn changes(&self, since: &str, signal: AbortSignal) -> Result<Response, Failure> {
        let asking = Asking { since, signal: Some(signal), ..Asking::get("/api/changes") };
        self.answer_to(asking).await
    }

    async fn call(&self, method: &str, path: &str, body: JsValue) -> Result<JsValue, Failure> {
        let response = self.answer_to(Asking { method, body, ..Asking::get(path) }).await?;
        Ok(body_of(response).await.unwrap_or_default())
    }

    /// Asks, and once more with a fresh token where the first was no longer accepted.
    async fn answer_to(&self, asking: Asking<'_>) -> Result<Response, Failure> {
        if !self.link.is_empty() {
            return self.send(&asking, "").await;
        }
        let known = self.token.borrow().clone();
        if let Some(token) = known {
            match self.send(&asking, &token).await {
                Err(failure) if failure.reason == Reason::SignedOut => {}
                answer => return answer,
            }
        }
        let token = self.fetch_token().await?;
        self.token.replace(Some(token.clone()));
        self.send(&asking, &token).await
    }

    async fn fetch_token(&self) -> Result<String, Failure> {
        let token = match self.first_token.take() {
            Some(first) => JsFuture::from(first).await,
            None => self.host.token().await,
        };
        // Whatever the merchant says instead of a token: the customer has to sign in there.
        let token = token.map_err(|_| unreachable_or_offline());
        let token = token.and_then(|token| token.as_string().ok_or_else(|| Reason::SignedOut.into()));
        if token.is_err() {
            // Nothing was asked without one.
            self.first_answer.take();
        }
        token
    }

    /// Sends one request; an error's body becomes a failure.
    async fn send(&self, asking: &Asking<'_>, token: &str) -> Result<Response, Failure> {
        let first = if asking.path == ACCOUNTS { self.first_answer.take() } else { None };
        let response = match first {
            Some(answer) => JsFuture::from(answer).await.ok().map(answered),
            None => self.request(asking, token).map_err(|_| Reason::Internal)?.send().await.ok(),
        };
        let response = response.ok_or_else(unreachable_or_offline)?;
        if response.ok() {
            return Ok(response);
        }
        Err(body_of(response).await.and_then(answers::problem).map_or_else(misunderstood, Failure::from))
    }

    /// Made here and only sent by gloo: its builder takes addresses apart, and that is a kilobyte of code.
    fn request(&self, asking: &Asking<'_>, token: &str) -> Result<Request, JsValue> {
        let Asking { method, path, body, since, signal } = asking;
        let headers = Headers::new()?;
        // What the customer agrees to is said by the server.
        headers.set("Accept-Language", self.spoken.language())?;
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
        web_sys::Request::new_with_str_and_init(&url, &init).map(Request::from)
    }
}

fn of_session(session: &SessionId, what: &str) -> String {
    ["/api/sessions/", session.as_str(), what].concat()
}

/// What is asked.
struct Asking<'a> {
    method: &'a str,
    path: &'a str,
    body: JsValue,
    /// The version that the page has.
    since: &'a str,
    /// Ends it; without one, it takes no longer than [`TIME_LIMIT`].
    signal: Option<AbortSignal>,
}

impl<'a> Asking<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: "GET", path, body: JsValue::UNDEFINED, since: "", signal: None }
    }
}

fn answered(answer: JsValue) -> Response {
    Response::from(answer.unchecked_into::<web_sys::Response>())
}

async fn body_of(response: Response) -> Option<JsValue> {
    let body = web_sys::Response::from(response).json().ok()?;
    JsFuture::from(body).await.ok()
}

/// Why nothing has come back.
pub(crate) fn unreachable_or_offline() -> Failure {
    let online = web_sys::window().is_none_or(|window| window.navigator().on_line());
    if online { Reason::ServerUnreachable.into() } else { Reason::Offline.into() }
}

/// The answer is not one of ours.
fn misunderstood() -> Failure {
    Reason::Internal.into()
}

fn json<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    serde_wasm_bindgen::to_value(value)
        .ok()
        .and_then(|value| JSON::stringify(&value).ok())
        .map(JsValue::from)
        .ok_or_else(misunderstood)
}
