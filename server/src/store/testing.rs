//! Databases for tests, which are deleted afterwards.

use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{DatabaseSettings, Engine, Store, StoreError};
use crate::DatabaseOptions;
use crate::domain::data_keys::DataKeys;

/// A store for one test.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) url: DatabaseSettings,
    _folder: Option<tempfile::TempDir>,
}

/// Returns a store of each kind of database that is available. Every test of the store runs on both.
pub(crate) async fn both() -> Vec<TestStore> {
    let mut stores = Vec::new();
    for engine in engines() {
        stores.push(open(*engine).await);
    }
    stores
}

/// Returns stores likewise that encrypt with the key of this number, the first.
pub(crate) async fn both_encrypted(key: u8) -> Vec<TestStore> {
    let mut stores = Vec::new();
    for test in both().await {
        stores.push(test.reopened(data_keys(&[key])).await);
    }
    stores
}

/// Returns the keys with these numbers; 0 stands for the word `plaintext`.
pub(crate) fn data_keys(numbers: &[u8]) -> DataKeys {
    let line = |number: &u8| match number {
        0 => "plaintext".to_owned(),
        number => DataKeys::key_text([*number; 32]),
    };
    let lines: Vec<String> = numbers.iter().map(line).collect();
    DataKeys::parse(&lines.join("\n")).unwrap()
}

impl TestStore {
    /// Opens the same database with other keys, as another server would.
    pub(crate) async fn with_data_keys(&self, data_keys: DataKeys) -> Result<Store, StoreError> {
        Store::open(&DatabaseSettings { data_keys, ..self.url.clone() }).await
    }

    /// Opens the same database with other keys in place of this store.
    pub(crate) async fn reopened(self, data_keys: DataKeys) -> Self {
        let store = self.with_data_keys(data_keys).await.unwrap();
        Self { store, ..self }
    }
}

/// Returns SQLite, and PostgreSQL if it is installed.
pub(crate) fn engines() -> &'static [Engine] {
    let all = &[Engine::Sqlite, Engine::Postgres];
    if relink_test_postgres::url().is_some() { all } else { &all[..1] }
}

pub(crate) async fn open(engine: Engine) -> TestStore {
    let (url, folder) = match engine {
        Engine::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            (format!("sqlite:{}/relink.db", folder.path().display()), Some(folder))
        }
        Engine::Postgres => (database().await, None),
    };
    let url = settings(url);
    let store = Store::open(&url).await.unwrap();
    TestStore { store, url, _folder: folder }
}

/// Returns a store on PostgreSQL, if that is installed, for tests of cases that SQLite can't have.
pub(crate) async fn open_postgres() -> Option<TestStore> {
    let engine = engines().get(1)?;
    Some(open(*engine).await)
}

/// Returns an empty PostgreSQL database, if PostgreSQL is installed.
pub(crate) async fn empty_postgres() -> Option<DatabaseSettings> {
    engines().get(1)?;
    Some(settings(database().await))
}

/// Returns settings for this URL with the default limits.
pub(crate) fn settings(url: String) -> DatabaseSettings {
    crate::config::settings::database(&url.into(), &DatabaseOptions::default()).unwrap()
}

async fn database() -> String {
    let server = relink_test_postgres::url().expect("PostgreSQL is not installed");
    sqlx::any::install_default_drivers();
    let name = format!("relink_{}", uuid::Uuid::now_v7().simple());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Changes stored times as if no server had run for this long.
pub(crate) async fn age_by(store: &Store, time: jiff::SignedDuration) {
    let time = i64::try_from(time.as_millis()).unwrap();
    for statement in [
        "UPDATE meta SET value = CAST(CAST(value AS BIGINT) - $1 AS TEXT) \
         WHERE name IN ('last_seen', 'without_gap_since')",
        "UPDATE customers SET listed_at = listed_at - $1",
        "UPDATE accounts SET read_at = read_at - $1",
    ] {
        sqlx::query(statement).bind(time).execute(&store.writer).await.unwrap();
    }
}

impl Store {
    /// Returns all queued jobs.
    pub(crate) async fn queued_jobs(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT id FROM work ORDER BY id").fetch_all(self.reader()).await.unwrap()
    }

    /// Returns the number of stored events.
    pub(crate) async fn known_events(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM events").fetch_one(self.reader()).await.unwrap()
    }

    /// Makes all queued jobs due.
    pub(crate) async fn make_all_due(&self) {
        sqlx::query("UPDATE work SET due = 0").execute(&self.writer).await.unwrap();
    }
}

/// Passes with or without PostgreSQL, and writes to stderr if it is missing, because libtest hides the output of
/// passing tests.
#[test]
fn without_postgresql_the_other_half_is_left_to_cargo_xtask_test() {
    use std::io::Write as _;

    if engines().len() == 1 {
        let words = "PostgreSQL is not installed: the store was tested on SQLite only. The other half is left to \
                     `cargo xtask test`, which installs it or says how.\n";
        std::io::stderr().write_all(words.as_bytes()).unwrap();
    }
}
