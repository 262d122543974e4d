//! Stripe accounts that this server works for, and whose events it takes.

use relink_protocol::StripeAccountId;

/// Stripe accounts that this server works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StripeAccounts {
    /// The account of the keys.
    Own,
    /// One connected account of the platform that the keys are of.
    Connected(StripeAccountId),
}

impl StripeAccounts {
    /// Returns the account that calls to Stripe name in the header `Stripe-Account`.
    pub(crate) fn header(&self) -> Option<&StripeAccountId> {
        match self {
            Self::Own => None,
            Self::Connected(account) => Some(account),
        }
    }

    /// True if an event is of an account that this server works for. `account` is the connected account that the event
    /// names; Stripe names none in the events of the account of the keys.
    /// Source: <https://docs.stripe.com/connect/webhooks>.
    pub(crate) fn has_event_of(&self, account: Option<&str>) -> bool {
        self.header().map(StripeAccountId::as_str) == account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_of_the_account_that_it_names() {
        let ada = StripeAccounts::Connected("acct_Ada".parse().unwrap());
        for (accounts, of_none, of_ada, of_eve) in
            [(StripeAccounts::Own, true, false, false), (ada, false, true, false)]
        {
            let taken =
                [None, Some("acct_Ada"), Some("acct_Eve")].map(|account| accounts.has_event_of(account));
            assert_eq!(taken, [of_none, of_ada, of_eve], "{accounts:?}");
        }
    }
}
