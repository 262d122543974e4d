//! Record of relink requests: each change of state enters a merchant event and an audit entry in the same transaction.

use jiff::Timestamp;
use relink_protocol::AccountId;
use serde_json::{Value, json};

use crate::domain::audit::{Actor, AuditAction, AuditSource, Entry};
use crate::domain::connection::StoredAccount;
use crate::domain::eligible::Reason;
use crate::domain::merchant_event::MerchantEvent;
use crate::domain::merchant_event_payload::envelope;
use crate::domain::relink_request::{Delivery, Request, Step};
use crate::domain::reminders::known_after_relink;
use crate::store::requests::{end_cooldown, for_update, open_for_update, save};
use crate::store::{Store, StoreError, Transaction, audit, emails, merchant_events, reminders};

/// Changes the state of relink requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestRecorder {
    store: Store,
    /// True if a merchant webhook is configured.
    tells_merchant: bool,
}

impl RequestRecorder {
    pub(crate) fn new(store: Store, tells_merchant: bool) -> Self {
        Self { store, tells_merchant }
    }

    /// Performs a step with its consequences. Returns `None` if the step changes nothing. Must be the last statement of
    /// a transaction: see [`audit::enter`].
    pub(crate) async fn advance(
        &self,
        change: &mut Transaction,
        id: &str,
        step: Step,
        why: Why<'_>,
    ) -> Result<Option<Request>, StoreError> {
        let Some(before) = for_update(&self.store, change, id).await? else { return Ok(None) };
        let now = why.now;
        let Some((request, entry)) = self.step(change, &before, step, why).await? else { return Ok(None) };
        audit::enter(change, &entry, crate::clock::new_id(), now).await?;
        Ok(Some(request))
    }

    /// Completes all open requests for an account for which the customer has done what was needed, and frees its email
    /// cooldown. Its reminders begin anew, by its condition after that. Returns the audit entries, which the caller
    /// enters at the end of its transaction.
    pub(crate) async fn complete(
        &self,
        change: &mut Transaction,
        kept: &StoredAccount,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let account = &kept.account.id;
        let entries = self.complete_those(change, account, |_| true, now).await?;
        // Even if the emailed request is over: the customer may have come without its link.
        end_cooldown(change, account, None).await?;
        reminders::restart(change, account, known_after_relink(&kept.condition, now), now).await?;
        Ok(entries)
    }

    /// Completes the open requests for more permissions, after the customer has granted some. Returns the audit entries,
    /// as [`Self::complete`] does.
    pub(crate) async fn complete_updates(
        &self,
        change: &mut Transaction,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let is_update = |request: &Request| request.reason == Reason::PermissionsChanged;
        let entries = self.complete_those(change, account, is_update, now).await?;
        if !entries.is_empty() {
            end_cooldown(change, account, None).await?;
        }
        Ok(entries)
    }

    async fn complete_those(
        &self,
        change: &mut Transaction,
        account: &AccountId,
        is_meant: fn(&Request) -> bool,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for request in open_for_update(&self.store, change, account).await?.into_iter().filter(is_meant) {
            let why = Why { source: Actor::Server.into(), failure: None, now };
            let stepped = self.step(change, &request, Step::Complete, why).await?;
            entries.extend(stepped.map(|(_, entry)| entry));
        }
        Ok(entries)
    }

    async fn step(
        &self,
        change: &mut Transaction,
        before: &Request,
        step: Step,
        why: Why<'_>,
    ) -> Result<Option<(Request, Entry)>, StoreError> {
        let Some(request) = before.after(step, why.failure, why.now) else { return Ok(None) };
        save(change, &request).await?;
        let over = "the request was over before the mail went";
        match step {
            Step::Complete => {
                emails::fail_waiting(change, &request.id, over, why.now).await?;
            }
            // No email was sent. Whether Stripe has sent one, only the code that called Stripe knows.
            Step::Fail if before.sent_at.is_none() && before.delivery == Delivery::Email => {
                end_cooldown(change, &request.account, Some(&request.id)).await?;
            }
            Step::Expire | Step::Cancel => {
                if emails::fail_waiting(change, &request.id, over, why.now).await? {
                    end_cooldown(change, &request.account, Some(&request.id)).await?;
                }
            }
            Step::Fail | Step::Send | Step::Open => (),
        }
        let entry = self.tell(change, &request, why).await?;
        Ok(Some((request, entry)))
    }

    /// Enters the merchant event about a request's new state. Returns the matching audit entry.
    pub(crate) async fn tell(
        &self,
        change: &mut Transaction,
        request: &Request,
        why: Why<'_>,
    ) -> Result<Entry, StoreError> {
        let Why { source, failure, now } = why;
        if self.tells_merchant {
            let kind = MerchantEvent::from(request.state);
            let (of, data) = (request.account.stripe_account(), json!(request.told()));
            let (id, body) = envelope(kind, of, &data, crate::clock::new_id(), now);
            merchant_events::enter(change, &id, kind.as_str(), request.account.as_str(), &body, now).await?;
        }
        let detail = json!({"request": request.id, "delivery": request.delivery, "failure": failure});
        Ok(entry(request, source, AuditAction::Request(request.state.into()), detail))
    }
}

/// Actor, time and reason of a step.
#[derive(Clone, Debug)]
pub(crate) struct Why<'a> {
    pub(crate) source: AuditSource,
    /// Reason of a failure, in our words.
    pub(crate) failure: Option<&'a str>,
    pub(crate) now: Timestamp,
}

fn entry(request: &Request, source: AuditSource, action: AuditAction, detail: Value) -> Entry {
    Entry {
        source,
        action,
        customer: Some(request.customer.clone()),
        session: request.session.clone(),
        account: Some(request.account.clone()),
        detail,
    }
}
