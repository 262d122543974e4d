use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn claims(changes: &Value) -> IdTokenClaims {
    let mut claims = json!({
        "iss": "https://login.example", "aud": "relink", "sub": "1", "nonce": "n",
        "iat": 1_800_000_000, "exp": 1_800_000_300,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    // A claim that is changed to null is left out.
    claims.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn accepted(changes: &Value) -> Result<OidcSubject, IdTokenError> {
    let expected = ExpectedToken { issuer: "https://login.example", client_id: "relink", nonce: "n" };
    accept(&claims(changes), expected, NOW)
}

#[test]
fn a_token_is_of_this_issuer_for_this_client_of_this_sign_in_and_valid_now() {
    use IdTokenError::{Audience, Issuer, Nonce, Subject, Time};
    for good in [
        json!({}),
        json!({"aud": ["relink"]}),
        json!({"aud": ["relink", "other"], "azp": "relink"}),
        json!({"exp": 1_799_999_941}),
        json!({"iat": 1_800_000_060}),
        json!({"nbf": 1_800_000_060}),
    ] {
        assert_eq!(accepted(&good).unwrap().subject, "1", "{good}");
    }
    for (bad, error) in [
        (json!({"iss": "https://login.example/"}), Issuer),
        (json!({"iss": null}), Issuer),
        (json!({"aud": "other"}), Audience),
        (json!({"aud": null}), Audience),
        (json!({"aud": ["relink", "other"]}), Audience),
        (json!({"aud": ["relink", "other"], "azp": "other"}), Audience),
        (json!({"azp": "other"}), Audience),
        (json!({"exp": 1_799_999_940}), Time),
        (json!({"exp": null}), Time),
        (json!({"exp": "1800000300"}), Time),
        (json!({"iat": 1_800_000_061}), Time),
        (json!({"iat": null}), Time),
        (json!({"nbf": 1_800_000_061}), Time),
        (json!({"nonce": "m"}), Nonce),
        (json!({"nonce": null}), Nonce),
        (json!({"sub": null}), Subject),
        (json!({"sub": ""}), Subject),
        (json!({"sub": "x".repeat(256)}), Subject),
    ] {
        assert_eq!(accepted(&bad), Err(error), "{bad}");
    }
}

#[test]
fn an_email_address_counts_only_if_the_issuer_has_verified_it() {
    for (verified, expected) in [
        (json!(true), Some("ada@shop.example")),
        (json!("true"), Some("ada@shop.example")),
        (json!(false), None),
        (json!("false"), None),
        (json!(1), None),
        (json!(null), None),
    ] {
        let claims = claims(&json!({"email": "Ada@shop.example", "email_verified": verified}));
        assert_eq!(verified_email(&claims).as_deref(), expected, "{verified}");
        let by_email = role_claim("email", &[("ada@shop.example", Role::Admin)]);
        assert_eq!(by_email.values(&claims).is_some(), expected.is_some(), "{verified}");
    }
    assert_eq!(verified_email(&claims(&json!({"email": "ada", "email_verified": true}))), None);
}

fn role_claim(name: &str, roles: &[(&str, Role)]) -> RoleClaim {
    let roles = roles.iter().map(|(value, role)| ((*value).to_owned(), *role)).collect();
    RoleClaim { name: name.to_owned(), roles }
}

#[test]
fn roles_are_where_issuers_put_them_and_the_highest_counts() {
    let roles = [("staff", Role::Viewer), ("support", Role::Operator), ("boss", Role::Admin)];
    for (name, given, expected) in [
        ("roles", json!({"roles": ["staff", "unknown"]}), Some(Role::Viewer)),
        ("roles", json!({"roles": ["staff", "boss", "support"]}), Some(Role::Admin)),
        ("roles", json!({"roles": "support"}), Some(Role::Operator)),
        ("roles", json!({"roles": "staff support"}), None),
        ("roles", json!({"roles": {"support": {"org": "1"}}}), Some(Role::Operator)),
        // Flags of what the operator is and is not.
        ("roles", json!({"roles": {"boss": false, "support": true}}), Some(Role::Operator)),
        ("roles", json!({"roles": {"boss": null}}), None),
        ("roles", json!({"roles": ["Boss", 1, null, ["boss"]]}), None),
        ("roles", json!({"roles": []}), None),
        ("roles", json!({"groups": ["boss"]}), None),
        ("realm_access.roles", json!({"realm_access": {"roles": ["support"]}}), Some(Role::Operator)),
        ("realm_access.roles", json!({"realm_access": ["roles"]}), None),
        ("https://shop.example/roles", json!({"https://shop.example/roles": ["boss"]}), Some(Role::Admin)),
    ] {
        let claim = role_claim(name, &roles);
        let role = claim.values(&claims(&given)).and_then(|values| claim.role(&values));
        assert_eq!(role, expected, "{name} {given}");
    }
}

proptest! {
    #[test]
    fn a_state_leads_back_to_its_page_in_its_own_browser_only(own: [u8; 32], other: [u8; 32], then in "\\PC{0,80}") {
        let (own, other) = (Secret::new(own), Secret::new(other));
        let state = OidcSignIn::of(&own).state(&then);
        prop_assert_eq!(OidcSignIn::of(&own).page_of(&state), Some(then.clone()));
        if own != other {
            prop_assert_eq!(OidcSignIn::of(&other).page_of(&state), None);
        }
        let (signature, _) = state.split_once('.').unwrap();
        let elsewhere = format!("{signature}.{}", BASE64_URL_SAFE_NO_PAD.encode(format!("{then}x")));
        prop_assert_eq!(OidcSignIn::of(&own).page_of(&elsewhere), None);
    }

    #[test]
    fn what_is_sent_to_the_issuer_does_not_reveal_the_rest(bits: [u8; 32]) {
        let secret = Secret::new(bits);
        let sign_in = OidcSignIn::of(&secret);
        let all = [sign_in.state(""), sign_in.nonce(), sign_in.code_challenge(), sign_in.code_verifier(), secret.expose().to_owned()];
        for (place, one) in all.iter().enumerate() {
            prop_assert!(all.iter().skip(place + 1).all(|other| !one.contains(other) && !other.contains(one)));
        }
        prop_assert_eq!(sign_in.code_verifier().len(), 43);
    }
}
