//! Bank accounts whose numbers were typed in: Stripe's test numbers, each with its own behaviour. No other number is
//! accepted, so that no real one is kept; and of a test number, only what it does.

use serde::{Deserialize, Serialize};

use super::{
    World,
    account_data::stable_hash,
    payment_intent::{PaymentFailure, ReturnCode},
};

/// Routing number of all test accounts.
pub(crate) const TEST_ROUTING_NUMBER: &str = "110000000";

/// Number of the test account from which payments succeed.
pub(crate) const SUCCESS_NUMBER: &str = "000123456789";

/// Name of the bank of all test accounts.
pub(crate) const TEST_BANK: &str = "STRIPE TEST BANK";

/// A bank account that was typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TypedAccount {
    #[serde(with = "super::enum_text")]
    pub(crate) account_type: super::enum_text::EnumText,
    pub(crate) last4: String,
    pub(crate) fingerprint: String,
    pub(crate) behavior: TestBehavior,
    /// True once the customer has confirmed the small deposits.
    pub(crate) is_verified: bool,
}

/// Behaviour of a test account after its verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TestBehavior {
    /// Payments succeed.
    Succeeds,
    /// Payments fail for this reason.
    Fails(PaymentFailure),
    /// Payments stay in processing.
    NeverSettles,
}

/// Result of the customer's attempt to confirm the small deposits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verification {
    /// The amounts or the code were those that were sent.
    Succeeded,
    /// The customer has guessed too often.
    TooManyAttempts,
    /// The customer took too long.
    Timeout,
}

/// A test account of Stripe's guide.
struct TestAccount {
    number: &'static str,
    /// Id by which calls can name a payment method of this account.
    payment_method: &'static str,
    behavior: TestBehavior,
}

const TEST_ACCOUNTS: &[TestAccount] = &[
    test_account(SUCCESS_NUMBER, "pm_usBankAccount_success", TestBehavior::Succeeds),
    test_account("000111111113", "pm_usBankAccount_accountClosed", returned(ReturnCode::R02)),
    test_account("000111111116", "pm_usBankAccount_noAccount", returned(ReturnCode::R03)),
    test_account("000222222227", "pm_usBankAccount_insufficientFunds", returned(ReturnCode::R01)),
    test_account("000333333335", "pm_usBankAccount_debitNotAuthorized", returned(ReturnCode::R10)),
    test_account(
        "000444444440",
        "pm_usBankAccount_invalidCurrency",
        TestBehavior::Fails(PaymentFailure::InvalidCurrency),
    ),
    test_account("000000000009", "pm_usBankAccount_processing", TestBehavior::NeverSettles),
];

const fn test_account(
    number: &'static str,
    payment_method: &'static str,
    behavior: TestBehavior,
) -> TestAccount {
    TestAccount { number, payment_method, behavior }
}

const fn returned(code: ReturnCode) -> TestBehavior {
    TestBehavior::Fails(PaymentFailure::Returned(code))
}

impl TypedAccount {
    /// Returns the test account with this number, not verified; `None` if there is none.
    pub(crate) fn of_number(number: &str, account_type: &'static str) -> Option<Self> {
        let known = TEST_ACCOUNTS.iter().find(|known| known.number == number)?;
        let digits = number.len().saturating_sub(4);
        Some(Self {
            account_type,
            last4: number.get(digits..).unwrap_or_default().to_owned(),
            fingerprint: format!("{:016x}", stable_hash(number)),
            behavior: known.behavior,
            is_verified: false,
        })
    }

    /// Returns the test account of a payment method's id such as `pm_usBankAccount_success`.
    pub(crate) fn of_payment_method(id: &str) -> Option<Self> {
        let known = TEST_ACCOUNTS.iter().find(|known| known.payment_method == id)?;
        Self::of_number(known.number, "checking")
    }
}

impl World {
    /// True if the payment method was typed in and the customer has not confirmed the small deposits yet.
    pub(super) fn needs_verification(&self, payment_method: &str) -> bool {
        let typed = self.payment_method(payment_method).and_then(|method| method.typed.as_ref());
        typed.is_some_and(|typed| !typed.is_verified)
    }

    pub(super) fn set_verified(&mut self, payment_method: &str) {
        for method in self.payment_methods.iter_mut().filter(|method| method.id == payment_method) {
            if let Some(typed) = &mut method.typed {
                typed.is_verified = true;
            }
        }
    }
}
