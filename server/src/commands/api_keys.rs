//! `relink-server keys`: creates, lists and revokes the API keys of the merchant's back ends.

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::json;
use strum::VariantArray;

use crate::commands::os_user;
use crate::config::options::ApiKeyCommand;
use crate::domain::api_key::{Scope, expiry, starts_with, text};
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::link_token::{Secret, hash};
use crate::records::uptime;
use crate::store::Store;
use crate::store::api_keys::Key;

/// Runs the command, and returns the text for stdout and the message for stderr.
pub(crate) async fn perform(store: &Store, task: ApiKeyCommand) -> anyhow::Result<(Option<String>, String)> {
    let now = crate::clock::now();
    match task {
        ApiKeyCommand::Create { name, scopes, owner, expires } => {
            let expires_at = expires.map(|expires| expiry(&expires, now)).transpose()?;
            let key = Key {
                id: format!("key_{}", crate::clock::new_id().simple()),
                name,
                owner,
                starts_with: String::new(),
                scopes: scopes_of(&scopes)?,
                created_at: now,
                expires_at,
                last_used_at: None,
                revoked_at: None,
            };
            create(store, key).await
        }
        ApiKeyCommand::List => list(store, now).await,
        ApiKeyCommand::Revoke { id } => {
            store.enter_data_key().await?;
            let entry = entry(AuditAction::KeyRevoked, json!({"key": id}));
            if !store.revoke_key(&id, &entry, now).await? {
                bail!("there is no valid key {id}");
            }
            Ok((None, format!("{id} is revoked")))
        }
    }
}

fn entry(action: AuditAction, detail: serde_json::Value) -> Entry {
    Entry::of(Actor::CommandLine { user: os_user::current() }.into(), action, detail)
}

fn scopes_of(words: &str) -> anyhow::Result<Vec<Scope>> {
    let known: Vec<&str> = Scope::VARIANTS.iter().map(|scope| scope.as_str()).collect();
    let known = known.join(", ");
    let mut granted = Vec::new();
    for word in words.split(',') {
        let scope = word.trim().parse::<Scope>().ok().with_context(|| format!("--scopes takes {known}"))?;
        granted.push(scope);
    }
    granted.sort();
    granted.dedup();
    Ok(granted)
}

async fn create(store: &Store, key: Key) -> anyhow::Result<(Option<String>, String)> {
    let is_live = uptime::is_live(store).await?;
    let whole = text(is_live, &Secret::new(crate::clock::secret()));
    let key = Key { starts_with: starts_with(&whole), ..key };
    let detail = json!({
        "key": key.id, "name": key.name, "owner": key.owner, "scopes": key.scopes,
        "expires_at": key.expires_at.map(|at| at.to_string()),
    });
    store.add_key(&key, &hash(&whole), &entry(AuditAction::KeyCreated, detail)).await?;
    Ok((Some(whole), format!("{} is made; this is the only time that it is shown", key.id)))
}

async fn list(store: &Store, now: Timestamp) -> anyhow::Result<(Option<String>, String)> {
    let keys = store.keys().await?;
    let at = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"));
    let line = |key: &Key| {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        format!(
            "{}  {}…  {}  made {:.0}, last used {}, expires {}, {}  {}  {}",
            key.id,
            key.starts_with,
            scopes.join(","),
            key.created_at,
            at(key.last_used_at),
            at(key.expires_at),
            key.state(now),
            key.owner.as_deref().unwrap_or("(no owner)"),
            key.name
        )
    };
    let lines: Vec<String> = keys.iter().map(line).collect();
    let said = format!("{} keys", keys.len());
    Ok((Some(lines.join("\n")).filter(|lines| !lines.is_empty()), said))
}
