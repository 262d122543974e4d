//! Banks, and the accounts that people hold there, linked or not.

use serde::{Deserialize, Serialize};

use super::AccountHolder;

/// A bank that the bank window offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Institution {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Other names that Stripe's guides and releases give it; search matches these, too.
    #[serde(default)]
    pub(crate) other_names: Vec<String>,
    /// ISO code; empty for the United States.
    #[serde(default)]
    pub(crate) country: String,
    pub(crate) routing_number: String,
    /// True if the bank issues tokenized account numbers instead of the real ones.
    pub(crate) tokenizes: bool,
    #[serde(default)]
    pub(crate) login: Login,
    #[serde(default)]
    pub(crate) kind: InstitutionKind,
    /// Outage until further notice, of a bank that is not always down.
    #[serde(default)]
    pub(crate) current_outage: Option<Outage>,
    /// Features that the bank does not offer.
    #[serde(default, with = "super::enum_text::list")]
    pub(crate) unsupported: Vec<&'static str>,
}

/// Place where the customer signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Login {
    /// A form in the bank window, which asks for a user name and a password.
    #[default]
    Form,
    /// A pop-up window of the bank's own (OAuth), in which the customer also chooses the accounts.
    PopUp,
}

/// Special behaviour of a bank; all but `Ordinary` are Stripe's test institutions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InstitutionKind {
    /// No special behaviour.
    #[default]
    Ordinary,
    /// Its accounts can't be used for payments or payouts.
    Unpayable,
    /// Its tokenized account numbers expire; the account's name says when.
    Tokens,
    /// Its connections break shortly after they were made; a repair lasts.
    Inactive,
    /// Its connections break shortly after they were made, and a day after each repair.
    #[serde(rename = "ReauthenticatesAtOnce")]
    ReauthImmediate,
    /// Its connections break 30 days after they were made or repaired.
    #[serde(rename = "ReauthenticatesLater")]
    ReauthEventual,
    /// Signing in is impossible.
    Down(Outage),
}

/// Reason for an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outage {
    /// Announced maintenance.
    Scheduled,
    /// An unannounced outage.
    Unscheduled,
    /// The bank answers with an error.
    Error,
}

impl Outage {
    pub(crate) const WORDS: &'static [&'static str] = &["scheduled", "unscheduled", "error"];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Scheduled, Self::Unscheduled, Self::Error].into_iter().find(|outage| outage.as_str() == word)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Unscheduled => "unscheduled",
            Self::Error => "error",
        }
    }
}

impl Institution {
    /// Returns the ISO code of its country.
    pub(crate) fn country(&self) -> &str {
        if self.country.is_empty() { "US" } else { &self.country }
    }

    /// Returns the currency of its accounts.
    pub(crate) fn currency(&self) -> &'static str {
        match self.country() {
            "CA" => "cad",
            "GB" => "gbp",
            _ => "usd",
        }
    }

    /// True if its accounts can be debited as `us_bank_account`.
    pub(crate) fn is_payable(&self) -> bool {
        self.kind != InstitutionKind::Unpayable && self.country() == "US"
    }

    pub(crate) fn outage(&self) -> Option<Outage> {
        match self.kind {
            InstitutionKind::Down(outage) => Some(outage),
            InstitutionKind::Ordinary
            | InstitutionKind::Unpayable
            | InstitutionKind::Tokens
            | InstitutionKind::Inactive
            | InstitutionKind::ReauthImmediate
            | InstitutionKind::ReauthEventual => self.current_outage,
        }
    }
}

/// An account at the bank itself, linked or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holding {
    pub(crate) id: String,
    pub(crate) institution: String,
    pub(crate) owner: Option<AccountHolder>,
    pub(crate) name: String,
    #[serde(with = "super::enum_text")]
    pub(crate) subcategory: super::enum_text::EnumText,
    pub(crate) last4: String,
    /// True if the account was closed at the bank, so it can't be shared.
    pub(crate) closed: bool,
}
