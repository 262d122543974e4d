//! The companion server's endpoints. The browser parses the JSON; every failure becomes one that the flow knows.

use std::cell::RefCell;

use gloo_net::http::{Method, RequestBuilder, Response};
use js_sys::JSON;
use relink_flow::{Failure, Reason};
use relink_protocol::{
    AccountId, Overview, ReadOutcome, RelinkOutcome, Reported, SessionId, StartSession, StartedSession,
};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

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
        let answer = self.call(Method::GET, "/api/accounts", JsValue::UNDEFINED).await?;
        answers::overview(answer).ok_or_else(misunderstood)
    }

    pub(crate) async fn start_session(&self, account: AccountId) -> Result<StartedSession, Failure> {
        let body = json(&StartSession { account })?;
        let answer = self.call(Method::POST, "/api/sessions", body).await?;
        answers::started_session(answer).ok_or_else(misunderstood)
    }

    pub(crate) async fn outcome(
        &self,
        session: &SessionId,
        reported: Reported,
    ) -> Result<RelinkOutcome, Failure> {
        let path = ["/api/sessions/", session.as_str(), "/outcome"].concat();
        let answer = self.call(Method::POST, &path, json(&ReadOutcome { reported })?).await?;
        answers::outcome(&answer).ok_or_else(misunderstood)
    }

    /// Asks, and once more with a fresh token where the first was no longer accepted.
    async fn call(&self, method: Method, path: &str, body: JsValue) -> Result<JsValue, Failure> {
        let known = self.token.borrow().clone();
        if let Some(token) = known {
            match self.ask(&method, path, &body, &token).await {
                Err(failure) if failure.reason == Reason::SignedOut => {}
                answer => return answer,
            }
        }
        let token = self.fetch_token().await?;
        self.token.replace(Some(token.clone()));
        self.ask(&method, path, &body, &token).await
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        body: &JsValue,
        token: &str,
    ) -> Result<JsValue, Failure> {
        let url = [&self.settings.server, path].concat();
        let request = RequestBuilder::new(&url)
            .method(method.clone())
            .header("Authorization", &["Bearer ", token].concat());
        send(request, body).await
    }

    async fn fetch_token(&self) -> Result<String, Failure> {
        let request = RequestBuilder::new(&self.settings.token_url).method(Method::GET);
        match send(request, &JsValue::UNDEFINED).await {
            Ok(answer) => answers::token(answer).ok_or_else(misunderstood),
            // Whatever the merchant's address says instead of a token: the customer has to sign in there.
            Err(failure) if failure.reason == Reason::Internal => Err(Reason::SignedOut.into()),
            Err(failure) => Err(failure),
        }
    }
}

/// Sends one request; an error's body becomes a failure.
async fn send(request: RequestBuilder, body: &JsValue) -> Result<JsValue, Failure> {
    let signal = AbortSignal::timeout_with_u32(TIME_LIMIT);
    let request = request.abort_signal(Some(&signal));
    let request = if body.is_undefined() {
        request.build()
    } else {
        request.header("Content-Type", "application/json").body(body.clone())
    };
    let request = request.map_err(|_| Reason::Internal)?;
    let response = request.send().await.map_err(|_| unreachable_or_offline())?;
    let is_ok = response.ok();
    let answered = body_of(response).await;
    if is_ok {
        return answered.ok_or_else(misunderstood);
    }
    Err(answered.and_then(answers::problem).map_or_else(misunderstood, Failure::from))
}

async fn body_of(response: Response) -> Option<JsValue> {
    let body = web_sys::Response::from(response).json().ok()?;
    JsFuture::from(body).await.ok()
}

fn unreachable_or_offline() -> Failure {
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
