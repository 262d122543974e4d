//! For tests: a database of each kind, which is gone afterwards.

use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{DatabaseSettings, Engine, Store};
use crate::DatabaseOptions;

/// A store for one test.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) url: DatabaseSettings,
    _folder: Option<tempfile::TempDir>,
}

/// One of each kind. Every test of the store runs on both.
pub(crate) async fn both() -> [TestStore; 2] {
    [open(Engine::Sqlite).await, open(Engine::Postgres).await]
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

/// A PostgreSQL database in which nothing is yet.
pub(crate) async fn empty_postgres() -> DatabaseSettings {
    settings(database().await)
}

/// That database with the default limits.
pub(crate) fn settings(url: String) -> DatabaseSettings {
    crate::domain::settings::database(&url.into(), &DatabaseOptions::default()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its PostgreSQL is")]
async fn database() -> String {
    let server = std::env::var("RELINK_TEST_POSTGRES").expect(
        "RELINK_TEST_POSTGRES is not set: run `cargo xtask test --only native`, which starts a PostgreSQL, or set it \
         to the address of one where databases can be made",
    );
    sqlx::any::install_default_drivers();
    let name = format!("relink_{}", uuid::Uuid::now_v7().simple());
    let mut connection = sqlx::AnyConnection::connect(&server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Nobody was there for so long.
pub(crate) async fn let_time_pass(store: &Store, time: jiff::SignedDuration) {
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
    /// What is to do now or later.
    pub(crate) async fn waiting_work(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT id FROM work ORDER BY id").fetch_all(self.reader()).await.unwrap()
    }

    /// All waiting is over.
    pub(crate) async fn make_everything_due(&self) {
        sqlx::query("UPDATE work SET due = 0").execute(&self.writer).await.unwrap();
    }
}
