//! Error pages of the console.

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, Render, html};

use super::address::public_path;
use super::layout::plain;
use super::return_to::ReturnTo;
use super::texts;
use super::words::{refusal, role};
use crate::domain::role::Role;
use crate::http::error::ApiError;
use crate::infra::rate_limits::TooManyTries;
use crate::store::StoreError;

/// Error instead of a page.
#[derive(Debug)]
pub(super) enum PageError {
    /// Not signed in. After the sign-in, the operator is redirected to the page.
    SignedOut(ReturnTo),
    /// The page or object does not exist.
    NotFound,
    /// The form came from another origin, or from an earlier session.
    Foreign,
    /// The operator's role is too low.
    NeedsRole {
        needed: Role,
        given: Role,
    },
    /// An operator has to do it who did not begin it.
    NeedsAnother,
    /// The request is invalid; the sentence says why.
    NotUnderstood(Markup),
    TooOften(u32),
    Failed(ApiError),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TooManyTries> for PageError {
    fn from(TooManyTries(seconds): TooManyTries) -> Self {
        Self::TooOften(seconds)
    }
}

impl From<ApiError> for PageError {
    fn from(failure: ApiError) -> Self {
        if let ApiError::TooManyTries(seconds) = failure {
            return Self::TooOften(seconds);
        }
        if failure == ApiError::NotFound { Self::NotFound } else { Self::Failed(failure) }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, heading, body) = match &self {
            Self::SignedOut(then) => {
                return (StatusCode::SEE_OTHER, [(LOCATION, then.sign_in())]).into_response();
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, texts::error_not_found(), texts::error_not_found_body().render())
            }
            Self::Foreign => {
                (StatusCode::FORBIDDEN, texts::error_foreign(), texts::error_foreign_body().render())
            }
            Self::NeedsRole { needed, given } => (
                StatusCode::FORBIDDEN,
                texts::error_role(),
                texts::error_role_body(role(*given), role(*needed)),
            ),
            Self::NeedsAnother => {
                (StatusCode::FORBIDDEN, texts::error_another(), texts::error_another_body().render())
            }
            Self::NotUnderstood(why) => (StatusCode::BAD_REQUEST, texts::error_invalid(), why.clone()),
            Self::TooOften(seconds) => (
                StatusCode::TOO_MANY_REQUESTS,
                texts::error_often(),
                texts::error_often_body(i64::from(*seconds)),
            ),
            Self::Failed(failure) => (failure.status(), texts::error_failed(), why(*failure)),
        };
        let page = plain(
            heading,
            None,
            &html! {
                h1 { (heading) }
                p { (body) }
                p { a href=(public_path("/console")) { (texts::error_back()) } }
            },
        );
        let mut response = (status, page).into_response();
        if let Some(time) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, time);
        }
        response
    }
}

impl PageError {
    fn retry_after(self) -> Option<HeaderValue> {
        match self {
            Self::TooOften(seconds) => Some(HeaderValue::from(seconds)),
            Self::Failed(failure) => failure.into_response().headers_mut().remove(RETRY_AFTER),
            Self::SignedOut(_)
            | Self::NotFound
            | Self::Foreign
            | Self::NeedsRole { .. }
            | Self::NeedsAnother
            | Self::NotUnderstood(_) => None,
        }
    }
}

/// Renders a sentence for an operator about a failure.
fn why(failure: ApiError) -> Markup {
    let sentence = match failure {
        ApiError::StoreUnavailable => texts::error_database(),
        ApiError::Stopping => texts::error_stopping(),
        ApiError::StripeUnavailable | ApiError::TookTooLong => texts::error_stripe(),
        ApiError::RateLimited | ApiError::OverBudget | ApiError::TooManyListeners => texts::error_busy(),
        ApiError::Refused(rule, _) => return refusal(rule),
        ApiError::AlreadyOver => texts::error_over(),
        ApiError::NotUnderstood
        | ApiError::WrongMethod
        | ApiError::TooSlow
        | ApiError::TooLarge
        | ApiError::NotJson => texts::error_form(),
        ApiError::Misconfigured | ApiError::CustomerAddressUnknown => texts::error_misconfigured(),
        // These are for customers and back ends; no page of the console has them.
        ApiError::SignedOut
        | ApiError::AlreadyAnswered
        | ApiError::NotFound
        | ApiError::NotRepairable
        | ApiError::PaymentRefused
        | ApiError::NotShared
        | ApiError::NotFetched
        | ApiError::DuplicateId
        | ApiError::Forbidden
        | ApiError::KeyExpired
        | ApiError::LinkUnusable
        | ApiError::TooManyTries(_)
        | ApiError::KeyReused
        | ApiError::InProgress
        | ApiError::Internal => texts::error_internal(),
    };
    sentence.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_429_and_503_says_when_to_try_again() {
        for failure in [
            ApiError::OverBudget,
            ApiError::RateLimited,
            ApiError::TooManyTries(7),
            ApiError::StoreUnavailable,
        ] {
            let response = PageError::from(failure).into_response();
            assert!(response.headers().contains_key(RETRY_AFTER), "{failure:?}");
        }
    }
}
