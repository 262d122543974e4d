//! What the page and the server say to each other about one attempt.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Choice, ClientSecret, Reported, SessionId};

/// Body of `POST /api/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    /// The account to repair or replace.
    pub account: AccountId,
    /// What the customer chose to do about it.
    pub choice: Choice,
}

/// Answer to `POST /api/sessions`. Not to be stored by anyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedSession {
    /// The attempt; asked for by this name afterwards.
    pub session: SessionId,
    /// Opens the bank window, once.
    pub client_secret: ClientSecret,
    /// The merchant's publishable key for Stripe.js.
    pub publishable_key: String,
}

/// Body of `POST /api/sessions/{id}/outcome`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOutcome {
    /// What Stripe.js told the page.
    pub reported: Reported,
}

/// Body of `POST /api/sessions/{id}/payment-method`: the customer has read the mandate and agrees to pay from this
/// account. `DELETE` without a body says that payments stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayFrom {
    /// One that the attempt has added.
    pub account: AccountId,
}
