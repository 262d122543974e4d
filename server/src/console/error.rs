//! Error pages of the console.

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::address::public_path;
use super::layout::plain;
use super::return_to::ReturnTo;
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
    /// Another operator has to do it; the sentence says who.
    NeedsAnother(&'static str),
    /// The request is invalid; the sentence says why.
    NotUnderstood(String),
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
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "It may have been deleted after its retention period.".to_owned(),
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "This form is no longer valid",
                "Nothing was changed. Go back, load the page again, and send it from there.".to_owned(),
            ),
            Self::NeedsRole { needed, given } => (
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                format!(
                    "Nothing was changed. This needs the role {}, and yours is {}.",
                    needed.as_str(),
                    given.as_str()
                ),
            ),
            Self::NeedsAnother(who) => {
                (StatusCode::FORBIDDEN, "This needs another operator", format!("Nothing was changed. {who}"))
            }
            Self::NotUnderstood(why) => (StatusCode::BAD_REQUEST, "Invalid request", why.clone()),
            Self::TooOften(seconds) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tries",
                format!("Nothing was changed. Try again in {seconds} seconds."),
            ),
            Self::Failed(failure) => {
                (failure.status(), "This does not work at the moment", failure.title().to_owned())
            }
        };
        let page = plain(
            heading,
            None,
            &html! {
                h1 { (heading) }
                p { (body) }
                p { a href=(public_path("/console")) { "To the connections" } }
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
            | Self::NeedsAnother(_)
            | Self::NotUnderstood(_) => None,
        }
    }
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
