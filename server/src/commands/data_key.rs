//! `relink-server data-key`: encrypts the database with the keys of `RELINK_DATA_KEY_FILE`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::bail;
use serde_json::json;
use tokio::time::Instant;

use super::audit;
use crate::config::database::DatabaseSettings;
use crate::config::options::DataKeyCommand;
use crate::domain::audit::AuditAction;
use crate::domain::data_keys::DataKeys;
use crate::store::Store;
use crate::store::encryption::rotation::{KeyUse, Progress, Rotated};

/// Interval of the lines about progress.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Runs the command. Returns what it prints to standard output and to stderr.
pub(super) async fn perform(
    database: &DatabaseSettings,
    task: DataKeyCommand,
) -> anyhow::Result<(Option<String>, String)> {
    match task {
        DataKeyCommand::Generate => {
            Ok((Some(DataKeys::key_text(crate::clock::secret())), "keep it as a secret".to_owned()))
        }
        DataKeyCommand::Status => {
            let store = attach(database).await?;
            let uses = table(&store.key_uses().await?);
            Ok((Some(uses), state(store.data_keys())))
        }
        DataKeyCommand::Rotate { vacuum } => {
            if database.data_keys.ids().is_empty() {
                bail!(
                    "RELINK_DATA_KEY_FILE is not set; `relink-server data-key generate` makes a key for it"
                );
            }
            let store = attach(database).await?;
            if vacuum && !store.can_vacuum() {
                bail!(
                    "--vacuum needs connections of its own, and a pooler shares them; set DATABASE_URL to PostgreSQL itself for \
                     this command"
                );
            }
            store.enter_data_key().await?;
            let rotated = rotate(&store).await?;
            if vacuum && !store.vacuum().await? {
                bail!(
                    "the tables are rewritten, but SQLite's log still has earlier values, because another process reads the \
                     database; stop it, and run this again"
                );
            }
            Ok((None, summary(&rotated, store.data_keys())?))
        }
    }
}

async fn attach(database: &DatabaseSettings) -> anyhow::Result<Store> {
    let store = Store::attach(database).await?;
    if !store.has_data_keys().await? {
        bail!("the database is of an older version, which knows no data keys; start this version once first");
    }
    Ok(store)
}

async fn rotate(store: &Store) -> anyhow::Result<Rotated> {
    // Before the first row, so that nothing is decrypted without a trace if this is stopped.
    let key = store.data_keys().current_id();
    audit::enter(store, AuditAction::DatabaseEncrypted, json!({"key": key})).await?;
    let mut reported = Instant::now();
    let rotated = store
        .rotate_data_keys(|Progress { table, rows }| {
            if reported.elapsed() >= REPORT_INTERVAL {
                reported = Instant::now();
                // For the person at the terminal, if there is still one.
                let _ = writeln!(io::stderr(), "relink-server: {table}: {rows} rows");
            }
        })
        .await?;
    let detail = json!({"key": key, "rows": rotated.rows, "left": rotated.left});
    audit::enter(store, AuditAction::DatabaseEncrypted, detail).await?;
    Ok(rotated)
}

/// Says what was done; an error if something is left.
fn summary(rotated: &Rotated, keys: &DataKeys) -> anyhow::Result<String> {
    let Rotated { rows, unused, in_use, left } = rotated;
    if *left > 0 {
        bail!(
            "{rows} rows were written, and {left} values are still as they were: a server writes with another key, or sign-in \
             codes are open; restart all servers with the same file, and run this again some minutes later"
        );
    }
    let mut said = format!("{rows} rows were written; {}", state(keys));
    if keys.current_id().is_some() && !keys.refuse_clear_text() {
        said.push_str(
            "; nothing is in clear text any more, and with `encrypted-only` in the first line of the key file it is refused there",
        );
    }
    if !unused.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(said, "; no longer needed: {}", unused.join(", "));
    }
    if !in_use.is_empty() {
        let _ = write!(
            said,
            "; nothing is encrypted any more with {}, but a server had it as its first key within the last ten minutes: keep \
             it, and run this again ten minutes after the last of them was restarted",
            in_use.join(", ")
        );
    }
    Ok(said)
}

fn state(keys: &DataKeys) -> String {
    match keys.current_id() {
        Some(id) => format!("new data is encrypted with the key {id}"),
        None => "new data is in clear text".to_owned(),
    }
}

fn table(uses: &[KeyUse]) -> String {
    let mut table = format!("{:<28} {:<14} {:>12}", "column", "key", "values");
    for KeyUse { column, key, values } in uses {
        // Writing to a string does not fail.
        let _ = write!(table, "\n{column:<28} {:<14} {values:>12}", key.as_deref().unwrap_or("clear text"));
    }
    table
}
