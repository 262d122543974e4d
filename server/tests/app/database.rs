//! Database of one test: SQLite in a file or, with `RELINK_TEST_STORE=postgres`, a database in the PostgreSQL of
//! [`relink_test_postgres::url`]. With `RELINK_TEST_DATA_KEY_FILE` it is encrypted.

use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

/// Database of one test. A PostgreSQL database is not dropped, since that would take longer than all tests; it is
/// deleted with its PostgreSQL when the test command ends.
pub(crate) struct Database {
    /// Value for `DATABASE_URL`.
    pub(crate) url: String,
}

impl Database {
    pub(crate) async fn start(folder: &Path) -> Self {
        match variable("RELINK_TEST_STORE").as_deref() {
            None | Some("sqlite") => Self { url: format!("sqlite:{}/relink.db", folder.display()) },
            Some("postgres") => Self::in_postgres(postgres().expect("PostgreSQL is not installed")).await,
            Some(other) => panic!("RELINK_TEST_STORE is {other}; it can be sqlite or postgres"),
        }
    }

    /// Creates an empty database in this PostgreSQL.
    pub(crate) async fn in_postgres(server: &str) -> Self {
        let name = format!("relink_app_{}", uuid::Uuid::now_v7().simple());
        run(server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{base}/{name}") }
    }

    /// Runs a statement, bypassing the server.
    pub(crate) async fn run(&self, statement: &str) {
        run(&self.url, statement.to_owned()).await;
    }

    /// Returns the first column of every row as text.
    pub(crate) async fn texts(&self, question: &str) -> Vec<String> {
        let mut connection = connect(&self.url).await;
        sqlx::query_scalar(AssertSqlSafe(question.to_owned())).fetch_all(&mut connection).await.unwrap()
    }
}

/// Key file with which all tests encrypt their databases, if `RELINK_TEST_DATA_KEY_FILE` names one.
pub(crate) fn data_key_file() -> Option<PathBuf> {
    variable("RELINK_TEST_DATA_KEY_FILE").map(PathBuf::from)
}

/// URL of a PostgreSQL for test databases; `None` if PostgreSQL is not installed.
pub(crate) fn postgres() -> Option<&'static str> {
    relink_test_postgres::url()
}

/// Connects, also if this process has not opened a server yet.
async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

async fn run(url: &str, statement: String) {
    let mut connection = connect(url).await;
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its PostgreSQL is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
