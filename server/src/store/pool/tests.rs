use std::io::{Seek, Write};

use sqlx::Row;

use super::*;
use crate::config::database::DatabaseSettings;
use crate::store::testing::{both, open, settings};
use crate::store::{Store, StoreError};

/// Returns a number that differs between connections.
async fn mark(change: &mut Transaction, engine: Engine) -> i64 {
    let question = match engine {
        Engine::Sqlite => "PRAGMA cache_size",
        Engine::Postgres => "SELECT CAST(pg_backend_pid() AS BIGINT)",
    };
    sqlx::query(question).fetch_one(&mut **change).await.unwrap().try_get(0).unwrap()
}

#[tokio::test]
async fn a_connection_on_which_a_change_failed_is_not_used_again() {
    for test in both().await {
        let engine = test.store.engine();
        let store = Store::open(&DatabaseSettings { connections: 1, ..test.url.clone() }).await.unwrap();
        let mut change = store.change().await.unwrap();
        if engine == Engine::Sqlite {
            change.execute("PRAGMA cache_size = -4321").await.unwrap();
        }
        let first = mark(&mut change, engine).await;
        change.rollback().await.unwrap();
        let mut change = store.change().await.unwrap();
        assert_eq!(mark(&mut change, engine).await, first, "a change that was rolled back gives it back");
        change.execute("INSERT INTO no_such_table VALUES (1)").await.unwrap_err();
        drop(change);
        let mut change = store.change().await.unwrap();
        assert_ne!(mark(&mut change, engine).await, first);
        change.commit().await.unwrap();
    }
}

#[tokio::test]
async fn after_a_failure_the_check_reaches_the_disk() {
    for test in both().await {
        let checked = || async { test.store.meta("checked").await.unwrap() };
        test.store.check().await.unwrap();
        assert_eq!(checked().await, None);
        drop(test.store.change().await.unwrap());
        test.store.check().await.unwrap();
        assert!(checked().await.is_some());
    }
}

#[tokio::test]
async fn a_check_does_not_wait_for_a_writer_without_end() {
    let test = open(Engine::Sqlite).await;
    let writing = test.store.change().await.unwrap();
    assert!(matches!(test.store.check().await, Err(StoreError::Slow(_))));
    writing.commit().await.unwrap();
    test.store.check().await.unwrap();
}

#[tokio::test]
async fn a_commit_waits_for_the_disk() {
    let test = open(Engine::Sqlite).await;
    let mut change = test.store.change().await.unwrap();
    let synchronous = sqlx::query("PRAGMA synchronous").fetch_one(&mut *change).await.unwrap();
    assert_eq!(synchronous.try_get::<i64, _>(0).unwrap(), 2, "FULL");
}

#[tokio::test]
async fn a_file_that_is_no_database_or_damaged_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relink.db");
    let url = settings(format!("sqlite:{}", path.display()));
    std::fs::write(&path, "This is a letter. ".repeat(500)).unwrap();
    let error = Store::open(&url).await.unwrap_err();
    assert!(error.to_string().starts_with("the database is damaged, or is no database"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let test = open(Engine::Sqlite).await;
    test.store.set_meta("name", "value").await.unwrap();
    let copy = settings(format!("sqlite:{}", path.display()));
    test.store.copy_file(path.to_str().unwrap()).await.unwrap();
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.seek(std::io::SeekFrom::Start(100)).unwrap();
    file.write_all(&[0xa5; 8000]).unwrap();
    let error = Store::open(&copy).await.unwrap_err();
    assert!(error.to_string().contains("the database is damaged"), "{error}");
}
