//! Errors. They hold no client secret: all texts are scrubbed before.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Reason why Stripe.js did not load. A failure is not cached: load again on the user's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The browser could not fetch the script: an ad blocker, a content security policy, no network, or a wrong URL.
    Blocked,
    /// The script loaded and ran, but did not define `window.Stripe`.
    NotDefined,
    /// The script neither loaded nor failed within the time limit.
    TimedOut,
}

impl Display for LoadError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Blocked => "the browser could not load Stripe.js",
            Self::NotDefined => "the script that was loaded is not Stripe.js",
            Self::TimedOut => "Stripe.js did not load in time",
        })
    }
}

impl Error for LoadError {}

/// Reason why accounts could not be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectError {
    /// Stripe returned an error. Boxed, because it is large and rare.
    Stripe(Box<StripeError>),
    /// Stripe.js threw an exception, or its promise was rejected.
    Thrown(Thrown),
}

impl Display for CollectError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stripe(error) => error.fmt(formatter),
            Self::Thrown(thrown) => thrown.fmt(formatter),
        }
    }
}

impl Error for CollectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Stripe(error) => Some(error),
            Self::Thrown(thrown) => Some(thrown),
        }
    }
}

impl From<Thrown> for CollectError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// Error as described by Stripe. The texts are for developers and logs, not for customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeError {
    /// Stripe's `type`.
    pub kind: ErrorKind,
    /// Short stable code, such as `resource_missing`.
    pub code: Option<String>,
    /// Message in English.
    pub message: Option<String>,
    /// Parameter that the error is about.
    pub param: Option<String>,
    /// Stripe's documentation of `code`.
    pub doc_url: Option<String>,
    /// URL of the failed request in the merchant's Stripe dashboard.
    pub request_log_url: Option<String>,
}

impl Display for StripeError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_pair(formatter, self.kind.as_str(), self.message.as_deref().or(self.code.as_deref()))
    }
}

impl Error for StripeError {}

/// Stripe's `type` of an error. The list grows, so an unknown type is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `api_connection_error`: the browser did not reach Stripe.
    ApiConnection,
    /// `api_error`: Stripe itself failed.
    Api,
    /// `authentication_error`: the key is not accepted.
    Authentication,
    /// `card_error`: a card was declined.
    Card,
    /// `idempotency_error`: an idempotency key was reused for another request.
    Idempotency,
    /// `invalid_request_error`: a parameter is wrong, such as an expired client secret.
    InvalidRequest,
    /// `rate_limit_error`: too many requests in a short time.
    RateLimit,
    /// `validation_error`: a form field is invalid.
    Validation,
    /// A type that this release does not know; empty if there was none.
    Unknown(String),
}

impl ErrorKind {
    /// Returns Stripe's own spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ApiConnection => "api_connection_error",
            Self::Api => "api_error",
            Self::Authentication => "authentication_error",
            Self::Card => "card_error",
            Self::Idempotency => "idempotency_error",
            Self::InvalidRequest => "invalid_request_error",
            Self::RateLimit => "rate_limit_error",
            Self::Validation => "validation_error",
            Self::Unknown(word) => word,
        }
    }

    pub(crate) fn from_word(word: String) -> Self {
        match word.as_str() {
            "api_connection_error" => Self::ApiConnection,
            "api_error" => Self::Api,
            "authentication_error" => Self::Authentication,
            "card_error" => Self::Card,
            "idempotency_error" => Self::Idempotency,
            "invalid_request_error" => Self::InvalidRequest,
            "rate_limit_error" => Self::RateLimit,
            "validation_error" => Self::Validation,
            _ => Self::Unknown(word),
        }
    }
}

/// Value that JavaScript threw: usually an `Error`, but it can be any value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// Name of the exception, such as `IntegrationError`; empty if the value is not an `Error`.
    pub name: String,
    /// Message of the exception, or the value itself as a text.
    pub message: String,
}

impl Display for Thrown {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_pair(formatter, &self.name, Some(&self.message))
    }
}

impl Error for Thrown {}

fn write_pair(formatter: &mut Formatter<'_>, name: &str, text: Option<&str>) -> fmt::Result {
    let text = text.unwrap_or_default();
    formatter.write_str(if name.is_empty() { "error" } else { name })?;
    if !text.is_empty() {
        formatter.write_str(": ")?;
    }
    formatter.write_str(text)
}
