//! The API's error object. This is the only place that maps errors to status, type and code.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    state::rates::ExceededLimit,
    version::{Version, shape},
};

/// Stripe's words for objects in the message of a missing one, where they are not the value of the field `object`.
pub(crate) const PAYMENT_METHOD: &str = "PaymentMethod";
pub(crate) const SETUP_INTENT: &str = "setupintent";
pub(crate) const PAYMENT_INTENT: &str = "payment_intent";

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
    /// Value of the header `Stripe-Should-Retry`; absent if `None`.
    should_retry: Option<bool>,
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
            should_retry: None,
        }
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::request(Some("parameter_missing"), param, format!("Missing required param: {param}."))
    }

    pub(crate) fn unknown(param: &str) -> Self {
        Self::all_unknown(&[param])
    }

    /// Unknown parameters, in Stripe's words; `param` is the first.
    pub(crate) fn all_unknown(params: &[&str]) -> Self {
        let plural = if params.len() > 1 { "s" } else { "" };
        let message = format!("Received unknown parameter{plural}: {}", params.join(", "));
        Self::request(Some("parameter_unknown"), params.first().copied().unwrap_or_default(), message)
    }

    /// A text that is no integer, in Stripe's words.
    pub(crate) fn no_integer(param: &str, text: &str) -> Self {
        Self::request(Some("parameter_invalid_integer"), param, format!("Invalid integer: {text}"))
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

    /// A payment with a payment method that Stripe no longer debits.
    pub(crate) fn blocked() -> Self {
        let message = "The bank account can't be debited, because earlier debits of it failed.";
        let refusal = Self::request(Some("bank_account_unusable"), "payment_method", message.to_owned());
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

    /// An id in the URL that does not exist. `what` is Stripe's word for the object.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let param = match what {
            PAYMENT_METHOD => "payment_method",
            SETUP_INTENT | PAYMENT_INTENT => "intent",
            _ => "id",
        };
        Self { status: StatusCode::NOT_FOUND, ..Self::no_such(what, id, param) }
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
            should_retry: None,
        }
    }

    /// An address that the sandbox does not have, although Stripe may have it.
    pub(crate) fn not_played(method: &Method, path: &str) -> Self {
        let mut error = Self::unrecognized_url(method, path);
        error.message.push_str(" If Stripe has it, the sandbox does not play it.");
        error
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
            should_retry: None,
        }
    }

    pub(crate) fn unauthorized(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, ..Self::malformed(message) }
    }

    pub(crate) fn idempotency(message: impl Into<String>) -> Self {
        Self { kind: "idempotency_error", ..Self::malformed(message) }
    }

    /// An idempotency key whose first call is still in progress, in Stripe's words.
    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you \
             submitted twice, and the other request is still going through): {key}. Please try again later."
        );
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

    /// An object that another call is using, in Stripe's words. Not a rate limit, although the status is the same.
    pub(crate) fn lock_timeout() -> Self {
        let message = "This object cannot be accessed right now because another API request or Stripe process is \
                       currently accessing it. If you see this error intermittently, retry the request. If you see \
                       this error frequently and are making multiple concurrent requests to a single object, make \
                       your requests serially or at a lower rate.";
        Self { status: StatusCode::TOO_MANY_REQUESTS, code: Some("lock_timeout"), ..Self::malformed(message) }
    }

    /// A valid key without permission for the call.
    pub(crate) fn forbidden(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code, ..Self::malformed(message) }
    }

    /// Adds the header `Stripe-Should-Retry`.
    pub(crate) fn with_retry_advice(self, should_retry: Option<bool>) -> Self {
        Self { should_retry, ..self }
    }

    /// Rewrites the object that the error is about into the shape of a version.
    pub(crate) fn in_version(mut self, version: &Version) -> Self {
        if let Some((_, object)) = &mut self.related_object {
            shape::rewrite(object, version);
        }
        self
    }

    /// An error that a test injected.
    pub(crate) fn fault(status: StatusCode) -> Self {
        let message = format!("Injected fault: status {}.", status.as_u16());
        let (kind, code) = match status.as_u16() {
            429 => ("invalid_request_error", Some("rate_limit")),
            409 => ("idempotency_error", Some("idempotency_key_in_use")),
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
        if let Some(should_retry) = self.should_retry {
            let advice = HeaderValue::from_static(if should_retry { "true" } else { "false" });
            response.headers_mut().insert("stripe-should-retry", advice);
        }
        response
    }
}
