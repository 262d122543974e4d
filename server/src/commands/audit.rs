//! `relink-server audit`: verifies the audit trail and exports it.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::{Value, json};

use super::{PartialFile, is_dash, print};
use crate::commands::os_user;
use crate::config::database::DatabaseSettings;
use crate::config::options::AuditCommand;
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::hash_chain::Report;
use crate::store::Store;
use crate::store::audit::AuditFilter;

/// Runs the command, and returns the message for stderr.
pub(super) async fn perform(database: &DatabaseSettings, task: AuditCommand) -> anyhow::Result<String> {
    let store = Store::attach(database).await?;
    match task {
        AuditCommand::Verify { head } => verdict(&store.verify_audit(head).await?),
        AuditCommand::Export { file, since, until, after } => {
            export(&store, &file, &AuditFilter { since, until, after }).await
        }
    }
}

fn verdict(report: &Report) -> anyhow::Result<String> {
    let mut lines: Vec<String> = report.breaks.iter().map(ToString::to_string).collect();
    let told = report.breaks.len();
    if report.number_of_breaks > told {
        lines.push(format!("and {} more", report.number_of_breaks - told));
    }
    lines.push(format!("head {} {}", report.end.position, report.end.hash));
    print(Some(lines.join("\n")))?;
    match report.number_of_breaks {
        0 => Ok(format!("{} entries, the chain is whole", report.entries)),
        1 => bail!("{} entries, the chain is broken in one place", report.entries),
        places => bail!("{} entries, the chain is broken in {places} places", report.entries),
    }
}

async fn export(store: &Store, file: &Path, wanted: &AuditFilter) -> anyhow::Result<String> {
    enter(store, AuditAction::TrailExported, json!({"after": wanted.after})).await?;
    if is_dash(file) {
        let entries = store.export_audit(wanted, &mut BufWriter::new(io::stdout().lock())).await?;
        return Ok(format!("exported {entries} entries"));
    }
    let part = PartialFile::of(file)?;
    let entries = store.export_audit(wanted, &mut BufWriter::new(&part.file)).await?;
    part.file.sync_all()?;
    part.publish(file)?;
    Ok(format!("exported {entries} entries to {}", file.display()))
}

/// Writes an audit entry before the command runs, so that no data is taken without a trace. A database of an older
/// version has no audit chain and is left unchanged, since a server of that version may be running.
pub(super) async fn enter(store: &Store, action: AuditAction, detail: Value) -> anyhow::Result<()> {
    if !store.has_chain().await? {
        warn_not_recorded();
        return Ok(());
    }
    store.enter_data_key().await?;
    let entry = Entry::of(Actor::CommandLine { user: os_user::current() }.into(), action, detail);
    Ok(store.append_audit(&entry, crate::clock::new_id(), crate::clock::now()).await?)
}

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn warn_not_recorded() {
    eprintln!("relink-server: the database is of an older version, so this is not in its audit trail");
}

/// Returns the file as the audit trail records it.
pub(super) fn named(file: &Path) -> Value {
    let file: PathBuf = if is_dash(file) {
        file.to_owned()
    } else {
        std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
    };
    json!({"file": file.display().to_string()})
}
