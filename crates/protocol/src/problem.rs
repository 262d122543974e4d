//! Errors as the server says them and the page understands them.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;

open_enum!(
    /// What went wrong, in a word that both sides keep. The page has a sentence for each, in the reader's language.
    ProblemCode {
        /// The customer's token is missing, expired or not valid.
        SignedOut = "signed_out",
        /// There is no such thing, or it is somebody else's: the answer is the same.
        NotFound = "not_found",
        /// The account is in a state that a relink can't help.
        NotRepairable = "not_repairable",
        /// The link that led here is unknown, over, taken back, or for somebody else: the answer is the same.
        LinkUnusable = "link_unusable",
        /// Stripe refuses to make a payment method of the account. Nothing is left half done.
        PaymentRefused = "payment_refused",
        /// Stripe does not answer, or answers that it can't.
        StripeUnavailable = "stripe_unavailable",
        /// Stripe or the server is asked too often.
        RateLimited = "rate_limited",
        /// The request was not understood.
        InvalidRequest = "invalid_request",
        /// The merchant's set-up is at fault; the server's log says how to mend it.
        Misconfigured = "misconfigured",
        /// Anything else; the server's log says what.
        Internal = "internal",
    }
);

/// Body of an error, `application/problem+json` (RFC 9457) with members of our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What went wrong.
    pub code: ProblemCode,
    /// A sentence for developers. Never a cause: that is in the log.
    pub title: String,
    /// Under which the server's log has the cause.
    pub request_id: Option<String>,
}
