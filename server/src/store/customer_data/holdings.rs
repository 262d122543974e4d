//! Every table, with the columns by which a customer's rows are found and what erasing the customer does to them. A test
//! compares the list with the schema, so that a new table or column is not forgotten.

/// Table and its handling.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) table: &'static str,
    /// Columns that identify a row.
    pub(super) key: &'static [&'static str],
    /// Columns that hold one identifier.
    pub(super) named: &'static [&'static str],
    /// Columns whose text may contain identifiers.
    pub(super) within: &'static [&'static str],
    pub(super) erasure: Erasure,
}

/// Treatment of the rows of an erased customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erasure {
    /// The rows are deleted.
    Delete,
    /// These columns are emptied. The rest names nobody.
    Clear(&'static [&'static str]),
    /// The identifiers in these texts are replaced, because the rows are about others, too.
    Replace,
    /// Entries of the audit trail are pseudonymised.
    Pseudonymise,
    /// There are no such rows.
    Nothing,
}

const fn deleted(
    table: &'static str,
    key: &'static [&'static str],
    named: &'static [&'static str],
    within: &'static [&'static str],
) -> Holding {
    Holding { table, key, named, within, erasure: Erasure::Delete }
}

/// Table with nothing about customers.
const fn nothing(table: &'static str) -> Holding {
    Holding { table, key: &[], named: &[], within: &[], erasure: Erasure::Nothing }
}

pub(super) const HOLDINGS: &[Holding] = &[
    deleted("customers", &["id"], &["id"], &[]),
    deleted("customer_names", &["customer"], &["customer"], &[]),
    // By customer, because the words may have changed since they were found.
    deleted("customer_words", &["customer"], &["customer"], &[]),
    deleted("accounts", &["id"], &["id", "customer"], &[]),
    deleted("authorizations", &["id"], &["id"], &[]),
    // The identifier of an event stays, so that one that is delivered again is not taken for a new one.
    Holding {
        table: "events",
        key: &["id"],
        named: &["subject"],
        within: &["payload"],
        erasure: Erasure::Clear(&["subject", "payload"]),
    },
    deleted("work", &["id"], &[], &["id", "subject"]),
    deleted("deliveries", &["id"], &["subject"], &["payload"]),
    deleted("attempts", &["session"], &["session", "customer"], &[]),
    deleted("payments", &["session", "account"], &["session", "account"], &[]),
    deleted("follow_ups", &["account", "action", "feature"], &["account"], &[]),
    deleted("requests", &["id"], &["id", "customer", "account", "session"], &[]),
    deleted("mail_turns", &["account"], &["account", "request"], &[]),
    deleted("mails", &["request"], &["request"], &[]),
    deleted("visits", &["hash"], &["request"], &[]),
    deleted("idempotency", &["key"], &["request"], &[]),
    deleted("opt_outs", &["customer"], &["customer"], &[]),
    deleted("reminders", &["account"], &["account"], &[]),
    deleted("batch_results", &["batch", "account"], &["account", "request"], &[]),
    Holding {
        table: "batches",
        key: &["id"],
        named: &[],
        within: &["chosen", "place"],
        erasure: Erasure::Replace,
    },
    Holding {
        table: "audit",
        key: &["id"],
        named: &["customer", "session", "account"],
        within: &["actor", "detail"],
        erasure: Erasure::Pseudonymise,
    },
    nothing("meta"),
    nothing("data_keys"),
    nothing("institutions"),
    nothing("audit_head"),
    nothing("keys"),
    nothing("codes"),
    nothing("sign_in_codes"),
    nothing("code_limits"),
    nothing("known_browsers"),
    nothing("operator_sessions"),
    nothing("batch_counts"),
    nothing("snapshots"),
    nothing("repairs"),
    nothing("daily_figures"),
    nothing("budget"),
    nothing("schema_generation"),
];
