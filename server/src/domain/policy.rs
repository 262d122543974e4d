//! The merchant's settings for relinks, and how a token narrows them for one customer. A token never widens them.

use relink_protocol::Purpose;
use relink_protocol::stripe::{Permission, Subcategory};

/// The merchant's settings, which apply to every customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Purposes; the first is the default, and a token may choose one of them.
    pub(crate) purposes: Vec<Purpose>,
    /// Permissions to request; `None` for those that an account shares already.
    pub(crate) permissions: Option<Vec<Permission>>,
    /// Kinds of accounts; `None` for those that fit the purpose.
    pub(crate) subcategories: Option<Vec<Subcategory>>,
    /// Country of the accounts' banks.
    pub(crate) country: Option<String>,
    /// For payments and payouts: true if any eligible account at the same bank is accepted from the start.
    pub(crate) any_account: bool,
}

/// Claims of a token that narrow one customer's relinks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenNarrowing {
    pub(crate) purpose: Option<String>,
    pub(crate) permissions: Option<Vec<Permission>>,
    pub(crate) any_account: Option<bool>,
    pub(crate) update_permissions: Option<bool>,
}

/// Claim of a token that asks for more than the settings allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimTooWide(pub(crate) &'static str);

/// Terms that apply to one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) purpose: Purpose,
    /// Permissions to request; `None` for those that an account shares already.
    pub(crate) permissions: Option<Vec<Permission>>,
    /// Maximum permissions, whatever an account shares.
    pub(crate) at_most: Option<Vec<Permission>>,
    /// Kinds of accounts; empty for every kind.
    pub(crate) subcategories: Vec<Subcategory>,
    pub(crate) country: Option<String>,
    /// True if any eligible account at the same bank is accepted from the start.
    pub(crate) any_account: bool,
    /// True if another account may replace a broken one. False for callers with only an emailed link.
    pub(crate) may_replace: bool,
    /// True if the customer of an account that works is offered to share what it lacks of the permissions.
    pub(crate) may_update: bool,
}

impl Terms {
    /// Returns the terms of a relink that only changes what is shared. Where money moves, that is always of the very
    /// account: one that works is not to be replaced.
    pub(crate) fn of_update(&self) -> Self {
        Self { any_account: self.any_account && !self.purpose.moves_money(), ..self.clone() }
    }
}

impl Policy {
    /// Returns the terms for a token with these claims.
    pub(crate) fn terms(&self, narrowing: TokenNarrowing) -> Result<Terms, ClaimTooWide> {
        let purpose = self.purpose(narrowing.purpose.as_deref()).ok_or(ClaimTooWide("purpose"))?;
        let moves_money = purpose.moves_money();
        if let Some(asked) = &narrowing.permissions {
            // Without a setting the permissions depend on the account; `plan` narrows them to the claimed ones.
            let is_configured = |permission| match &self.permissions {
                Some(permissions) => permissions.contains(permission),
                None => !matches!(permission, Permission::Other(_)),
            };
            let is_needed = |permission: &_| moves_money && *permission == Permission::PaymentMethod;
            let leaves_nothing = asked.is_empty() && !moves_money;
            if leaves_nothing || !asked.iter().all(|one| is_configured(one) || is_needed(one)) {
                return Err(ClaimTooWide("permissions"));
            }
        }
        let any_account = self.any_account || !moves_money;
        if narrowing.any_account == Some(true) && !any_account {
            return Err(ClaimTooWide("any_account"));
        }
        let subcategories = match (&self.subcategories, moves_money) {
            (Some(subcategories), _) => subcategories.clone(),
            (None, true) => vec![Subcategory::Checking, Subcategory::Savings],
            (None, false) => Vec::new(),
        };
        Ok(Terms {
            purpose,
            permissions: self.permissions.clone(),
            at_most: narrowing.permissions,
            subcategories,
            country: self.country.clone(),
            any_account: narrowing.any_account.unwrap_or(any_account),
            may_replace: narrowing.any_account != Some(false),
            may_update: narrowing.update_permissions != Some(false),
        })
    }

    fn purpose(&self, claimed: Option<&str>) -> Option<Purpose> {
        match claimed {
            None => self.purposes.first().copied(),
            Some(claimed) => claimed.parse().ok().filter(|purpose| self.purposes.contains(purpose)),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn policy(purpose: Purpose) -> Policy {
        Policy {
            purposes: vec![purpose],
            permissions: None,
            subcategories: None,
            country: None,
            any_account: false,
        }
    }

    /// Returns the terms for a token that narrows nothing.
    pub(crate) fn terms(policy: &Policy) -> Terms {
        policy.terms(TokenNarrowing::default()).unwrap()
    }

    fn claims(
        purpose: Option<&str>,
        permissions: Option<&[&str]>,
        any_account: Option<bool>,
    ) -> TokenNarrowing {
        let permissions =
            permissions.map(|names| names.iter().map(|name| (*name).to_owned().into()).collect());
        TokenNarrowing {
            purpose: purpose.map(str::to_owned),
            permissions,
            any_account,
            update_permissions: None,
        }
    }

    #[test]
    fn a_token_chooses_among_the_purposes_and_the_first_is_the_default() {
        let policy = Policy {
            purposes: vec![Purpose::Payouts, Purpose::Data],
            permissions: Some(vec![Permission::Balances]),
            ..policy(Purpose::Payments)
        };
        for (claimed, expected) in [
            (None, Ok(Purpose::Payouts)),
            (Some("data"), Ok(Purpose::Data)),
            (Some("payouts"), Ok(Purpose::Payouts)),
            (Some("payments"), Err(ClaimTooWide("purpose"))),
            (Some("Data"), Err(ClaimTooWide("purpose"))),
        ] {
            let terms = policy.terms(claims(claimed, None, None));
            assert_eq!(terms.map(|terms| terms.purpose), expected, "{claimed:?}");
        }
    }

    #[test]
    fn a_token_asks_for_no_permission_that_is_not_asked_for_anyway() {
        let asked = Some(vec![Permission::Balances, Permission::Ownership]);
        let money = Policy { permissions: asked.clone(), ..policy(Purpose::Payments) };
        let data = Policy { permissions: asked, ..policy(Purpose::Data) };
        let open = policy(Purpose::Payments);
        for (permissions, for_money, for_data, without_setting) in [
            (&[][..], true, false, true),
            (&["balances"], true, true, true),
            (&["balances", "payment_method"], true, false, true),
            (&["transactions"], false, false, true),
            (&["account_numbers"], false, false, false),
        ] {
            let accepted = [&money, &data, &open]
                .map(|policy| policy.terms(claims(None, Some(permissions), None)).is_ok());
            assert_eq!(accepted, [for_money, for_data, without_setting], "{permissions:?}");
        }
    }

    #[test]
    fn a_token_may_insist_on_the_exact_account_and_not_let_it_go() {
        let strict = policy(Purpose::Payments);
        let lenient = Policy { any_account: true, ..policy(Purpose::Payments) };
        let data = Policy { permissions: Some(vec![Permission::Balances]), ..policy(Purpose::Data) };
        for (policy, claimed, expected) in [
            (&strict, None, Ok((false, true))),
            (&strict, Some(false), Ok((false, false))),
            (&strict, Some(true), Err(ClaimTooWide("any_account"))),
            (&lenient, None, Ok((true, true))),
            (&lenient, Some(false), Ok((false, false))),
            (&lenient, Some(true), Ok((true, true))),
            (&data, None, Ok((true, true))),
            (&data, Some(false), Ok((false, false))),
            (&data, Some(true), Ok((true, true))),
        ] {
            let terms = policy.terms(claims(None, None, claimed));
            assert_eq!(terms.map(|terms| (terms.any_account, terms.may_replace)), expected, "{claimed:?}");
        }
    }

    #[test]
    fn money_moves_on_checking_and_savings_accounts_and_data_comes_from_any() {
        let money = [Subcategory::Checking, Subcategory::Savings];
        assert_eq!(terms(&policy(Purpose::Payouts)).subcategories, money);
        assert_eq!(terms(&policy(Purpose::Data)).subcategories, []);
        let narrow = Policy { subcategories: Some(vec![Subcategory::Savings]), ..policy(Purpose::Payments) };
        assert_eq!(terms(&narrow).subcategories, [Subcategory::Savings]);
    }
}
