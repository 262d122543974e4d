//! A pooler such as PgBouncer between this server and PostgreSQL.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{AnyConnection, Connection, Row};

use super::pool::PoolLimits;

/// How long a connection to PostgreSQL stays the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// No pooler, or one that keeps a connection as long as the client stays: settings and prepared statements last.
    Session,
    /// A pooler that hands out another connection for each transaction: nothing outlasts a transaction.
    Transaction,
}

/// Statements that are asked of each of two connections.
const TRIES: usize = 4;
/// A pooler that has no second connection to give keeps a client waiting.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

impl Pooling {
    /// Finds out: without a pooler each connection has a PostgreSQL process of its own, and keeps it. Under load a pooler
    /// may give two connections different processes each time; then the answer is `Session`.
    pub(super) async fn detect(url: &str) -> Result<Self, sqlx::Error> {
        let mut first = AnyConnection::connect(url).await?;
        let mut of_first = HashSet::from([process(&mut first).await?]);
        let others = tokio::time::timeout(LONGEST_WAIT, alternate(&mut first, &mut of_first, url)).await;
        let of_second = others.unwrap_or_else(|_| Ok(HashSet::new())).unwrap_or_default();
        let is_shared = of_first.len() > 1 || of_second.len() > 1 || !of_first.is_disjoint(&of_second);
        Ok(if is_shared { Self::Transaction } else { Self::Session })
    }

    /// Statements that follow BEGIN. Prepared statements of other clients have the names that the driver gives its own.
    pub(super) fn after_begin(self, limits: PoolLimits) -> String {
        let drop_statements = match self {
            Self::Session => "",
            Self::Transaction => "DEALLOCATE ALL; ",
        };
        format!("; {drop_statements}{}", limits.settings("SET LOCAL"))
    }
}

async fn alternate(
    first: &mut AnyConnection,
    of_first: &mut HashSet<i32>,
    url: &str,
) -> Result<HashSet<i32>, sqlx::Error> {
    let mut second = AnyConnection::connect(url).await?;
    let mut of_second = HashSet::new();
    for _ in 0..TRIES {
        of_second.insert(process(&mut second).await?);
        of_first.insert(process(first).await?);
    }
    Ok(of_second)
}

/// The PostgreSQL process that answers. Not as a prepared statement, which a pooler may not support.
async fn process(connection: &mut AnyConnection) -> Result<i32, sqlx::Error> {
    sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await?.try_get(0)
}
