//! Requests and responses about one attempt.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Choice, ClientSecret, Reported, SessionId, StripeAccountId};

/// Body of `POST /api/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    /// Account to repair or replace.
    pub account: AccountId,
    /// Customer's choice for the account.
    pub choice: Choice,
}

/// Response of `POST /api/sessions`. Must not be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartedSession {
    /// Session of the attempt, by which later requests refer to it.
    pub session: SessionId,
    /// Secret that opens the bank window, once.
    pub client_secret: ClientSecret,
    /// Merchant's publishable key for Stripe.js.
    pub publishable_key: String,
    /// Connected account that the session belongs to, for which Stripe.js needs it as `stripeAccount`; none if it is of the
    /// account of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_account: Option<StripeAccountId>,
    /// True if the page has to collect a token of the linked account, so that it can become an external account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collects_token: bool,
}

/// Body of `POST /api/sessions/{id}/outcome`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadOutcome {
    /// Report of Stripe.js to the page.
    pub reported: Reported,
}

/// Body of `POST /api/sessions/{id}/payment-method`: the customer has read the mandate and agrees to pay from this
/// account, or to be paid out to it. `DELETE` without a body declines: payments and payouts stay unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PayFrom {
    /// Account that the attempt added.
    pub account: AccountId,
}
