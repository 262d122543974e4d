//! An API call: its version, parameters and idempotency key.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, StatusCode},
};

use super::{
    auth::has_publishable_key, error::ApiError, faults::ErrorAfterExecution, params::Params,
    request_id::RequestId,
};
use crate::{
    state::Sandbox,
    version::{Since, Version},
};

/// Parts of a request that handlers need.
#[derive(Debug)]
pub(crate) struct ApiCall {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) version: Version,
    pub(crate) params: Params,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) request_id: Option<String>,
    /// True if the customer's page calls, with a publishable key.
    pub(crate) is_from_page: bool,
    /// Header `User-Agent`.
    pub(crate) user_agent: String,
    /// Origin by which the caller reaches the sandbox, as `http://host`.
    pub(crate) origin: String,
    /// Error to answer with although the call is executed, as a fault demands.
    pub(crate) error_after_execution: Option<StatusCode>,
}

impl ApiCall {
    /// Returns a 404 error if the call's version lacks the endpoint.
    pub(crate) fn require(&self, since: Since) -> Result<(), ApiError> {
        if self.version.has(since) {
            return Ok(());
        }
        Err(ApiError::unrecognized_url(&self.method, &self.path))
    }
}

impl FromRequest<Sandbox> for ApiCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Sandbox) -> Result<Self, ApiError> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let version = requested_version(request.headers(), state)?;
        let key = request.headers().get("idempotency-key").filter(|_| method == Method::POST);
        let idempotency_key = key.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
        let error_after_execution = request.extensions().get::<ErrorAfterExecution>().map(|fault| fault.0);
        let is_from_page = has_publishable_key(request.headers());
        let user_agent = request.headers().get("user-agent").map(|value| value.to_str().unwrap_or_default());
        let user_agent = user_agent.unwrap_or_default().to_owned();
        let host = request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let origin = format!("http://{host}");
        let params = if method == Method::GET {
            Params::decode(uri.query().unwrap_or_default())?
        } else {
            let body = Bytes::from_request(request, state).await;
            let body = body.map_err(|_| ApiError::malformed("The body could not be read."))?;
            let text = String::from_utf8_lossy(&body);
            if uri.path().starts_with("/v2/") { Params::decode_json(&text)? } else { Params::decode(&text)? }
        };
        let path = uri.path().to_owned();
        Ok(Self {
            method,
            path,
            version,
            params,
            idempotency_key,
            request_id,
            is_from_page,
            user_agent,
            origin,
            error_after_execution,
        })
    }
}

/// Returns the call's version, or Stripe's error for a version that does not exist.
pub(crate) fn requested_version(headers: &HeaderMap, sandbox: &Sandbox) -> Result<Version, ApiError> {
    let name = Version::requested_name(headers);
    let newer = || sandbox.lock().world.settings.newer_versions.then(|| Version::parse_newer(name)).flatten();
    let known = Version::parse(name).or_else(newer);
    known.ok_or_else(|| ApiError::malformed(format!("Invalid Stripe API version: {name}")))
}
