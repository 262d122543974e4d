//! `relink-sandbox record`: passes calls on to Stripe, makes each of them in a sandbox as well, and tells where the
//! sandbox would have answered otherwise. Nothing that is written has a secret in it.

mod compare;
mod ids;
mod redact;

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use self::{
    compare::{Answer, Difference, differences},
    ids::Ids,
};
use crate::{app::router, http::error::ApiError, state::Sandbox};

const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(80);
/// Headers that belong to one connection, or that the client sets anew.
const OF_CONNECTION: &[header::HeaderName] = &[
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TRANSFER_ENCODING,
];

/// Settings of a recording.
pub struct RecordSettings {
    /// Address of Stripe's API, such as `https://api.stripe.com`.
    pub stripe: String,
    /// Gets a line for each difference.
    pub report: Box<dyn Write + Send>,
    /// Gets each call with both responses as a line of JSON.
    pub recording: Option<Box<dyn Write + Send>>,
}

impl fmt::Debug for RecordSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSettings").field("stripe", &self.stripe).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Proxy {
    stripe: Arc<str>,
    client: Client,
    sandbox: Sandbox,
    ids: Arc<Mutex<Ids>>,
    output: Arc<Mutex<Output>>,
}

struct Output {
    report: Box<dyn Write + Send>,
    recording: Option<Box<dyn Write + Send>>,
}

/// Passes calls on until `stop` completes.
pub async fn record(
    listener: TcpListener,
    settings: RecordSettings,
    sandbox: Sandbox,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let client =
        Client::builder().redirect(Policy::none()).timeout(TIMEOUT).build().map_err(io::Error::other)?;
    let proxy = Proxy {
        stripe: settings.stripe.trim_end_matches('/').into(),
        client,
        sandbox,
        ids: Arc::default(),
        output: Arc::new(Mutex::new(Output { report: settings.report, recording: settings.recording })),
    };
    let app = Router::new().fallback(pass_on).with_state(proxy);
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

async fn pass_on(State(proxy): State<Proxy>, request: Request) -> Response {
    if !has_test_key(request.headers()) {
        let message = "A recording takes keys of test mode only, in the header Authorization.";
        return ApiError::forbidden(None, message).into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return ApiError::malformed("The body could not be read.").into_response();
    };
    let (status, headers, text) = match proxy.call_stripe(&parts, body.clone()).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(error = %error.without_url(), "Stripe could not be reached");
            let message = "The recording could not reach Stripe.";
            return (StatusCode::BAD_GATEWAY, axum::Json(ApiError::malformed(message).body()))
                .into_response();
        }
    };
    let stripe = Answer { status: status.as_u16(), body: serde_json::from_slice(&text).unwrap_or_default() };
    let sandbox = proxy.call_sandbox(&parts, &body).await;
    proxy.report(&parts, &body, stripe, sandbox);
    (status, headers, text).into_response()
}

impl Proxy {
    async fn call_stripe(
        &self,
        parts: &Parts,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes), reqwest::Error> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let call = self.client.request(parts.method.clone(), format!("{}{path}", self.stripe));
        let response = call.headers(without_connection(&parts.headers)).body(body).send().await?;
        let (status, headers) = (response.status(), without_connection(response.headers()));
        Ok((status, headers, response.bytes().await?))
    }

    /// Makes the same call in the sandbox, with its own key and ids.
    async fn call_sandbox(&self, parts: &Parts, body: &Bytes) -> Answer {
        if let Some(account) = parts.headers.get("stripe-account").and_then(|value| value.to_str().ok()) {
            self.sandbox.connect(account);
        }
        let (path, body) = {
            let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            (ids.translate(path), ids.translate(&String::from_utf8_lossy(body)))
        };
        let mut request = Request::builder().method(parts.method.clone()).uri(path);
        if let Some(headers) = request.headers_mut() {
            *headers = without_connection(&parts.headers);
            let is_publishable = key(&parts.headers).is_some_and(|key| key.starts_with("pk_"));
            let key = if is_publishable { "Bearer pk_test_sandbox" } else { "Bearer sk_test_sandbox" };
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(key));
        }
        let Ok(request) = request.body(Body::from(body)) else {
            return Answer { status: 0, body: Value::Null };
        };
        let response = match router(self.sandbox.clone()).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
        Answer { status, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// Writes what differs, and the call if it is to be kept.
    fn report(&self, parts: &Parts, body: &Bytes, mut stripe: Answer, mut sandbox: Answer) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).learn(&stripe.body, &sandbox.body);
        redact::redact(&mut stripe.body);
        redact::redact(&mut sandbox.body);
        let found = differences(&stripe, &sandbox);
        let (method, path) = (parts.method.as_str(), redact::redact_text(parts.uri.path()));
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<String> = found.iter().map(|one| describe(method, &path, one)).collect();
        if lines.iter().any(|line| writeln!(output.report, "{line}").is_err())
            || output.report.flush().is_err()
        {
            tracing::warn!("a difference could not be written");
        }
        let Some(recording) = &mut output.recording else { return };
        let call = json!({
            "method": method,
            "path": path,
            "version": parts.headers.get("stripe-version").and_then(|version| version.to_str().ok()),
            "parameters": parameters(parts, body),
            "stripe": { "status": stripe.status, "body": stripe.body },
            "sandbox": { "status": sandbox.status, "body": sandbox.body },
            "differences": lines,
        });
        if writeln!(recording, "{call}").is_err() || recording.flush().is_err() {
            tracing::warn!("a call could not be recorded");
        }
    }
}

fn describe(method: &str, path: &str, difference: &Difference) -> String {
    let Difference { path: field, stripe, sandbox } = difference;
    format!("{method} {path}: {field}: Stripe has {stripe}, the sandbox {sandbox}")
}

/// Decodes the parameters, without secrets. JSON bodies are kept as they are.
fn parameters(parts: &Parts, body: &Bytes) -> Value {
    let text = String::from_utf8_lossy(body);
    if let Ok(Value::Object(fields)) = serde_json::from_str(&text) {
        let mut value = Value::Object(fields);
        redact::redact(&mut value);
        return value;
    }
    let form = if text.is_empty() { parts.uri.query().unwrap_or_default() } else { &text };
    let Ok(url) = reqwest::Url::parse(&format!("http://form/?{form}")) else { return Value::Null };
    url.query_pairs().map(|(name, value)| json!([name, redact::redact_parameter(&name, &value)])).collect()
}

fn without_connection(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OF_CONNECTION {
        headers.remove(name);
    }
    headers
}

/// True if the call has a key, and it is one of test mode.
fn has_test_key(headers: &HeaderMap) -> bool {
    key(headers)
        .is_some_and(|key| ["sk_test_", "rk_test_", "pk_test_"].iter().any(|kind| key.starts_with(kind)))
}

fn key(headers: &HeaderMap) -> Option<String> {
    crate::http::auth::given_key(headers)
}
