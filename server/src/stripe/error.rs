//! Errors of Stripe's API.

use std::error::Error;

use relink_protocol::SetupIntentId;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use strum::{IntoStaticStr, VariantNames};

use super::redact::redact;

/// Reason for which Stripe gave no usable answer. Every text in it has been through `redact`.
#[derive(Debug, thiserror::Error, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum StripeError {
    /// No connection, or no answer in time.
    #[error("Stripe can't be reached: {0}")]
    Unreachable(String),
    /// The answer does not have the expected form.
    #[error("Stripe's answer can't be read: {0}")]
    Unreadable(String),
    #[error("Stripe is asked too often: {0}")]
    RateLimited(Refusal),
    /// Stripe was not called: this server's own rate limit, `RELINK_STRIPE_RATE`, is used up for now.
    #[error(
        "the budget of calls to Stripe (RELINK_STRIPE_RATE) is used up at the moment, so Stripe was not asked"
    )]
    OverBudget,
    #[error("Stripe does not accept the key: {0}")]
    KeyRefused(Refusal),
    #[error("Stripe knows no such thing: {0}")]
    NotFound(Refusal),
    #[error("Stripe does not accept the request ({0}): {1}")]
    Refused(StatusCode, Refusal),
    #[error("Stripe has a problem ({0}): {1}")]
    #[strum(serialize = "stripe_error")]
    Broken(StatusCode, Refusal),
}

/// Details of Stripe's error.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal {
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
    /// Setup intent that was made in spite of the error and must be cancelled.
    setup_intent: Option<Made>,
    /// Stripe's request ID, by which its dashboard and support find the request.
    #[serde(skip)]
    request: Option<Box<str>>,
    /// True if the status was 401.
    #[serde(skip)]
    is_unauthorized: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Made {
    id: SetupIntentId,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |text: Option<&str>| redact(text.unwrap_or("-"));
        let [code, param, message] =
            [&self.code, &self.param, &self.message].map(|text| part(text.as_deref()));
        write!(f, "code {code}, param {param}, request {}, {message}", part(self.request.as_deref()))
    }
}

/// Code of Stripe's refusal of a call for a connected account to which the key has no access.
const NO_ACCESS: &str = "account_invalid";

/// Our own code, for an object of a connected account that this server does not work for.
const NOT_SERVED: &str = "not_served";

#[derive(Deserialize)]
struct Envelope {
    error: Refusal,
}

impl StripeError {
    /// Drops the URL, because query parameters must not be logged.
    pub(super) fn unreachable(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let cause = std::iter::successors(error.source(), |error| (*error).source()).last();
        Self::Unreachable(redact(
            &cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
        ))
    }

    /// Redacts the error, which may quote the answer.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::Unreadable(redact(&error.to_string()))
    }

    /// Returns the error for an object of a connected account that this server does not work for. As for one that does not
    /// exist, so that nobody learns the difference.
    pub(super) fn not_served() -> Self {
        let message = "this server does not work for that connected account".to_owned();
        Self::NotFound(Refusal {
            code: Some(NOT_SERVED.to_owned()),
            message: Some(message),
            ..Refusal::default()
        })
    }

    /// True if the object may exist, and the settings keep this server from it. What is stored of it must not be forgotten: the
    /// setting may be wrong, or of one of several servers that are replaced one by one.
    pub(crate) fn is_not_served(&self) -> bool {
        self.code() == Some(NOT_SERVED)
    }

    /// Returns the error for an object of a connected account. If the key has no access to the account any more, the object is
    /// gone for this server, and the key itself is right.
    pub(super) fn of_connected_account(self) -> Self {
        if !self.is_of_connected_account() {
            return self;
        }
        let Self::KeyRefused(refusal) = self else { return self };
        Self::NotFound(refusal)
    }

    pub(crate) fn refused(status: StatusCode, body: &[u8], request: Option<String>) -> Self {
        let refusal = serde_json::from_slice::<Envelope>(body).map(|body| body.error).unwrap_or_default();
        let is_unauthorized = status == StatusCode::UNAUTHORIZED;
        let request = request.map(String::into_boxed_str);
        let refusal = Refusal { request, is_unauthorized, ..refusal };
        match status.as_u16() {
            429 => Self::RateLimited(refusal),
            400 if refusal.code.as_deref() == Some("rate_limit") => Self::RateLimited(refusal),
            401 | 403 => Self::KeyRefused(refusal),
            404 => Self::NotFound(refusal),
            400..=499 => Self::Refused(status, refusal),
            500..=599 => Self::Broken(status, refusal),
            // Above all a redirect, which is never followed: the key is sent to no other host.
            other => Self::Unreadable(format!("unexpected status {other}")),
        }
    }
}

impl StripeError {
    /// Returns the kind of error, for the metrics.
    pub(super) fn name(&self) -> &'static str {
        self.into()
    }

    /// True if a retry may succeed.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Unreadable(_)
            | Self::RateLimited(_)
            | Self::OverBudget
            | Self::Broken(..) => true,
            Self::Refused(status, _) => *status == StatusCode::CONFLICT,
            Self::KeyRefused(_) | Self::NotFound(_) => false,
        }
    }

    /// True if the object of `starting_after` is no longer in the list.
    pub(crate) fn is_invalid_cursor(&self) -> bool {
        self.param() == Some("starting_after")
    }

    /// Returns Stripe's error code.
    pub(crate) fn code(&self) -> Option<&str> {
        self.refusal()?.code.as_deref()
    }

    /// True if the key has no access to the connected account that the call named: it was never connected, is connected no
    /// longer, or is of another mode.
    pub(crate) fn is_of_connected_account(&self) -> bool {
        self.code() == Some(NO_ACCESS)
    }

    /// True if Stripe accepts the key, but denies it this call (403): for want of a permission, or of access to a connected
    /// account. Other calls may succeed, unlike with a key that is not accepted at all (401).
    /// Source: <https://docs.stripe.com/api/errors>.
    pub(crate) fn is_denial(&self) -> bool {
        matches!(self, Self::KeyRefused(refusal) if !refusal.is_unauthorized)
    }

    /// Returns the parameter that the error is about.
    pub(crate) fn param(&self) -> Option<&str> {
        self.refusal()?.param.as_deref()
    }

    /// Returns the setup intent that Stripe made but did not confirm.
    pub(crate) fn setup_intent(&self) -> Option<&SetupIntentId> {
        self.refusal()?.setup_intent.as_ref().map(|made| &made.id)
    }

    fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::RateLimited(refusal)
            | Self::KeyRefused(refusal)
            | Self::NotFound(refusal)
            | Self::Refused(_, refusal)
            | Self::Broken(_, refusal) => Some(refusal),
            Self::Unreachable(_) | Self::Unreadable(_) | Self::OverBudget => None,
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, StripeError> {
    serde_json::from_slice(body).map_err(|error| StripeError::unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning_whatever_the_body() {
        for body in ["", "<html>", "{}", r#"{"error":null}"#, r#"{"error":{"message":"no"}}"#] {
            let named = |status: u16| {
                let error =
                    StripeError::refused(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None);
                format!("{error:?}").split(['(', ' ']).next().unwrap().to_owned()
            };
            for (status, expected) in [
                (302, "Unreadable"),
                (400, "Refused"),
                (401, "KeyRefused"),
                (402, "Refused"),
                (403, "KeyRefused"),
                (404, "NotFound"),
                (409, "Refused"),
                (429, "RateLimited"),
                (500, "Broken"),
                (503, "Broken"),
            ] {
                assert_eq!(named(status), expected, "{status} {body}");
            }
        }
    }

    #[test]
    fn a_key_that_is_denied_a_call_differs_from_one_that_is_not_accepted() {
        let is_denial = |status: StatusCode| StripeError::refused(status, b"{}", None).is_denial();
        let statuses = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
        assert_eq!(statuses.map(is_denial), [true, false, false]);
    }

    #[test]
    fn the_text_of_a_refusal_holds_no_secret() {
        let body =
            r#"{"error":{"code":"x","message":"Bad fcsess_client_secret_canary for key sk_live_canary."}}"#;
        let text = StripeError::refused(StatusCode::BAD_REQUEST, body.as_bytes(), None).to_string();
        assert!(!text.contains("canary"), "{text}");
        let text = parse::<u8>(br#""fcsess_client_secret_canary""#).unwrap_err().to_string();
        assert!(!text.contains("canary"), "{text}");
    }
}
