//! `relink-server keys`: makes, lists and revokes the keys of the merchant's back ends.

use anyhow::{Context, bail};

use crate::config::KeyTask;
use crate::domain::key::{Scope, starts_with, text};
use crate::domain::link::{Secret, hash};
use crate::store::Store;
use crate::store::keys::Key;
use crate::watch;

/// Does it, and gives what is to be printed and what is to be said of it.
pub(crate) async fn perform(store: &Store, task: KeyTask) -> anyhow::Result<(Option<String>, String)> {
    match task {
        KeyTask::Create { name, scopes } => create(store, name, &scopes).await,
        KeyTask::List => list(store).await,
        KeyTask::Revoke { id } => {
            if !store.revoke_key(&id, crate::clock::now()).await? {
                bail!("there is no key {id} that still opens anything");
            }
            Ok((None, format!("{id} opens nothing any more")))
        }
    }
}

async fn create(store: &Store, name: String, scopes: &str) -> anyhow::Result<(Option<String>, String)> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    let mut granted = Vec::new();
    for word in scopes.split(',') {
        let scope = Scope::named(word.trim()).with_context(|| format!("--scopes has words of {known}"))?;
        granted.push(scope);
    }
    granted.sort();
    granted.dedup();
    let is_live = watch::is_live(store).await?;
    let key = text(is_live, &Secret::new(crate::clock::secret()));
    let kept = Key {
        id: format!("key_{}", crate::clock::fresh_id().simple()),
        name,
        starts_with: starts_with(&key),
        scopes: granted,
        created_at: crate::clock::now(),
        revoked_at: None,
    };
    store.add_key(&kept, &hash(&key)).await?;
    Ok((Some(key), format!("{} is made; this is the only time that it is shown", kept.id)))
}

async fn list(store: &Store) -> anyhow::Result<(Option<String>, String)> {
    let keys = store.keys().await?;
    let line = |key: &Key| {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let state = key.revoked_at.map_or_else(|| "in use".to_owned(), |at| format!("revoked {at:.0}"));
        format!(
            "{}  {}…  {}  made {:.0}, {state}  {}",
            key.id,
            key.starts_with,
            scopes.join(","),
            key.created_at,
            key.name
        )
    };
    let lines: Vec<String> = keys.iter().map(line).collect();
    let said = format!("{} keys", keys.len());
    Ok((Some(lines.join("\n")).filter(|lines| !lines.is_empty()), said))
}
