//! Setup intents, by which the customer agrees to later payments, and the mandates that record it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    PaymentMethod, World, bank_options::BankOptions, payment_method::Unpayable, typed_account::Verification,
};

/// A setup intent for bank accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupIntent {
    pub(crate) id: String,
    #[serde(rename = "plan")]
    pub(crate) params: SetupParams,
    pub(crate) progress: SetupProgress,
    /// Unix seconds.
    pub(crate) created: i64,
    /// The customer's agreement while the account is being verified.
    #[serde(default)]
    acceptance: Option<Acceptance>,
}

/// Parameters of a setup intent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SetupParams {
    pub(crate) customer: Option<String>,
    pub(crate) payment_method: Option<String>,
    #[serde(with = "super::enum_text")]
    pub(crate) usage: super::enum_text::EnumText,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(with = "super::enum_text::list")]
    pub(crate) types: Vec<&'static str>,
    /// True if the payment methods are those of the merchant's settings (`automatic_payment_methods`).
    #[serde(default)]
    pub(crate) is_automatic: bool,
    #[serde(default)]
    pub(crate) options: Option<BankOptions>,
}

/// Progress of a setup intent. `params` says if a payment method is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SetupProgress {
    /// Can be confirmed, also again after the bank declined the payment method in `declined`.
    Open { declined: Option<String> },
    /// Waits for an action of the customer (`requires_action`).
    NeedsAction,
    /// Succeeded; money can be moved under this mandate.
    Succeeded { mandate: String },
    /// Canceled, for this reason.
    Canceled {
        #[serde(with = "super::enum_text::option")]
        reason: Option<super::enum_text::EnumText>,
    },
}

/// Customer's agreement to payments with a payment method.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mandate {
    pub(crate) id: String,
    pub(crate) payment_method: String,
    pub(crate) acceptance: Acceptance,
}

/// Time and way of the customer's acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acceptance {
    /// Unix seconds.
    pub(crate) accepted_at: Option<i64>,
    /// IP address and user agent; `None` for an offline acceptance.
    pub(crate) online: Option<(String, String)>,
}

/// Reason why a setup intent is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfirmRefused {
    /// The setup intent is over or waits for the customer.
    WrongState,
    /// The call is invalid; nothing was changed.
    Invalid(InvalidConfirmation),
    /// The bank declined; the setup intent records the declined payment method.
    Declined,
}

/// Fault in the parameters of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvalidConfirmation {
    /// There is no payment method to set up.
    NoPaymentMethod,
    /// The payment method does not exist.
    NoSuchPaymentMethod(String),
    /// `mandate_data` is missing.
    NoMandate,
    /// The payment method belongs to another customer.
    OtherCustomer,
    /// The account of the payment method can't be used.
    Unpayable(Unpayable),
    /// Stripe no longer debits the bank account.
    Blocked,
}

impl World {
    pub(crate) fn setup_intents(&self) -> &[SetupIntent] {
        &self.setup_intents
    }

    pub(crate) fn setup_intent(&self, id: &str) -> Option<&SetupIntent> {
        self.setup_intents.iter().find(|intent| intent.id == id)
    }

    pub(crate) fn mandates(&self) -> &[Mandate] {
        &self.mandates
    }

    pub(crate) fn mandate(&self, id: &str) -> Option<&Mandate> {
        self.mandates.iter().find(|mandate| mandate.id == id)
    }

    pub(crate) fn create_setup_intent(&mut self, params: SetupParams) -> &SetupIntent {
        let id = self.ids.next("seti");
        let progress = SetupProgress::Open { declined: None };
        self.setup_intents.push_mut(SetupIntent { id, params, progress, created: self.now, acceptance: None })
    }

    /// Checks that a setup intent can be confirmed with this acceptance. Changes nothing.
    pub(crate) fn check_setup(
        &self,
        params: &SetupParams,
        acceptance: Option<&Acceptance>,
    ) -> Result<(), InvalidConfirmation> {
        let (method, customer) = (params.payment_method.as_deref(), params.customer.as_deref());
        let method = self.check_confirmation(method, customer, |_| acceptance.is_some())?;
        self.check_method(method).map_err(InvalidConfirmation::Unpayable)
    }

    /// Returns the payment method of an intent that is to be confirmed, if it exists, the customer has agreed to it,
    /// and it belongs to nobody else.
    pub(super) fn check_confirmation(
        &self,
        method: Option<&str>,
        customer: Option<&str>,
        has_agreed: impl FnOnce(&str) -> bool,
    ) -> Result<&PaymentMethod, InvalidConfirmation> {
        let id = method.ok_or(InvalidConfirmation::NoPaymentMethod)?;
        let method = self.payment_method(id);
        let method = method.ok_or_else(|| InvalidConfirmation::NoSuchPaymentMethod(id.to_owned()))?;
        if !has_agreed(id) {
            return Err(InvalidConfirmation::NoMandate);
        }
        if method.customer.is_some() && method.customer.as_deref() != customer {
            return Err(InvalidConfirmation::OtherCustomer);
        }
        Ok(method)
    }

    /// Confirms a setup intent. It succeeds at once if the bank account was linked, and so verified.
    pub(crate) fn confirm_setup(
        &mut self,
        id: &str,
        payment_method: Option<&str>,
        acceptance: Option<Acceptance>,
    ) -> Result<(), ConfirmRefused> {
        let intent = self.setup_intent(id).ok_or(ConfirmRefused::WrongState)?;
        if !matches!(intent.progress, SetupProgress::Open { .. }) {
            return Err(ConfirmRefused::WrongState);
        }
        let mut params = intent.params.clone();
        params.payment_method = payment_method.map(str::to_owned).or(params.payment_method);
        self.check_setup(&params, acceptance.as_ref()).map_err(ConfirmRefused::Invalid)?;
        let (Some(method), Some(acceptance)) = (params.payment_method.clone(), acceptance) else {
            return Err(ConfirmRefused::Invalid(InvalidConfirmation::NoMandate));
        };
        let declined = self.settings.decline_setup_intents;
        let mut waiting = None;
        let progress = if declined {
            SetupProgress::Open { declined: params.payment_method.take() }
        } else if self.settings.setup_intent_requires_action || self.needs_verification(&method) {
            waiting = Some(acceptance);
            SetupProgress::NeedsAction
        } else {
            SetupProgress::Succeeded { mandate: self.create_mandate(&method, acceptance) }
        };
        if matches!(progress, SetupProgress::Succeeded { .. }) && params.customer.is_some() {
            self.set_payment_method_customer(&method, params.customer.as_deref());
        }
        if let Some(intent) = self.setup_intents.iter_mut().find(|intent| intent.id == id) {
            (intent.params, intent.progress, intent.acceptance) = (params, progress, waiting);
        }
        if declined { Err(ConfirmRefused::Declined) } else { Ok(()) }
    }

    /// Ends the verification of the account by small deposits; returns false if there is none.
    pub(crate) fn end_setup_verification(&mut self, id: &str, verification: Verification) -> bool {
        let Some(intent) = self.setup_intents.iter_mut().find(|intent| intent.id == id) else { return false };
        if intent.progress != SetupProgress::NeedsAction {
            return false;
        }
        let (method, acceptance) = (intent.params.payment_method.clone(), intent.acceptance.take());
        let customer = intent.params.customer.clone();
        let progress = match (method, acceptance) {
            (Some(method), Some(acceptance)) if verification == Verification::Succeeded => {
                self.set_verified(&method);
                self.set_payment_method_customer(&method, customer.as_deref());
                SetupProgress::Succeeded { mandate: self.create_mandate(&method, acceptance) }
            }
            (method, _) => SetupProgress::Open { declined: method },
        };
        if let Some(intent) = self.setup_intents.iter_mut().find(|intent| intent.id == id) {
            if matches!(progress, SetupProgress::Open { .. }) {
                intent.params.payment_method = None;
            }
            intent.progress = progress;
        }
        true
    }

    /// Changes the parameters of a setup intent that is still open; returns false for any other.
    pub(crate) fn update_setup(&mut self, id: &str, params: SetupParams) -> bool {
        let mut open =
            self.setup_intents.iter_mut().filter(|one| matches!(one.progress, SetupProgress::Open { .. }));
        let Some(intent) = open.find(|intent| intent.id == id) else { return false };
        intent.params = params;
        true
    }

    /// Cancels a setup intent; returns false if it is over.
    pub(crate) fn cancel_setup(&mut self, id: &str, reason: Option<&'static str>) -> bool {
        let intent = self.setup_intents.iter_mut().find(|intent| intent.id == id);
        match intent {
            Some(intent)
                if matches!(intent.progress, SetupProgress::Open { .. } | SetupProgress::NeedsAction) =>
            {
                intent.progress = SetupProgress::Canceled { reason };
                true
            }
            _ => false,
        }
    }

    pub(super) fn create_mandate(&mut self, payment_method: &str, acceptance: Acceptance) -> String {
        let id = self.ids.next("mandate");
        let payment_method = payment_method.to_owned();
        self.mandates.push_mut(Mandate { id, payment_method, acceptance }).id.clone()
    }
}
