//! Event types and the API versions that have them.

use crate::version::{Since, Version};

/// An event type and the first version that has it.
struct EventType {
    name: &'static str,
    since: Since,
}

/// Event types of Stripe's list that the sandbox sends.
const TYPES: &[EventType] = &[
    always("account.external_account.created"),
    always("account.external_account.deleted"),
    always("account.external_account.updated"),
    always("account.updated"),
    always("customer.created"),
    always("customer.deleted"),
    always("customer.subscription.created"),
    always("customer.subscription.deleted"),
    always("customer.subscription.updated"),
    always("customer.updated"),
    since("2025-11-17", "financial_connections.account.account_numbers_updated"),
    always("financial_connections.account.created"),
    always("financial_connections.account.deactivated"),
    always("financial_connections.account.disconnected"),
    since("2026-07-29", "financial_connections.account.expected_deactivation_date_updated"),
    always("financial_connections.account.reactivated"),
    always("financial_connections.account.refreshed_balance"),
    on_preview("financial_connections.account.refreshed_inferred_balances"),
    always("financial_connections.account.refreshed_ownership"),
    always("financial_connections.account.refreshed_transactions"),
    since("2026-07-29", "financial_connections.account.supported_payment_method_types_updated"),
    since("2025-11-17", "financial_connections.account.upcoming_account_number_expiry"),
    since("2026-07-29", "financial_connections.account.upcoming_deactivation"),
    since("2026-07-29", "financial_connections.authorization.expected_deactivation_date_updated"),
    since("2026-07-29", "financial_connections.authorization.upcoming_deactivation"),
    on_preview("financial_connections.session.updated"),
    always("payment_intent.canceled"),
    always("payment_intent.created"),
    always("payment_intent.payment_failed"),
    always("payment_intent.processing"),
    always("payment_intent.requires_action"),
    always("payment_intent.succeeded"),
    always("payment_method.attached"),
    always("payment_method.automatically_updated"),
    always("payment_method.detached"),
    always("setup_intent.canceled"),
    always("setup_intent.created"),
    always("setup_intent.requires_action"),
    always("setup_intent.setup_failed"),
    always("setup_intent.succeeded"),
];

/// Data whose refreshes have thin events about their result. Only the last is never refreshed here.
const REFRESHES: &[&str] =
    &["balance", "inferred_balances", "ownership", "transactions", "risk_intelligence"];

const fn always(name: &'static str) -> EventType {
    EventType { name, since: Since::ALWAYS }
}

const fn since(since: &'static str, name: &'static str) -> EventType {
    EventType { name, since: Since::both(since) }
}

const fn on_preview(name: &'static str) -> EventType {
    EventType { name, since: Since::EVERY_PREVIEW }
}

/// True if the version has events of this type.
pub(crate) fn exists_in(version: &Version, kind: &str) -> bool {
    let found = TYPES.iter().find(|known| known.name == kind);
    found.is_some_and(|known| version.has(known.since))
}

/// True if Stripe has this type as a thin event, too: not for sessions, authorizations and inferred balances.
pub(crate) fn has_thin(kind: &str) -> bool {
    match kind.strip_prefix("financial_connections.") {
        Some(rest) => rest.starts_with("account.") && rest != "account.refreshed_inferred_balances",
        None => true,
    }
}

/// True if an endpoint may enable this type. Outside Financial Connections, any well-formed name is accepted.
pub(crate) fn can_be_enabled(name: &str) -> bool {
    if name == "*" || TYPES.iter().any(|known| known.name == name) {
        return true;
    }
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_ours = ["financial_connections.", "setup_intent."].iter().any(|start| name.starts_with(start));
    !is_ours && name.contains('.') && name.split('.').all(is_word)
}

/// True if an event destination may enable this thin type. Outside Financial Connections, any well-formed name of the
/// first or second version is accepted.
pub(crate) fn can_be_enabled_thin(name: &str) -> bool {
    if name == "*" {
        return true;
    }
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '[' | ']'))
    };
    match name.split_once('.') {
        Some(("v1", kind)) => {
            is_end_of_refresh(kind) || can_be_enabled(kind) && kind != "*" && has_thin(kind)
        }
        Some(("v2", kind)) => kind.contains('.') && kind.split('.').all(is_word),
        _ => false,
    }
}

/// True if this is a thin type that tells the result of a refresh.
fn is_end_of_refresh(kind: &str) -> bool {
    let rest = kind.strip_prefix("financial_connections.account.").unwrap_or_default();
    REFRESHES.iter().any(|feature| {
        let end = rest.strip_prefix(feature).unwrap_or_default();
        matches!(end, "_refresh_failed" | "_refresh_succeeded")
    })
}

#[cfg(test)]
mod tests {
    use super::{TYPES, Version, can_be_enabled, can_be_enabled_thin, exists_in, has_thin};

    #[test]
    fn a_version_has_the_types_of_its_time() {
        let of = |name: &str| Version::parse(name).unwrap();
        let (ga, preview, old) =
            (of("2026-10-28.endive"), of("2026-09-30.preview"), of("2026-03-04.preview"));
        let session = "financial_connections.session.updated";
        assert!(exists_in(&preview, session) && exists_in(&old, session) && !exists_in(&ga, session));
        let upcoming = "financial_connections.account.upcoming_deactivation";
        assert!(exists_in(&preview, upcoming) && exists_in(&ga, upcoming) && !exists_in(&old, upcoming));
        assert!(exists_in(&of("2022-08-01"), "financial_connections.account.deactivated"));
    }

    #[test]
    fn sessions_authorizations_and_inferred_balances_have_no_thin_events() {
        let without: Vec<&str> = TYPES.iter().map(|kind| kind.name).filter(|name| !has_thin(name)).collect();
        assert_eq!(
            without,
            [
                "financial_connections.account.refreshed_inferred_balances",
                "financial_connections.authorization.expected_deactivation_date_updated",
                "financial_connections.authorization.upcoming_deactivation",
                "financial_connections.session.updated",
            ]
        );
    }

    #[test]
    fn a_destination_for_thin_events_enables_thin_types_only() {
        for name in [
            "*",
            "v1.charge.succeeded",
            "v1.financial_connections.account.deactivated",
            "v1.financial_connections.account.risk_intelligence_refresh_failed",
            "v2.core.account[requirements].updated",
        ] {
            assert!(can_be_enabled_thin(name), "{name}");
        }
        for name in [
            "financial_connections.account.deactivated",
            "v1.financial_connections.session.updated",
            "v1.financial_connections.authorization.upcoming_deactivation",
            "v1.financial_connections.account.refreshed_inferred_balances",
            "v1.financial_connections.account.balance_refresh_pending",
            "v1.*",
            "v2.core",
            "v3.core.event",
        ] {
            assert!(!can_be_enabled_thin(name), "{name}");
        }
    }

    #[test]
    fn a_misspelt_type_can_not_be_enabled() {
        for name in ["*", "charge.succeeded", "financial_connections.account.deactivated"] {
            assert!(can_be_enabled(name), "{name}");
        }
        for name in ["", "charge", "financial_connections.account.broken", "Charge.Succeeded", "a..b", "a.*"]
        {
            assert!(!can_be_enabled(name), "{name}");
        }
    }
}
