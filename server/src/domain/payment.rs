//! Payment methods and external accounts at Stripe, from a customer's agreement. An agreement always results in the same
//! parameters and idempotency keys, so that a retry creates nothing twice.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use relink_protocol::{AccountId, HolderId, HolderKind, PaymentMethodId, SessionId};

use super::version::ApiVersion;

/// Acceptance of a mandate, as first given by the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acceptance {
    pub(crate) at: Timestamp,
    pub(crate) ip: IpAddr,
    pub(crate) user_agent: String,
    /// Name for the payment method; empty where none is needed.
    pub(crate) name: String,
}

/// Payment method and mandate to be created.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) session: SessionId,
    pub(crate) customer: HolderId,
    /// New account to pay from.
    pub(crate) account: AccountId,
    /// Account that payments used before.
    pub(crate) replaces: AccountId,
    pub(crate) acceptance: Acceptance,
    /// Number of refusals by Stripe. Part of the idempotency key, because Stripe replays a refusal under the same key.
    pub(crate) refusals: u32,
}

/// Parameters of a POST, and its idempotency key.
pub(crate) type Request = (Vec<(&'static str, String)>, String);

impl Order {
    /// Returns the request that creates the payment method.
    pub(crate) fn payment_method(&self) -> Request {
        let mut form = vec![
            ("type", "us_bank_account".to_owned()),
            ("us_bank_account[financial_connections_account]", self.account.at_stripe().to_owned()),
            ("billing_details[name]", self.acceptance.name.clone()),
        ];
        form.extend(self.metadata());
        (form, self.key("payment_method"))
    }

    /// Returns the request that attaches it to the customer, with the mandate.
    pub(crate) fn setup_intent(&self, payment_method: &PaymentMethodId, version: ApiVersion) -> Request {
        let Acceptance { at, ip, user_agent, .. } = &self.acceptance;
        let payer = match self.customer.kind() {
            HolderKind::CustomerAccount => "customer_account",
            HolderKind::Customer | HolderKind::ConnectedAccount => "customer",
        };
        let mut form = vec![
            (payer, self.customer.at_stripe().to_owned()),
            ("payment_method", payment_method.at_stripe().to_owned()),
            (version.payment_method_types(), "us_bank_account".to_owned()),
            ("confirm", "true".to_owned()),
            ("usage", "off_session".to_owned()),
            ("mandate_data[customer_acceptance][type]", "online".to_owned()),
            ("mandate_data[customer_acceptance][accepted_at]", at.as_second().to_string()),
            ("mandate_data[customer_acceptance][online][ip_address]", ip.to_string()),
            ("mandate_data[customer_acceptance][online][user_agent]", user_agent.clone()),
        ];
        form.extend(self.metadata());
        (form, self.key("setup_intent"))
    }

    /// Returns the request that makes the bank account of this token the default external account of the connected account.
    /// Stripe pays out to the default one of the currency.
    pub(crate) fn external_account(&self, token: &str) -> Request {
        let mut form = vec![
            ("external_account", token.to_owned()),
            ("default_for_currency", "true".to_owned()),
            ("metadata[financial_connections_account]", self.account.at_stripe().to_owned()),
        ];
        form.extend(self.metadata());
        (form, self.key("external_account"))
    }

    /// Returns metadata by which the merchant finds the origin in Stripe's dashboard.
    fn metadata(&self) -> [(&'static str, String); 2] {
        [
            ("metadata[relink_session]", self.session.at_stripe().to_owned()),
            ("metadata[replaces_account]", self.replaces.at_stripe().to_owned()),
        ]
    }

    /// Returns the idempotency key; a hash, because identifiers may be longer than the 255
    /// characters that Stripe accepts.
    fn key(&self, what: &str) -> String {
        let Self { session, account, refusals, .. } = self;
        let hash = digest(&SHA256, format!("{what} {session} {account} {refusals}").as_bytes());
        hash.as_ref().iter().fold(String::new(), |key, byte| key + &format!("{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            session: "fcsess_1".parse().unwrap(),
            customer: "cus_1".parse().unwrap(),
            account: "fca_2".parse().unwrap(),
            replaces: "fca_1".parse().unwrap(),
            acceptance: Acceptance {
                at: Timestamp::from_second(1_790_000_000).unwrap(),
                ip: "2001:db8::1".parse().unwrap(),
                user_agent: "Browser/1".to_owned(),
                name: "Jenny Rosen".to_owned(),
            },
            refusals: 0,
        }
    }

    fn keys(order: &Order) -> [String; 2] {
        let version = ApiVersion::with_relink("2026-09-30.preview").unwrap();
        [order.payment_method().1, order.setup_intent(&"pm_1".parse().unwrap(), version).1]
    }

    #[test]
    fn the_same_order_has_the_same_keys_and_another_one_others() {
        assert_eq!(keys(&order()), keys(&order()));
        let later = Acceptance { at: Timestamp::UNIX_EPOCH, ..order().acceptance };
        assert_eq!(keys(&order()), keys(&Order { acceptance: later, ..order() }));
        let mut all: Vec<String> = [
            order(),
            Order { account: "fca_3".parse().unwrap(), ..order() },
            Order { session: "fcsess_2".parse().unwrap(), ..order() },
            Order { refusals: 1, ..order() },
        ]
        .iter()
        .flat_map(keys)
        .collect();
        assert!(all.iter().all(|key| key.len() == 64));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 8);
    }

    #[test]
    fn a_setup_intent_carries_the_mandate_under_the_names_of_the_version() {
        for (version, types) in [
            ("2026-07-29.preview", "payment_method_types[]"),
            ("2026-08-26.preview", "allowed_payment_method_types[]"),
        ] {
            let version = ApiVersion::with_relink(version).unwrap();
            let (form, _) = order().setup_intent(&"pm_1".parse().unwrap(), version);
            let sent =
                form.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
            let acceptance = "mandate_data[customer_acceptance]";
            assert_eq!(
                sent,
                format!(
                    "customer=cus_1\npayment_method=pm_1\n{types}=us_bank_account\nconfirm=true\nusage=off_session\n\
                     {acceptance}[type]=online\n{acceptance}[accepted_at]=1790000000\n\
                     {acceptance}[online][ip_address]=2001:db8::1\n{acceptance}[online][user_agent]=Browser/1\n\
                     metadata[relink_session]=fcsess_1\nmetadata[replaces_account]=fca_1"
                )
            );
        }
    }
}
