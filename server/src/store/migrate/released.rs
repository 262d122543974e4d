//! Upgrades from released versions: each later migration keeps the rows, and the statements of the released program still
//! run beside the newest schema.
//!
//! `server/tests/versions/0.1.0` has rows of every table and the statements of that version, except those that it puts
//! together while it runs. A column that a migration adds must be nullable or have a default, else inserting fails here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::migrate::{Migration, Migrator};
use sqlx::{Row, SqlSafeStr};

use super::*;
use crate::store::Store;
use crate::store::testing::{self, empty_postgres, engines};

const ROWS: &str = include_str!("../../../tests/versions/0.1.0/rows.jsonl");
const STATEMENTS: &str = include_str!("../../../tests/versions/0.1.0/statements.sql");

/// Migrations of version 0.1.0, with the first half of their checksums. sqlx refuses databases that had others.
const MIGRATIONS_0_1_0: [(i64, &str); 11] = [
    (1, "58ae6e2f7d49f4a992854da1301495b972d3c760a27a6688"),
    (2, "44ae147048726b1bbe9459ac84303c0f9003f27f9df3aea7"),
    (3, "010331ce35c83b303c75c4f8d55de16dd0180584d5ea2fe8"),
    (5, "ec9fb55fe1fbc657454dad3449305215dc956d88007f41a7"),
    (6, "9ca1243b6030fec601f92733d262e786c4c49d043262e31d"),
    (7, "84dfe68adca52b73fa3351bcb65e35bbd61fe7f57c2db759"),
    (8, "774bd401ad4667c39838a8806434c48acf5b5e60cb424642"),
    (9, "08d475c82a2a2fa31c0f5b5f67bf642e31ff5b17b042813a"),
    (10, "477fdc2e3446d319049920fe54ca54743c22f0768eb75dac"),
    (11, "5dad1fd804e7719ece1c53664b2913339c892d2337b04559"),
    (12, "52e8e6b84872bddc1138bf925770cd97d8fa7214bb0bdc96"),
];

#[derive(Deserialize)]
struct Line {
    table: String,
    row: Map<String, Value>,
}

fn rows() -> Vec<Line> {
    ROWS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Database of version 0.1.0.
struct Old {
    settings: DatabaseSettings,
    connection: AnyConnection,
    engine: Engine,
    _folder: Option<tempfile::TempDir>,
}

impl Old {
    /// Makes a database of each available kind, without rows.
    async fn both() -> Vec<Self> {
        let mut all = Vec::new();
        for engine in engines() {
            let (settings, folder) = match engine {
                Engine::Sqlite => {
                    let folder = tempfile::tempdir().unwrap();
                    let url = format!("sqlite:{}/relink.db", folder.path().display());
                    (testing::settings(url), Some(folder))
                }
                Engine::Postgres => (empty_postgres().await.unwrap(), None),
            };
            sqlx::any::install_default_drivers();
            database_file::create(&settings.url).unwrap();
            let connection = AnyConnection::connect(settings.url.text()).await.unwrap();
            let mut old = Self { settings, connection, engine: *engine, _folder: folder };
            old.migrate_to(MIGRATIONS_0_1_0[MIGRATIONS_0_1_0.len() - 1].0).await;
            all.push(old);
        }
        all
    }

    async fn migrate_to(&mut self, version: i64) {
        let until = MIGRATIONS.iter().filter(|migration| migration.version <= version).cloned();
        let mut migrator = Migrator::with_migrations(until.collect::<Vec<Migration>>());
        migrator.set_locking(false);
        migrator.run(&mut self.connection).await.unwrap();
    }

    /// Inserts the rows as version 0.1.0 did, naming its columns only.
    async fn insert_rows(&mut self) {
        for Line { table, row } in rows() {
            let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
            let places: Vec<String> = (1..=row.len()).map(|place| format!("${place}")).collect();
            let statement =
                format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for (name, value) in &row {
                query = match types(&table)[name] {
                    Kind::Text => query.bind(value.as_str().map(str::to_owned)),
                    Kind::Number => query.bind(value.as_i64()),
                };
            }
            query.execute(&mut self.connection).await.unwrap();
        }
    }

    /// Returns all rows with the columns of version 0.1.0.
    async fn read_rows(&mut self) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        let tables: BTreeSet<String> = rows().into_iter().map(|line| line.table).collect();
        for table in tables {
            let types = types(&table);
            let names: Vec<String> = types.keys().map(|name| format!("\"{name}\"")).collect();
            let statement = format!("SELECT {} FROM {table}", names.join(", "));
            for row in sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut self.connection).await.unwrap() {
                read.insert(format!("{table} {:?}", values(&row, &types)));
            }
        }
        read
    }

    /// Returns the statements of version 0.1.0 that this database refuses.
    async fn refused(&mut self) -> Vec<String> {
        let mut refused = Vec::new();
        for statement in STATEMENTS.lines().filter(|line| !line.starts_with("--")) {
            let prepared = self.connection.prepare(AssertSqlSafe(statement.to_owned()).into_sql_str()).await;
            if let Err(error) = prepared {
                refused.push(format!("{statement}: {error}"));
            }
        }
        refused
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Number,
}

/// Returns the columns of a table in version 0.1.0. Each has a value in one of the rows.
fn types(table: &str) -> BTreeMap<String, Kind> {
    let mut types = BTreeMap::new();
    for line in rows().into_iter().filter(|line| line.table == table) {
        for (name, value) in line.row {
            match value {
                Value::String(_) => _ = types.insert(name, Kind::Text),
                Value::Number(_) => _ = types.insert(name, Kind::Number),
                Value::Null => (),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => panic!("{table}.{name}: {value}"),
            }
        }
    }
    types
}

fn values(row: &AnyRow, types: &BTreeMap<String, Kind>) -> Vec<Value> {
    let value = |(place, kind): (usize, &Kind)| match kind {
        Kind::Text => row.try_get::<Option<String>, _>(place).unwrap().into(),
        Kind::Number => row.try_get::<Option<i64>, _>(place).unwrap().into(),
    };
    types.values().enumerate().map(value).collect()
}

#[test]
fn migrations_of_a_released_version_stay_as_they_were() {
    let known = MIGRATIONS.iter().take(MIGRATIONS_0_1_0.len()).map(|migration| {
        let checksum = migration.checksum.iter().take(24).fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        (migration.version, checksum)
    });
    let known: Vec<(i64, String)> = known.collect();
    let expected: Vec<(i64, String)> =
        MIGRATIONS_0_1_0.iter().map(|(version, checksum)| (*version, (*checksum).to_owned())).collect();
    assert_eq!(known, expected);
}

#[tokio::test]
async fn every_later_migration_keeps_the_rows_of_0_1_0() {
    for mut old in Old::both().await {
        old.insert_rows().await;
        let before = old.read_rows().await;
        assert_eq!(before.len(), rows().len());
        let later = MIGRATIONS.iter().map(|migration| migration.version);
        let released = MIGRATIONS_0_1_0.map(|(version, _)| version);
        for version in later.filter(|version| !released.contains(version)) {
            old.migrate_to(version).await;
            assert_eq!(old.read_rows().await, before, "{:?} {version}", old.engine);
        }
        let store = Store::open(&old.settings).await.unwrap();
        assert_eq!(store.queued_jobs().await, ["account:fca_1", "session:fcsess_1"]);
        let account = "fca_1".parse().unwrap();
        assert_eq!(store.account(&account).await.unwrap().unwrap().revision, 3);
        assert_eq!(store.batches(None, None, 9).await.unwrap().len(), 2);
        assert_eq!(old.read_rows().await, before, "{:?} opened", old.engine);
    }
}

#[tokio::test]
async fn every_table_of_0_1_0_has_rows() {
    let with_rows: BTreeSet<String> = rows().into_iter().map(|line| line.table).collect();
    for mut old in Old::both().await {
        let tables = match old.engine {
            Engine::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Engine::Postgres => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut old.connection).await.unwrap();
        let tables =
            tables.into_iter().filter(|name| name != "_sqlx_migrations" && name != "schema_generation");
        assert_eq!(tables.collect::<BTreeSet<_>>(), with_rows, "{:?}", old.engine);
    }
}

#[tokio::test]
async fn what_0_1_0_reads_and_writes_works_beside_the_newest_schema() {
    for mut old in Old::both().await {
        assert_eq!(old.refused().await, Vec::<String>::new(), "{:?} before", old.engine);
        old.migrate_to(newest_known()).await;
        assert_eq!(old.refused().await, Vec::<String>::new(), "{:?}", old.engine);
        old.insert_rows().await;
        assert_eq!(old.read_rows().await.len(), rows().len());
    }
}

#[tokio::test]
async fn a_database_of_0_1_0_cannot_be_encrypted_before_it_is_migrated() {
    for old in Old::both().await {
        let data_keys = testing::data_keys(&[1]);
        let settings = DatabaseSettings { data_keys, ..old.settings.clone() };
        assert!(!Store::attach(&settings).await.unwrap().has_data_keys().await.unwrap());
        Store::migrate(&settings).await.unwrap();
        let store = Store::attach(&settings).await.unwrap();
        assert!(store.has_data_keys().await.unwrap() && store.data_keys().current_id().is_some());
    }
}

#[tokio::test]
async fn a_migration_that_takes_something_away_is_found() {
    for mut old in Old::both().await {
        old.connection.execute("ALTER TABLE deliveries DROP COLUMN last_status").await.unwrap();
        assert!(!old.refused().await.is_empty(), "{:?}", old.engine);
    }
}

#[tokio::test]
async fn the_generation_allows_0_1_0_beside_the_newest_schema() {
    // Version 0.1.0 has generation 2, and works with the next one.
    for mut old in Old::both().await {
        old.migrate_to(newest_known()).await;
        let generation: i64 = sqlx::query_scalar("SELECT generation FROM schema_generation")
            .fetch_one(&mut old.connection)
            .await
            .unwrap();
        assert_eq!(generation, 3);
    }
}
