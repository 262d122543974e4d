//! Blocks of payment methods: Stripe no longer debits a bank account after some return codes of the ACH network.

use serde::{Deserialize, Serialize};

use super::{World, payment_intent::ReturnCode};

/// Block of a payment method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentBlock {
    /// Return code of the ACH network.
    pub(crate) network_code: String,
    #[serde(with = "super::enum_text")]
    pub(crate) reason: super::enum_text::EnumText,
}

/// Reason that a relink removes, because it renews the number.
pub(crate) const DEACTIVATED: &str = "tokenized_account_number_deactivated";

impl PaymentBlock {
    pub(crate) const REASONS: &'static [&'static str] = &[
        "bank_account_closed",
        "bank_account_frozen",
        "bank_account_invalid_details",
        "bank_account_restricted",
        "bank_account_unusable",
        "debit_not_authorized",
        DEACTIVATED,
    ];
    pub(crate) const NETWORK_CODES: &'static [&'static str] =
        &["R02", "R03", "R04", "R05", "R07", "R08", "R10", "R11", "R16", "R20", "R29", "R31"];

    /// Returns a block for this reason, with a network code that fits it.
    pub(crate) fn of(reason: &'static str) -> Self {
        let network_code = match reason {
            "bank_account_closed" => "R02",
            "bank_account_invalid_details" | DEACTIVATED => "R04",
            "bank_account_frozen" => "R16",
            "bank_account_restricted" => "R20",
            "debit_not_authorized" => "R10",
            _ => "R03",
        };
        Self { network_code: network_code.to_owned(), reason }
    }

    /// Returns the block after a returned debit; `None` for a return that a later debit may not get.
    pub(super) fn after(code: ReturnCode) -> Option<Self> {
        let reason = match code {
            ReturnCode::R01 => return None,
            ReturnCode::R02 => "bank_account_closed",
            ReturnCode::R03 | ReturnCode::R04 => "bank_account_invalid_details",
            ReturnCode::R10 => "debit_not_authorized",
            ReturnCode::R16 => "bank_account_frozen",
        };
        Some(Self { network_code: code.as_str().to_owned(), reason })
    }
}

impl World {
    /// Blocks or unblocks a payment method; returns false if there is none with this id.
    pub(crate) fn set_payment_block(&mut self, id: &str, block: Option<PaymentBlock>) -> bool {
        let found = self.payment_methods.iter_mut().find(|method| method.id == id);
        found.map(|method| method.block = block).is_some()
    }

    /// Unblocks the payment methods of an account that has a new number.
    pub(super) fn unblock_renewed(&mut self, account: &str) {
        for method in self.payment_methods.iter_mut().filter(|method| method.account == account) {
            method.block.take_if(|block| block.reason == DEACTIVATED);
        }
    }
}
