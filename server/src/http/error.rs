//! Errors of the HTTP API. The client gets a code and a sentence; the cause is only in the log.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use relink_protocol::{MissingPreviewFields, ProblemCode};

use crate::domain::customer_claims::TokenError;
use crate::domain::request_refusal::RequestRefusal;
use crate::infra::rate_limits::TooManyTries;
use crate::records::connections::StoreReadingError;
use crate::store::StoreError;
use crate::stripe::StripeError;

/// Error of a request. `answer` writes the body, because it knows the request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    SignedOut,
    /// Missing or another customer's: both get the same response.
    NotFound,
    NotRepairable,
    /// The customer has given another answer before, or the accounts have changed since the question.
    AlreadyAnswered,
    /// Stripe refuses to make a payment method of the account; nothing was left behind.
    PaymentRefused,
    /// The customer does not share this data with the merchant.
    NotShared,
    /// The customer shares this data, but Stripe has not fetched it from the bank yet.
    NotFetched,
    /// The database does not respond. Nothing was lost.
    StoreUnavailable,
    /// The server is shutting down.
    Stopping,
    StripeUnavailable,
    /// Stripe gave a new session the id of an earlier one. This happens if the sandbox is reset and the database is
    /// kept.
    DuplicateId,
    RateLimited,
    /// This server has used up its own budget of calls to Stripe.
    OverBudget,
    /// The maximum number of open pages is already listening for changes.
    TooManyListeners,
    /// A rule forbids the relink request; the time, in seconds since 1970, is that from which it is allowed.
    Refused(RequestRefusal, Option<i64>),
    /// The API key lacks the scope.
    Forbidden,
    /// The API key has expired.
    KeyExpired,
    /// Unknown, expired, cancelled or another customer's: all get the same response.
    LinkUnusable,
    /// Rate limit of this server; the number is the seconds to wait.
    TooManyTries(u32),
    /// The Idempotency-Key was used for a different request.
    KeyReused,
    /// A request with the same Idempotency-Key is still in progress.
    InProgress,
    /// The relink request is in another final state and can't be cancelled.
    AlreadyOver,
    NotUnderstood,
    WrongMethod,
    TooSlow,
    /// The answer was not ready in time, because of Stripe or of the database.
    TookTooLong,
    TooLarge,
    NotJson,
    Misconfigured,
    /// A mandate must record the customer's address, and only a proxy's address is known.
    CustomerAddressUnknown,
    Internal,
}

impl ApiError {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::SignedOut | Self::KeyExpired => StatusCode::UNAUTHORIZED,
            Self::NotFound | Self::LinkUnusable => StatusCode::NOT_FOUND,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(rule, _) if rule.is_invalid_request() => StatusCode::BAD_REQUEST,
            Self::Refused(..)
            | Self::InProgress
            | Self::AlreadyOver
            | Self::NotRepairable
            | Self::AlreadyAnswered
            | Self::PaymentRefused
            | Self::NotShared
            | Self::NotFetched => StatusCode::CONFLICT,
            Self::StripeUnavailable
            | Self::StoreUnavailable
            | Self::Stopping
            | Self::TookTooLong
            | Self::TooManyListeners => StatusCode::SERVICE_UNAVAILABLE,
            Self::DuplicateId => StatusCode::BAD_GATEWAY,
            Self::RateLimited | Self::OverBudget | Self::TooManyTries(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotUnderstood => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misconfigured | Self::CustomerAddressUnknown | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    pub(crate) fn code(self) -> ProblemCode {
        match self {
            Self::SignedOut => ProblemCode::SignedOut,
            Self::NotFound => ProblemCode::NotFound,
            Self::NotRepairable => ProblemCode::NotRepairable,
            Self::AlreadyAnswered => ProblemCode::AlreadyAnswered,
            Self::PaymentRefused => ProblemCode::PaymentRefused,
            // The page has no texts for the codes in `Other`, which are mainly for back ends.
            Self::NotShared => ProblemCode::Other("not_shared".to_owned()),
            Self::NotFetched => ProblemCode::Other("not_fetched".to_owned()),
            Self::StoreUnavailable => ProblemCode::Other("store_unavailable".to_owned()),
            Self::Stopping => ProblemCode::Other("stopping".to_owned()),
            Self::StripeUnavailable => ProblemCode::StripeUnavailable,
            Self::DuplicateId => ProblemCode::Other("duplicate_stripe_id".to_owned()),
            Self::Refused(..) => ProblemCode::Other("request_refused".to_owned()),
            Self::Forbidden => ProblemCode::Other("forbidden".to_owned()),
            Self::KeyExpired => ProblemCode::Other("key_expired".to_owned()),
            Self::LinkUnusable => ProblemCode::LinkUnusable,
            Self::KeyReused => ProblemCode::Other("idempotency_key_reused".to_owned()),
            Self::InProgress => ProblemCode::Other("in_progress".to_owned()),
            Self::AlreadyOver => ProblemCode::Other("already_over".to_owned()),
            // One code for all limits, because the page has one text for them.
            Self::RateLimited | Self::OverBudget | Self::TooManyListeners | Self::TooManyTries(_) => {
                ProblemCode::RateLimited
            }
            Self::NotUnderstood | Self::WrongMethod | Self::TooSlow | Self::TooLarge | Self::NotJson => {
                ProblemCode::InvalidRequest
            }
            Self::Misconfigured | Self::CustomerAddressUnknown => ProblemCode::Misconfigured,
            Self::TookTooLong | Self::Internal => ProblemCode::Internal,
        }
    }

    /// Sentence for developers; customers see the page's own text for the code.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::SignedOut => "A valid token is needed.",
            Self::NotFound => "Not found.",
            Self::NotRepairable => "A relink can't help this account.",
            Self::AlreadyAnswered => {
                "The question was answered before, or the accounts have changed since it was asked."
            }
            Self::PaymentRefused => "Stripe makes no payment method of this account.",
            Self::NotShared => "The customer does not share this; ask for the permission in a relink.",
            Self::NotFetched => "Stripe has not fetched this from the bank yet; try again after a refresh.",
            Self::StoreUnavailable => "The database does not answer at the moment; try again.",
            Self::Stopping => "The server is stopping; ask another one.",
            Self::StripeUnavailable => "Stripe does not answer at the moment.",
            Self::DuplicateId => {
                "Stripe gave a new session the id of an earlier one. Was the sandbox reset beside a kept database?"
            }
            Self::RateLimited => "Stripe's rate limit is reached.",
            Self::OverBudget => {
                "Too many requests need an answer from Stripe at the moment; try again in a few seconds."
            }
            Self::TooManyListeners => "Too many open pages; try again later.",
            Self::Refused(rule, _) => rule.sentence(),
            Self::Forbidden => "This API key may not do that; `relink-server keys list` says what it may.",
            Self::KeyExpired => {
                "This API key has expired; make another one with `relink-server keys create`."
            }
            Self::LinkUnusable => "This link no longer works.",
            Self::TooManyTries(_) => "This was tried too often; try again later.",
            Self::KeyReused => "This Idempotency-Key was used for another request or with another API key.",
            Self::InProgress => "The same request is being answered; try again in a moment.",
            Self::AlreadyOver => "The relink request has ended and can't be cancelled.",
            Self::NotUnderstood => "The request is invalid.",
            Self::WrongMethod => "The method is not allowed here.",
            Self::TooSlow => "The request took too long to arrive.",
            Self::TookTooLong => "The answer took too long; try again.",
            Self::TooLarge => "The request is too large.",
            Self::NotJson => "The request must be application/json.",
            Self::Misconfigured => "The server is misconfigured; see its log.",
            Self::CustomerAddressUnknown => {
                "A mandate must record the customer's address, which the proxy in front hides; the server's log says how to \
                 mend it."
            }
            Self::Internal => "Something went wrong; the server's log says what.",
        }
    }

    /// Returns the failure for a response that a layer or the router made.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::SignedOut,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::WrongMethod,
            408 => Self::TooSlow,
            413 => Self::TooLarge,
            415 => Self::NotJson,
            429 => Self::RateLimited,
            400..=499 => Self::NotUnderstood,
            503 => {
                tracing::warn!("the request took too long: Stripe or the database is slow");
                Self::TookTooLong
            }
            _ => Self::Internal,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        let hint = match self {
            Self::SignedOut | Self::KeyExpired => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::RateLimited
            | Self::OverBudget
            | Self::StripeUnavailable
            | Self::StoreUnavailable
            | Self::TookTooLong
            | Self::Stopping => Some((RETRY_AFTER, "5")),
            Self::TooManyListeners => Some((RETRY_AFTER, "60")),
            Self::InProgress => Some((RETRY_AFTER, "2")),
            Self::TooManyTries(seconds) => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                None
            }
            Self::NotFound
            | Self::Refused(..)
            | Self::Forbidden
            | Self::LinkUnusable
            | Self::KeyReused
            | Self::AlreadyOver
            | Self::NotRepairable
            | Self::AlreadyAnswered
            | Self::PaymentRefused
            | Self::NotShared
            | Self::NotFetched
            | Self::DuplicateId
            | Self::NotUnderstood
            | Self::WrongMethod
            | Self::TooSlow
            | Self::TooLarge
            | Self::NotJson
            | Self::Misconfigured
            | Self::CustomerAddressUnknown
            | Self::Internal => None,
        };
        if let Some((name, value)) = hint {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl From<TokenError> for ApiError {
    fn from(fault: TokenError) -> Self {
        tracing::info!(%fault, "token refused: {fault}");
        Self::SignedOut
    }
}

impl From<MissingPreviewFields> for ApiError {
    fn from(fault: MissingPreviewFields) -> Self {
        tracing::error!(%fault, "misconfigured: {fault}");
        Self::Misconfigured
    }
}

impl From<StripeError> for ApiError {
    fn from(error: StripeError) -> Self {
        match &error {
            StripeError::Unreachable(_) | StripeError::Unreadable(_) | StripeError::Broken(..) => {
                tracing::warn!(%error, "call to Stripe failed: {error}");
                Self::StripeUnavailable
            }
            StripeError::RateLimited(_) => {
                tracing::warn!(%error, "Stripe's rate limit is reached");
                Self::RateLimited
            }
            StripeError::OverBudget => {
                tracing::warn!(%error, "{error}");
                Self::OverBudget
            }
            StripeError::KeyRefused(_) => {
                tracing::error!(
                    %error,
                    "misconfigured: check that STRIPE_SECRET_KEY is valid, may do what --help asks for: \
                     write Financial Connections sessions and accounts, and so on"
                );
                Self::Misconfigured
            }
            StripeError::NotFound(_) => Self::NotFound,
            StripeError::Refused(..) => {
                tracing::error!(%error, "misconfigured: check STRIPE_VERSION and the account's set-up at Stripe");
                Self::Misconfigured
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_of_a_character() {
            return Self::NotUnderstood;
        }
        tracing::error!(%error, "{error}");
        match error {
            StoreError::DuplicateSession(_) => Self::DuplicateId,
            StoreError::Database(_)
            | StoreError::Damaged(_)
            | StoreError::FileLost(_)
            | StoreError::Slow(_)
            | StoreError::StartupParameter(_)
            | StoreError::SharedConnection(_)
            | StoreError::Unreadable(_)
            | StoreError::NoDataKey { .. }
            | StoreError::MissingDataKeys(_)
            | StoreError::Forged(_)
            | StoreError::ClearText(_)
            | StoreError::Migration(_)
            | StoreError::TooNew { .. }
            | StoreError::OldSqlite(_)
            | StoreError::File(_) => Self::StoreUnavailable,
        }
    }
}

impl From<StoreReadingError> for ApiError {
    fn from(error: StoreReadingError) -> Self {
        match error {
            StoreReadingError::Version(error) => error.into(),
            StoreReadingError::Store(error) => error.into(),
        }
    }
}

impl From<TooManyTries> for ApiError {
    fn from(TooManyTries(seconds): TooManyTries) -> Self {
        Self::TooManyTries(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_to_come_again_is_told_when() {
        for failure in [
            ApiError::RateLimited,
            ApiError::OverBudget,
            ApiError::TooManyTries(7),
            ApiError::TooManyListeners,
            ApiError::StripeUnavailable,
            ApiError::StoreUnavailable,
        ] {
            let response = failure.into_response();
            assert!(matches!(response.status().as_u16(), 429 | 503));
            assert!(response.headers().contains_key(RETRY_AFTER), "{failure:?}");
        }
        for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
            assert!(ApiError::of_status(status).into_response().headers().contains_key(RETRY_AFTER));
        }
    }

    #[test]
    fn a_budget_of_our_own_that_is_used_up_is_not_stripes_rate_limit() {
        assert_eq!(ApiError::from(StripeError::OverBudget), ApiError::OverBudget);
        assert_eq!(ApiError::OverBudget.code(), ProblemCode::RateLimited);
        assert!(!ApiError::OverBudget.title().contains("too often"));
    }
}
