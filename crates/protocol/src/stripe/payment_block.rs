//! Decides who can mend a bank account that Stripe no longer debits, although the connection to it works.

use serde::{Deserialize, Serialize};

use super::BlockReason;
use crate::PaymentMethodId;

/// Block of a payment method that belongs to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentBlock {
    /// Blocked payment method.
    pub payment_method: PaymentMethodId,
    /// Stripe's reason.
    pub reason: BlockReason,
    /// Return code of the ACH network that led to the block, such as `R02`.
    pub network_code: Option<String>,
}

/// Remedy for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlockRemedy {
    /// A relink: it gives the account a new number, and Stripe updates its payment methods.
    Relink,
    /// The customer's authorization: they revoked it or dispute it, so ask them before you debit again.
    NewAuthorization,
    /// Another account, because the bank takes no debits of this one.
    AnotherAccount,
}

impl PaymentBlock {
    /// Returns the remedy. Stripe blocks bank accounts after the ACH network's return codes; of its reasons only a
    /// deactivated tokenized number is one that a new number mends. Reasons that are newer than this code promise nothing.
    ///
    /// Source: <https://docs.stripe.com/payments/ach-direct-debit/blocked-bank-accounts>.
    pub fn remedy(&self) -> BlockRemedy {
        match self.reason {
            BlockReason::TokenizedAccountNumberDeactivated => BlockRemedy::Relink,
            BlockReason::DebitNotAuthorized => BlockRemedy::NewAuthorization,
            BlockReason::BankAccountClosed
            | BlockReason::BankAccountFrozen
            | BlockReason::BankAccountInvalidDetails
            | BlockReason::BankAccountRestricted
            | BlockReason::BankAccountUnusable
            | BlockReason::Other(_) => BlockRemedy::AnotherAccount,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_deactivated_number_is_mended_by_a_relink() {
        for (reason, expected) in [
            ("tokenized_account_number_deactivated", BlockRemedy::Relink),
            ("debit_not_authorized", BlockRemedy::NewAuthorization),
            ("bank_account_closed", BlockRemedy::AnotherAccount),
            ("bank_account_frozen", BlockRemedy::AnotherAccount),
            ("bank_account_invalid_details", BlockRemedy::AnotherAccount),
            ("bank_account_restricted", BlockRemedy::AnotherAccount),
            ("bank_account_unusable", BlockRemedy::AnotherAccount),
            ("bank_account_asleep", BlockRemedy::AnotherAccount),
        ] {
            let block = PaymentBlock {
                payment_method: "pm_1".parse().unwrap(),
                reason: reason.to_owned().into(),
                network_code: None,
            };
            assert_eq!(block.remedy(), expected, "{reason}");
            assert!(
                reason == "bank_account_asleep" || !matches!(block.reason, BlockReason::Other(_)),
                "{reason}"
            );
        }
    }
}
