//! Payment intents for bank accounts: the bank says days later if a debit succeeded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    World,
    bank_options::BankOptions,
    number::DAY,
    planned::Change,
    setup_intent::{Acceptance, InvalidConfirmation},
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

/// A debit that the bank has returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Returned {
    pub(crate) code: ReturnCode,
    /// Id of the payment method that was debited.
    pub(crate) payment_method: Option<String>,
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
        let id = params.payment_method.as_deref().ok_or(InvalidConfirmation::NoPaymentMethod)?;
        let method = self.payment_method(id);
        let method = method.ok_or_else(|| InvalidConfirmation::NoSuchPaymentMethod(id.to_owned()))?;
        if acceptance.is_none() && !self.mandates.iter().any(|mandate| mandate.payment_method == id) {
            return Err(InvalidConfirmation::NoMandate);
        }
        if method.customer.is_some() && method.customer != params.customer {
            return Err(InvalidConfirmation::OtherCustomer);
        }
        self.check_payable(&method.account).map(|_| ()).map_err(InvalidConfirmation::Unpayable)
    }

    /// Confirms a payment intent: it is processed, until the bank reports the result.
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
        if let (Some(method), Some(acceptance)) = (params.payment_method.clone(), acceptance) {
            self.create_mandate(&method, acceptance);
        }
        if let (Some(method), Some(customer), Some(_)) =
            (&params.payment_method, &params.customer, &params.setup_future_usage)
        {
            self.set_payment_method_customer(method, Some(customer));
        }
        self.change_payment(id, |intent| {
            (intent.params, intent.progress) = (params, PaymentProgress::Processing);
        });
        let wait = self.settings.payment_seconds.map_or(SETTLEMENT, i64::from);
        self.plan_change(self.now + wait, Change::SettlePayment { payment: id.to_owned() });
        Ok(())
    }

    /// Ends a payment that is processed: it succeeds, or the bank returns the debit.
    pub(super) fn settle_payment(&mut self, id: &str) {
        let Some(intent) = self.payment_intent(id) else { return };
        if intent.progress != PaymentProgress::Processing {
            return;
        }
        let method = intent.params.payment_method.clone();
        let is_closed = method.as_deref().and_then(|id| self.payment_method(id)).is_some_and(|method| {
            let account = self.account(&method.account);
            let holding =
                account.and_then(|account| self.holdings.iter().find(|one| one.id == account.holding));
            holding.is_some_and(|holding| holding.closed)
        });
        match self.settings.payment_return.or(is_closed.then_some(ReturnCode::R02)) {
            None => self.change_payment(id, |intent| intent.progress = PaymentProgress::Succeeded),
            Some(code) => self.change_payment(id, |intent| {
                let payment_method = intent.params.payment_method.take();
                intent.progress = PaymentProgress::Open { returned: Some(Returned { code, payment_method }) };
            }),
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

    /// Cancels an open payment intent; returns false for any other.
    pub(crate) fn cancel_payment(&mut self, id: &str, reason: Option<&'static str>) -> bool {
        let now = self.now;
        let is_open = |intent: &PaymentIntent| matches!(intent.progress, PaymentProgress::Open { .. });
        if !self.payment_intent(id).is_some_and(is_open) {
            return false;
        }
        self.change_payment(id, |intent| {
            intent.progress = PaymentProgress::Canceled { reason };
            intent.canceled_at = Some(now);
        });
        true
    }

    fn change_payment(&mut self, id: &str, change: impl FnOnce(&mut PaymentIntent)) {
        if let Some(intent) = self.payment_intents.iter_mut().find(|intent| intent.id == id) {
            change(intent);
        }
    }
}
