//! Connected accounts that the server works for.

use relink_protocol::StripeAccountId;
use thiserror::Error;

use super::present;
use crate::config::options::ConnectOptions;
use crate::domain::stripe_accounts::{ConnectedAccounts, StripeAccounts};

/// Settings of connected accounts that are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Not an identifier of a Stripe account.
    #[error("RELINK_STRIPE_ACCOUNT is not a connected account; it begins with acct_")]
    StripeAccount,
    /// Neither identifiers of Stripe accounts nor the word for all.
    #[error(
        "RELINK_CONNECTED_ACCOUNTS is not all, nor connected accounts (acct_…) separated by commas; leave it out for a server \
         without any"
    )]
    ConnectedAccounts,
    /// A server works for one connected account, or for the platform with several.
    #[error(
        "RELINK_STRIPE_ACCOUNT and RELINK_CONNECTED_ACCOUNTS are both set; the first is for one connected account, the second \
         for a platform with several: set one of them"
    )]
    Both,
}

pub(super) fn decide(options: ConnectOptions) -> Result<StripeAccounts, ConnectError> {
    let (one, several) = (present(options.stripe_account), present(options.connected_accounts));
    match (one, several) {
        (None, None) => Ok(StripeAccounts::Own),
        (Some(_), Some(_)) => Err(ConnectError::Both),
        (Some(one), None) => {
            let one = StripeAccountId::try_from(one).map_err(|_| ConnectError::StripeAccount)?;
            Ok(StripeAccounts::Connected(one))
        }
        (None, Some(all)) if all == "all" => Ok(StripeAccounts::Platform(ConnectedAccounts::All)),
        (None, Some(several)) => {
            let accounts = several.split(',').map(|account| StripeAccountId::try_from(account.trim()));
            let accounts: Result<_, _> = accounts.collect();
            let listed = accounts.map_err(|_| ConnectError::ConnectedAccounts)?;
            Ok(StripeAccounts::Platform(ConnectedAccounts::Listed(listed)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn decided(one: &str, several: &str) -> Result<StripeAccounts, ConnectError> {
        decide(ConnectOptions {
            stripe_account: Some(one.to_owned()),
            connected_accounts: Some(several.to_owned()),
        })
    }

    #[test]
    fn without_a_connected_account_the_server_works_for_the_account_of_its_keys() {
        assert_eq!(decide(ConnectOptions::default()), Ok(StripeAccounts::Own));
        assert_eq!(decided(" ", ""), Ok(StripeAccounts::Own));
        let ada = StripeAccounts::Connected("acct_Ada".parse().unwrap());
        assert_eq!(decided(" acct_Ada ", ""), Ok(ada));
        for account in ["cus_1", "acct_", "acct_Ada,acct_Eve", "all"] {
            assert_eq!(decided(account, ""), Err(ConnectError::StripeAccount), "{account}");
        }
    }

    #[test]
    fn a_platform_lists_its_connected_accounts_or_takes_all() {
        assert_eq!(decided("", "all"), Ok(StripeAccounts::Platform(ConnectedAccounts::All)));
        let both = ["acct_Ada", "acct_Eve"].map(|id| id.parse().unwrap());
        let listed = StripeAccounts::Platform(ConnectedAccounts::Listed(BTreeSet::from(both)));
        assert_eq!(decided("", "acct_Ada, acct_Eve"), Ok(listed));
        for accounts in ["any", "acct_Ada,", "acct_Ada acct_Eve", "cus_1", "acct_1.acct_2"] {
            assert_eq!(decided("", accounts), Err(ConnectError::ConnectedAccounts), "{accounts}");
        }
        assert_eq!(decided("acct_Ada", "all"), Err(ConnectError::Both));
    }
}
