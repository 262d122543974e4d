use std::time::Duration;

use sqlx::Connection;

use super::*;
use crate::store::Store;
use crate::store::testing::{TestStore, both, empty_postgres, open_postgres};

async fn run_sql(test: &TestStore, statements: &str) {
    let mut connection = AnyConnection::connect(test.url.url.text()).await.unwrap();
    connection.execute(AssertSqlSafe(statements)).await.unwrap();
}

/// Changes the database as a later release would that adds only a table.
async fn updated_by_a_release_of_generation(test: &TestStore, generation: i64) {
    let checksum = match test.store.engine() {
        Engine::Sqlite => "X'00'",
        Engine::Postgres => r"'\x00'",
    };
    let statements = format!(
        "CREATE TABLE of_the_future (id BIGINT NOT NULL PRIMARY KEY); UPDATE schema_generation SET generation = {generation}; \
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'future', TRUE, {checksum}, 0)"
    );
    run_sql(test, &statements).await;
}

#[tokio::test]
async fn the_database_says_the_generation_of_this_program() {
    for test in both().await {
        let generation = sqlx::query_scalar("SELECT generation FROM schema_generation");
        let generation: i64 = generation.fetch_one(test.store.reader()).await.unwrap();
        assert_eq!(generation, GENERATION);
    }
}

#[tokio::test]
async fn a_server_works_beside_a_database_of_the_next_release_and_of_no_later_one() {
    for test in both().await {
        updated_by_a_release_of_generation(&test, GENERATION + 1).await;
        assert_eq!(Store::migrate(&test.url).await.unwrap(), Schema::Newer);
        let store = Store::open(&test.url).await.unwrap();
        store.set_meta("name", "value").await.unwrap();
        run_sql(&test, &format!("UPDATE schema_generation SET generation = {}", GENERATION + 2)).await;
        let error = Store::open(&test.url).await.unwrap_err().to_string();
        assert!(error.contains("use a newer version of relink-server"), "{error}");
    }
}

#[tokio::test]
async fn a_migration_waits_for_a_lock_that_somebody_holds_and_then_succeeds() {
    let Some(database) = empty_postgres().await else { return };
    Store::open(&database).await.unwrap();
    let settings = DatabaseSettings { lock_timeout: Duration::from_millis(100), ..database };
    let mut other = AnyConnection::connect(settings.url.text()).await.unwrap();
    let mut holding = other.begin().await.unwrap();
    holding.execute("LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let at_once = DatabaseSettings { migration_lock_wait: Duration::ZERO, ..settings.clone() };
    let error = run(&at_once, Pooling::Session).await.unwrap_err();
    assert!(is_lock_timeout(&error), "{error}");
    let releasing = async {
        // On a connection of its own: within a transaction, PostgreSQL repeats the activity of the first query.
        let mut looking = AnyConnection::connect(settings.url.text()).await.unwrap();
        until_somebody_waits_for_a_lock(&mut looking).await;
        holding.rollback().await.unwrap();
    };
    let (schema, ()) = tokio::join!(run(&settings, Pooling::Session), releasing);
    assert_eq!(schema.unwrap(), Schema::UpToDate);
}

async fn until_somebody_waits_for_a_lock(connection: &mut AnyConnection) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *connection).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_migration_has_time_limits_of_its_own() {
    let Some(test) = open_postgres().await else { return };
    let settings = DatabaseSettings { statement_timeout: Duration::from_secs(1), ..test.url.clone() };
    let begin = after_begin(Pooling::Session, migration_limits(&settings));
    assert_eq!(begin, "; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 5000; ");
}
