//! Stripe accounts that this server works for, and whose events it takes.

use std::collections::BTreeSet;

use relink_protocol::{AccountId, HolderId, Qualify, StripeAccountId};

/// Stripe accounts that this server works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StripeAccounts {
    /// The account of the keys.
    Own,
    /// One connected account of the platform that the keys are of. It is the only one, so nothing is qualified with it.
    Connected(StripeAccountId),
    /// The account of the keys, which is a platform, and its connected accounts. Their objects are qualified.
    Platform(ConnectedAccounts),
}

/// Connected accounts of a platform that this server works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConnectedAccounts {
    /// All that Stripe lets the keys act for.
    All,
    /// These only.
    Listed(BTreeSet<StripeAccountId>),
}

/// An event or a token is of a connected account that this server does not work for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotServed;

impl StripeAccounts {
    /// Returns the account that calls to Stripe name in the header `Stripe-Account`, unless they are of an object that is
    /// qualified with another one.
    pub(crate) fn header(&self) -> Option<&StripeAccountId> {
        match self {
            Self::Own | Self::Platform(_) => None,
            Self::Connected(account) => Some(account),
        }
    }

    /// True if the account of the keys is a platform, and objects of its connected accounts are qualified.
    pub(crate) fn is_platform(&self) -> bool {
        matches!(self, Self::Platform(_))
    }

    /// True if calls may be made for objects that are qualified with this account; `None` stands for unqualified ones.
    pub(crate) fn serve(&self, account: Option<&StripeAccountId>) -> bool {
        match (self, account) {
            (_, None) | (Self::Platform(ConnectedAccounts::All), Some(_)) => true,
            (Self::Platform(ConnectedAccounts::Listed(listed)), Some(account)) => listed.contains(account),
            (Self::Own | Self::Connected(_), Some(_)) => false,
        }
    }

    /// Returns the account with which objects of this account of an event or a token are qualified. `None` names the account of
    /// the keys: Stripe names none in its events. Source: <https://docs.stripe.com/connect/webhooks>.
    pub(crate) fn qualifier(&self, named: Option<&str>) -> Result<Option<StripeAccountId>, NotServed> {
        match (self, named) {
            (Self::Own | Self::Platform(_), None) => Ok(None),
            (Self::Connected(account), Some(named)) if account.as_str() == named => Ok(None),
            (Self::Platform(_), Some(named)) => {
                let account = StripeAccountId::try_from(named).map_err(|_| NotServed)?;
                if self.serve(Some(&account)) { Ok(Some(account)) } else { Err(NotServed) }
            }
            (Self::Own | Self::Connected(_), _) => Err(NotServed),
        }
    }

    /// Qualifies the customer and the accounts of a token with the connected account that it names. They may be qualified
    /// already, as this server's API writes them, but with that account only: none is reached past the settings.
    pub(crate) fn qualify(
        &self,
        named: Option<&StripeAccountId>,
        customer: &mut HolderId,
        accounts: &mut Option<Vec<AccountId>>,
    ) -> Result<(), NotServed> {
        // A server for one connected account needs no claim.
        let named = named.or(self.header());
        let qualifier = self.qualifier(named.map(StripeAccountId::as_str))?;
        if let Some(account) = &qualifier {
            customer.qualify(account);
            accounts.qualify(account);
        }
        let is_of_it = customer.stripe_account() == qualifier
            && accounts.iter().flatten().all(|account| account.stripe_account() == qualifier);
        if is_of_it { Ok(()) } else { Err(NotServed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_or_a_token_is_of_the_account_that_it_names_and_of_no_other() {
        let id = |text: &str| text.parse::<StripeAccountId>().unwrap();
        let listed = ConnectedAccounts::Listed(BTreeSet::from([id("acct_Ada")]));
        let (own, ada) = (Ok(None), Ok(Some(id("acct_Ada"))));
        let none = Err(NotServed);
        for (accounts, expected) in [
            (StripeAccounts::Own, [own.clone(), none.clone(), none.clone(), none.clone()]),
            (
                StripeAccounts::Connected(id("acct_Ada")),
                [none.clone(), own.clone(), none.clone(), none.clone()],
            ),
            (StripeAccounts::Platform(listed), [own.clone(), ada.clone(), none.clone(), none.clone()]),
            (StripeAccounts::Platform(ConnectedAccounts::All), [own, ada, Ok(Some(id("acct_Eve"))), none]),
        ] {
            let named = [None, Some("acct_Ada"), Some("acct_Eve"), Some("acct_Ada.acct_Eve")];
            let found = named.map(|account| accounts.qualifier(account));
            assert_eq!(found, expected, "{accounts:?}");
            for qualifier in found.into_iter().flatten() {
                assert!(accounts.serve(qualifier.as_ref()), "{accounts:?} {qualifier:?}");
            }
        }
    }
}
