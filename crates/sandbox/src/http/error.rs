//! The API's error object. This is the only place that maps errors to status, type and code.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::state::rates::ExceededLimit;

/// An error of the API. Messages may contain parameters and ids, never keys or client secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// Object that the error is about, with the name of its field.
    related_object: Option<(&'static str, Box<Value>)>,
    /// Reason of a rate limit, for the header `Stripe-Rate-Limited-Reason`.
    exceeded_limit: Option<ExceededLimit>,
}

impl ApiError {
    fn request(code: Option<&'static str>, param: &str, message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code,
            param: Some(param.to_owned()),
            message,
            related_object: None,
            exceeded_limit: None,
        }
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::request(Some("parameter_missing"), param, format!("Missing required param: {param}."))
    }

    pub(crate) fn unknown(param: &str) -> Self {
        Self::request(Some("parameter_unknown"), param, format!("Received unknown parameter: {param}"))
    }

    pub(crate) fn empty(param: &str) -> Self {
        Self::request(Some("parameter_invalid_empty"), param, format!("{param} may not be an empty string."))
    }

    pub(crate) fn exclusive(param: &str, other: &str) -> Self {
        let message = format!("Only one of these parameters may be given: {param}, {other}.");
        Self::request(Some("parameters_exclusive"), param, message)
    }

    /// An invalid value for which Stripe documents no code.
    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::request(None, param, message.into())
    }

    /// An invalid value for which Stripe documents a code.
    pub(crate) fn invalid_with_code(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self::request(Some(code), param, message.into())
    }

    /// An object in a state that does not permit the call.
    pub(crate) fn unexpected_state(
        code: &'static str,
        message: impl Into<String>,
        related_object: (&'static str, Value),
    ) -> Self {
        let (name, object) = related_object;
        Self { code: Some(code), related_object: Some((name, Box::new(object))), ..Self::malformed(message) }
    }

    /// A decline by the bank.
    pub(crate) fn declined(
        code: &'static str,
        message: impl Into<String>,
        related_object: (&'static str, Value),
    ) -> Self {
        let refusal = Self::unexpected_state(code, message, related_object);
        Self { status: StatusCode::PAYMENT_REQUIRED, kind: "card_error", ..refusal }
    }

    pub(crate) fn is_decline(&self) -> bool {
        self.status == StatusCode::PAYMENT_REQUIRED
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.object() })
    }

    /// A parameter with an id that does not exist.
    pub(crate) fn no_such(what: &str, id: &str, param: &str) -> Self {
        Self::request(Some("resource_missing"), param, format!("No such {what}: '{id}'"))
    }

    /// A client secret that belongs to no session; the message does not repeat it.
    pub(crate) fn no_such_secret() -> Self {
        let message = "No session has this client secret.".to_owned();
        Self::request(Some("resource_missing"), "client_secret", message)
    }

    /// An id in the URL that does not exist.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::no_such(what, id, "id") }
    }

    pub(crate) fn unrecognized_url(method: &Method, path: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "invalid_request_error",
            code: None,
            param: None,
            message: format!("Unrecognized request URL ({method}: {path})."),
            related_object: None,
            exceeded_limit: None,
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            param: None,
            message: message.into(),
            related_object: None,
            exceeded_limit: None,
        }
    }

    pub(crate) fn unauthorized(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, ..Self::malformed(message) }
    }

    pub(crate) fn idempotency(message: impl Into<String>) -> Self {
        Self { kind: "idempotency_error", ..Self::malformed(message) }
    }

    /// An idempotency key whose first call is still in progress.
    pub(crate) fn key_in_use() -> Self {
        let message = "Another call with this idempotency key is still under way.";
        Self {
            status: StatusCode::CONFLICT,
            code: Some("idempotency_key_in_use"),
            ..Self::idempotency(message)
        }
    }

    /// A call beyond the rate limit.
    pub(crate) fn rate_limited(reason: ExceededLimit) -> Self {
        let message = "Too many calls in too short a time.";
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: Some("rate_limit"),
            exceeded_limit: Some(reason),
            ..Self::malformed(message)
        }
    }

    /// A valid key without permission for the call.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::malformed(message) }
    }

    /// An error that a test injected.
    pub(crate) fn fault(status: StatusCode) -> Self {
        let message = format!("Injected fault: status {}.", status.as_u16());
        let (kind, code) = match status.as_u16() {
            429 => ("invalid_request_error", Some("rate_limit")),
            409 => ("invalid_request_error", Some("lock_timeout")),
            500.. => ("api_error", None),
            _ => ("invalid_request_error", None),
        };
        let exceeded_limit = (status == StatusCode::TOO_MANY_REQUESTS).then_some(ExceededLimit::Global);
        Self { status, kind, code, exceeded_limit, ..Self::malformed(message) }
    }

    /// Returns the error object without its envelope, as Stripe.js passes it on.
    pub(crate) fn object(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(fields) = error.as_object_mut() {
            if let Some(code) = self.code {
                fields.insert("code".to_owned(), code.into());
                let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
                fields.insert("doc_url".to_owned(), page.into());
            }
            if let Some(param) = &self.param {
                fields.insert("param".to_owned(), param.as_str().into());
            }
            if let Some((name, object)) = &self.related_object {
                fields.insert((*name).to_owned(), (**object).clone());
            }
        }
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::info!(
            status = self.status.as_u16(),
            code = self.code,
            param = self.param,
            "rejected a request"
        );
        let mut response = (self.status, Json(self.body())).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Stripe\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(reason) = self.exceeded_limit {
            let reason = HeaderValue::from_static(reason.as_str());
            response.headers_mut().insert("stripe-rate-limited-reason", reason);
        }
        response
    }
}
