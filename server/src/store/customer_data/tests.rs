//! Every table and column of the schema is handled, and nothing is left of an erased customer but what is named.

mod rows;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Map;
use sqlx::AssertSqlSafe;

use self::rows::{of_accounts, of_requests};
use super::erase::Erased;
use super::*;
use crate::config::database::Engine;
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::backfill::{Backfill, Phase};
use crate::store::customer_names::SWEEP_PLACE;
use crate::store::testing::{TestStore, both, both_encrypted, data_keys};

const CUSTOMER: &str = "cus_erased";
const OTHER: &str = "cus_other";

fn customer(id: &str) -> HolderId {
    id.parse().unwrap()
}

/// Returns all tables of the schema with their columns of text.
pub(in crate::store) async fn schema(store: &Store) -> BTreeMap<String, BTreeSet<String>> {
    let question = match store.engine {
        Engine::Sqlite => {
            "SELECT CAST(m.name AS TEXT), CAST(c.name AS TEXT) FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
             UNION SELECT CAST(name AS TEXT), '' FROM sqlite_master WHERE type = 'table' \
             AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(CASE data_type WHEN 'text' THEN column_name ELSE '' END AS TEXT) \
             FROM information_schema.columns WHERE table_schema = current_schema() \
             AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let rows: Vec<(String, String)> = sqlx::query_as(question).fetch_all(store.reader()).await.unwrap();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, column) in rows {
        let columns = tables.entry(table).or_default();
        if !column.is_empty() {
            columns.insert(column);
        }
    }
    tables
}

/// Columns of text by which no row is found: they say nothing about a customer, or stand in a row that is found by another
/// column. A new column is to be added here, or to the columns of `HOLDINGS` if it can name a customer.
const OTHER_COLUMNS: &[(&str, &[&str])] = &[
    (
        "accounts",
        &[
            "authorization_id",
            "institution_name",
            "state",
            "cause",
            "account",
            "told",
            "last4",
            "replaced_by",
            "payment_block",
            "stripe_account",
        ],
    ),
    (
        "attempts",
        &[
            "sign_in",
            "trace",
            "account",
            "choice",
            "purpose",
            "requested",
            "known_before",
            "reported",
            "language",
            "settled",
            "outcome",
        ],
    ),
    ("audit", &["id", "action", "ip_address", "hash"]),
    ("audit_head", &["name", "hash"]),
    ("batch_counts", &["batch", "result"]),
    ("batch_results", &["batch", "result", "stripe_account"]),
    ("batches", &["id", "operator", "reason", "state"]),
    ("budget", &["name"]),
    ("code_limits", &["operator", "browser", "address"]),
    ("codes", &["operator", "asker", "hash"]),
    ("customer_names", &["contact"]),
    ("customer_words", &["word"]),
    ("daily_figures", &["day", "name", "institution_name"]),
    ("data_keys", &["id"]),
    ("deliveries", &["id", "type", "leased_by", "last_error", "trace"]),
    ("events", &["id", "type", "api_version", "source"]),
    ("follow_ups", &["action", "feature", "state"]),
    ("idempotency", &["key", "fingerprint", "salt"]),
    ("institutions", &["id", "institution", "told"]),
    ("keys", &["id", "name", "starts_with", "hash", "scopes", "owner"]),
    ("known_browsers", &["hash", "operator", "address"]),
    ("mails", &["state", "attempt", "error"]),
    ("meta", &["name", "value"]),
    ("operator_sessions", &["hash", "operator", "id_token"]),
    ("payments", &["acceptance", "setup_intent", "held_by", "payment_method", "mandate", "external_account"]),
    ("reminders", &["stage"]),
    ("repairs", &["day", "institution_name"]),
    (
        "requests",
        &[
            "stripe_account",
            "delivery",
            "language",
            "return_url",
            "email",
            "reason",
            "state",
            "link_hash",
            "opt_out_hash",
            "failure",
        ],
    ),
    ("sign_in_codes", &["browser", "operator", "hash"]),
    ("snapshots", &["day", "institution_name", "state"]),
    ("visits", &["hash"]),
    ("work", &["kind", "leased_by", "last_error", "trace"]),
];

#[tokio::test]
async fn every_table_and_every_column_of_text_is_handled() {
    for test in both().await {
        let schema = schema(&test.store).await;
        assert!(schema.len() > 30, "{schema:?}");
        let handled: BTreeSet<&str> = HOLDINGS.iter().map(|holding| holding.table).collect();
        let tables: BTreeSet<&str> = schema.keys().map(String::as_str).collect();
        assert_eq!(
            tables, handled,
            "add a new table to HOLDINGS: how is it found, and what does an erasure do to it?"
        );
        for holding in HOLDINGS {
            let others = OTHER_COLUMNS.iter().filter(|(table, _)| *table == holding.table);
            let listed: BTreeSet<String> = holding
                .named
                .iter()
                .chain(holding.within)
                .chain(others.flat_map(|(_, columns)| *columns))
                .map(|column| (*column).to_owned())
                .collect();
            assert_eq!(schema[holding.table], listed, "{}: say what a new column may hold", holding.table);
        }
    }
}

async fn insert(store: &Store, table: &str, values: &Value) {
    let Value::Object(values) = values else { panic!("{values}") };
    let columns: Vec<&str> = values.keys().map(String::as_str).collect();
    let literals: Vec<String> = values
        .values()
        .map(|value| value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'")))
        .collect();
    let statement = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), literals.join(", "));
    sqlx::query(AssertSqlSafe(statement)).execute(&store.writer).await.unwrap();
}

/// Puts a row about the customer into every table that can have one.
async fn fill(store: &Store, customer: &str, n: &str) {
    let fca = format!("fca_{n}");
    for (table, row) in of_accounts(customer, n).into_iter().chain(of_requests(customer, n)) {
        insert(store, table, &row).await;
    }
    for (action, detail) in [
        (
            AuditAction::MandateAccepted,
            json!({"mandate": "I agree", "name": "Jenny", "ip_address": "192.0.2.1"}),
        ),
        (
            AuditAction::PaymentMethodMade,
            json!({"payment_method": format!("pm_{n}"), "setup_intent": format!("seti_{n}")}),
        ),
        (AuditAction::ExternalAccountMade, json!({"external_account": format!("ba_{n}")})),
        (AuditAction::AccountRead, json!({"path": format!("/api/accounts/{fca}")})),
    ] {
        let actor = Actor::Customer { customer: self::customer(customer), sign_in: Some(format!("s{n}")) };
        let entry = Entry {
            customer: Some(self::customer(customer)),
            account: Some(fca.parse().unwrap()),
            ..Entry::of(actor.at("192.0.2.7".parse().unwrap()), action, detail)
        };
        store.append_audit(&entry, crate::clock::new_id(), now()).await.unwrap();
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// Returns each table's rows as one text, decrypted.
async fn everything(test: &TestStore) -> BTreeMap<&'static str, String> {
    let store = &test.store;
    let is_encrypted = store.data_keys().current_id().is_some();
    if is_encrypted {
        let decrypting = test.with_data_keys(data_keys(&[0, 1])).await.unwrap();
        decrypting.rotate_data_keys(|_| ()).await.unwrap();
    }
    let mut moment = store.reader.begin("BEGIN").await.unwrap();
    let mut texts = BTreeMap::new();
    for holding in HOLDINGS {
        let columns = &schema(store).await[holding.table];
        if columns.is_empty() {
            continue;
        }
        let parts: Vec<String> = columns.iter().map(|column| format!("COALESCE({column}, '')")).collect();
        let question = format!("SELECT {} FROM {}", parts.join(" || ' ' || "), holding.table);
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(question)).fetch_all(&mut *moment).await.unwrap();
        texts.insert(holding.table, rows.join("\n"));
    }
    moment.rollback().await.unwrap();
    if is_encrypted {
        store.rotate_data_keys(|_| ()).await.unwrap();
    }
    texts
}

/// Stores with this customer, another one, and rows about both; in clear text, and encrypted.
async fn filled() -> Vec<TestStore> {
    let mut stores = both().await;
    stores.extend(both_encrypted(1).await);
    for TestStore { store, .. } in &stores {
        fill(store, CUSTOMER, "erased").await;
        fill(store, OTHER, "other").await;
        store.set_meta(SWEEP_PLACE, CUSTOMER).await.unwrap();
        let mut backfill = Backfill::begin(now(), false);
        (backfill.phase, backfill.after) = (Phase::Customers, Some(CUSTOMER.to_owned()));
        store.save_backfill(&backfill).await.unwrap();
        let chosen = json!({"accounts": ["fca_erased", "fca_other"]}).to_string();
        let batch = json!({"id": "bat_1", "operator": "ada@shop.example", "chosen": chosen, "place": "1790000000000.fca_erased", "state": "done", "created_at": 1});
        insert(store, "batches", &batch).await;
        let detail = json!({"accounts": ["fca_erased", "fca_other"]});
        let actor = Actor::Operator { email: Some("ada@shop.example".to_owned()), account: None };
        let begun = Entry::of(actor.into(), AuditAction::BatchBegun, detail);
        store.append_audit(&begun, crate::clock::new_id(), now()).await.unwrap();
        if store.data_keys().current_id().is_some() {
            store.rotate_data_keys(|_| ()).await.unwrap();
        }
    }
    stores
}

async fn erase(store: &Store, is_trial: bool) -> Erased {
    let source = Actor::CommandLine { user: "ada".to_owned() }.into();
    store.erase_customer(&customer(CUSTOMER), "erased_7".to_owned(), &source, is_trial, now()).await.unwrap()
}

/// Everything by which the customer could be recognised.
const TRACES: [&str; 15] = [
    CUSTOMER,
    "fca_erased",
    "fcauth_erased",
    "fcsess_erased",
    "rlr_erased",
    "pm_erased",
    "seti_erased",
    "ba_erased",
    "mandate_erased",
    "erased@mail.example",
    "serased",
    "Jenny",
    "Rosenerased",
    "rosenerased",
    "192.0.2.7",
];

#[test]
fn a_merchant_event_is_about_the_connected_account_that_is_paid_out_to_and_not_about_its_customers() {
    let holding = HOLDINGS.iter().find(|holding| holding.table == "deliveries").unwrap();
    let payee = Subject::new(&customer("acct_1"), "erased_7".to_owned());
    for (about, expected) in [("acct_1", true), ("acct_1.cus_2", false)] {
        let payload = json!({"type": "connection.broken", "account": "acct_1", "data": {"customer": about}});
        let row = Values::from_iter([("payload".to_owned(), payload.to_string().into())]);
        assert_eq!(is_about(holding, &row, &payee), expected, "{payload}");
    }
}

#[tokio::test]
async fn nothing_is_left_of_an_erased_customer_but_the_named_evidence_of_mandates() {
    for test in filled().await {
        let store = &test.store;
        let erased = erase(store, false).await;
        assert_eq!(erased.rows.len(), HOLDINGS.iter().filter(|h| h.erasure != Erasure::Nothing).count() - 1);
        assert_eq!((erased.pseudonymised, erased.kept_for_mandates.len()), (5, 3));
        for (table, text) in everything(&test).await {
            let found: Vec<&str> = TRACES.into_iter().filter(|trace| text.contains(trace)).collect();
            // The evidence has account, payment method, setup intent, external account and the address of the click; the
            // other customer's entries have a name and an address, too.
            let kept: &[&str] = if table == "audit" {
                &["fca_erased", "pm_erased", "seti_erased", "ba_erased", "Jenny", "192.0.2.7"]
            } else {
                &[]
            };
            assert_eq!(found, kept, "{table}: {text}");
        }
        let data = serde_json::to_value(store.customer_data(&customer(CUSTOMER)).await.unwrap()).unwrap();
        assert_eq!(data["tables"], json!({}));
        let report = store.verify_audit(None).await.unwrap();
        assert_eq!((report.entries, report.breaks), (10, Vec::new()));
    }
}

#[tokio::test]
async fn another_customer_keeps_everything() {
    for TestStore { store, .. } in filled().await {
        let of_other =
            async || serde_json::to_value(store.customer_data(&customer(OTHER)).await.unwrap()).unwrap();
        let mut before = of_other().await;
        erase(&store, false).await;
        let mut after = of_other().await;
        // The batch and its entry were about both.
        let is_about_both = |row: &Value| row["action"] == "batch.begun";
        for data in [&mut before, &mut after] {
            data["tables"]["audit"].as_array_mut().unwrap().retain(|row| !is_about_both(row));
        }
        assert_eq!(before, after);
        assert_eq!(
            before["tables"].as_object().map(Map::len),
            Some(HOLDINGS.iter().filter(|h| h.erasure != Erasure::Nothing).count())
        );
    }
}

#[tokio::test]
async fn a_trial_changes_nothing_and_a_change_that_no_erasure_lists_breaks_the_chain() {
    for test in filled().await {
        let store = &test.store;
        let before = everything(&test).await;
        let trial = erase(store, true).await;
        assert_eq!((trial.pseudonymised, before), (5, everything(&test).await));
        erase(store, false).await;
        let forge = "UPDATE audit SET detail = '{\"mandate\":\"I agreed to more\"}' WHERE position = 1";
        sqlx::query(forge).execute(&store.writer).await.unwrap();
        let report = store.verify_audit(None).await.unwrap();
        assert_eq!(report.number_of_breaks, 1, "{:?}", report.breaks);
    }
}
