//! Payloads of merchant events (webhooks).

use jiff::Timestamp;
use relink_protocol::stripe::{BlockReason, BlockRemedy, Cause, PaymentBlock, Subcategory};
use relink_protocol::{AccountId, AuthorizationId, HolderId, PaymentMethodId, StripeAccountId};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::connection::StoredAccount;
use super::filter::State;
use super::merchant_event::MerchantEvent;

/// Returns the event's identifier and body, in the form that Standard Webhooks recommends: `type`, `timestamp`, `data`; and, as in
/// Stripe's events, `account` for a connected account whose customer it is about.
pub(crate) fn envelope(
    kind: MerchantEvent,
    stripe_account: Option<StripeAccountId>,
    data: &Value,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    let mut body = json!({"type": kind.as_str(), "timestamp": now.to_string(), "data": data});
    if let (Some(account), Value::Object(body)) = (stripe_account, &mut body) {
        body.insert("account".to_owned(), json!(account));
    }
    (format!("msg_{}", id.simple()), body.to_string())
}

/// Returns the event about a connection.
pub(crate) fn message(
    notice: MerchantEvent,
    kept: &StoredAccount,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    envelope(notice, kept.account.id.stripe_account(), &connection(kept), id, now)
}

/// Returns the event for a failed attempt at this account: the connection, or the data in `about` if it is not stored, and the
/// reason.
pub(crate) fn relink_failed(
    account: &AccountId,
    kept: Option<&StoredAccount>,
    about: Value,
    failed: Value,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    let mut data = kept.map_or(about, connection);
    if let (Value::Object(data), Value::Object(failed)) = (&mut data, failed) {
        data.extend(failed);
    }
    envelope(MerchantEvent::RelinkFailed, account.stripe_account(), &data, id, now)
}

/// Connection to an account, as the API and webhooks represent it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Connection<'a> {
    id: &'a AccountId,
    customer: Option<&'a HolderId>,
    authorization: Option<&'a AuthorizationId>,
    #[schema(example = "Alder Bank")]
    institution_name: String,
    #[schema(example = "Everyday Checking")]
    display_name: Option<String>,
    #[schema(example = "6789")]
    last4: Option<&'a str>,
    subcategory: &'a Subcategory,
    livemode: bool,
    /// State of the connection.
    #[schema(value_type = State)]
    state: &'static str,
    /// Reason for which it is broken.
    cause: Option<&'a Cause>,
    /// Time at which it is going to end.
    expires_on: Option<i64>,
    /// Account under which the customer has linked it again.
    replaced_by: Option<&'a AccountId>,
    /// Block of one of its payment methods, whatever the state of the connection.
    payment_block: Option<Block<'a>>,
    /// Time of the last change of its state.
    changed_at: i64,
    /// Time at which it was last read from Stripe.
    checked_at: i64,
}

/// Block of a payment method, as the API and webhooks represent it.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentBlock)]
pub(crate) struct Block<'a> {
    payment_method: &'a PaymentMethodId,
    reason: &'a BlockReason,
    /// Return code of the ACH network.
    #[schema(example = "R02")]
    network_code: Option<&'a str>,
    /// Remedy: a relink, the customer's new authorization, or another account.
    remedy: BlockRemedy,
}

impl<'a> From<&'a PaymentBlock> for Block<'a> {
    fn from(block: &'a PaymentBlock) -> Self {
        let PaymentBlock { payment_method, reason, network_code } = block;
        Self { payment_method, reason, network_code: network_code.as_deref(), remedy: block.remedy() }
    }
}

/// Returns the event for an account that a customer has linked again under another identifier: the old connection, which
/// names the new one, and the new connection as `replacement`.
pub(crate) fn replaced(
    old: &StoredAccount,
    new: &StoredAccount,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    let mut data = connection(old);
    if let Value::Object(data) = &mut data {
        data.insert("replacement".to_owned(), connection(new));
    }
    envelope(MerchantEvent::ConnectionReplaced, old.account.id.stripe_account(), &data, id, now)
}

/// Returns a connection as the API and webhooks represent it.
pub(crate) fn connection(kept: &StoredAccount) -> Value {
    let account = &kept.account;
    let (state, cause, expires_on) = kept.in_words();
    let holder = account.holder();
    json!(Connection {
        id: &account.id,
        customer: holder,
        authorization: account.authorization.as_ref(),
        institution_name: short(&account.institution_name),
        display_name: account.display_name.as_deref().map(short),
        last4: account.last4.as_deref(),
        subcategory: &account.subcategory,
        livemode: account.livemode,
        state,
        cause,
        expires_on,
        replaced_by: kept.replaced_by.as_ref(),
        payment_block: account.payment_block.as_ref().map(Block::from),
        changed_at: kept.changed_at.as_second(),
        checked_at: kept.read_at.as_second(),
    })
}

/// Truncates names, so that a payload stays small. Real names are shorter.
fn short(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

const LONGEST_NAME: usize = 500;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use relink_protocol::Condition;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_message_is_small_whatever_a_bank_calls_itself() {
        let now = Timestamp::from_second(1000).unwrap();
        let name = "\u{1f3e6}".repeat(100_000);
        let account = serde_json::from_value(json!({
            "id": "fca_1", "authorization": "fcauth_1", "institution_name": name, "display_name": name,
            "livemode": false, "status": "active", "subcategory": "checking"
        }))
        .unwrap();
        let kept = StoredAccount {
            condition: Condition::Healthy,
            account,
            as_of: 1,
            read_at: now,
            changed_at: now,
            recheck_at: None,
            revision: 1,
            told: None,
            replaced_by: None,
        };
        let (_, body) = replaced(&kept, &kept, Uuid::nil(), now);
        assert!(body.len() < 20_000, "{}", body.len());
        let (id, body) = message(MerchantEvent::ConnectionRepaired, &kept, Uuid::nil(), now);
        assert!(body.len() < 20_000, "{}", body.len());
        assert_eq!(id, "msg_00000000000000000000000000000000");
    }

    #[test]
    fn the_event_of_a_connected_accounts_customer_names_the_account_as_stripes_do() {
        let (now, kind) = (Timestamp::UNIX_EPOCH, MerchantEvent::ConnectionBroken);
        for (account, expected) in [(None, Value::Null), (Some("acct_1".parse().unwrap()), json!("acct_1"))] {
            let (_, body) = envelope(kind, account, &json!({}), Uuid::nil(), now);
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&body["account"], &body["type"]), (&expected, &json!("connection.broken")));
        }
    }
}
