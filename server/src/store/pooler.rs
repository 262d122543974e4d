//! Detection of a pooler, such as PgBouncer, between this server and PostgreSQL.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{AnyConnection, Connection, Row};

use super::Pooling;
use super::pool::PoolLimits;

/// Number of queries on each of the two connections.
const TRIES: usize = 4;
/// Time limit for the second connection: a pooler that has none free makes the client wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Detects the pooling: without a pooler each connection keeps a PostgreSQL process of its own. Under load a pooler may
/// give two connections different processes each time; then the answer is wrongly `Session`.
pub(super) async fn detect(url: &str) -> Result<Pooling, sqlx::Error> {
    let mut first = AnyConnection::connect(url).await?;
    let mut of_first = HashSet::from([process(&mut first).await?]);
    let others = tokio::time::timeout(LONGEST_WAIT, alternate(&mut first, &mut of_first, url)).await;
    let of_second = others.unwrap_or_else(|_| Ok(HashSet::new())).unwrap_or_default();
    let is_shared = of_first.len() > 1 || of_second.len() > 1 || !of_first.is_disjoint(&of_second);
    Ok(if is_shared { Pooling::Transaction } else { Pooling::Session })
}

/// Returns the statements that follow BEGIN. They drop prepared statements of other clients, whose names clash with
/// this driver's.
pub(super) fn after_begin(pooling: Pooling, limits: PoolLimits) -> String {
    let drop_statements = match pooling {
        Pooling::Session => "",
        Pooling::Transaction => "DEALLOCATE ALL; ",
    };
    format!("; {drop_statements}{}", limits.settings("SET LOCAL"))
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

/// Returns the PID of the PostgreSQL process. Uses no prepared statement, which a pooler may not support.
async fn process(connection: &mut AnyConnection) -> Result<i32, sqlx::Error> {
    sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await?.try_get(0)
}
