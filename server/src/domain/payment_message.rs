//! Payloads of merchant events about payment methods and external accounts.

use jiff::Timestamp;
use relink_protocol::stripe::SetupIntentStatus;
use relink_protocol::{AccountId, PaymentMethodId, SetupIntentId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::attempt::Attempt;
use super::audit::AuditAction;
use super::connection::StoredAccount;
use super::default_payment_method::Payer;
use super::merchant_event::MerchantEvent;
use super::merchant_event_payload::{connection, envelope};
use super::payment::Acceptance;

/// Object that Stripe has made of the new account.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    /// To pay from.
    PaymentMethod(MadePaymentMethod),
    /// To be paid out to: the default external account, `ba_…`.
    ExternalAccount(String),
}

/// Payment method, and the objects that belong to it.
#[derive(Clone, Debug)]
pub(crate) struct MadePaymentMethod {
    pub(crate) payment_method: PaymentMethodId,
    pub(crate) setup_intent: SetupIntentId,
    pub(crate) status: SetupIntentStatus,
    /// `mandate_…`
    pub(crate) mandate: Option<String>,
}

/// Reason for which there is no payment method or external account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PaymentFailure {
    /// Stripe refused, with this error code if it gave one.
    Refused(Option<String>),
    /// Stripe did not confirm the mandate at once.
    NotConfirmed,
    /// Neither the token nor the customer at Stripe has a name for the payment method.
    NoName,
    /// The session has no token of the bank account.
    NoToken,
}

/// Customer's choice of an account to pay from, or to be paid out to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) attempt: &'a Attempt,
    /// New account.
    pub(crate) account: &'a AccountId,
    /// New and replaced account, as far as they are stored.
    pub(crate) stored: &'a [StoredAccount],
    /// Acceptance of the mandate; `None` if it failed before.
    pub(crate) acceptance: Option<&'a Acceptance>,
}

impl Made {
    /// Returns the action and the detail of the audit entry. `replaces` is the account that the customer used before.
    pub(crate) fn entry(&self, replaces: &AccountId) -> (AuditAction, Value) {
        match self {
            Self::PaymentMethod(made) => (
                AuditAction::PaymentMethodMade,
                json!({
                    "payment_method": made.payment_method, "setup_intent": made.setup_intent, "replaces": replaces,
                }),
            ),
            Self::ExternalAccount(id) => {
                (AuditAction::ExternalAccountMade, json!({"external_account": id, "replaces": replaces}))
            }
        }
    }
}

/// Longest text of a mandate in a payload, in characters; longer than any template and its names.
const LONGEST_MANDATE: usize = 3000;
const LONGEST_NAME: usize = 300;

impl Choice<'_> {
    /// Returns the kind of event that says that nothing was made.
    pub(crate) fn failed_kind(&self) -> MerchantEvent {
        if self.attempt.payee().is_some() {
            MerchantEvent::ExternalAccountFailed
        } else {
            MerchantEvent::PaymentMethodFailed
        }
    }

    fn data(&self) -> Value {
        let Attempt { session, customer, account: replaces, .. } = self.attempt;
        json!({
            "customer": customer,
            "session": session,
            "account": self.described(self.account),
            "replaces": self.described(replaces),
            "consent": self.acceptance.map(|acceptance| self.consent(acceptance)),
        })
    }

    /// Returns the connection, or only its identifier if it is not stored.
    fn described(&self, id: &AccountId) -> Value {
        let stored = self.stored.iter().find(|stored| stored.account.id == *id);
        stored.map_or_else(|| json!({"id": id}), connection)
    }

    /// Returns who agreed when to which words, from where.
    fn consent(&self, acceptance: &Acceptance) -> Value {
        let Acceptance { at, ip, user_agent, name } = acceptance;
        let settled = self.attempt.settled.as_ref();
        let words = settled.and_then(|settled| settled.payable(self.account)).map(|(_, words)| words);
        json!({
            "accepted_at": at.as_second(),
            "text": words.map(|words| cut(words, LONGEST_MANDATE)),
            "language": self.attempt.language.code(),
            "name": cut(name, LONGEST_NAME),
            "sign_in": self.attempt.sign_in.as_deref().map(|sign_in| cut(sign_in, LONGEST_NAME)),
            "ip_address": ip,
            "user_agent": user_agent,
        })
    }
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// Returns the event for a new payment method, or for a new external account, which is the default one. A default payment
/// method is unchanged: Stripe goes on debiting the old one.
pub(crate) fn created(
    choice: Choice<'_>,
    made: &Made,
    id: Uuid,
    now: Timestamp,
) -> (MerchantEvent, (String, String)) {
    let (kind, made) = match made {
        Made::PaymentMethod(made) => (
            MerchantEvent::PaymentMethodCreated,
            json!({
                "payment_method": made.payment_method,
                "setup_intent": made.setup_intent,
                "setup_intent_status": made.status.as_str(),
                "mandate": made.mandate,
            }),
        ),
        Made::ExternalAccount(id) => (
            MerchantEvent::ExternalAccountCreated,
            json!({"external_account": id, "default_for_currency": true}),
        ),
    };
    let stripe_account = choice.account.stripe_account();
    (kind, envelope(kind, stripe_account, &merged(choice.data(), made), id, now))
}

/// Returns the event for a payment method or an external account that was not made.
pub(crate) fn failed(
    choice: Choice<'_>,
    failure: &PaymentFailure,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    let (reason, code) = match failure {
        PaymentFailure::Refused(code) => ("refused", code.as_deref()),
        PaymentFailure::NotConfirmed => ("not_confirmed", None),
        PaymentFailure::NoName => ("no_name", None),
        PaymentFailure::NoToken => ("no_token", None),
    };
    let kind = choice.failed_kind();
    let failure = json!({"reason": reason, "code": code.map(|code| cut(code, LONGEST_NAME))});
    envelope(kind, choice.account.stripe_account(), &merged(choice.data(), failure), id, now)
}

/// Returns the event for a payment method that is the default of these objects now, or the one for an error, which
/// names the objects that were changed before it.
pub(crate) fn made_default(
    attempt: &Attempt,
    method: &PaymentMethodId,
    payers: &[Payer],
    error: Option<&str>,
    id: Uuid,
    now: Timestamp,
) -> (MerchantEvent, (String, String)) {
    let subscriptions: Vec<&str> =
        payers.iter().filter_map(Payer::subscription).take(MOST_SUBSCRIPTIONS).collect();
    let mut data = json!({
        "customer": attempt.customer,
        "session": attempt.session,
        "payment_method": method,
        "is_customers_default": payers.contains(&Payer::Customer),
        "subscriptions": subscriptions,
    });
    let kind = match error {
        None => MerchantEvent::PaymentMethodMadeDefault,
        Some(error) => {
            data = merged(data, json!({"error": cut(error, LONGEST_NAME)}));
            MerchantEvent::PaymentMethodDefaultFailed
        }
    };
    (kind, envelope(kind, attempt.session.stripe_account(), &data, id, now))
}

/// Most subscriptions that a payload names; more than a customer has.
const MOST_SUBSCRIPTIONS: usize = 200;

fn merged(mut data: Value, more: Value) -> Value {
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    data
}

#[cfg(test)]
mod tests {
    use relink_protocol::{AccountName, Connected, RelinkOutcome};

    use super::*;
    use crate::domain::language::Language;
    use crate::domain::outcome::Settled;

    fn stored(id: &str) -> StoredAccount {
        let name = "\u{1f3e6}".repeat(100_000);
        let account = serde_json::from_value(json!({
            "id": id, "authorization": "fcauth_1", "institution_name": name, "display_name": name, "last4": "6789",
            "livemode": false, "status": "active", "subcategory": "checking"
        }))
        .unwrap();
        let now = Timestamp::from_second(1000).unwrap();
        StoredAccount {
            condition: relink_protocol::Condition::Healthy,
            account,
            as_of: 1,
            read_at: now,
            changed_at: now,
            recheck_at: None,
            revision: 1,
            told: None,
            replaced_by: None,
        }
    }

    #[test]
    fn a_message_is_small_whatever_banks_and_customers_are_called() {
        let long = "\u{1f3e6}".repeat(100_000);
        let (old, new) = (stored("fca_1"), stored("fca_2"));
        let connected = Connected {
            added: vec![AccountName::from(new.account.clone())],
            mandate: Some(long.clone()),
            ..Connected::default()
        };
        let attempt = Attempt {
            session: "fcsess_1".parse().unwrap(),
            customer: "cus_1".parse().unwrap(),
            sign_in: Some(long.clone()),
            account: old.account.id.clone(),
            choice: relink_protocol::Choice::Repair,
            purpose: relink_protocol::Purpose::Payments,
            requested: relink_protocol::Requested::Anything,
            before: Vec::new(),
            started_at: Timestamp::UNIX_EPOCH,
            reported: relink_protocol::Reported::Finished,
            language: Language::English,
            settled: Some(Settled {
                outcome: RelinkOutcome::NewAccount(connected),
                linked: Vec::new(),
                by_stripe: true,
                pairs: None,
            }),
        };
        let acceptance = Acceptance {
            at: Timestamp::UNIX_EPOCH,
            ip: "2001:db8::1".parse().unwrap(),
            user_agent: "x".repeat(500),
            name: long.clone(),
        };
        let account = new.account.id.clone();
        let stored = [old, new];
        let choice =
            Choice { attempt: &attempt, account: &account, stored: &stored, acceptance: Some(&acceptance) };
        let failure = PaymentFailure::Refused(Some(long));
        let (id, body) = failed(choice, &failure, Uuid::nil(), Timestamp::UNIX_EPOCH);
        assert!(body.len() < 32_000, "{}", body.len());
        assert_eq!(id, "msg_00000000000000000000000000000000");
        let told: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(told["data"]["consent"]["text"].as_str().unwrap().chars().count(), LONGEST_MANDATE);
    }
}
