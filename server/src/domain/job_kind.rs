//! Kinds of background jobs.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Kind of job.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(into = "&'static str")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum JobKind {
    /// Read an account from Stripe.
    Account,
    /// List a customer's accounts at Stripe.
    Customer,
    /// Read a customer's name and email address.
    CustomerName,
    /// Read the accounts of a bank login that has changed.
    Authorization,
    /// Read a payment method that Stripe has changed.
    PaymentMethod,
    /// Read the accounts with these last digits, after a bank account that is paid out to has changed.
    LastDigits,
    /// Read a bank that was in trouble.
    Institution,
    /// Settle the attempt of a session that has ended.
    Session,
    /// Perform a follow-up of a relink.
    FollowUp,
    /// Make a new payment method the default where that of the replaced account is.
    DefaultPayment,
    /// Send the email of a relink request.
    Mail,
    /// Send a reminder about an account if one is due.
    Remind,
    /// Send the next piece of a batch of relink requests.
    Batch,
    /// Fetch events from Stripe that were not delivered.
    CatchUp,
    /// Enqueue reads of accounts that were not read for long.
    Sweep,
    /// Delete old rows.
    Prune,
    /// Count accounts for the console.
    Tally,
    /// Read all accounts at Stripe.
    Backfill,
}

impl JobKind {
    /// Returns the kind as it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// True if the job is given up after many failures. Periodic jobs are tried for as long as there is a server. So is a
    /// batch, which goes on when an outage is over, however long it took; its operator can stop it.
    pub(crate) fn can_be_given_up(self) -> bool {
        match self {
            Self::CatchUp | Self::Sweep | Self::Prune | Self::Tally | Self::Backfill | Self::Batch => false,
            Self::Account
            | Self::Customer
            | Self::CustomerName
            | Self::Authorization
            | Self::PaymentMethod
            | Self::LastDigits
            | Self::Institution
            | Self::Session
            | Self::FollowUp
            | Self::DefaultPayment
            | Self::Mail
            | Self::Remind => true,
        }
    }
}
