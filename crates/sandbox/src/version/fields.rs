//! Table of what Stripe's versions differ in: fields of objects, and values of fields, each with its first version and,
//! where it went away, its last. Everything that is not in the table is in all versions.
//!
//! Source: the classes of `stripe` from `PyPI` from 14.0.0 to 16.1.0 and from 14.2.0b1 to 16.1.0b1, one release for each
//! version from 2025-11-17 on. `Since::ALWAYS` and `Since::EVERY_PREVIEW` mean: in the oldest of them already.

use super::Since;

/// A field of an object.
pub(super) struct Field {
    /// Value of the object's field `object`.
    pub(super) object: &'static str,
    /// Path inside the object, through hashes and lists, such as `status_details.active`.
    pub(super) path: &'static str,
    pub(super) since: Since,
    /// Date of the last version with the field; `None` if it is still there.
    pub(super) last: Option<&'static str>,
}

/// A value that a field has in newer versions only.
pub(super) struct NewerValue {
    pub(super) object: &'static str,
    pub(super) path: &'static str,
    pub(super) value: &'static str,
    pub(super) since: Since,
    /// Value in older versions; with `None`, the item or the field is absent there.
    pub(super) before: Option<&'static str>,
}

const ACCOUNT: &str = "financial_connections.account";
const AUTHORIZATION: &str = "financial_connections.authorization";
const SESSION: &str = "financial_connections.session";
const MERCHANT_ACCOUNT: &str = "account";
const PAYMENT_INTENT: &str = "payment_intent";
const PAYMENT_METHOD: &str = "payment_method";
const SETUP_INTENT: &str = "setup_intent";
const SUBSCRIPTION: &str = "subscription";

const CUSTOMER_ACCOUNTS: Since = Since::CUSTOMER_ACCOUNTS;
const RELINK: Since = Since::RELINK;
const HOSTED: Since = Since::preview("2026-03-25");
const MANAGED_PAYMENTS: Since = Since::dates("2026-04-22", "2026-02-25");
const TRIALS: Since = Since::dates("2026-09-30", "2026-03-25");
const INVOICE_TEXTS: Since = Since::both("2026-06-24");
const SUMMER: Since = Since::both("2026-07-29");

const fn field(object: &'static str, path: &'static str, since: Since) -> Field {
    Field { object, path, since, last: None }
}

const fn newer(
    (object, path): (&'static str, &'static str),
    value: &'static str,
    since: Since,
    before: Option<&'static str>,
) -> NewerValue {
    NewerValue { object, path, value, since, before }
}

pub(super) const FIELDS: &[Field] = &[
    field(
        MERCHANT_ACCOUNT,
        "business_profile.specified_commercial_transactions_act_url",
        Since::dates("2026-09-30", ""),
    ),
    field(ACCOUNT, "account_holder.customer_account", CUSTOMER_ACCOUNTS),
    field(ACCOUNT, "account_numbers", Since::both("2025-11-17")),
    field(ACCOUNT, "authorization", RELINK),
    field(ACCOUNT, "inferred_balances_refresh", Since::EVERY_PREVIEW),
    field(ACCOUNT, "institution", Since::EVERY_PREVIEW),
    field(ACCOUNT, "status_details", Since::dates("2026-06-24", "2026-01-28")),
    field(ACCOUNT, "status_details.active", Since::both("2026-06-24")),
    field(ACCOUNT, "status_details.inactive", RELINK),
    field(AUTHORIZATION, "account_holder", RELINK),
    field(AUTHORIZATION, "institution", RELINK),
    field(AUTHORIZATION, "status_details.active", Since::dates("2026-07-29", "2026-06-24")),
    field(SESSION, "account_holder.customer_account", CUSTOMER_ACCOUNTS),
    field(SESSION, "bank_account_token", SUMMER),
    Field { object: SESSION, path: "filters.countries", since: Since::ALWAYS, last: Some("2026-08-26") },
    field(SESSION, "filters.country", Since::both("2026-08-26")),
    field(SESSION, "filters.institution", Since::EVERY_PREVIEW),
    field(SESSION, "filters.require_payment_method_support", SUMMER),
    field(SESSION, "hosted", HOSTED),
    field(SESSION, "limits", Since::dates("2026-07-29", "")),
    field(SESSION, "manual_entry", Since::dates("2026-07-29", "")),
    field(SESSION, "manual_entry.mode", SUMMER),
    field(SESSION, "relink_options", RELINK),
    field(SESSION, "relink_result", RELINK),
    field(SESSION, "status", Since::EVERY_PREVIEW),
    field(SESSION, "status_details", Since::EVERY_PREVIEW),
    field(SESSION, "ui_mode", HOSTED),
    field(SESSION, "url", HOSTED),
    field("customer", "customer_account", CUSTOMER_ACCOUNTS),
    field(PAYMENT_INTENT, "allowed_payment_method_types", SUMMER),
    field(PAYMENT_INTENT, "customer_account", CUSTOMER_ACCOUNTS),
    field(PAYMENT_INTENT, "managed_payments", MANAGED_PAYMENTS),
    field(PAYMENT_INTENT, "payment_record", Since::both("2026-09-30")),
    field(PAYMENT_METHOD, "customer_account", CUSTOMER_ACCOUNTS),
    field(SUBSCRIPTION, "billing_schedules", Since::dates("2026-05-27", "")),
    field(SUBSCRIPTION, "cancellation_details.feedback_option", Since::both("2026-08-26")),
    field(SUBSCRIPTION, "customer_account", CUSTOMER_ACCOUNTS),
    field(SUBSCRIPTION, "invoice_settings.custom_fields", INVOICE_TEXTS),
    field(SUBSCRIPTION, "invoice_settings.description", INVOICE_TEXTS),
    field(SUBSCRIPTION, "invoice_settings.footer", INVOICE_TEXTS),
    field(SUBSCRIPTION, "managed_payments", MANAGED_PAYMENTS),
    field(SUBSCRIPTION, "trial_settings.end_behavior.billing_cycle_anchor", TRIALS),
    field("subscription_item", "current_trial", TRIALS),
    field(SETUP_INTENT, "allowed_payment_method_types", SUMMER),
    field(SETUP_INTENT, "customer_account", CUSTOMER_ACCOUNTS),
    field(SETUP_INTENT, BANK_INSTITUTION, Since::EVERY_PREVIEW),
    field(SETUP_INTENT, BANK_MANUAL_ENTRY, Since::EVERY_PREVIEW),
    field(PAYMENT_INTENT, BANK_INSTITUTION, Since::EVERY_PREVIEW),
    field(PAYMENT_INTENT, BANK_MANUAL_ENTRY, Since::EVERY_PREVIEW),
];

const BANK_INSTITUTION: &str =
    "payment_method_options.us_bank_account.financial_connections.filters.institution";
const BANK_MANUAL_ENTRY: &str = "payment_method_options.us_bank_account.financial_connections.manual_entry";

const EXPIRING_NUMBERS: Since = Since::both("2026-09-30");
const NUMBER: (&str, &str) = (ACCOUNT, "account_numbers.status");

pub(super) const NEWER_VALUES: &[NewerValue] = &[
    newer(NUMBER, "expired", EXPIRING_NUMBERS, Some("deactivated")),
    newer(NUMBER, "pending", EXPIRING_NUMBERS, Some("deactivated")),
    newer(
        (ACCOUNT, "status_details.inactive.cause"),
        "institution_requirement",
        Since::preview("2026-06-24"),
        Some("unspecified"),
    ),
    newer((ACCOUNT, "subscriptions"), "balance", Since::EVERY_PREVIEW, None),
    newer((ACCOUNT, "subscriptions"), "inferred_balances", Since::EVERY_PREVIEW, None),
    newer((AUTHORIZATION, "status"), "disconnected", RELINK, Some("inactive")),
    newer((SESSION, "manual_entry.mode"), "custom", Since::EVERY_PREVIEW, None),
    newer((SESSION, "prefetch"), "inferred_balances", Since::EVERY_PREVIEW, None),
];
