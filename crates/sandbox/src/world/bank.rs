//! Banks, and what people hold there whether or not it was ever linked.

use serde::{Deserialize, Serialize};

use super::AccountHolder;

/// A bank that the window offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Institution {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The names that other guides and releases of Stripe's give it; a search finds it by these, too.
    #[serde(default)]
    pub(crate) other_names: Vec<String>,
    pub(crate) routing_number: String,
    /// Gives tokens for account numbers instead of the numbers themselves.
    pub(crate) tokenizes: bool,
    #[serde(default)]
    pub(crate) login: Login,
    #[serde(default)]
    pub(crate) kind: Kind,
}

/// Where the customer signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Login {
    /// In the bank window, which asks for a user name and a password.
    #[default]
    Form,
    /// At the bank, in a window of its own, where the accounts are chosen, too (OAuth).
    PopUp,
}

/// What is special about a bank; all but the first are among Stripe's test institutions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Nothing is.
    #[default]
    Ordinary,
    /// Its accounts can't be charged or paid.
    Unpayable,
    /// Its tokens expire, each in its way.
    Tokens,
    /// Its connections break soon after they were made, once.
    Inactive,
    /// Its connections break soon after they were made, and a day after each repair.
    ReauthenticatesAtOnce,
    /// Its connections break 30 days after they were made or repaired.
    ReauthenticatesLater,
    /// Nobody can sign in there.
    Down(Outage),
}

/// Why nobody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outage {
    /// The bank had announced it.
    Scheduled,
    /// It had not.
    Unscheduled,
    /// It fails with an error.
    Error,
}

impl Outage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Unscheduled => "unscheduled",
            Self::Error => "error",
        }
    }
}

impl Institution {
    pub(crate) fn outage(&self) -> Option<Outage> {
        match self.kind {
            Kind::Down(outage) => Some(outage),
            Kind::Ordinary
            | Kind::Unpayable
            | Kind::Tokens
            | Kind::Inactive
            | Kind::ReauthenticatesAtOnce
            | Kind::ReauthenticatesLater => None,
        }
    }
}

/// An account at the bank itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holding {
    pub(crate) id: String,
    pub(crate) institution: String,
    pub(crate) owner: Option<AccountHolder>,
    pub(crate) name: String,
    #[serde(with = "super::word")]
    pub(crate) subcategory: super::word::Word,
    pub(crate) last4: String,
    /// Closed at the bank: it can't be shared any more.
    pub(crate) closed: bool,
}
