//! Tests of conditions and of the times at which they change.

use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_790_000_000;
const DAY: i64 = 24 * 60 * 60;
const RULES: ConditionRules = ConditionRules { expiring_within: 30 * DAY, moves_money: true };

fn account(status: &str, details: &Value) -> Account {
    serde_json::from_value(json!({
        "id": "fca_1", "authorization": "fcauth_1", "account_holder": null, "display_name": null,
        "institution_name": "StripeBank", "last4": "6789", "livemode": false, "permissions": [],
        "status": status, "status_details": details, "subcategory": "checking"
    }))
    .unwrap()
}

#[test]
fn only_relink_required_offers_a_relink() {
    let cause = Cause::AccessExpired;
    for (status, details, expected) in [
        ("active", json!({}), Condition::Healthy),
        ("active", json!(null), Condition::Healthy),
        ("active", json!({"active": {"action": "none"}}), Condition::Healthy),
        (
            "active",
            json!({"active": {"action": "relink_required", "expected_deactivation_date": 7}}),
            Condition::Expiring { on: Some(7) },
        ),
        ("active", json!({"active": {"action": "relink_required"}}), Condition::Expiring { on: None }),
        (
            "inactive",
            json!({"inactive": {"action": "relink_required", "cause": "access_expired"}}),
            Condition::Broken { cause: cause.clone() },
        ),
        (
            "inactive",
            json!({"inactive": {"action": "none", "cause": "access_expired"}}),
            Condition::Unrepairable { cause: cause.clone() },
        ),
        (
            "inactive",
            json!({"inactive": {"action": "call_the_bank", "cause": "access_expired"}}),
            Condition::Unrepairable { cause },
        ),
        ("disconnected", json!({}), Condition::Disconnected),
        ("hibernating", json!({}), Condition::Unrecognized),
    ] {
        assert_eq!(condition(&account(status, &details), RULES, NOW), Ok(expected), "{status} {details}");
    }
}

#[test]
fn a_version_without_relink_fields_is_an_error_that_says_what_to_do() {
    assert_eq!(condition(&account("inactive", &json!({})), RULES, NOW), Err(MissingPreviewFields));
    let general = Account { authorization: None, ..account("active", &json!({})) };
    assert!(condition(&general, RULES, NOW).unwrap_err().to_string().contains("STRIPE_VERSION"));
}

fn numbered(numbers: &Value) -> Condition {
    let account_numbers = serde_json::from_value(numbers.clone()).unwrap();
    condition(&Account { account_numbers, ..account("active", &json!({})) }, RULES, NOW).unwrap()
}

fn token(status: &str, end: Option<i64>) -> Value {
    json!({"identifier_type": "tokenized_account_number", "status": status, "expected_expiry_date": end})
}

#[test]
fn a_tokenized_number_is_warned_of_thirty_days_before_it_ends() {
    let soon = |days| Condition::Expiring { on: Some(NOW + days * DAY) };
    let own =
        json!({"identifier_type": "account_number", "status": "transactable", "expected_expiry_date": null});
    for (numbers, expected) in [
        (json!(null), Condition::Healthy),
        (json!([]), Condition::Healthy),
        (json!([own]), Condition::Healthy),
        (json!([token("transactable", None)]), Condition::Healthy),
        (json!([token("transactable", Some(NOW + 30 * DAY + 1))]), Condition::Healthy),
        (json!([token("transactable", Some(NOW + 30 * DAY))]), soon(30)),
        (json!([token("transactable", Some(NOW + 1))]), Condition::Expiring { on: Some(NOW + 1) }),
        (json!([token("transactable", Some(NOW))]), Condition::NumberExpired),
        (json!([token("expired", Some(NOW + 60 * DAY))]), Condition::NumberExpired),
        (json!([token("deactivated", None)]), Condition::NumberExpired),
        (json!([token("pending", None)]), Condition::NumberPending),
        (json!([token("new_status", None)]), Condition::Healthy),
        (json!([token("expired", None), token("pending", None)]), Condition::NumberPending),
        (json!([token("transactable", Some(NOW + 5 * DAY)), token("pending", None)]), Condition::Healthy),
        (json!([token("transactable", Some(NOW)), token("pending", None)]), Condition::NumberPending),
        (json!([token("pending", None), own]), Condition::Healthy),
        (json!([token("expired", None), own]), Condition::Healthy),
        (json!([token("expired", None), token("transactable", Some(NOW + 60 * DAY))]), Condition::Healthy),
        (json!([token("expired", None), token("transactable", Some(NOW + 5 * DAY))]), soon(5)),
        (
            json!([token("transactable", Some(NOW + 5 * DAY)), token("transactable", Some(NOW + 9 * DAY))]),
            soon(9),
        ),
        (
            json!([{"identifier_type": "account_number", "status": "deactivated", "expected_expiry_date": null}]),
            Condition::Healthy,
        ),
        (
            json!([
                {"identifier_type": "account_number", "status": "deactivated", "expected_expiry_date": null},
                token("expired", None),
            ]),
            Condition::NumberExpired,
        ),
    ] {
        assert_eq!(numbered(&numbers), expected, "{numbers}");
    }
}

/// Stripe: a pending number "isn't available yet for transfers".
#[test]
fn a_number_on_its_way_is_none_to_pay_from_and_no_matter_to_data() {
    let account_numbers = serde_json::from_value(json!([token("expired", None), token("pending", None)]));
    let account = Account { account_numbers: account_numbers.unwrap(), ..account("active", &json!({})) };
    for (moves_money, expected) in [(true, Condition::NumberPending), (false, Condition::Healthy)] {
        assert_eq!(condition(&account, ConditionRules { moves_money, ..RULES }, NOW), Ok(expected));
    }
    assert!(!Condition::NumberPending.is_repairable() && Condition::NumberPending.is_connected());
}

#[test]
fn an_end_further_away_than_the_rule_is_no_warning_and_is_looked_at_when_it_comes_near() {
    let ends = |days: i64| {
        let end = NOW + days * DAY;
        let active = json!({"action": "relink_required", "expected_deactivation_date": end});
        (account("active", &json!({"active": active})), end)
    };
    for (days, within, is_warning) in
        [(300, 30, false), (31, 30, false), (30, 30, true), (-1, 30, true), (31, 60, true), (8, 7, false)]
    {
        let (account, end) = ends(days);
        let rules = ConditionRules { expiring_within: within * DAY, ..RULES };
        let expected = if is_warning { Condition::Expiring { on: Some(end) } } else { Condition::Healthy };
        assert_eq!(condition(&account, rules, NOW), Ok(expected), "{days} {within}");
        let next = (!is_warning).then_some(end - within * DAY);
        assert_eq!(next_change(&account, rules, NOW), next, "{days} {within}");
    }
    let inactive = Account { status: AccountStatus::Inactive, ..ends(300).0 };
    assert_eq!(next_change(&inactive, RULES, NOW), None);
}

#[test]
fn an_account_is_looked_at_again_when_the_warning_of_a_number_begins_and_when_the_number_ends() {
    let end = NOW + 300 * DAY;
    let account_numbers = serde_json::from_value(json!([token("transactable", Some(end))])).unwrap();
    let account = Account { account_numbers, ..account("active", &json!({})) };
    let warning = end - NUMBER_WARNING;
    for (now, expected) in [(NOW, Some(warning)), (warning, Some(end)), (end, None)] {
        assert_eq!(next_change(&account, RULES, now), expected, "{now}");
    }
}

#[test]
fn a_recovery_is_what_needs_the_customer_no_more_or_ends_later() {
    let soon = |on| Condition::Expiring { on };
    let broken = Condition::Broken { cause: Cause::AccessExpired };
    let closed = Condition::Unrepairable { cause: Cause::AccountClosed };
    for (before, now, expected) in [
        (broken.clone(), Condition::Healthy, true),
        (broken.clone(), soon(Some(9)), true),
        (broken.clone(), soon(None), true),
        (broken.clone(), Condition::NumberPending, true),
        (broken.clone(), Condition::NumberExpired, false),
        (broken.clone(), broken.clone(), false),
        (broken.clone(), closed.clone(), false),
        (closed, Condition::Healthy, true),
        (Condition::Disconnected, soon(Some(9)), true),
        (soon(Some(7)), soon(Some(9)), true),
        (soon(Some(9)), soon(Some(9)), false),
        (soon(Some(9)), soon(Some(7)), false),
        (soon(None), soon(Some(9)), false),
        (soon(Some(9)), soon(None), false),
        (soon(Some(9)), Condition::Healthy, true),
        (soon(Some(9)), broken.clone(), false),
        (Condition::NumberExpired, soon(Some(9)), true),
        (Condition::NumberExpired, Condition::NumberPending, true),
        (Condition::NumberPending, Condition::Healthy, true),
        (Condition::NumberPending, Condition::NumberPending, false),
        (Condition::Healthy, Condition::Healthy, false),
        (Condition::Healthy, soon(Some(9)), false),
        (Condition::Healthy, broken, false),
    ] {
        assert_eq!(now.is_recovery_from(&before), expected, "{before:?} {now:?}");
    }
}

#[test]
fn of_two_warnings_the_earlier_counts_and_what_has_ended_before_both() {
    let details =
        json!({"active": {"action": "relink_required", "expected_deactivation_date": NOW + 9 * DAY}});
    for (number, expected) in [
        (token("transactable", Some(NOW + 5 * DAY)), Condition::Expiring { on: Some(NOW + 5 * DAY) }),
        (token("transactable", Some(NOW + 20 * DAY)), Condition::Expiring { on: Some(NOW + 9 * DAY) }),
        (token("transactable", None), Condition::Expiring { on: Some(NOW + 9 * DAY) }),
        (token("expired", None), Condition::NumberExpired),
    ] {
        let account_numbers = Some(vec![serde_json::from_value(number.clone()).unwrap()]);
        let account = Account { account_numbers, ..account("active", &details) };
        assert_eq!(condition(&account, RULES, NOW), Ok(expected), "{number}");
    }
}

#[test]
fn a_connection_that_is_only_about_to_break_still_works() {
    for works in [Condition::Healthy, Condition::Expiring { on: None }, Condition::NumberExpired] {
        assert!(works.is_connected(), "{works:?}");
    }
    let cause = Cause::Unspecified;
    for broken in [
        Condition::Broken { cause: cause.clone() },
        Condition::Unrepairable { cause },
        Condition::Disconnected,
        Condition::Unrecognized,
    ] {
        assert!(!broken.is_connected(), "{broken:?}");
    }
}

#[test]
fn what_a_customer_can_repair_is_broken_or_about_to_break() {
    assert!(Condition::Expiring { on: None }.is_repairable());
    assert!(Condition::NumberExpired.is_repairable());
    assert!(Condition::Broken { cause: Cause::Unspecified }.is_repairable());
    for other in [
        Condition::Healthy,
        Condition::Unrepairable { cause: Cause::AccountClosed },
        Condition::Disconnected,
        Condition::Unrecognized,
    ] {
        assert!(!other.is_repairable(), "{other:?}");
    }
}

/// Stripe: `tokenized_account_number_deactivated` blocks the payment method until the account has a new number.
#[test]
fn a_revoked_number_needs_a_relink_where_money_moves_and_other_blocks_change_no_condition() {
    let blocked = |reason: &str, numbers: Value, status: &str, details: &Value| {
        let block = PaymentBlock {
            payment_method: "pm_1".parse().unwrap(),
            reason: reason.to_owned().into(),
            network_code: Some("R04".to_owned()),
        };
        let account_numbers = serde_json::from_value(numbers).unwrap();
        Account { account_numbers, payment_block: Some(block), ..account(status, details) }
    };
    let revoked = "tokenized_account_number_deactivated";
    let inactive = json!({"inactive": {"action": "relink_required", "cause": "access_expired"}});
    let broken = Condition::Broken { cause: Cause::AccessExpired };
    for (reason, numbers, status, details, moves_money, expected) in [
        (revoked, json!([token("transactable", None)]), "active", json!({}), true, Condition::NumberExpired),
        (revoked, json!([token("transactable", None)]), "active", json!({}), false, Condition::Healthy),
        (revoked, json!([token("pending", None)]), "active", json!({}), true, Condition::NumberPending),
        (revoked, json!([]), "inactive", inactive, true, broken),
        ("bank_account_closed", json!([]), "active", json!({}), true, Condition::Healthy),
        ("debit_not_authorized", json!([]), "active", json!({}), true, Condition::Healthy),
        ("new_reason", json!([]), "active", json!({}), true, Condition::Healthy),
    ] {
        let account = blocked(reason, numbers, status, &details);
        let rules = ConditionRules { moves_money, ..RULES };
        assert_eq!(condition(&account, rules, NOW), Ok(expected), "{reason} {status} {moves_money}");
    }
}
