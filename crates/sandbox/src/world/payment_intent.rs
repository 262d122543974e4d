//! Payment intents for bank accounts: the bank says days later if a debit succeeded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    World,
    bank_options::BankOptions,
    number::DAY,
    payment_block::PaymentBlock,
    planned::Change,
    setup_intent::{Acceptance, InvalidConfirmation},
    typed_account::{TestBehavior, Verification},
};

/// Time in seconds until the bank reports the result of a debit: Stripe's guide says up to four business days.
const SETTLEMENT: i64 = 4 * DAY;

/// A payment intent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) params: PaymentParams,
    pub(crate) progress: PaymentProgress,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Unix seconds; `None` unless it was canceled.
    pub(crate) canceled_at: Option<i64>,
}

/// Parameters of a payment intent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PaymentParams {
    /// Cents.
    pub(crate) amount: i64,
    pub(crate) customer: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// True if the payment methods are those of the merchant's settings (`automatic_payment_methods`).
    pub(crate) is_automatic: bool,
    pub(crate) options: Option<BankOptions>,
}

/// Progress of a payment intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PaymentProgress {
    /// Can be confirmed, also again after the bank has returned a debit.
    Open { returned: Option<Returned> },
    /// Waits for the customer to confirm small deposits. The agreement counts from then on.
    NeedsAction { acceptance: Option<Acceptance> },
    /// The debit is on its way.
    Processing,
    /// The debit succeeded.
    Succeeded,
    /// Canceled, for this reason.
    Canceled {
        #[serde(with = "super::enum_text::option")]
        reason: Option<super::enum_text::EnumText>,
    },
}

/// A payment that has failed, most often because the bank has returned the debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Returned {
    pub(crate) code: PaymentFailure,
    /// Id of the payment method that was debited.
    pub(crate) payment_method: Option<String>,
}

/// Reason of a failed payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PaymentFailure {
    /// The account has another currency.
    InvalidCurrency,
    /// The small deposits were guessed too often.
    TooManyAttempts,
    /// The small deposits were not confirmed in time.
    VerificationTimeout,
    /// The bank has returned the debit.
    #[serde(untagged)]
    Returned(ReturnCode),
}

impl PaymentFailure {
    /// Returns Stripe's error code.
    pub(crate) fn error_code(self) -> &'static str {
        match self {
            Self::InvalidCurrency => "invalid_currency",
            Self::TooManyAttempts => "payment_method_microdeposit_verification_attempts_exceeded",
            Self::VerificationTimeout => "payment_method_microdeposit_verification_timeout",
            Self::Returned(code) => code.error_code(),
        }
    }

    /// Returns the code of the ACH network, if it is known.
    pub(crate) fn network_code(self) -> Option<&'static str> {
        match self {
            Self::Returned(code) => Some(code.as_str()),
            Self::InvalidCurrency | Self::TooManyAttempts | Self::VerificationTimeout => None,
        }
    }
}

/// Return code of the ACH network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ReturnCode {
    /// Insufficient funds.
    R01,
    /// The account is closed.
    R02,
    /// There is no such account.
    R03,
    /// The account number is invalid.
    R04,
    /// The customer has not authorized the debit.
    R10,
    /// The account is frozen.
    R16,
}

impl ReturnCode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::R01 => "R01",
            Self::R02 => "R02",
            Self::R03 => "R03",
            Self::R04 => "R04",
            Self::R10 => "R10",
            Self::R16 => "R16",
        }
    }

    /// Returns Stripe's error code.
    pub(crate) fn error_code(self) -> &'static str {
        match self {
            Self::R01 => "insufficient_funds",
            Self::R02 => "account_closed",
            Self::R03 => "no_account",
            Self::R04 => "account_number_invalid",
            Self::R10 => "debit_not_authorized",
            Self::R16 => "bank_account_restricted",
        }
    }
}

/// Reason why a payment intent is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PaymentRefused {
    /// The payment intent is over or on its way.
    WrongState,
    /// The call is invalid; nothing was changed.
    Invalid(InvalidConfirmation),
}

impl World {
    pub(crate) fn payment_intents(&self) -> &[PaymentIntent] {
        &self.payment_intents
    }

    pub(crate) fn payment_intent(&self, id: &str) -> Option<&PaymentIntent> {
        self.payment_intents.iter().find(|intent| intent.id == id)
    }

    pub(crate) fn create_payment_intent(&mut self, params: PaymentParams) -> &PaymentIntent {
        let id = self.ids.next("pi");
        let progress = PaymentProgress::Open { returned: None };
        let intent = PaymentIntent { id, params, progress, created: self.now, canceled_at: None };
        self.payment_intents.push_mut(intent)
    }

    /// Checks that a payment intent can be confirmed. The customer must agree now or must have agreed before. Changes
    /// nothing.
    pub(crate) fn check_payment(
        &self,
        params: &PaymentParams,
        acceptance: Option<&Acceptance>,
    ) -> Result<(), InvalidConfirmation> {
        let (method, customer) = (params.payment_method.as_deref(), params.customer.as_deref());
        let has_agreed = |id: &str| {
            acceptance.is_some() || self.mandates.iter().any(|mandate| mandate.payment_method == id)
        };
        let method = self.check_confirmation(method, customer, has_agreed)?;
        if method.block.is_some() {
            return Err(InvalidConfirmation::Blocked);
        }
        self.check_method(method).map_err(InvalidConfirmation::Unpayable)
    }

    /// Confirms a payment intent: it is processed, until the bank reports the result. A bank account that was typed in
    /// is verified before that.
    pub(crate) fn confirm_payment(
        &mut self,
        id: &str,
        payment_method: Option<String>,
        acceptance: Option<Acceptance>,
    ) -> Result<(), PaymentRefused> {
        let intent = self.payment_intent(id).ok_or(PaymentRefused::WrongState)?;
        if !matches!(intent.progress, PaymentProgress::Open { .. }) {
            return Err(PaymentRefused::WrongState);
        }
        let mut params = intent.params.clone();
        params.payment_method = payment_method.or(params.payment_method);
        self.check_payment(&params, acceptance.as_ref()).map_err(PaymentRefused::Invalid)?;
        let unverified =
            params.payment_method.as_deref().is_some_and(|method| self.needs_verification(method));
        self.change_payment(id, |intent| intent.params = params);
        if unverified {
            self.change_payment(id, |intent| intent.progress = PaymentProgress::NeedsAction { acceptance });
        } else {
            self.process_payment(id, acceptance);
        }
        Ok(())
    }

    /// Ends the verification of the bank account of a payment; returns false if there is none.
    pub(crate) fn end_payment_verification(&mut self, id: &str, verification: Verification) -> bool {
        let Some(intent) = self.payment_intent(id) else { return false };
        let PaymentProgress::NeedsAction { acceptance } = intent.progress.clone() else { return false };
        match verification {
            Verification::Succeeded => {
                if let Some(method) = intent.params.payment_method.clone() {
                    self.set_verified(&method);
                }
                self.process_payment(id, acceptance);
            }
            Verification::TooManyAttempts => self.fail_payment(id, PaymentFailure::TooManyAttempts),
            Verification::Timeout => self.fail_payment(id, PaymentFailure::VerificationTimeout),
        }
        true
    }

    fn process_payment(&mut self, id: &str, acceptance: Option<Acceptance>) {
        let Some(params) = self.payment_intent(id).map(|intent| intent.params.clone()) else { return };
        if let (Some(method), Some(acceptance)) = (&params.payment_method, acceptance) {
            self.create_mandate(method, acceptance);
        }
        if let (Some(method), Some(customer), Some(_)) =
            (&params.payment_method, &params.customer, &params.setup_future_usage)
        {
            self.set_payment_method_customer(method, Some(customer));
        }
        let behavior = self.test_behavior(params.payment_method.as_deref());
        self.change_payment(id, |intent| intent.progress = PaymentProgress::Processing);
        if behavior != Some(TestBehavior::NeverSettles) {
            let wait = self.settings.payment_seconds.map_or(SETTLEMENT, i64::from);
            self.plan_change(self.now + wait, Change::SettlePayment { payment: id.to_owned() });
        }
    }

    /// Ends a payment that is processed: it succeeds, or the bank returns the debit.
    pub(super) fn settle_payment(&mut self, id: &str) {
        let Some(intent) = self.payment_intent(id) else { return };
        if intent.progress != PaymentProgress::Processing {
            return;
        }
        let method = intent.params.payment_method.as_deref();
        let returned = |code: ReturnCode| PaymentFailure::Returned(code);
        let by_account = match self.test_behavior(method) {
            Some(TestBehavior::Fails(failure)) => Some(failure),
            Some(TestBehavior::Succeeds | TestBehavior::NeverSettles) | None => {
                self.is_closed_at_bank(method).then_some(returned(ReturnCode::R02))
            }
        };
        match self.settings.payment_return.map(returned).or(by_account) {
            None => self.change_payment(id, |intent| intent.progress = PaymentProgress::Succeeded),
            Some(failure) => self.fail_payment(id, failure),
        }
    }

    fn test_behavior(&self, method: Option<&str>) -> Option<TestBehavior> {
        self.payment_method(method?)?.typed.as_ref().map(|typed| typed.behavior)
    }

    fn is_closed_at_bank(&self, method: Option<&str>) -> bool {
        let method = method.and_then(|id| self.payment_method(id));
        let account = method.and_then(|method| self.account(&method.account));
        let holding = account.and_then(|account| self.holdings.iter().find(|one| one.id == account.holding));
        holding.is_some_and(|holding| holding.closed)
    }

    /// Fails a payment, which needs a payment method again. After some returns, Stripe blocks the one that failed.
    fn fail_payment(&mut self, id: &str, code: PaymentFailure) {
        let method = self.payment_intent(id).and_then(|intent| intent.params.payment_method.clone());
        self.change_payment(id, |intent| {
            let payment_method = intent.params.payment_method.take();
            intent.progress = PaymentProgress::Open { returned: Some(Returned { code, payment_method }) };
        });
        if let (Some(method), PaymentFailure::Returned(code)) = (method, code)
            && let Some(block) = PaymentBlock::after(code)
        {
            self.set_payment_block(&method, Some(block));
        }
    }

    /// Changes the parameters of an open payment intent; returns false for any other.
    pub(crate) fn update_payment(&mut self, id: &str, params: PaymentParams) -> bool {
        let is_open = |intent: &PaymentIntent| matches!(intent.progress, PaymentProgress::Open { .. });
        if !self.payment_intent(id).is_some_and(is_open) {
            return false;
        }
        self.change_payment(id, |intent| intent.params = params);
        true
    }

    /// Cancels a payment intent; returns false if it is over, or on its way to a bank that will report the result.
    pub(crate) fn cancel_payment(&mut self, id: &str, reason: Option<&'static str>) -> bool {
        let now = self.now;
        let Some(intent) = self.payment_intent(id) else { return false };
        let can_be_canceled = match intent.progress {
            PaymentProgress::Open { .. } | PaymentProgress::NeedsAction { .. } => true,
            PaymentProgress::Processing => {
                self.test_behavior(intent.params.payment_method.as_deref())
                    == Some(TestBehavior::NeverSettles)
            }
            PaymentProgress::Succeeded | PaymentProgress::Canceled { .. } => false,
        };
        if can_be_canceled {
            self.change_payment(id, |intent| {
                intent.progress = PaymentProgress::Canceled { reason };
                intent.canceled_at = Some(now);
            });
        }
        can_be_canceled
    }

    fn change_payment(&mut self, id: &str, change: impl FnOnce(&mut PaymentIntent)) {
        if let Some(intent) = self.payment_intents.iter_mut().find(|intent| intent.id == id) {
            change(intent);
        }
    }
}
