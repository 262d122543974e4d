//! What the page and the server say to each other about one attempt.

use serde::{Deserialize, Serialize};

use crate::{AccountId, ClientSecret, Reported, SessionId};

/// Body of `POST /api/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    /// The account to repair.
    pub account: AccountId,
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
