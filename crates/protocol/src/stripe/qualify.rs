//! Qualifies what Stripe returns for a connected account.

use super::{
    Account, AccountHolder, Accounts, Authorization, Customer, Institution, InvoiceSettings, List,
    PaymentBankAccount, PaymentMethod, RelinkOptions, RelinkResult, Session, SetupIntent, Subscription,
};
use crate::{Qualify, StripeAccountId};

impl<T: Qualify> Qualify for List<T> {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { data, has_more: _ } = self;
        data.qualify(account);
    }
}

impl Qualify for Account {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self {
            id,
            account_holder,
            account_numbers: _,
            authorization,
            balance_refresh: _,
            created: _,
            display_name: _,
            // A bank is the same for all accounts.
            institution: _,
            institution_name: _,
            last4: _,
            livemode: _,
            ownership_refresh: _,
            permissions: _,
            status: _,
            status_details: _,
            subcategory: _,
            subscriptions: _,
            transaction_refresh: _,
            // Is added by the server, from a payment method that is qualified.
            payment_block: _,
        } = self;
        id.qualify(account);
        account_holder.qualify(account);
        authorization.qualify(account);
    }
}

impl Qualify for AccountHolder {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { id } = self;
        id.qualify(account);
    }
}

impl Qualify for Authorization {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { id, institution_name: _, status: _, status_details: _ } = self;
        id.qualify(account);
    }
}

impl Qualify for Session {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self {
            id,
            client_secret: _,
            accounts,
            relink_options,
            relink_result,
            url: _,
            bank_account_token: _,
            status: _,
        } = self;
        id.qualify(account);
        accounts.qualify(account);
        relink_options.qualify(account);
        relink_result.qualify(account);
    }
}

impl Qualify for Accounts {
    fn qualify(&mut self, account: &StripeAccountId) {
        match self {
            Self::List { data, has_more: _ } => data.qualify(account),
            Self::Array(accounts) => accounts.qualify(account),
        }
    }
}

impl Qualify for RelinkOptions {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { authorization, account: requested } = self;
        authorization.qualify(account);
        requested.qualify(account);
    }
}

impl Qualify for RelinkResult {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { authorization, account: relinked, failure_reason: _ } = self;
        authorization.qualify(account);
        relinked.qualify(account);
    }
}

impl Qualify for Institution {
    /// Changes nothing: a bank is the same for all accounts.
    fn qualify(&mut self, _: &StripeAccountId) {}
}

impl Qualify for Customer {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { id, name: _, email: _, preferred_locales: _, deleted: _, invoice_settings } = self;
        id.qualify(account);
        invoice_settings.qualify(account);
    }
}

impl Qualify for InvoiceSettings {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { default_payment_method } = self;
        qualify_text(default_payment_method, account);
    }
}

impl Qualify for Subscription {
    /// Leaves the subscription's own identifier as Stripe writes it: it is used in the next call only.
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { id: _, default_payment_method } = self;
        qualify_text(default_payment_method, account);
    }
}

impl Qualify for PaymentMethod {
    fn qualify(&mut self, account: &StripeAccountId) {
        // Of a customer account only its presence counts.
        let Self { id, customer, customer_account: _, us_bank_account } = self;
        id.qualify(account);
        customer.qualify(account);
        us_bank_account.qualify(account);
    }
}

impl Qualify for PaymentBankAccount {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { financial_connections_account, status_details: _ } = self;
        financial_connections_account.qualify(account);
    }
}

impl Qualify for SetupIntent {
    fn qualify(&mut self, account: &StripeAccountId) {
        let Self { id, status: _, mandate } = self;
        id.qualify(account);
        qualify_text(mandate, account);
    }
}

fn qualify_text(id: &mut Option<String>, account: &StripeAccountId) {
    if let Some(id) = id {
        *id = account.qualified(id);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_stored_account_of_a_connected_account_is_read_as_it_was() {
        let theirs = |holder| {
            let mut account: Account = serde_json::from_value(json!({
                "id": "fca_1", "account_holder": holder, "authorization": "fcauth_1", "institution": "fcinst_1",
                "institution_name": "Alder Bank", "livemode": false, "status": "active", "subcategory": "checking"
            }))
            .unwrap();
            account.qualify(&"acct_1".parse().unwrap());
            account
        };
        for (holder, expected) in [
            (json!({"type": "customer", "customer": "cus_1"}), "acct_1.cus_1"),
            (json!({"type": "account", "account": "acct_2"}), "acct_1.acct_2"),
            (json!({"type": "customer", "customer_account": "acct_2"}), "acct_1.customer_account_acct_2"),
        ] {
            let account = theirs(holder);
            assert_eq!(account.holder().unwrap().as_str(), expected);
            assert_eq!(account.authorization.as_ref().unwrap().as_str(), "acct_1.fcauth_1");
            assert_eq!(account.institution.as_ref().unwrap().as_str(), "fcinst_1");
            let stored = serde_json::to_string(&account).unwrap();
            assert_eq!(serde_json::from_str::<Account>(&stored).unwrap(), account, "{stored}");
        }
    }

    /// Reads an object, qualifies it, and returns the identifiers in its debug output.
    fn qualified<T: DeserializeOwned + Qualify + Debug>(json: Value) -> Vec<String> {
        let mut object: T = serde_json::from_value(json).unwrap();
        object.qualify(&"acct_9".parse().unwrap());
        let debug = format!("{object:?}");
        debug.split('"').filter(|text| text.contains("_1")).map(str::to_owned).collect()
    }

    #[test]
    fn every_identifier_in_an_answer_is_qualified() {
        let method = json!({
            "id": "pm_1", "customer": "cus_1",
            "us_bank_account": { "financial_connections_account": "fca_1" },
        });
        let ids = qualified::<List<PaymentMethod>>(json!({ "data": [method], "has_more": false }));
        assert_eq!(ids, ["acct_9.pm_1", "acct_9.cus_1", "acct_9.fca_1"]);
        let ids = qualified::<Customer>(
            json!({ "id": "cus_1", "invoice_settings": { "default_payment_method": "pm_1" } }),
        );
        assert_eq!(ids, ["acct_9.cus_1", "acct_9.pm_1"]);
        let ids = qualified::<Subscription>(json!({ "id": "sub_1", "default_payment_method": "pm_1" }));
        assert_eq!(ids, ["sub_1", "acct_9.pm_1"]);
        let ids = qualified::<SetupIntent>(
            json!({ "id": "seti_1", "status": "succeeded", "mandate": "mandate_1" }),
        );
        assert_eq!(ids, ["acct_9.seti_1", "acct_9.mandate_1"]);
        let ids = qualified::<Authorization>(json!({
            "id": "fcauth_1", "institution_name": "Alder Bank", "status": "active", "status_details": {},
        }));
        assert_eq!(ids, ["acct_9.fcauth_1"]);
    }

    #[test]
    fn a_session_is_qualified_with_what_it_asked_for_what_came_of_it_and_its_accounts() {
        let account = json!({
            "id": "fca_1", "account_holder": null, "authorization": "fcauth_1", "institution": null,
            "institution_name": "Alder Bank", "livemode": false, "status": "active", "subcategory": "checking",
        });
        for accounts in [json!({ "data": [account], "has_more": false }), json!([account])] {
            let ids = qualified::<Session>(json!({
                "id": "fcsess_1",
                "accounts": accounts,
                "relink_options": { "authorization": "fcauth_1", "account": "fca_1" },
                "relink_result": { "authorization": "fcauth_1", "account": "fca_1", "failure_reason": null },
            }));
            let [session, rest @ ..] = &ids[..] else { panic!() };
            assert_eq!(session, "acct_9.fcsess_1");
            assert_eq!(
                rest,
                [
                    "acct_9.fca_1",
                    "acct_9.fcauth_1",
                    "acct_9.fcauth_1",
                    "acct_9.fca_1",
                    "acct_9.fcauth_1",
                    "acct_9.fca_1"
                ]
            );
        }
    }
}
