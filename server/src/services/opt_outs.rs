//! Customers' opt-outs from automatic emails.

use relink_protocol::HolderId;
use serde_json::Value;

use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::link_token::Secret;
use crate::state::AppState;
use crate::store::{StoreError, audit, reminders};

/// Returns the opt-out link of an email.
pub(crate) fn link_url(app: &AppState, secret: &Secret) -> String {
    let origin = app.config.requests.public_url.as_ref().map_or("", reqwest::Url::as_str);
    format!("{origin}u/{}", secret.expose())
}

/// Opts the customer out, or in again.
pub(crate) async fn set(
    app: &AppState,
    customer: &HolderId,
    is_out: bool,
    source: AuditSource,
) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    if reminders::set_opt_out(&mut change, customer, is_out, now).await? {
        let action = if is_out { AuditAction::OptedOut } else { AuditAction::OptedIn };
        let customer = Some(customer.clone());
        let entry = Entry { source, action, customer, session: None, account: None, detail: Value::Null };
        audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    }
    Ok(change.commit().await?)
}
