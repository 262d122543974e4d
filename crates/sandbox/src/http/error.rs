//! The error object of the API, and the one place that gives each refusal its status, type and code.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// A refusal, as the API writes it. Messages may name parameters and ids, never keys or client secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

impl ApiError {
    fn request(code: Option<&'static str>, param: &str, message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code,
            param: Some(param.to_owned()),
            message,
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

    /// A value that is not acceptable, for which Stripe documents no code.
    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::request(None, param, message.into())
    }

    /// An id in a parameter that names nothing.
    pub(crate) fn no_such(what: &str, id: &str, param: &str) -> Self {
        Self::request(Some("resource_missing"), param, format!("No such {what}: '{id}'"))
    }

    /// A client secret that belongs to no session; what was sent is not repeated.
    pub(crate) fn no_such_secret() -> Self {
        let message = "No session has this client secret.".to_owned();
        Self::request(Some("resource_missing"), "client_secret", message)
    }

    /// An id in the address that names nothing.
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
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            param: None,
            message: message.into(),
        }
    }

    pub(crate) fn unauthorized(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, ..Self::malformed(message) }
    }

    pub(crate) fn idempotency(message: impl Into<String>) -> Self {
        Self { kind: "idempotency_error", ..Self::malformed(message) }
    }

    /// What a test asked the sandbox to answer instead of the truth.
    pub(crate) fn fault(status: StatusCode) -> Self {
        let message = format!("The sandbox was told to answer {} here.", status.as_u16());
        let (kind, code) = match status.as_u16() {
            429 => ("invalid_request_error", Some("rate_limit")),
            409 => ("invalid_request_error", Some("lock_timeout")),
            500.. => ("api_error", None),
            _ => ("invalid_request_error", None),
        };
        Self { status, kind, code, param: None, message }
    }

    /// The error object alone, as Stripe.js hands it on.
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
        }
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::info!(status = self.status.as_u16(), code = self.code, param = self.param, "refused a call");
        let mut response = (self.status, Json(json!({ "error": self.object() }))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Stripe\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
