//! Connected accounts that the server works for.

use relink_protocol::StripeAccountId;
use thiserror::Error;

use super::present;
use crate::config::options::ConnectOptions;
use crate::domain::stripe_accounts::StripeAccounts;

/// Settings of connected accounts that are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Not an identifier of a Stripe account.
    #[error("RELINK_STRIPE_ACCOUNT is not a connected account; it begins with acct_")]
    StripeAccount,
}

pub(super) fn decide(options: ConnectOptions) -> Result<StripeAccounts, ConnectError> {
    let Some(account) = present(options.stripe_account) else { return Ok(StripeAccounts::Own) };
    let account = StripeAccountId::try_from(account).map_err(|_| ConnectError::StripeAccount)?;
    Ok(StripeAccounts::Connected(account))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(account: &str) -> Result<StripeAccounts, ConnectError> {
        decide(ConnectOptions { stripe_account: Some(account.to_owned()) })
    }

    #[test]
    fn without_a_connected_account_the_server_works_for_the_account_of_its_keys() {
        assert_eq!(decide(ConnectOptions::default()), Ok(StripeAccounts::Own));
        assert_eq!(decided(" "), Ok(StripeAccounts::Own));
        let ada = StripeAccounts::Connected("acct_Ada".parse().unwrap());
        assert_eq!(decided(" acct_Ada "), Ok(ada));
        for account in ["cus_1", "acct_", "acct_Ada,acct_Eve"] {
            assert_eq!(decided(account), Err(ConnectError::StripeAccount), "{account}");
        }
    }
}
