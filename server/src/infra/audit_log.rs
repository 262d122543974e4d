//! Audit entries that belong to no other change: reads, refusals and failed sign-ins.

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::event_limit::EventLimit;
use crate::store::{Store, StoreError};

/// Maximum number of audit entries for refusals per hour, kind and server. Anyone can cause a refusal, so a flood of
/// them could fill the table, from which no entry is ever deleted.
const REFUSALS_AN_HOUR: u32 = 60;

/// Writer of audit entries, with the throttles of this process.
#[derive(Debug)]
pub(crate) struct AuditLog {
    store: Store,
    sign_ins: Mutex<EventLimit>,
    keys: Mutex<EventLimit>,
}

impl AuditLog {
    pub(crate) fn new(store: Store) -> Self {
        let throttle = || Mutex::new(EventLimit::new(REFUSALS_AN_HOUR, SignedDuration::from_hours(1)));
        Self { store, sign_ins: throttle(), keys: throttle() }
    }

    /// Writes an entry that belongs to no other change. On an error, the caller must not do what the entry records.
    pub(crate) async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        self.store.append_audit(entry, crate::clock::new_id(), crate::clock::now()).await
    }

    /// Logs that an API key was refused, and writes an audit entry.
    pub(crate) async fn key_refused(&self, source: AuditSource, detail: Value) {
        self.refused(&self.keys, Entry::of(source, AuditAction::AccessRefused, detail)).await;
    }

    /// Logs a failed sign-in at the console, and writes an audit entry.
    pub(crate) async fn sign_in_failed(&self, source: AuditSource, detail: Value) {
        self.refused(&self.sign_ins, Entry::of(source, AuditAction::SignInFailed, detail)).await;
    }

    /// Logs the refusal, and writes its audit entry unless the throttle drops it. If writing fails, it only logs that:
    /// the request is refused in any case.
    async fn refused(&self, throttle: &Mutex<EventLimit>, mut entry: Entry) {
        let ip_address = entry.source.ip_address.map(|ip| ip.to_string());
        tracing::warn!(ip_address, detail = %entry.detail, "{}", entry.action.as_str());
        // No code panics while it holds the lock, so the state is valid even if it is poisoned.
        let taken = throttle.lock().unwrap_or_else(PoisonError::into_inner).take(crate::clock::now());
        let Some(left_out) = taken else { return };
        if let Value::Object(detail) = &mut entry.detail
            && left_out > 0
        {
            detail.insert("left_out_before".to_owned(), json!(left_out));
        }
        if let Err(error) = self.record(&entry).await {
            tracing::error!(%error, "failed to write an audit entry: {error}");
        }
    }
}
