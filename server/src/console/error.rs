//! Error pages of the console.

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::plain;
use super::return_to::Then;
use crate::http::error::Failure;
use crate::store::StoreError;

/// Error instead of a page.
#[derive(Debug)]
pub(super) enum Wrong {
    /// Not signed in. After the sign-in, the operator is redirected to the page.
    SignedOut(Then),
    /// The page or object does not exist.
    NotFound,
    /// The form came from another origin, or from an earlier session.
    Foreign,
    /// The request is invalid; the sentence says why.
    NotUnderstood(String),
    TooOften(u32),
    Failed(Failure),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        if let Failure::TooManyTries(seconds) = failure {
            return Self::TooOften(seconds);
        }
        if failure == Failure::NotFound { Self::NotFound } else { Self::Failed(failure) }
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let (status, heading, body) = match &self {
            Self::SignedOut(then) => {
                return (StatusCode::SEE_OTHER, [(LOCATION, then.sign_in())]).into_response();
            }
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "It may have been there once: what is old is forgotten.".to_owned(),
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "This form is no longer valid",
                "Nothing was changed. Go back, load the page again, and send it from there.".to_owned(),
            ),
            Self::NotUnderstood(why) => (StatusCode::BAD_REQUEST, "That is not possible", why.clone()),
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
            &html! {
                h1 { (heading) }
                p { (body) }
                p { a href="/console" { "To the connections" } }
            },
        );
        let mut response = (status, page).into_response();
        if let Some(time) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, time);
        }
        response
    }
}

impl Wrong {
    fn retry_after(self) -> Option<HeaderValue> {
        match self {
            Self::TooOften(seconds) => Some(HeaderValue::from(seconds)),
            Self::Failed(failure) => failure.into_response().headers_mut().remove(RETRY_AFTER),
            Self::SignedOut(_) | Self::NotFound | Self::Foreign | Self::NotUnderstood(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_429_and_503_says_when_to_try_again() {
        for failure in
            [Failure::OverBudget, Failure::RateLimited, Failure::TooManyTries(7), Failure::StoreUnavailable]
        {
            let response = Wrong::from(failure).into_response();
            assert!(response.headers().contains_key(RETRY_AFTER), "{failure:?}");
        }
    }
}
