//! `relink-server customer`: exports or erases what is stored about one customer.

use anyhow::Context;
use serde_json::json;

use super::os_user;
use crate::config::database::DatabaseSettings;
use crate::config::options::CustomerCommand;
use crate::domain::audit::{Actor, AuditAction, AuditSource, Entry};
use crate::store::Store;

/// Runs the command. Returns what it prints to standard output and to stderr.
pub(super) async fn perform(
    database: &DatabaseSettings,
    task: CustomerCommand,
) -> anyhow::Result<(Option<String>, String)> {
    let store = Store::attach(database).await?;
    let source: AuditSource = Actor::CommandLine { user: os_user::current() }.into();
    let now = crate::clock::now();
    match task {
        CustomerCommand::Export { customer } => {
            let data = store.customer_data(&customer).await?;
            store.enter_data_key().await?;
            let entry = Entry {
                customer: Some(customer),
                ..Entry::of(source, AuditAction::CustomerExported, json!({"rows": data.rows()}))
            };
            store.append_audit(&entry, crate::clock::new_id(), now).await?;
            Ok((Some(pretty(&data)?), format!("exported {} rows", data.rows())))
        }
        CustomerCommand::Erase { customer, dry_run } => {
            if !dry_run {
                store.enter_data_key().await?;
            }
            let pseudonym = format!("erased_{}", crate::clock::new_id().simple());
            let erased = store.erase_customer(&customer, pseudonym, &source, dry_run, now).await?;
            let said = if dry_run { "nothing was changed" } else { "the customer is erased" };
            Ok((Some(pretty(&erased)?), said.to_owned()))
        }
    }
}

fn pretty(value: &impl serde::Serialize) -> anyhow::Result<String> {
    serde_json::to_string_pretty(value).context("can't write JSON")
}
