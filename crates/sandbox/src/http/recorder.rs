//! Records recent API calls with their responses, for tests that compare them with Stripe's types. Off by default.
//! Client secrets are redacted.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use serde_json::{Value, json};

use super::params::Params;
use crate::state::Sandbox;

/// Maximum size in bytes of a recorded body.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const REDACTED: &str = "[redacted]";
const SECRETS: [&str; 3] = ["client_secret", "secret", "signing_secret"];

/// Middleware of the API.
pub(crate) async fn record(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    if sandbox.lock().recorder.capacity() == 0 {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let given = if body.is_empty() { parts.uri.query().unwrap_or_default().as_bytes() } else { &body };
    let mut call = json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "route": path.as_str(),
        "version": version(&parts.headers),
        "parameters": parameters(parts.uri.path(), given),
    });
    let (answer_parts, answer) = next.run(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let answer = to_bytes(answer, MAX_BODY_BYTES).await.unwrap_or_default();
    let mut shown: Value = serde_json::from_slice(&answer).unwrap_or_default();
    redact(&mut shown);
    if let Some(fields) = call.as_object_mut() {
        fields.insert("status".to_owned(), answer_parts.status.as_u16().into());
        fields.insert("answer".to_owned(), shown);
    }
    sandbox.lock().recorder.add(call);
    Response::from_parts(answer_parts, Body::from(answer))
}

fn version(headers: &HeaderMap) -> Option<&str> {
    headers.get("stripe-version")?.to_str().ok()
}

/// Decodes the parameters as (name, value): of a form in the order in which they were sent, of a JSON body by name.
fn parameters(path: &str, form: &[u8]) -> Vec<[String; 2]> {
    if path.starts_with("/v2/")
        && let Ok(params) = Params::decode_json(&String::from_utf8_lossy(form))
    {
        return params.fingerprint().into_iter().map(|(name, value)| [name, value]).collect();
    }
    let form = Bytes::copy_from_slice(form);
    let pairs = reqwest::Url::parse(&format!("http://form/?{}", String::from_utf8_lossy(&form)));
    let pairs = pairs.map(|url| {
        let pair = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            let value = if SECRETS.contains(&&*name) { REDACTED.to_owned() } else { value.into_owned() };
            [name.into_owned(), value]
        };
        url.query_pairs().map(pair).collect()
    });
    pairs.unwrap_or_default()
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, value) in fields {
                if SECRETS.contains(&name.as_str()) && value.is_string() {
                    *value = REDACTED.into();
                } else {
                    redact(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
