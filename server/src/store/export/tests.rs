//! Tests that an export can be imported into either database, and that an incomplete one can't.

use std::collections::BTreeSet;

use super::import::{Fault, ImportError};
use super::*;
use crate::store::migrate::newest_known;
use crate::store::testing::{self, TestStore, both, open};

/// Fills every table with several rows of unusual texts and numbers.
async fn fill(store: &Store) {
    let texts = [
        "plain",
        "",
        "ünïcode 漢字 🏦",
        "quote \" backslash \\ newline \n tab \t",
        "{\"json\": null}",
        "Zebra",
        "a_b",
    ];
    let numbers = [0, -1, i64::MAX, i64::MIN, 1_790_000_000_000, 1, 2];
    let mut change = store.change().await.unwrap();
    // An import is refused without the keys that it names; those of real values are in the tests of encryption.
    for (name, key) in TABLES.iter().filter(|(name, _)| *name != "data_keys") {
        let table = table(store.engine(), &mut change, name, key).await.unwrap();
        for number in 0..texts.len() {
            let places = crate::store::bulk_insert::rows(store.engine(), 1, table.columns.len());
            let statement = format!("INSERT INTO {name} ({}) VALUES {places}", table.names());
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for (place, column) in table.columns.iter().enumerate() {
                let text = texts[(number + place) % texts.len()];
                query = match column.kind {
                    // Key columns need unique values.
                    Kind::Text if key.contains(&column.name.as_str()) => {
                        query.bind(Some(texts[number].to_owned()))
                    }
                    Kind::Text => query.bind(Some(text.to_owned())),
                    Kind::Number => query.bind(Some(numbers[(number + place) % numbers.len()])),
                };
            }
            query.execute(&mut *change).await.unwrap();
        }
    }
    for nothing in [
        "INSERT INTO meta (name, value) VALUES ('mode', 'test')",
        "INSERT INTO events (id, type, created, received_at, source) VALUES ('evt_1', 't', 1, 2, 'webhook')",
        "INSERT INTO budget (name, next_at) VALUES ('stripe', 7)",
    ] {
        sqlx::query(nothing).execute(&mut *change).await.unwrap();
    }
    change.commit().await.unwrap();
}

async fn exported(store: &Store) -> String {
    let mut out = Vec::new();
    store.export(&mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn imported(from: &str, engine: Engine) -> TestStore {
    let test = open(engine).await;
    import(&test.store, from.as_bytes()).await.unwrap();
    test
}

#[tokio::test]
async fn from_one_database_to_the_other_and_back_everything_is_the_same() {
    let engines = testing::engines().iter().copied();
    for (one, other) in engines.clone().zip(engines.rev()) {
        let begun = open(one).await;
        fill(&begun.store).await;
        let first = exported(&begun.store).await;
        let version = newest_known();
        let head = format!("{{\"format\":\"relink-export\",\"version\":{version},\"mode\":\"test\"}}\n");
        assert!(first.starts_with(&head), "{first}");
        assert!(!first.contains("budget"));
        let across = imported(&first, other).await;
        let second = exported(&across.store).await;
        assert_eq!(first, second);
        let back = imported(&second, one).await;
        assert_eq!(first, exported(&back.store).await);
    }
}

#[tokio::test]
async fn every_table_is_exported() {
    for test in both().await {
        let question = match test.store.engine() {
            Engine::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Engine::Postgres => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let there: Vec<String> = sqlx::query_scalar(question).fetch_all(test.store.reader()).await.unwrap();
        let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
        let known =
            TABLES.iter().map(|(name, _)| *name).chain(["budget", "schema_generation", "_sqlx_migrations"]);
        assert_eq!(there, known.collect());
    }
}

#[tokio::test]
async fn while_others_write_an_export_is_of_one_moment() {
    for test in both().await {
        let store = test.store.clone();
        // Each transaction inserts a pair of rows, in two tables that are exported far apart.
        let writing = tokio::spawn(async move {
            for number in 0.. {
                let mut change = store.change().await.unwrap();
                for statement in [
                    "INSERT INTO meta (name, value) VALUES ($1, '')",
                    "INSERT INTO audit (id, at, actor, action, detail) VALUES ($1, 0, '{}', '', '{}')",
                ] {
                    sqlx::query(statement)
                        .bind(format!("pair {number}"))
                        .execute(&mut *change)
                        .await
                        .unwrap();
                }
                change.commit().await.unwrap();
            }
        });
        let other = Store::attach(&test.url).await.unwrap();
        let mut counts = BTreeSet::new();
        while counts.len() < 4 {
            let text = exported(&other).await;
            let of = |table: &str| {
                text.lines().filter(|line| line.contains("\"pair ") && line.contains(table)).count()
            };
            assert_eq!(of("\"table\":\"meta\""), of("\"table\":\"audit\""));
            counts.insert(of("\"table\":\"meta\""));
        }
        writing.abort();
    }
}

#[tokio::test]
async fn only_an_empty_database_is_filled() {
    for test in both().await {
        fill(&test.store).await;
        let before = exported(&test.store).await;
        let error = import(&test.store, before.as_bytes()).await.unwrap_err();
        assert!(matches!(error, ImportError::NotEmpty("meta")), "{error}");
        assert_eq!(exported(&test.store).await, before);
    }
}

#[tokio::test]
async fn what_is_not_whole_or_not_ours_leaves_the_database_empty() {
    let full = open(Engine::Sqlite).await;
    fill(&full.store).await;
    let whole = exported(&full.store).await;
    let lines: Vec<&str> = whole.lines().collect();
    let without_end = lines[..lines.len() - 1].join("\n");
    let without_row = [&lines[..4], &lines[5..]].concat().join("\n");
    let cut = &whole[..whole.len() / 2];
    let other_version = whole.replacen(&format!("\"version\":{}", newest_known()), "\"version\":2", 1);
    let with = |line: &str| format!("{}\n{line}\n", lines[0]);
    for test in both().await {
        let empty = exported(&test.store).await;
        for (text, expected) in [
            ("", "this is not what"),
            ("{}", "this is not what"),
            ("{\"format\":\"x\",\"version\":5,\"mode\":null}", "this is not what"),
            (other_version.as_str(), "exported from tables of version 2"),
            (without_end.as_str(), "the file has no end"),
            (cut, "line"),
            (without_row.as_str(), "there should be"),
            (&format!("{whole}\n"), "there is data after the last line"),
            (&with("{}"), "line 2: it is neither a row nor the end"),
            (&with("{\"table\":\"meta\",\"row\":{},\"x\":1}"), "line 2: it is neither"),
            (&with("{\"table\":\"budget\",\"row\":{}}"), "line 2: there is no table `budget`"),
            (
                &with("{\"table\":\"meta\",\"row\":{\"name\":\"\"}}"),
                "line 2: the row of `meta` lacks `value`",
            ),
            (
                &with("{\"table\":\"meta\",\"row\":{\"name\":\"\",\"value\":\"\",\"x\":\"\"}}"),
                "line 2: `meta` has no column `x`",
            ),
            (
                &with("{\"table\":\"meta\",\"row\":{\"name\":\"\",\"value\":1}}"),
                "line 2: `value` of `meta` can't hold that",
            ),
            (
                &with("{\"table\":\"meta\",\"row\":{\"name\":null,\"value\":\"\"}}\n{\"end\":1}"),
                "the rows up to line 3 can't be kept",
            ),
        ] {
            let error = import(&test.store, text.as_bytes()).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{expected}: {error}");
            assert_eq!(exported(&test.store).await, empty, "{expected}");
        }
        import(&test.store, whole.as_bytes()).await.unwrap();
        assert_eq!(exported(&test.store).await, whole);
    }
    assert_eq!(Fault::Form.to_string(), "it is neither a row nor the end");
}
