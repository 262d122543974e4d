//! Accounts, kinds, permissions and dates in the customer's language.

use js_sys::{Date, Object, Reflect};
use relink_protocol::stripe::{Permission, Subcategory};
use relink_protocol::{AccountName, AccountSummary};
use wasm_bindgen::JsValue;

use crate::text::{self, Text};

/// Returns "Alder Bank ••6789".
pub(super) fn account(account: &AccountName) -> String {
    text::isolated(match &account.last4 {
        Some(last4) => [&account.institution_name, " ••", last4].concat(),
        None => account.institution_name.clone(),
    })
}

/// Returns "••6789", or the bank's name if the account has no digits.
pub(super) fn digits(account: &AccountName) -> String {
    match &account.last4 {
        Some(last4) => ["••", last4].concat(),
        None => account.institution_name.clone(),
    }
}

/// Returns "Checking".
pub(super) fn subcategory(subcategory: &Subcategory) -> Text {
    match subcategory {
        Subcategory::Checking => text::SUBCATEGORY_CHECKING,
        Subcategory::Savings => text::SUBCATEGORY_SAVINGS,
        Subcategory::CreditCard => text::SUBCATEGORY_CREDIT_CARD,
        Subcategory::LineOfCredit => text::SUBCATEGORY_LINE_OF_CREDIT,
        Subcategory::Mortgage => text::SUBCATEGORY_MORTGAGE,
        Subcategory::Other(_) => text::SUBCATEGORY_OTHER,
    }
}

/// Returns "Your balance".
pub(super) fn permission(permission: &Permission) -> String {
    match permission {
        Permission::PaymentMethod => text::PERMISSION_PAYMENT_METHOD,
        Permission::Balances => text::PERMISSION_BALANCES,
        Permission::Ownership => text::PERMISSION_OWNERSHIP,
        Permission::Transactions => text::PERMISSION_TRANSACTIONS,
        Permission::Other(_) => text::PERMISSION_OTHER,
    }
    .to_owned()
}

/// Returns what the merchant asks to see for the first time, on one line.
pub(super) fn wanted(account: &AccountSummary, merchant: &str) -> String {
    let list = account.permissions.added.iter().map(permission);
    let list = list.reduce(|listed, next| text::list(&listed, &next)).unwrap_or_default();
    text::sentences(&text::explaining_new(merchant), &list)
}

/// Returns the text of a deadline in seconds since 1970, at `now` in milliseconds since 1970.
pub(super) fn deadline(seconds: i64, now: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "exact for dates up to the year 285 million")]
    let at = seconds as f64 * 1_000.0;
    let (date, today) = (at_time(at), at_time(now));
    let tomorrow = at_time(now);
    tomorrow.set_date(today.get_date() + 1);
    let is = |day: &Date| date.to_date_string() == day.to_date_string();
    if at <= now {
        text::CONDITION_EXPIRING_PAST.to_owned()
    } else if is(&today) {
        text::CONDITION_EXPIRING_TODAY.to_owned()
    } else if is(&tomorrow) {
        text::CONDITION_EXPIRING_TOMORROW.to_owned()
    } else {
        text::condition_expiring_on(&formatted_date(&date, date.get_full_year() != today.get_full_year()))
    }
}

/// Returns "December 3" in the customer's locale and time zone, in digits like those of accounts; with the year if it
/// is another one.
pub(super) fn formatted_date(date: &Date, with_year: bool) -> String {
    let options = Object::new();
    // Banks everywhere use this calendar.
    let parts = [
        ("calendar", "gregory"),
        ("numberingSystem", "latn"),
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
    ];
    for (part, style) in parts.into_iter().take(if with_year { 5 } else { 4 }) {
        // Can't fail on a plain object.
        let _ = Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(style));
    }
    let written = String::from(date.to_locale_date_string(text::locale(), &options));
    // Browsers write "1 décembre", which in French is "1er décembre".
    match written.strip_prefix("1 ") {
        Some(rest) => [text::FIRST_DAY.get(), " ", rest].concat(),
        None => written,
    }
}

pub(super) fn at_time(milliseconds: f64) -> Date {
    Date::new(&JsValue::from_f64(milliseconds))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::text::tests::{in_french, in_locale};

    /// Returns noon in the local time zone.
    fn noon(month: i32, day: i32) -> f64 {
        Date::new_with_year_month_day_hr(2026, month, day, 12).get_time()
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole seconds since 1970")]
    fn seen(now: f64, in_hours: f64) -> String {
        deadline(((now + in_hours * 3_600_000.0) / 1_000.0) as i64, now)
    }

    #[wasm_bindgen_test]
    fn a_date_near_by_is_named_and_one_that_has_passed_is_no_date() {
        for hours in [-24.0, -0.1, 0.0] {
            assert_eq!(seen(noon(10, 21), hours), text::CONDITION_EXPIRING_PAST.get());
        }
        for hours in [0.1, 11.9] {
            assert_eq!(seen(noon(10, 21), hours), text::CONDITION_EXPIRING_TODAY.get());
        }
        for hours in [12.1, 35.9] {
            assert_eq!(seen(noon(10, 21), hours), text::CONDITION_EXPIRING_TOMORROW.get());
            assert_eq!(
                seen(noon(10, 30), hours),
                text::CONDITION_EXPIRING_TOMORROW.get(),
                "the first of a month"
            );
        }
    }

    #[wasm_bindgen_test]
    fn a_date_further_on_is_written_out_with_the_year_where_that_is_another_one() {
        assert_eq!(seen(noon(10, 21), 36.1), "Reconnect before November 23");
        assert_eq!(seen(noon(10, 21), 24.0 * 40.0), "Reconnect before December 31");
        assert_eq!(seen(noon(10, 21), 24.0 * 41.0), "Reconnect before January 1, 2027");
    }

    #[wasm_bindgen_test]
    fn a_date_is_written_as_in_the_readers_part_of_the_world() {
        in_locale("en-GB", || assert_eq!(seen(noon(10, 21), 36.1), "Reconnect before 23 November"));
        in_locale("ar-SA", || {
            assert!(seen(noon(10, 21), 36.1).contains("نوفمبر"), "no other calendar than the bank's");
            assert!(seen(noon(10, 21), 36.1).contains("23"), "no other digits than the account's");
        });
        in_french(|| {
            assert_eq!(seen(noon(10, 21), 24.0 * 10.0), "À reconnecter avant le 1er décembre");
            assert_eq!(seen(noon(10, 21), 36.1), "À reconnecter avant le 23 novembre");
        });
    }
}
