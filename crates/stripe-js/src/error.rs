//! What can go wrong, as types. May not hold a client secret: texts come here already scrubbed.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why there is no Stripe.js. Nothing is remembered of the failed try: load again when the reader asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The browser could not get the script: an ad blocker, a security policy, no network, a wrong address.
    Blocked,
    /// The script came and ran, and defined no `window.Stripe`.
    NotDefined,
    /// The script neither came nor failed in time.
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

/// Why accounts could not be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectError {
    /// Stripe answered with an error. Boxed, because it is large and rare.
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

/// An error as Stripe describes it. The texts are for developers and logs, not for customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeError {
    /// Stripe's `type`.
    pub kind: ErrorKind,
    /// A short stable word, such as `resource_missing`.
    pub code: Option<String>,
    /// A sentence in English.
    pub message: Option<String>,
    /// The parameter that the error is about.
    pub param: Option<String>,
    /// Stripe's page about `code`.
    pub doc_url: Option<String>,
    /// The failed request in the merchant's Stripe dashboard.
    pub request_log_url: Option<String>,
}

impl Display for StripeError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_pair(formatter, self.kind.as_str(), self.message.as_deref().or(self.code.as_deref()))
    }
}

impl Error for StripeError {}

/// Stripe's `type` of an error. The list grows, so an unknown one is kept as it came.
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
    /// `idempotency_error`: a key was used again for another request.
    Idempotency,
    /// `invalid_request_error`: a parameter is wrong, such as a client secret that has expired.
    InvalidRequest,
    /// `rate_limit_error`: too many requests in a short time.
    RateLimit,
    /// `validation_error`: a field was filled in wrongly.
    Validation,
    /// A type that this release does not know; empty where there was none.
    Unknown(String),
}

impl ErrorKind {
    /// Stripe's own word.
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

/// Whatever JavaScript threw: usually an `Error`, but it may be any value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// The exception's name, such as `IntegrationError`; empty when the value was not an `Error`.
    pub name: String,
    /// The exception's message, or the value itself as a text.
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
