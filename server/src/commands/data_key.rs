//! `relink-server data-key`: encrypts the database with the keys of `RELINK_DATA_KEY_FILE`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::bail;
use serde_json::json;
use tokio::time::Instant;

use super::os_user;
use crate::config::database::DatabaseSettings;
use crate::config::options::DataKeyCommand;
use crate::domain::audit::{Actor, AuditAction, AuditSource, Entry};
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
            let store = Store::attach(database).await?;
            let uses = table(&store.key_uses().await?);
            Ok((Some(uses), state(store.data_keys())))
        }
        DataKeyCommand::Rotate { vacuum } => {
            if database.data_keys.ids().is_empty() {
                bail!(
                    "RELINK_DATA_KEY_FILE is not set; `relink-server data-key generate` makes a key for it"
                );
            }
            let store = Store::attach(database).await?;
            let rotated = rotate(&store).await?;
            if vacuum {
                store.vacuum().await?;
            }
            Ok((None, summary(&rotated, store.data_keys())?))
        }
    }
}

async fn rotate(store: &Store) -> anyhow::Result<Rotated> {
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
    let source: AuditSource = Actor::CommandLine { user: os_user::current() }.into();
    let detail = json!({"key": store.data_keys().current_id(), "rows": rotated.rows});
    let entry = Entry::of(source, AuditAction::DatabaseEncrypted, detail);
    store.append_audit(&entry, crate::clock::new_id(), crate::clock::now()).await?;
    Ok(rotated)
}

/// Says what was done; an error if something is left.
fn summary(rotated: &Rotated, keys: &DataKeys) -> anyhow::Result<String> {
    let Rotated { rows, unused, left } = rotated;
    if *left > 0 {
        bail!(
            "{rows} rows were written, and {left} values are still as they were: a server writes with another key, or sign-in \
             codes are open; restart all servers with the same file, and run this again some minutes later"
        );
    }
    let mut said = format!("{rows} rows were written; {}", state(keys));
    if !unused.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(said, "; no longer needed: {}", unused.join(", "));
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
