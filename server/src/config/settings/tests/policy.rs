//! Tests of the settings for permissions, accounts and follow-up work.

use relink_protocol::Purpose;
use relink_protocol::stripe::{Feature, Permission, Subcategory};
use reqwest::Url;

use super::{ConfigError, accepted, refused, sandbox, some};
use crate::Options;
use crate::domain::policy::Policy;

#[test]
fn what_customers_are_asked_for_must_make_sense() {
    use ConfigError as C;
    let data = || Options { purpose: "data".to_owned(), permissions: some("balances"), ..sandbox() };
    for (options, expected) in vec![
        (Options { purpose: "payment".to_owned(), ..sandbox() }, C::Purpose),
        (Options { purpose: "payments,,data".to_owned(), ..sandbox() }, C::Purpose),
        (Options { permissions: some("balances,account_numbers"), ..sandbox() }, C::Permissions),
        (Options { purpose: "payments,data".to_owned(), ..sandbox() }, C::DataWithoutPermissions),
        (Options { permissions: some(" "), ..data() }, C::DataWithoutPermissions),
        (Options { account_subcategories: some("checking,other"), ..data() }, C::Subcategories),
        (
            Options { account_subcategories: some("checking,mortgage"), ..sandbox() },
            C::SubcategoriesWithoutMoney,
        ),
        (
            Options { purpose: "data,payouts".to_owned(), account_subcategories: some("mortgage"), ..data() },
            C::SubcategoriesWithoutMoney,
        ),
        (Options { origins: some("https://*.shop.example"), ..sandbox() }, C::Origins),
        (Options { origins: some("*"), ..sandbox() }, C::Origins),
        (Options { origins: some("https://shop.example/account"), ..sandbox() }, C::Origins),
        (Options { origins: some("http://shop.example"), ..sandbox() }, C::Origins),
        (Options { origins: some("shop.example"), ..sandbox() }, C::Origins),
        (Options { origins: some("http://localhost.example"), ..sandbox() }, C::Origins),
        (Options { origins: some("http://*.localhost"), ..sandbox() }, C::Origins),
        (Options { country: some("UK"), ..sandbox() }, C::Country),
        (Options { country: some("USA"), ..sandbox() }, C::Country),
        (Options { refresh: some("balance,none"), ..sandbox() }, C::Refresh),
        (Options { subscribe: some("ownership"), ..sandbox() }, C::Subscribe),
        (Options { subscribe: some("transactions"), ..data() }, C::FollowUpNotPermitted),
        (Options { refresh: some("ownership"), ..data() }, C::FollowUpNotPermitted),
        (Options { mandate: some("Pay {amount}"), ..sandbox() }, C::Mandate),
    ] {
        assert_eq!(refused(options), expected, "{expected}");
    }
    let config = accepted(Options {
        purpose: " data, payouts".to_owned(),
        account_subcategories: some("savings"),
        country: some("us"),
        refresh: some("none"),
        subscribe: some("balance"),
        any_account: true,
        ..data()
    });
    let policy = config.policy;
    assert_eq!(policy.purposes, [Purpose::Data, Purpose::Payouts]);
    assert_eq!(policy.permissions, Some(vec![Permission::Balances]));
    assert_eq!(policy.subcategories, Some(vec![Subcategory::Savings]));
    assert_eq!((policy.country.as_deref(), policy.any_account), (Some("US"), true));
    assert_eq!((config.follow_up.refresh, config.follow_up.subscribe), (vec![], vec![Feature::Balance]));
}

#[test]
fn a_name_below_localhost_is_an_origin_in_development_and_nothing_that_a_key_is_sent_to() {
    let config = accepted(Options {
        origins: some("http://shop.localhost:3000, http://localhost:3000"),
        help_url: some("http://help.localhost"),
        ..sandbox()
    });
    let origins: Vec<&str> = config.origins.iter().map(Url::as_str).collect();
    assert_eq!(origins, ["http://shop.localhost:3000/", "http://localhost:3000/"]);
    let elsewhere = Options { sandbox_url: "http://stripe.localhost:4281".to_owned(), ..sandbox() };
    assert_eq!(refused(elsewhere), ConfigError::PlainHttp);
}

#[test]
fn as_it_comes_it_repairs_the_very_account_for_payments() {
    let config = accepted(Options { purpose: String::new(), ..sandbox() });
    let Policy { purposes, permissions, subcategories, country, any_account } = config.policy;
    assert_eq!(purposes, [Purpose::Payments]);
    assert_eq!((permissions, subcategories, country, any_account), (None, None, None, false));
    assert_eq!(config.follow_up.refresh, [Feature::Balance, Feature::Ownership, Feature::Transactions]);
    assert_eq!(config.follow_up.subscribe, []);
    assert!(config.api_keys.load().is_empty());
}
