//! Accounts, kinds, permissions and dates in the reader's words.

use js_sys::{Date, Object, Reflect};
use relink_protocol::AccountName;
use relink_protocol::stripe::{Permission, Subcategory};
use wasm_bindgen::JsValue;

use crate::text;

/// "Alder Bank ••6789".
pub(super) fn account(account: &AccountName) -> String {
    match &account.last4 {
        Some(last4) => [&account.institution_name, " ••", last4].concat(),
        None => account.institution_name.clone(),
    }
}

/// "••6789", or the bank's name for an account without digits.
pub(super) fn digits(account: &AccountName) -> String {
    match &account.last4 {
        Some(last4) => ["••", last4].concat(),
        None => account.institution_name.clone(),
    }
}

/// "Checking".
pub(super) fn subcategory(subcategory: &Subcategory) -> &'static str {
    match subcategory {
        Subcategory::Checking => text::SUBCATEGORY_CHECKING,
        Subcategory::Savings => text::SUBCATEGORY_SAVINGS,
        Subcategory::CreditCard => text::SUBCATEGORY_CREDIT_CARD,
        Subcategory::LineOfCredit => text::SUBCATEGORY_LINE_OF_CREDIT,
        Subcategory::Mortgage => text::SUBCATEGORY_MORTGAGE,
        Subcategory::Other(_) => text::SUBCATEGORY_OTHER,
    }
}

/// "Your balance".
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

/// "3 December", as the reader writes it, in the reader's time zone; from seconds since 1970.
pub(super) fn date(seconds: i64) -> String {
    let options = Object::new();
    for (part, style) in [("day", "numeric"), ("month", "long")] {
        // On an object that we have just made, this can't fail.
        let _ = Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(style));
    }
    #[expect(clippy::cast_precision_loss, reason = "exact for dates up to the year 285 million")]
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1_000.0));
    date.to_locale_date_string("default", &options).into()
}
