//! A database of a test's own: SQLite in a file or, with `RELINK_TEST_STORE=postgres`, one in the PostgreSQL that
//! [`relink_test_postgres::url`] gives.

use std::path::Path;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

/// PostgreSQL's goes when the test command stops that PostgreSQL: to drop each would take longer than all tests.
pub(crate) struct Database {
    /// As `DATABASE_URL` has it.
    pub(crate) url: String,
}

impl Database {
    pub(crate) async fn start(folder: &Path) -> Self {
        sqlx::any::install_default_drivers();
        match variable("RELINK_TEST_STORE").as_deref() {
            None | Some("sqlite") => Self { url: format!("sqlite:{}/relink.db", folder.display()) },
            Some("postgres") => Self::in_postgres(postgres().expect("PostgreSQL is not installed")).await,
            Some(other) => panic!("RELINK_TEST_STORE is {other}; it can be sqlite or postgres"),
        }
    }

    /// An empty one in that PostgreSQL.
    pub(crate) async fn in_postgres(server: &str) -> Self {
        sqlx::any::install_default_drivers();
        let name = format!("relink_app_{}", uuid::Uuid::now_v7().simple());
        run(server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{base}/{name}") }
    }

    /// Does something to it behind the server's back.
    pub(crate) async fn run(&self, statement: &str) {
        run(&self.url, statement.to_owned()).await;
    }

    /// The first column of every row, as text.
    pub(crate) async fn texts(&self, question: &str) -> Vec<String> {
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(question.to_owned())).fetch_all(&mut connection).await.unwrap()
    }
}

/// Where databases can be made for tests; `None` where PostgreSQL is not installed.
pub(crate) fn postgres() -> Option<&'static str> {
    relink_test_postgres::url()
}

async fn run(url: &str, statement: String) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its PostgreSQL is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
