//! Who is asking, from the claims of a token whose signature has been checked.

use jiff::Timestamp;
use relink_protocol::{AccountId, CustomerId};
use serde::Deserialize;
use thiserror::Error;

/// A signed-in customer, as the merchant's back end vouches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) customer: CustomerId,
    /// The merchant's sign-in session, where the back end names one.
    pub(crate) sign_in: Option<String>,
    /// Where the back end narrows what the customer may see. Also vouches for accounts without a holder.
    pub(crate) accounts: Option<Vec<AccountId>>,
}

/// What a token claims. Times are seconds since 1970, which some libraries write as fractions.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    sub: CustomerId,
    exp: f64,
    iat: Option<f64>,
    nbf: Option<f64>,
    aud: Option<Audience>,
    sid: Option<String>,
    accounts: Option<Vec<AccountId>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Why a token is not accepted. Says nothing of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenFault {
    #[error("there is no bearer token, or more than one")]
    Missing,
    #[error(
        "not a token that is signed with the configured algorithm and key and has `sub` (cus_…) and `exp`"
    )]
    Invalid,
    #[error("the token has expired")]
    Expired,
    #[error("the token lives longer than an hour; let your back end issue short-lived ones")]
    TooLongLived,
    #[error("the token is not valid yet; check the clocks")]
    Early,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token names more than 20 accounts, or a `sid` longer than 128 characters")]
    TooLarge,
}

/// How far the clocks of back end and server may differ, in seconds.
const LEEWAY: f64 = 10.0;
const LONGEST_LIFE: f64 = 3600.0;
/// Each may cost a call to Stripe.
const MOST_ACCOUNTS: usize = 20;
const LONGEST_SIGN_IN: usize = 128;

/// Takes the claims for what they say, if they are for us, of this hour and of a bearable size.
pub(crate) fn accept(claims: Claims, audience: Option<&str>, now: Timestamp) -> Result<Caller, TokenFault> {
    let now = now.as_duration().as_secs_f64();
    if claims.exp + LEEWAY <= now {
        return Err(TokenFault::Expired);
    }
    // Both: without `iat` the token could have lived for long, and an `iat` in the future would stretch it.
    let longest = claims.iat.map_or(now + LEEWAY, |issued| issued.min(now + LEEWAY)) + LONGEST_LIFE;
    if claims.exp > longest {
        return Err(TokenFault::TooLongLived);
    }
    if claims.nbf.is_some_and(|begin| begin > now + LEEWAY) {
        return Err(TokenFault::Early);
    }
    if !audience.is_none_or(|expected| claims.aud.is_some_and(|aud| aud.names(expected))) {
        return Err(TokenFault::Audience);
    }
    let too_many = claims.accounts.as_ref().is_some_and(|accounts| accounts.len() > MOST_ACCOUNTS);
    if too_many || claims.sid.as_ref().is_some_and(|sid| sid.len() > LONGEST_SIGN_IN) {
        return Err(TokenFault::TooLarge);
    }
    Ok(Caller { customer: claims.sub, sign_in: claims.sid, accounts: claims.accounts })
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn outcome(audience: Option<&str>, mut claims: Value) -> Result<Caller, TokenFault> {
        claims["sub"] = json!("cus_1");
        accept(serde_json::from_value(claims).unwrap(), audience, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn a_token_is_accepted_within_its_hour_only() {
        use TokenFault::{Early, Expired, TooLongLived};
        for (claims, expected) in [
            (json!({"exp": NOW + 60}), None),
            (json!({"exp": 1_790_000_060.5, "iat": 1_789_999_999.5}), None),
            (json!({"exp": NOW - 9}), None),
            (json!({"exp": NOW - 10}), Some(Expired)),
            (json!({"exp": NOW + 3610}), None),
            (json!({"exp": NOW + 3611}), Some(TooLongLived)),
            (json!({"exp": NOW + 3600, "iat": NOW}), None),
            (json!({"exp": NOW + 60, "iat": NOW - 3541}), Some(TooLongLived)),
            (json!({"exp": NOW + 90_000, "iat": NOW + 86_400}), Some(TooLongLived)),
            (json!({"exp": NOW + 60, "nbf": NOW + 10}), None),
            (json!({"exp": NOW + 60, "nbf": NOW + 11}), Some(Early)),
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
    fn what_a_token_names_is_bounded() {
        let accounts = vec!["fca_1"; 21];
        assert_eq!(outcome(None, json!({"exp": NOW + 60, "accounts": accounts})), Err(TokenFault::TooLarge));
        let sid = "s".repeat(129);
        assert_eq!(outcome(None, json!({"exp": NOW + 60, "sid": sid})), Err(TokenFault::TooLarge));
    }
}
