//! The companion server's endpoints. The browser parses the JSON; every failure becomes one that the flow knows.

use std::cell::RefCell;

use gloo_net::http::{Request, Response};
use js_sys::JSON;
use relink_flow::{Failure, Reason};
use relink_protocol::{
    AccountId, Choice, Overview, PayFrom, ReadOutcome, RelinkOutcome, Reported, SessionId, StartSession,
    StartedSession,
};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit};

use crate::answers;
use crate::settings::Settings;

/// Longer than the server waits for Stripe, in milliseconds.
const TIME_LIMIT: u32 = 20_000;

/// The companion server, as one customer reaches it.
#[derive(Debug)]
pub(crate) struct Api {
    settings: Settings,
    /// The customer's token. Lives in memory only; asked for anew when it has expired.
    token: RefCell<Option<String>>,
}

impl Api {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, token: RefCell::new(None) }
    }

    pub(crate) async fn accounts(&self) -> Result<Overview, Failure> {
        let answer = self.call("GET", "/api/accounts", JsValue::UNDEFINED).await?;
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

    /// Asks, and once more with a fresh token where the first was no longer accepted.
    async fn call(&self, method: &str, path: &str, body: JsValue) -> Result<JsValue, Failure> {
        let known = self.token.borrow().clone();
        if let Some(token) = known {
            match self.ask(method, path, &body, &token).await {
                Err(failure) if failure.reason == Reason::SignedOut => {}
                answer => return answer,
            }
        }
        let token = self.fetch_token().await?;
        self.token.replace(Some(token.clone()));
        self.ask(method, path, &body, &token).await
    }

    async fn ask(&self, method: &str, path: &str, body: &JsValue, token: &str) -> Result<JsValue, Failure> {
        let url = [&self.settings.server, path].concat();
        send(method, &url, body, &["Bearer ", token].concat()).await
    }

    async fn fetch_token(&self) -> Result<String, Failure> {
        match send("GET", &self.settings.token_url, &JsValue::UNDEFINED, "").await {
            Ok(answer) => answers::token(answer).ok_or_else(misunderstood),
            // Whatever the merchant's address says instead of a token: the customer has to sign in there.
            Err(failure) if failure.reason == Reason::Internal => Err(Reason::SignedOut.into()),
            Err(failure) => Err(failure),
        }
    }
}

fn of_session(session: &SessionId, what: &str) -> String {
    ["/api/sessions/", session.as_str(), what].concat()
}

/// Sends one request; an error's body becomes a failure. An answer without a body is `undefined`.
async fn send(method: &str, url: &str, body: &JsValue, authorization: &str) -> Result<JsValue, Failure> {
    let request = request(method, url, body, authorization).map_err(|_| Reason::Internal)?;
    let response = request.send().await.map_err(|_| unreachable_or_offline())?;
    let is_ok = response.ok();
    let answered = body_of(response).await;
    if is_ok {
        return Ok(answered.unwrap_or_default());
    }
    Err(answered.and_then(answers::problem).map_or_else(misunderstood, Failure::from))
}

/// Made here and only sent by gloo: its builder takes addresses apart, and that is a kilobyte of code.
fn request(method: &str, url: &str, body: &JsValue, authorization: &str) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    if !authorization.is_empty() {
        headers.set("Authorization", authorization)?;
    }
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT)));
    if !body.is_undefined() {
        headers.set("Content-Type", "application/json")?;
        init.set_body(body);
    }
    init.set_headers(&headers);
    web_sys::Request::new_with_str_and_init(url, &init).map(Request::from)
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
