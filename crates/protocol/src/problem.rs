//! Errors that the server sends and the page shows.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;

open_enum!(
    /// Stable error code. The page has a sentence for each, in the customer's language.
    ProblemCode {
        /// The customer's token is missing, expired or invalid.
        SignedOut = "signed_out",
        /// The object does not exist or belongs to another customer, with identical responses.
        NotFound = "not_found",
        /// A relink can't help an account in this state.
        NotRepairable = "not_repairable",
        /// The link is unknown, expired, cancelled, or for another customer, with identical responses.
        LinkUnusable = "link_unusable",
        /// Stripe refuses to make a payment method of the account. Nothing is left half done.
        PaymentRefused = "payment_refused",
        /// The question was answered before, or the accounts have changed since it was asked.
        AlreadyAnswered = "already_answered",
        /// Stripe does not respond, or responds that it is unavailable.
        StripeUnavailable = "stripe_unavailable",
        /// Stripe or the server limits the rate of requests.
        RateLimited = "rate_limited",
        /// The request is malformed or has invalid values.
        InvalidRequest = "invalid_request",
        /// The merchant's setup is wrong; the server's log says how to fix it.
        Misconfigured = "misconfigured",
        /// Anything else; the server's log has the cause.
        Internal = "internal",
    }
);

/// Body of an error response, `application/problem+json` (RFC 9457) with additional members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Error code.
    pub code: ProblemCode,
    /// Sentence for developers. Never contains the cause, which is only logged.
    pub title: String,
    /// Identifier under which the server's log has the cause.
    pub request_id: Option<String>,
}
