//! Nothing is left in clear text, nothing is lost by a rotation, and values in a wrong place are refused.

mod clear_text;
mod sign_ins;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row};

use super::super::testing::{TestStore, both, both_encrypted, data_keys};
use super::super::{Store, customer_data};
use super::registry::UNUSED_AFTER;
use super::rotation::Rotated;
use super::*;
use crate::config::database::DatabaseSettings;
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::sign_in::Operator;
use crate::store::operators::{Activity, CodeHash, Session};

/// Page that has the list of encrypted columns.
const PAGE: &str = include_str!("../../../../docs/privacy.md");

/// Rows of a table, with the values of its encrypted and indexed columns.
type Rows = BTreeMap<Vec<String>, Vec<Option<String>>>;

/// Text that is recognised where it must not be.
const CANARY: &str = "canary";

/// More than one slice of a rotation.
const ROWS: usize = 105;

/// Puts rows into each table with something encrypted, whose texts all hold the canary.
async fn fill(store: &Store, rows: usize) {
    let schema = customer_data::tests::schema(store).await;
    let mut change = store.change().await.unwrap();
    for table in TABLES {
        let texts = &schema[table.table];
        let columns = all_columns(store, table.table).await;
        for number in 1..=rows {
            let values: Vec<String> = columns
                .iter()
                .map(|column| match column.as_str() {
                    "account" if table.table == "accounts" => {
                        format!("'{}'", json!({"display_name": CANARY, "last4": CANARY}))
                    }
                    "contact" => format!("'{}'", json!({"name": CANARY, "email": null})),
                    column if table.columns().any(|name| bare(name) == column) => format!("'{CANARY}'"),
                    column if texts.contains(column) => format!("'x{number}'"),
                    _ => number.to_string(),
                })
                .collect();
            let insert = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                table.table,
                columns.join(", "),
                values.join(", ")
            );
            sqlx::query(AssertSqlSafe(insert)).execute(&mut change).await.unwrap();
        }
    }
    change.commit().await.unwrap();
}

async fn all_columns(store: &Store, table: &'static str) -> Vec<String> {
    let mut moment = store.reader.begin("BEGIN").await.unwrap();
    let table = crate::store::export::table(store.engine, &mut moment, table, &[]).await.unwrap();
    moment.rollback().await.unwrap();
    table.columns.into_iter().map(|column| column.name).collect()
}

/// Returns what is stored, by table.
async fn stored(store: &Store) -> BTreeMap<&'static str, Rows> {
    let mut all = BTreeMap::new();
    for table in TABLES {
        let columns: Vec<&str> = table.columns().map(bare).collect();
        let question =
            format!("SELECT {}, {} FROM {}", table.key.join(", "), columns.join(", "), table.table);
        let rows = sqlx::query(AssertSqlSafe(question)).fetch_all(store.reader()).await.unwrap();
        let rows = rows.iter().map(|row| {
            let key = (0..table.key.len()).map(|place| row.try_get(place).unwrap()).collect();
            let values =
                (0..columns.len()).map(|place| row.try_get(table.key.len() + place).unwrap()).collect();
            (key, values)
        });
        all.insert(table.table, rows.collect());
    }
    all
}

fn texts(all: &BTreeMap<&'static str, Rows>) -> String {
    format!("{all:?}")
}

async fn rotate(store: &Store) -> Rotated {
    store.rotate_data_keys(|_| ()).await.unwrap()
}

/// Changes when keys were used as if so much time had passed since.
async fn pass(store: &Store, time: SignedDuration) {
    let time = i64::try_from(time.as_millis()).unwrap();
    let earlier = sqlx::query("UPDATE data_keys SET used_at = used_at - $1");
    earlier.bind(time).execute(&store.writer).await.unwrap();
}

/// Tables whose rows a rotation may delete.
const SIGN_INS: [&str; 3] = ["code_limits", "known_browsers", "sign_in_codes"];

#[tokio::test]
async fn a_database_is_encrypted_rotated_and_decrypted_again_without_a_loss() {
    for test in both().await {
        fill(&test.store, ROWS).await;
        let before = stored(&test.store).await;
        let later = crate::clock::now() + SignedDuration::from_mins(9);
        let open = sqlx::query("UPDATE sign_in_codes SET expires_at = $1").bind(later.as_millisecond());
        open.execute(&test.store.writer).await.unwrap();
        let test = test.reopened(data_keys(&[1])).await;
        let rotated = rotate(&test.store).await;
        let encrypted = stored(&test.store).await;
        assert!(!texts(&encrypted).contains(CANARY), "something is in clear text");
        assert_eq!((rotated.left, &rotated.unused), (0, &Vec::new()));
        assert_eq!(rotate(&test.store).await.rows, 0, "once is enough");

        let test = test.reopened(data_keys(&[2, 1])).await;
        let first = data_keys(&[1]).current_id().unwrap();
        let rotated = rotate(&test.store).await;
        assert!(!texts(&stored(&test.store).await).contains(CANARY));
        // A code of an earlier key can't be indexed anew; it ends within minutes.
        assert_eq!(rotated.left, i64::try_from(ROWS).unwrap());
        sqlx::query("UPDATE sign_in_codes SET expires_at = 0").execute(&test.store.writer).await.unwrap();
        pass(&test.store, UNUSED_AFTER).await;
        assert_eq!(rotate(&test.store).await.unused, [first]);

        let test = test.reopened(data_keys(&[0, 2])).await;
        assert_eq!(rotate(&test.store).await.left, 0);
        let mut after = stored(&test.store).await;
        for table in SIGN_INS {
            after.insert(table, before[table].clone());
        }
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn a_value_from_another_row_is_refused() {
    for test in both_encrypted(1).await {
        for number in 1..=2 {
            let entry = Entry::of(Actor::Server.into(), AuditAction::KeyCreated, json!({"number": number}));
            test.store.append_audit(&entry, crate::clock::new_id(), Timestamp::UNIX_EPOCH).await.unwrap();
        }
        assert_eq!(test.store.audit(None, None, 5).await.unwrap().len(), 2);
        let swap =
            "UPDATE audit SET detail = (SELECT detail FROM audit WHERE position = 1) WHERE position = 2";
        sqlx::query(swap).execute(&test.store.writer).await.unwrap();
        let error = test.store.verify_audit(None).await.unwrap_err();
        assert!(matches!(error, StoreError::Forged("audit.detail")), "{error}");
    }
}

#[tokio::test]
async fn a_database_is_not_opened_without_the_keys_that_it_needs() {
    for test in both_encrypted(1).await {
        let needed = data_keys(&[1]).current_id().unwrap();
        for keys in [DataKeys::default(), data_keys(&[2]), data_keys(&[0, 2])] {
            let error = test.with_data_keys(keys).await.unwrap_err();
            let StoreError::MissingDataKeys(missing) = &error else { panic!("{error}") };
            assert_eq!(missing, std::slice::from_ref(&needed));
            assert!(error.to_string().contains(&needed), "{error}");
        }
        // A key that was refused is not entered.
        assert_eq!(test.store.data_key_ids().await.unwrap(), [needed]);
        for keys in [data_keys(&[2, 1]), data_keys(&[0, 1, 2])] {
            assert!(test.with_data_keys(keys).await.is_ok());
        }
    }
}

#[tokio::test]
async fn an_operator_signs_in_while_servers_have_different_first_keys() {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    for test in both_encrypted(1).await {
        let next = test.with_data_keys(data_keys(&[2, 1])).await.unwrap();
        let server = test.with_data_keys(data_keys(&[1, 2])).await.unwrap();
        let code = CodeHash { browser: "browser".to_owned(), hash: "hash".to_owned() };
        assert!(next.set_code("ada@shop.example", &code, None, now).await.unwrap());
        let other = CodeHash { browser: "other".to_owned(), ..code.clone() };
        assert!(
            !server.set_code("ada@shop.example", &other, None, now).await.unwrap(),
            "one limit for all servers"
        );
        assert!(server.try_code("ada@shop.example", &code, now).await.unwrap());
        let ada = Operator::Email { email: "ada@shop.example".to_owned() };
        server.begin_session("session", &ada, now).await.unwrap();
        assert_eq!(next.session_of("session", Activity::Page, now).await.unwrap(), Session::Open(ada));
    }
}

#[tokio::test]
async fn a_key_that_a_server_has_is_not_forgotten_before_the_server_has_another() {
    let now = crate::clock::now();
    let [first, second] = [1, 2].map(|key| data_keys(&[key]).current_id().unwrap());
    for test in both_encrypted(1).await {
        // One server is idle with the old key first, and one was restarted with the new one and has written nothing yet.
        let idle = test.with_data_keys(data_keys(&[1, 2])).await.unwrap();
        let restarted = test.with_data_keys(data_keys(&[2, 1])).await.unwrap();
        for (rotating, other) in [(&restarted, &first), (&idle, &second)] {
            let rotated = rotate(rotating).await;
            assert_eq!((rotated.unused.len(), &rotated.in_use), (0, &vec![other.clone()]));
        }
        pass(&test.store, UNUSED_AFTER).await;
        for server in [&idle, &restarted] {
            server.renew_data_key(now).await.unwrap();
        }
        assert_eq!(rotate(&restarted).await.in_use, std::slice::from_ref(&first));
        // Only the restarted one still runs.
        pass(&test.store, UNUSED_AFTER).await;
        restarted.renew_data_key(now).await.unwrap();
        assert_eq!(rotate(&restarted).await.unused, std::slice::from_ref(&first));
        // A server that couldn't write for so long enters its key again before it writes.
        idle.renew_data_key(now).await.unwrap();
        assert!(test.with_data_keys(data_keys(&[2])).await.is_err());
    }
}

async fn generation(store: &Store) -> i64 {
    let generation = sqlx::query_scalar("SELECT generation FROM schema_generation");
    generation.fetch_one(store.reader()).await.unwrap()
}

#[tokio::test]
async fn version_0_1_0_refuses_a_database_while_something_may_be_encrypted() {
    for test in both().await {
        // Version 0.1.0 works with databases up to generation 3.
        assert_eq!(generation(&test.store).await, 3);
        let reading = test.with_data_keys(data_keys(&[0, 1])).await.unwrap();
        assert_eq!(generation(&reading).await, 3);
        let test = test.reopened(data_keys(&[1])).await;
        assert_eq!(generation(&test.store).await, 4);
        let mut file = Vec::new();
        test.store.export(&mut file).await.unwrap();
        for other in both().await {
            let other = other.reopened(data_keys(&[0, 1])).await;
            crate::store::export::import(&other.store, file.as_slice()).await.unwrap();
            other.store.register_data_key().await.unwrap();
            assert_eq!(generation(&other.store).await, 4);
        }
        rotate(&reading).await;
        assert_eq!(generation(&reading).await, 4, "a server may still encrypt");
        pass(&test.store, UNUSED_AFTER).await;
        rotate(&reading).await;
        assert_eq!(generation(&reading).await, 3);
    }
}

#[tokio::test]
async fn a_command_that_writes_nothing_enters_no_key() {
    for test in both().await {
        let settings = DatabaseSettings { data_keys: data_keys(&[1]), ..test.url.clone() };
        let store = Store::attach(&settings).await.unwrap();
        assert!(test.store.data_key_ids().await.unwrap().is_empty());
        store.enter_data_key().await.unwrap();
        assert_eq!(test.store.data_key_ids().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_rotation_keeps_known_browsers_in_clear_text_and_deletes_codes_that_have_expired() {
    let (now, ada) = (crate::clock::now(), "ada@shop.example");
    let code = |browser: &str| CodeHash { browser: browser.to_owned(), hash: "hash".to_owned() };
    for test in both().await {
        test.store.know_browser(ada, "known", now).await.unwrap();
        let an_hour_ago = now - SignedDuration::from_hours(1);
        assert!(test.store.set_code(ada, &code("expired"), Some("known"), an_hour_ago).await.unwrap());
        for minute in 0..6 {
            let at = now - SignedDuration::from_mins(10 - minute);
            assert!(test.store.set_code(ada, &code(&minute.to_string()), None, at).await.unwrap());
        }
        let test = test.reopened(data_keys(&[1])).await;
        assert_eq!(rotate(&test.store).await.left, 0);
        assert!(!test.store.set_code(ada, &code("unknown"), None, now).await.unwrap(), "the limit stays");
        assert!(test.store.set_code(ada, &code("known"), Some("known"), now).await.unwrap());
        sqlx::query("UPDATE sign_in_codes SET expires_at = 0").execute(&test.store.writer).await.unwrap();
        let test = test.reopened(data_keys(&[2, 1])).await;
        assert_eq!(rotate(&test.store).await.left, 0, "codes that have expired");
    }
}

/// Works as a server does: appends to the audit trail and reads it, until told to stop. Returns the number of entries.
async fn work(store: Store, stop: Arc<AtomicBool>) -> usize {
    let mut entries = 0;
    while !stop.load(Ordering::Relaxed) {
        let entry = Entry::of(Actor::Server.into(), AuditAction::KeyCreated, json!({"name": CANARY}));
        store.append_audit(&entry, crate::clock::new_id(), Timestamp::UNIX_EPOCH).await.unwrap();
        store.audit(None, None, 20).await.unwrap();
        entries += 1;
    }
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_refuses_nothing_to_servers_at_work() {
    for test in both_encrypted(1).await {
        for number in 0..300 {
            let entry = Entry::of(Actor::Server.into(), AuditAction::KeyCreated, json!({"number": number}));
            test.store.append_audit(&entry, crate::clock::new_id(), Timestamp::UNIX_EPOCH).await.unwrap();
        }
        // One server was restarted with the new key first already, the other not yet.
        let servers = [data_keys(&[1, 2]), data_keys(&[2, 1])];
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for keys in servers {
            let server = test.with_data_keys(keys).await.unwrap();
            tasks.push(tokio::spawn(work(server, stop.clone())));
        }
        let rotating = test.with_data_keys(data_keys(&[2, 1])).await.unwrap();
        let rotated = rotate(&rotating).await;
        assert!(rotated.rows >= 300, "{rotated:?}");
        stop.store(true, Ordering::Relaxed);
        let mut entries = 300;
        for task in tasks {
            entries += task.await.unwrap();
        }
        // Now that both have the new key first, the rest follows.
        pass(&rotating, UNUSED_AFTER).await;
        assert_eq!(rotate(&rotating).await.left, 0);
        let only = test.with_data_keys(data_keys(&[2])).await.unwrap();
        let report = only.verify_audit(None).await.unwrap();
        assert_eq!((report.entries, report.number_of_breaks), (i64::try_from(entries).unwrap(), 0));
    }
}

#[tokio::test]
async fn an_encrypted_database_moves_to_another_one_with_its_keys() {
    for test in both_encrypted(1).await {
        fill(&test.store, 1).await;
        rotate(&test.store).await;
        let mut file = Vec::new();
        test.store.export(&mut file).await.unwrap();
        assert!(!String::from_utf8_lossy(&file).contains(CANARY));
        for other in both_encrypted(1).await {
            crate::store::export::import(&other.store, file.as_slice()).await.unwrap();
            other.store.register_data_key().await.unwrap();
            assert_eq!(stored(&other.store).await, stored(&test.store).await);
            assert!(other.store.try_data_keys().await.unwrap() > 10);
        }
        for TestStore { store, .. } in both_encrypted(2).await {
            let error = crate::store::export::import(&store, file.as_slice()).await.unwrap_err();
            assert!(error.to_string().contains(&data_keys(&[1]).current_id().unwrap()), "{error}");
            let rows = stored(&store).await;
            assert!(rows.values().all(BTreeMap::is_empty), "without its key, nothing is imported: {rows:?}");
        }
    }
}

/// Returns the columns that the page lists for each table: encrypted, indexed, and in clear text.
fn documented() -> BTreeMap<String, [BTreeSet<String>; 3]> {
    let (_, section) = PAGE.split_once("## Encryption").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cell =
        |text: &str| -> BTreeSet<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [table, encrypted, indexed, clear, why] = cells.as_slice() else { panic!("{line}") };
        let clear = cell(clear);
        assert!(clear.is_empty() || !why.trim().is_empty(), "no reason: {line}");
        (cell(table).into_iter().next().unwrap(), [cell(encrypted), cell(indexed), clear])
    })
    .collect()
}

#[tokio::test]
async fn every_column_of_text_is_in_the_table_of_the_page_on_privacy() {
    for TestStore { store, .. } in both().await {
        let mut expected = documented();
        for (table, columns) in customer_data::tests::schema(&store).await {
            let [encrypted, indexed, clear] =
                expected.remove(&table).unwrap_or_else(|| panic!("{table} is not in docs/privacy.md"));
            let all: BTreeSet<String> =
                [&encrypted, &indexed, &clear].into_iter().flatten().cloned().collect();
            assert_eq!(all, columns, "{table}");
            assert_eq!(
                all.len(),
                encrypted.len() + indexed.len() + clear.len(),
                "{table} has a column twice"
            );
            let code = TABLES.iter().find(|encrypted| encrypted.table == table);
            let of = |columns: &[&'static str]| -> BTreeSet<String> {
                columns.iter().map(|column| bare(column).to_owned()).collect()
            };
            assert_eq!(encrypted, code.map(|table| of(table.encrypted)).unwrap_or_default(), "{table}");
            assert_eq!(indexed, code.map(|table| of(table.indexed)).unwrap_or_default(), "{table}");
        }
        assert!(expected.is_empty(), "not in the schema: {expected:?}");
    }
}
