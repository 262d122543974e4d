//! Tests of every choice, and that a token can only narrow.

use proptest::prelude::*;
use relink_protocol::Purpose;
use relink_protocol::stripe::{Cause, Subcategory};
use serde_json::{Value, json};

use super::*;
use crate::domain::policy::tests::{policy, terms};
use crate::domain::policy::{Policy, TokenNarrowing};

const NEWEST: &str = "2026-09-30.preview";

fn account(holder: &Value, permissions: &Value) -> Account {
    serde_json::from_value(json!({
        "id": "fca_1", "authorization": "fcauth_1", "account_holder": holder, "institution_name": "Alder Bank",
        "livemode": false, "permissions": permissions, "status": "active", "subcategory": "checking"
    }))
    .unwrap()
}

fn held() -> Account {
    account(&json!({"type": "customer", "customer": "cus_1"}), &json!(["balances"]))
}

fn planned(policy: &Policy, choice: Choice, account: &Account, version: &str) -> SessionPlan {
    let version = ApiVersion::with_relink(version).unwrap();
    plan(&terms(policy), choice, account, &"cus_2".parse().unwrap(), version).unwrap()
}

/// Returns the form without permissions, as parameters separated by spaces.
fn sent(policy: &Policy, choice: Choice, account: &Account, version: &str) -> String {
    let form = planned(policy, choice, account, version).form;
    let form = form.into_iter().filter(|(name, _)| *name != "permissions[]");
    form.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_kind_of_relink_has_its_parameters() {
    const HOLDER: &str = "account_holder[type]=customer account_holder[customer]=cus_1";
    const LOGIN: &str = "relink_options[authorization]=fcauth_1";
    const MONEY: &str = "filters[account_subcategories][]=checking filters[account_subcategories][]=savings \
                         limits[accounts]=1";
    let lenient = |purpose| Policy { any_account: true, ..policy(purpose) };
    let exact = format!("{HOLDER} {LOGIN} relink_options[account]=fca_1 {MONEY}");
    let any = format!("{HOLDER} {LOGIN} {MONEY}");
    let anything = format!("account_holder[type]=customer account_holder[customer]=cus_2 {MONEY}");
    for purpose in [Purpose::Payments, Purpose::Payouts] {
        for (policy, choice, expected) in [
            (policy(purpose), Choice::Repair, &exact),
            (policy(purpose), Choice::AnotherAccount, &any),
            (policy(purpose), Choice::AnotherBank, &anything),
            (lenient(purpose), Choice::Repair, &any),
            (lenient(purpose), Choice::AnotherBank, &anything),
        ] {
            assert_eq!(sent(&policy, choice, &held(), NEWEST), *expected, "{policy:?} {choice:?}");
        }
    }
    let data = policy(Purpose::Data);
    assert_eq!(sent(&data, Choice::Repair, &held(), NEWEST), format!("{HOLDER} {LOGIN}"));
    let cards = Policy { subcategories: Some(vec![Subcategory::CreditCard]), ..data };
    let filtered = format!("{HOLDER} {LOGIN} filters[account_subcategories][]=credit_card");
    assert_eq!(sent(&cards, Choice::Repair, &held(), NEWEST), filtered);
}

#[test]
fn a_country_is_sent_under_the_name_of_the_version() {
    let policy = Policy { country: Some("US".to_owned()), ..policy(Purpose::Data) };
    for (version, parameter) in [
        ("2026-01-28.preview", " filters[countries][]=US"),
        ("2026-08-26.preview", " filters[countries][]=US"),
        (NEWEST, " filters[country]=US"),
        ("2026-11-30.preview", " filters[country]=US"),
    ] {
        for choice in [Choice::Repair, Choice::AnotherAccount, Choice::AnotherBank] {
            assert!(sent(&policy, choice, &held(), version).ends_with(parameter), "{version} {choice:?}");
        }
    }
}

#[test]
fn an_account_without_a_holder_gets_a_session_without_one_and_another_bank_gets_the_caller() {
    let nobodys = account(&Value::Null, &json!([]));
    for choice in [Choice::Repair, Choice::AnotherAccount] {
        assert!(!sent(&policy(Purpose::Payments), choice, &nobodys, NEWEST).contains("account_holder"));
    }
    let elsewhere = sent(&policy(Purpose::Payments), Choice::AnotherBank, &nobodys, NEWEST);
    assert!(elsewhere.contains("account_holder[customer]=cus_2"));
}

#[test]
fn what_is_asked_is_what_is_configured_or_shared_narrowed_by_the_token_and_what_payments_need() {
    let configured = Some(vec![Permission::Balances, Permission::Ownership]);
    let narrowing = |names: Value| TokenNarrowing {
        permissions: serde_json::from_value(names).unwrap(),
        ..TokenNarrowing::default()
    };
    for (purpose, set, shared, claimed, asked) in [
        (Purpose::Payments, None, json!(null), json!(null), "payment_method"),
        (Purpose::Payments, None, json!(["balances"]), json!(null), "balances payment_method"),
        (
            Purpose::Payouts,
            None,
            json!(["payment_method", "transactions"]),
            json!(null),
            "payment_method transactions",
        ),
        (
            Purpose::Payments,
            None,
            json!(["balances", "transactions"]),
            json!(["balances", "ownership"]),
            "balances payment_method",
        ),
        (Purpose::Payments, None, json!(["payment_method", "balances"]), json!([]), "payment_method"),
        (
            Purpose::Payments,
            configured.clone(),
            json!(["transactions"]),
            json!(null),
            "balances ownership payment_method",
        ),
        (Purpose::Data, configured.clone(), json!(["payment_method"]), json!(null), "balances ownership"),
        (Purpose::Data, configured, json!(["payment_method"]), json!(["ownership"]), "ownership"),
    ] {
        let policy = Policy { permissions: set, ..policy(purpose) };
        let terms = policy.terms(narrowing(claimed)).unwrap();
        let account = account(&Value::Null, &shared);
        let names: Vec<_> = permissions(&terms, &account).iter().map(|one| one.as_str().to_owned()).collect();
        assert_eq!(names.join(" "), asked, "{terms:?} {shared}");
        let PermissionChange { added, kept, .. } = permission_change(&terms, &account);
        let mut shown: Vec<_> = added.iter().chain(&kept).map(|one| one.as_str().to_owned()).collect();
        shown.sort();
        let mut sent = names.clone();
        sent.sort();
        assert_eq!(shown, sent);
    }
}

#[test]
fn the_customer_has_a_choice_only_where_it_helps_and_the_merchant_allows_it() {
    let strict = terms(&policy(Purpose::Payments));
    let lenient = terms(&Policy { any_account: true, ..policy(Purpose::Payments) });
    let bound = policy(Purpose::Payments);
    let bound =
        bound.terms(TokenNarrowing { any_account: Some(false), ..TokenNarrowing::default() }).unwrap();
    let broken = Condition::Broken { cause: Cause::AccessExpired };
    let closed = Condition::Unrepairable { cause: Cause::AccountClosed };
    // For each choice: at first, and after the account was not found.
    for (terms, condition, allowed) in [
        (&strict, &broken, "YY nY nY"),
        (&strict, &Condition::Expiring { on: None }, "YY nY nY"),
        (&strict, &Condition::NumberExpired, "YY nY nY"),
        (&strict, &Condition::Healthy, "nn nn nY"),
        (&strict, &closed, "nn nn YY"),
        (&strict, &Condition::Disconnected, "nn nn YY"),
        (&strict, &Condition::Unrecognized, "nn nn nY"),
        (&lenient, &broken, "YY YY nY"),
        (&lenient, &closed, "nn nn YY"),
        (&bound, &broken, "YY nn nn"),
        (&bound, &closed, "nn nn nn"),
    ] {
        let letters = [Choice::Repair, Choice::AnotherAccount, Choice::AnotherBank].map(|choice| {
            [false, true]
                .map(|missed| if allows(terms, choice, condition, false, missed).is_ok() { 'Y' } else { 'n' })
                .iter()
                .collect::<String>()
        });
        assert_eq!(letters.join(" "), allowed, "{terms:?} {condition:?}");
    }
}

#[test]
fn a_working_account_is_relinked_where_it_lacks_what_the_merchant_has_set_and_the_token_allows_it() {
    let set =
        |names: &[Permission]| Policy { permissions: Some(names.to_vec()), ..policy(Purpose::Payments) };
    let more = set(&[Permission::Balances, Permission::Ownership]);
    let narrowed = |narrowing: TokenNarrowing| more.terms(narrowing).unwrap();
    let forbidden = narrowed(TokenNarrowing { update_permissions: Some(false), ..TokenNarrowing::default() });
    let allowed = narrowed(TokenNarrowing { update_permissions: Some(true), ..TokenNarrowing::default() });
    let less = narrowed(TokenNarrowing { permissions: Some(Vec::new()), ..TokenNarrowing::default() });
    let account = |shared: &[Permission]| Account { permissions: Some(shared.to_vec()), ..held() };
    let shares_balances = account(&[Permission::PaymentMethod, Permission::Balances]);
    let block = json!({"payment_method": "pm_1", "reason": "bank_account_closed", "network_code": null});
    let blocked =
        Account { payment_block: serde_json::from_value(block).unwrap(), ..shares_balances.clone() };
    let broken = Condition::Broken { cause: Cause::AccessExpired };
    for (terms, account, condition, expected) in [
        (&terms(&more), &shares_balances, &Condition::Healthy, true),
        (&allowed, &shares_balances, &Condition::Healthy, true),
        (&forbidden, &shares_balances, &Condition::Healthy, false),
        (&less, &shares_balances, &Condition::Healthy, false),
        (&terms(&more), &blocked, &Condition::Healthy, false),
        (&terms(&more), &shares_balances, &Condition::NumberPending, false),
        // A relink that repairs asks for the permissions as well.
        (&terms(&more), &shares_balances, &broken, false),
        (&terms(&set(&[Permission::Balances])), &shares_balances, &Condition::Healthy, false),
        // Nothing is set, so that nothing but what is shared is asked for.
        (&terms(&policy(Purpose::Payments)), &account(&[Permission::Balances]), &Condition::Healthy, false),
    ] {
        assert_eq!(is_updatable(terms, account, condition), expected, "{terms:?} {condition:?}");
        for missed in [false, true] {
            let is_allowed = |choice| allows(terms, choice, &Condition::Healthy, expected, missed).is_ok();
            assert_eq!(is_allowed(Choice::Repair), expected);
            assert!(!is_allowed(Choice::AnotherAccount));
        }
    }
}

#[test]
fn an_update_of_what_is_shared_names_the_account_where_money_moves_and_the_login_for_data() {
    let lenient = |purpose| terms(&Policy { any_account: true, ..policy(purpose) });
    for (terms, exact) in [
        (lenient(Purpose::Payments), true),
        (lenient(Purpose::Payouts), true),
        (terms(&policy(Purpose::Payments)), true),
        (lenient(Purpose::Data), false),
    ] {
        let requested = requested(&terms.of_update(), Choice::Repair, &held()).unwrap();
        assert_eq!(matches!(requested, Requested::Account { .. }), exact, "{requested:?}");
    }
}

#[test]
fn a_session_is_as_requested_when_it_names_the_same_and_a_general_version_names_nothing() {
    let login = || "fcauth_1".parse().unwrap();
    let exact = Requested::Account { account: "fca_1".parse().unwrap(), authorization: login() };
    let any = Requested::Authorization(login());
    for (options, of_exact, of_any, of_anything) in [
        (json!({"authorization": "fcauth_1", "account": "fca_1"}), Ok(true), Ok(false), Ok(false)),
        (json!({"authorization": "fcauth_1", "account": "fca_2"}), Ok(false), Ok(false), Ok(false)),
        (json!({"authorization": "fcauth_2", "account": "fca_1"}), Ok(false), Ok(false), Ok(false)),
        (json!({"authorization": "fcauth_1"}), Ok(false), Ok(true), Ok(false)),
        (json!({"authorization": "fcauth_1", "account": null}), Ok(false), Ok(true), Ok(false)),
        (json!({"authorization": "fcauth_2"}), Ok(false), Ok(false), Ok(false)),
        (Value::Null, Err(MissingPreviewFields), Err(MissingPreviewFields), Ok(true)),
    ] {
        let session: Session =
            serde_json::from_value(json!({"id": "fcsess_1", "accounts": [], "relink_options": options}))
                .unwrap();
        let decided =
            [&exact, &any, &Requested::Anything].map(|requested| is_as_requested(&session, requested));
        assert_eq!(decided, [of_exact, of_any, of_anything], "{options}");
    }
}

/// Rank of a request by the number of accounts that its session accepts.
fn width(requested: &Requested) -> u8 {
    match requested {
        Requested::Account { .. } => 0,
        Requested::Authorization(_) => 1,
        Requested::Anything => 2,
    }
}

fn some_permissions() -> impl Strategy<Value = Vec<Permission>> {
    let all = vec![
        Permission::Balances,
        Permission::Ownership,
        Permission::PaymentMethod,
        Permission::Transactions,
    ];
    proptest::sample::subsequence(all, 1..=4)
}

proptest! {
    #[test]
    fn a_narrowed_token_never_asks_for_more(
        purpose in proptest::sample::select(vec![Purpose::Payments, Purpose::Payouts, Purpose::Data]),
        set in some_permissions(),
        is_set in any::<bool>(),
        shared in some_permissions(),
        permissions in proptest::option::of(some_permissions()),
        lenient in any::<bool>(),
        any_account in proptest::option::of(any::<bool>()),
        update_permissions in proptest::option::of(any::<bool>()),
        choice in proptest::sample::select(vec![Choice::Repair, Choice::AnotherAccount, Choice::AnotherBank]),
        condition in proptest::sample::select(vec![
            Condition::Healthy, Condition::NumberExpired, Condition::Broken { cause: Cause::Unspecified },
            Condition::Unrepairable { cause: Cause::AccountClosed }, Condition::Disconnected,
        ]),
        missed in any::<bool>(),
    ) {
        let set = (is_set || purpose == Purpose::Data).then_some(set);
        let policy = Policy { permissions: set, any_account: lenient, ..policy(purpose) };
        let wide = terms(&policy);
        let narrowing = TokenNarrowing { purpose: None, permissions, any_account, update_permissions };
        let Ok(narrow) = policy.terms(narrowing) else { return Ok(()) };
        let shares = Account { permissions: Some(shared), ..held() };
        if allows(&narrow, choice, &condition, is_updatable(&narrow, &shares, &condition), missed).is_ok() {
            prop_assert!(allows(&wide, choice, &condition, is_updatable(&wide, &shares, &condition), missed).is_ok());
        }
        let account = shares;
        let (customer, version) = ("cus_1".parse().unwrap(), ApiVersion::with_relink(NEWEST).unwrap());
        let narrowed = plan(&narrow, choice, &account, &customer, version).unwrap();
        let widest = plan(&wide, choice, &account, &customer, version).unwrap();
        prop_assert!(width(&narrowed.requested) <= width(&widest.requested));
        let names = |plan: &SessionPlan, of: &str| -> Vec<(&'static str, String)> {
            plan.form.iter().filter(|(name, _)| name.starts_with(of)).cloned().collect()
        };
        let (asked, most) = (names(&narrowed, "permissions"), names(&widest, "permissions"));
        prop_assert!(!asked.is_empty() || is_set, "something is asked for");
        prop_assert!(asked.iter().all(|one| most.contains(one)));
        for rest in ["filters", "limits", "account_holder"] {
            prop_assert_eq!(names(&narrowed, rest), names(&widest, rest));
        }
    }
}
