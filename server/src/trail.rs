//! Enters into the audit trail what changes nothing else: reads, refusals and failed sign-ins.

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::audit::{Action, Entry, Source};
use crate::domain::thinning::Thinning;
use crate::store::StoreError;

/// Refused tries that are entered one by one, of each kind and by each server: whoever has no key can make as many as they
/// like, and no entry is ever deleted.
const REFUSALS_AN_HOUR: u32 = 60;

/// The tries of this process.
#[derive(Debug)]
pub(crate) struct Refusals {
    sign_ins: Mutex<Thinning>,
    keys: Mutex<Thinning>,
}

impl Default for Refusals {
    fn default() -> Self {
        let thinning = || Mutex::new(Thinning::new(REFUSALS_AN_HOUR, SignedDuration::from_hours(1)));
        Self { sign_ins: thinning(), keys: thinning() }
    }
}

impl App {
    /// Enters what changes nothing else. What can't be entered must not be done.
    pub(crate) async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        self.store.enter_audit(entry, crate::clock::fresh_id(), crate::clock::now()).await
    }

    /// Logs that an API key was refused, and enters it.
    pub(crate) async fn key_refused(&self, source: Source, detail: Value) {
        self.refused(&self.refusals.keys, Entry::of(source, Action::AccessRefused, detail)).await;
    }

    /// Logs a failed sign-in at the console, and enters it.
    pub(crate) async fn sign_in_failed(&self, source: Source, detail: Value) {
        self.refused(&self.refusals.sign_ins, Entry::of(source, Action::SignInFailed, detail)).await;
    }

    /// The answer is a refusal anyway, so an entry that can't be written is an error for the log.
    async fn refused(&self, thinning: &Mutex<Thinning>, mut entry: Entry) {
        let ip_address = entry.source.ip_address.map(|ip| ip.to_string());
        tracing::warn!(ip_address, detail = %entry.detail, "{}", entry.action.as_str());
        // Nothing is left half done by a panic while it is held.
        let taken = thinning.lock().unwrap_or_else(PoisonError::into_inner).take(crate::clock::now());
        let Some(left_out) = taken else { return };
        if let Value::Object(detail) = &mut entry.detail
            && left_out > 0
        {
            detail.insert("left_out_before".to_owned(), json!(left_out));
        }
        if let Err(error) = self.record(&entry).await {
            tracing::error!(%error, "a refusal is not in the audit trail: {error}");
        }
    }
}
