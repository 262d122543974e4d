//! Caller of the API, from the claims of a token whose signature has been verified.

use jiff::Timestamp;
use relink_protocol::stripe::Permission;
use relink_protocol::{AccountId, HolderId, HolderKind, Qualify, StripeAccountId};
use serde::Deserialize;
use thiserror::Error;

use super::policy::{ClaimTooWide, Policy, Terms, TokenNarrowing};
use super::stripe_accounts::{NotServed, StripeAccounts};

/// Signed-in customer, as vouched for by the merchant's back end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) customer: HolderId,
    /// The merchant's sign-in session, if the back end names one.
    pub(crate) sign_in: Option<String>,
    /// Accounts that the customer may see, if the back end narrows them. Also vouches for accounts without a holder.
    pub(crate) accounts: Option<Vec<AccountId>>,
    /// Name for payment methods, if the back end provides one.
    pub(crate) name: Option<String>,
    /// Terms of the relink: purpose, permissions and allowed accounts.
    pub(crate) terms: Terms,
    /// Relink request whose link the customer opened. Without a sign-in, it gives access to one account only.
    pub(crate) link: Option<String>,
    /// Time from which the token is no longer accepted.
    pub(crate) until: Timestamp,
}

impl Caller {
    /// Key under which the caller's requests are rate-limited and queued for Stripe. Each link has its own key, so that
    /// its bearer can't use up the customer's share.
    pub(crate) fn client(&self) -> String {
        match &self.link {
            Some(request) => client_of_link(request),
            None => format!("customer {}", self.customer),
        }
    }
}

/// Returns the [`Caller::client`] of this relink request's link.
pub(crate) fn client_of_link(request: &str) -> String {
    format!("link {request}")
}

/// Claims of a token. Times are seconds since 1970, which some libraries write as fractions.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claims {
    sub: HolderId,
    /// True if `sub` is an `acct_…` that is a customer of the merchant (Accounts v2), rather than a connected account.
    customer_account: Option<bool>,
    /// Connected account whose customer `sub` is, with the name that Stripe's libraries give the header `Stripe-Account`.
    stripe_account: Option<StripeAccountId>,
    exp: f64,
    iat: Option<f64>,
    nbf: Option<f64>,
    aud: Option<Audience>,
    sid: Option<String>,
    accounts: Option<Vec<AccountId>>,
    purpose: Option<String>,
    permissions: Option<Vec<Permission>>,
    any_account: Option<bool>,
    update_permissions: Option<bool>,
    name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Reason for which a token is refused. Reveals nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("there is no bearer token, or more than one")]
    Missing,
    #[error("not a JSON Web Token with `sub` (cus_… or acct_…) and `exp`")]
    Invalid,
    #[error(
        "the token is signed with another algorithm than RELINK_TOKEN_ALGORITHM, or than fits the key for tokens"
    )]
    Algorithm,
    #[error("the token is signed with another key than those for tokens, such as RELINK_TOKEN_KEY")]
    Key,
    #[error(
        "the token expired {0} seconds ago; if your back end had just signed it, compare the clocks of both machines"
    )]
    Expired(u64),
    #[error("the token names a key (`kid`) that is not among those for tokens")]
    UnknownKey,
    #[error("no key for tokens is known yet, because RELINK_TOKEN_JWKS_URL could not be read")]
    NoKeys,
    #[error("the token lives longer than an hour; let your back end issue short-lived ones")]
    TooLongLived,
    #[error(
        "the token is not valid for another {0} seconds; compare the clocks of your back end and of this server"
    )]
    Early(u64),
    #[error("the token is for another audience than RELINK_TOKEN_AUDIENCE")]
    Audience,
    #[error("the token says that its subject is a customer account, and `sub` is no acct_…")]
    CustomerAccount,
    #[error(
        "the token names a connected account (`stripe_account`) that RELINK_CONNECTED_ACCOUNTS does not have, or `sub` or \
         `accounts` name another one"
    )]
    StripeAccount,
    #[error(
        "the token names more than 20 accounts, a `sid` longer than 128 characters, or a `name` longer than 200"
    )]
    TooLarge,
    #[error(
        "the token's claim `{0}` asks for more than the server is set up for, or for nothing; a token can only narrow \
         RELINK_PURPOSE, RELINK_PERMISSIONS and RELINK_ANY_ACCOUNT"
    )]
    Widens(&'static str),
}

const LONGEST_LIFE: f64 = 3600.0;
/// Maximum number of accounts in a token; each may cost a call to Stripe.
const MOST_ACCOUNTS: usize = 20;
const LONGEST_SIGN_IN: usize = 128;
const LONGEST_NAME: usize = 200;

/// Validates the claims: the audience, a lifetime of at most an hour, bounded sizes, and no more rights than
/// the merchant's settings allow. `leeway` is the accepted difference between the clocks of back end and server, in
/// seconds.
pub(crate) fn accept(
    claims: Claims,
    audience: Option<&str>,
    leeway: f64,
    policy: &Policy,
    stripe_accounts: &StripeAccounts,
    now: Timestamp,
) -> Result<Caller, TokenError> {
    let now = now.as_duration().as_secs_f64();
    if claims.exp + leeway <= now {
        return Err(TokenError::Expired(whole_seconds(now - claims.exp)));
    }
    // Both limits: without `iat` the token could have existed for long, and an `iat` in the
    // future would extend its life.
    let longest = claims.iat.map_or(now + leeway, |issued| issued.min(now + leeway)) + LONGEST_LIFE;
    if claims.exp > longest {
        return Err(TokenError::TooLongLived);
    }
    if let Some(begin) = claims.nbf.filter(|begin| *begin > now + leeway) {
        return Err(TokenError::Early(whole_seconds(begin - now)));
    }
    if !audience.is_none_or(|expected| claims.aud.is_some_and(|aud| aud.names(expected))) {
        return Err(TokenError::Audience);
    }
    let too_many = claims.accounts.as_ref().is_some_and(|accounts| accounts.len() > MOST_ACCOUNTS);
    let name = claims.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let too_long = claims.sid.as_ref().is_some_and(|sid| sid.len() > LONGEST_SIGN_IN)
        || name.as_ref().is_some_and(|name| name.chars().count() > LONGEST_NAME);
    if too_many || too_long {
        return Err(TokenError::TooLarge);
    }
    let mut customer = holder(claims.sub, claims.customer_account)?;
    let mut accounts = claims.accounts;
    stripe_accounts
        .qualify(claims.stripe_account.as_ref(), &mut customer, &mut accounts)
        .map_err(|NotServed| TokenError::StripeAccount)?;
    let Claims { purpose, permissions, any_account, update_permissions, .. } = claims;
    let terms = policy
        .terms(TokenNarrowing { purpose, permissions, any_account, update_permissions })
        .map_err(|ClaimTooWide(claim)| TokenError::Widens(claim))?;
    #[expect(clippy::cast_possible_truncation, reason = "within the hour after now, as was seen above")]
    let until = Timestamp::from_second((claims.exp + leeway) as i64).map_err(|_| TokenError::Invalid)?;
    Ok(Caller { customer, sign_in: claims.sid, accounts, name, terms, link: None, until })
}

/// Returns the holder that the claims name. Stripe's identifiers of connected accounts and of customer accounts look alike,
/// so the second claim tells them apart.
fn holder(sub: HolderId, is_customer_account: Option<bool>) -> Result<HolderId, TokenError> {
    match (sub.kind(), is_customer_account.unwrap_or_default()) {
        (_, false) | (HolderKind::CustomerAccount, true) => Ok(sub),
        (HolderKind::ConnectedAccount, true) => {
            let account =
                StripeAccountId::try_from(sub.at_stripe()).map_err(|_| TokenError::CustomerAccount)?;
            let mut holder = HolderId::customer_account(&account);
            if let Some(account) = sub.stripe_account() {
                holder.qualify(&account);
            }
            Ok(holder)
        }
        (HolderKind::Customer, true) => Err(TokenError::CustomerAccount),
    }
}

/// Returns the whole seconds of a time span; 0 for one that is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole_seconds(span: f64) -> u64 {
    span as u64
}

impl Audience {
    fn names(&self, expected: &str) -> bool {
        match self {
            Self::One(name) => name == expected,
            Self::Many(names) => names.iter().any(|name| name == expected),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use relink_protocol::Purpose;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::policy::tests::{policy, terms};

    /// Customer whose token narrows nothing.
    pub(crate) fn caller(customer: &str, sign_in: Option<&str>) -> Caller {
        Caller {
            customer: customer.parse().unwrap(),
            sign_in: sign_in.map(str::to_owned),
            accounts: None,
            name: None,
            terms: terms(&policy(Purpose::Payments)),
            link: None,
            until: Timestamp::MAX,
        }
    }

    #[test]
    fn whoever_holds_a_link_takes_nothing_from_its_customer() {
        let customer = caller("cus_1", None);
        let link = Caller { link: Some("rlr_1".to_owned()), ..customer.clone() };
        let other_link = Caller { link: Some("rlr_2".to_owned()), ..customer.clone() };
        assert_eq!(customer.client(), caller("cus_1", Some("another sign-in")).client());
        assert_ne!(customer.client(), link.client());
        assert_ne!(link.client(), other_link.client());
    }

    const NOW: i64 = 1_790_000_000;

    fn outcome(audience: Option<&str>, mut claims: Value) -> Result<Caller, TokenError> {
        if claims.get("sub").is_none() {
            claims["sub"] = json!("cus_1");
        }
        outcome_for(&StripeAccounts::Own, audience, claims)
    }

    fn outcome_for(
        served: &StripeAccounts,
        audience: Option<&str>,
        claims: Value,
    ) -> Result<Caller, TokenError> {
        let claims = serde_json::from_value(claims).unwrap();
        let now = Timestamp::from_second(NOW).unwrap();
        accept(claims, audience, LEEWAY, &policy(Purpose::Payments), served, now)
    }

    const LEEWAY: f64 = 60.0;

    #[test]
    fn a_token_is_accepted_within_its_hour_and_the_leeway_only() {
        use TokenError::{Early, Expired, TooLongLived};
        for (claims, expected) in [
            (json!({"exp": NOW + 60}), None),
            (json!({"exp": 1_790_000_060.5, "iat": 1_789_999_999.5}), None),
            (json!({"exp": NOW - 59}), None),
            (json!({"exp": NOW - 60}), Some(Expired(60))),
            (json!({"exp": NOW + 3660}), None),
            (json!({"exp": NOW + 3661}), Some(TooLongLived)),
            (json!({"exp": NOW + 3600, "iat": NOW}), None),
            (json!({"exp": NOW + 60, "iat": NOW - 3541}), Some(TooLongLived)),
            (json!({"exp": NOW + 90_000, "iat": NOW + 86_400}), Some(TooLongLived)),
            (json!({"exp": NOW + 90, "nbf": NOW + 60}), None),
            (json!({"exp": NOW + 90, "nbf": NOW + 61}), Some(Early(61))),
            (json!({"exp": NOW + 3660, "iat": NOW + 60}), None),
        ] {
            assert_eq!(outcome(None, claims.clone()).err(), expected, "{claims}");
        }
    }

    #[test]
    fn with_an_audience_configured_the_token_must_name_it() {
        let exp = NOW + 60;
        for (claims, accepted) in [
            (json!({"exp": exp}), false),
            (json!({"exp": exp, "aud": "other"}), false),
            (json!({"exp": exp, "aud": []}), false),
            (json!({"exp": exp, "aud": "relink"}), true),
            (json!({"exp": exp, "aud": ["other", "relink"]}), true),
        ] {
            assert_eq!(outcome(Some("relink"), claims.clone()).is_ok(), accepted, "{claims}");
            assert!(outcome(None, claims).is_ok());
        }
    }

    #[test]
    fn a_token_without_expiry_or_with_another_kind_of_subject_does_not_decode() {
        for claims in [json!({"sub": "cus_1"}), json!({"sub": "fca_1", "exp": 1}), json!({"exp": 1})] {
            assert!(serde_json::from_value::<Claims>(claims.clone()).is_err(), "{claims}");
        }
    }

    #[test]
    fn the_subject_is_a_customer_a_connected_account_or_by_its_claim_a_customer_account() {
        for (sub, is_customer_account, expected) in [
            ("cus_1", json!(null), Ok("cus_1")),
            ("cus_1", json!(true), Err(TokenError::CustomerAccount)),
            ("acct_1", json!(null), Ok("acct_1")),
            ("acct_1", json!(false), Ok("acct_1")),
            ("acct_1", json!(true), Ok("customer_account_acct_1")),
            ("customer_account_acct_1", json!(null), Ok("customer_account_acct_1")),
        ] {
            let claims = json!({"sub": sub, "customer_account": is_customer_account, "exp": NOW + 60});
            let customer = outcome(None, claims).map(|caller| caller.customer.to_string());
            assert_eq!(customer.as_deref().map_err(|error| *error), expected, "{sub} {is_customer_account}");
        }
    }

    #[test]
    fn a_token_reaches_the_connected_account_that_it_names_if_the_settings_have_it() {
        use crate::domain::stripe_accounts::ConnectedAccounts;
        let id = |text: &str| text.parse::<StripeAccountId>().unwrap();
        let listed = ConnectedAccounts::Listed([id("acct_Ada")].into());
        let (own, one) = (StripeAccounts::Own, StripeAccounts::Connected(id("acct_Ada")));
        let platform = StripeAccounts::Platform(listed);
        let refused = Err(TokenError::StripeAccount);
        for (served, sub, named, accounts, expected) in [
            (&own, "cus_1", Value::Null, json!(["fca_1"]), Ok("cus_1 fca_1")),
            (&own, "cus_1", json!("acct_Ada"), json!([]), refused),
            (&own, "acct_Ada.cus_1", Value::Null, json!([]), refused),
            (&own, "cus_1", Value::Null, json!(["acct_Ada.fca_1"]), refused),
            (&one, "cus_1", Value::Null, json!(["fca_1"]), Ok("cus_1 fca_1")),
            (&one, "cus_1", json!("acct_Ada"), json!([]), Ok("cus_1 ")),
            (&one, "cus_1", json!("acct_Eve"), json!([]), refused),
            (&one, "acct_Ada.cus_1", json!("acct_Ada"), json!([]), refused),
            (&platform, "cus_1", Value::Null, json!(["fca_1"]), Ok("cus_1 fca_1")),
            (&platform, "cus_1", json!("acct_Ada"), json!(["fca_1"]), Ok("acct_Ada.cus_1 acct_Ada.fca_1")),
            (
                &platform,
                "acct_Ada.cus_1",
                json!("acct_Ada"),
                json!(["acct_Ada.fca_1"]),
                Ok("acct_Ada.cus_1 acct_Ada.fca_1"),
            ),
            (&platform, "acct_Ada.cus_1", Value::Null, json!([]), refused),
            (&platform, "acct_Eve.cus_1", json!("acct_Ada"), json!([]), refused),
            (&platform, "cus_1", json!("acct_Ada"), json!(["acct_Eve.fca_1"]), refused),
            (&platform, "cus_1", json!("acct_Eve"), json!([]), refused),
        ] {
            let claims = json!({"sub": sub, "stripe_account": named, "accounts": accounts, "exp": NOW + 60});
            let caller = outcome_for(served, None, claims.clone());
            let ids = caller.map(|caller| {
                let accounts: Vec<String> =
                    caller.accounts.iter().flatten().map(ToString::to_string).collect();
                format!("{} {}", caller.customer, accounts.join(" "))
            });
            assert_eq!(ids.as_deref().map_err(|error| *error), expected, "{served:?} {claims}");
        }
    }

    #[test]
    fn what_a_token_names_is_bounded() {
        let accounts = vec!["fca_1"; 21];
        assert_eq!(outcome(None, json!({"exp": NOW + 60, "accounts": accounts})), Err(TokenError::TooLarge));
        let sid = "s".repeat(129);
        assert_eq!(outcome(None, json!({"exp": NOW + 60, "sid": sid})), Err(TokenError::TooLarge));
        let named =
            |name: &str| outcome(None, json!({"exp": NOW + 60, "name": name})).map(|caller| caller.name);
        assert_eq!(named(&"é".repeat(201)), Err(TokenError::TooLarge));
        assert_eq!(named(&"é".repeat(200)), Ok(Some("é".repeat(200))));
        assert_eq!(named("  "), Ok(None));
    }

    #[test]
    fn a_claim_that_asks_for_more_than_the_settings_is_named() {
        for (claims, expected) in [
            (json!({"purpose": "data"}), Some("purpose")),
            (json!({"purpose": "meteor"}), Some("purpose")),
            (json!({"permissions": ["balances", "meteor"]}), Some("permissions")),
            (json!({"any_account": true}), Some("any_account")),
            (json!({"purpose": "payments", "permissions": ["balances"], "any_account": false}), None),
        ] {
            let mut token = claims.clone();
            token["exp"] = json!(NOW + 60);
            assert_eq!(outcome(None, token).err(), expected.map(TokenError::Widens), "{claims}");
        }
        assert!(TokenError::Widens("purpose").to_string().contains("`purpose`"));
    }
}
