//! Asking customers to come back: makes relink requests by the rules, and takes them from state to state. Whatever asks,
//! the API, the console or a reminder, goes this way; each change is told to the merchant and noted in the audit trail in
//! the same transaction.

mod ask;
mod expire;
mod hosted;

use jiff::Timestamp;
use relink_protocol::AccountId;
use serde_json::{Value, json};
use sqlx::AnyConnection;

pub(crate) use self::ask::{Ask, AskError, Asked, Once};
use crate::app::App;
use crate::domain::audit::{Action, Actor, Entry};
use crate::domain::request::{Delivery, Request, Step};
use crate::store::requests::{for_update, free_turn, open_for_update, save};
use crate::store::{Store, StoreError, audit, deliveries, mails, reminders};

/// The record of all requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    store: Store,
    /// Whether the merchant wants to hear of changes.
    tells_merchant: bool,
}

impl Requests {
    pub(crate) fn new(store: Store, tells_merchant: bool) -> Self {
        Self { store, tells_merchant }
    }

    /// A step, with all that follows from it. `None` where it changes nothing.
    pub(crate) async fn advance(
        &self,
        change: &mut AnyConnection,
        id: &str,
        step: Step,
        why: Why<'_>,
    ) -> Result<Option<Request>, StoreError> {
        let Some(before) = for_update(&self.store, change, id).await? else { return Ok(None) };
        self.step(change, &before, step, why).await
    }

    /// The account works again: what was asked for is there, and the next mail may go at once.
    pub(crate) async fn complete(
        &self,
        change: &mut AnyConnection,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for request in open_for_update(&self.store, change, account).await? {
            let why = Why { actor: Actor::Server, failure: None, now };
            self.step(change, &request, Step::Complete, why).await?;
        }
        // Also where the request that was mailed is over, and somebody came by another way.
        free_turn(change, account, None).await?;
        reminders::forget(change, account).await
    }

    async fn step(
        &self,
        change: &mut AnyConnection,
        before: &Request,
        step: Step,
        why: Why<'_>,
    ) -> Result<Option<Request>, StoreError> {
        let Some(request) = before.after(step, why.failure, why.now) else { return Ok(None) };
        save(change, &request).await?;
        let over = "the request was over before the mail went";
        match step {
            Step::Complete => {
                mails::drop_waiting(change, &request.id, over, why.now).await?;
            }
            // Nobody has the mail; whether Stripe has sent one, only who asked it knows.
            Step::Fail if before.sent_at.is_none() && before.delivery == Delivery::Email => {
                free_turn(change, &request.account, Some(&request.id)).await?;
            }
            Step::Expire | Step::Cancel => {
                if mails::drop_waiting(change, &request.id, over, why.now).await? {
                    free_turn(change, &request.account, Some(&request.id)).await?;
                }
            }
            Step::Fail | Step::Send | Step::Open => (),
        }
        self.note(change, &request, why).await?;
        Ok(Some(request))
    }

    /// Tells of the state that a request has come to.
    async fn note(
        &self,
        change: &mut AnyConnection,
        request: &Request,
        why: Why<'_>,
    ) -> Result<(), StoreError> {
        let Why { actor, failure, now } = why;
        if self.tells_merchant {
            let kind = request.state.message_type();
            let body = json!({"type": kind, "timestamp": now.to_string(), "data": request.told()});
            let id = format!("msg_{}", crate::clock::fresh_id().simple());
            deliveries::enter(change, &id, &kind, request.account.as_str(), &body.to_string(), now).await?;
        }
        let detail = json!({"request": request.id, "delivery": request.delivery, "failure": failure});
        let entry = entry(request, actor, Action::Request(request.state), detail);
        audit::enter(change, &entry, crate::clock::fresh_id(), now).await
    }
}

/// Whose doing a step is, and when.
#[derive(Clone, Debug)]
pub(crate) struct Why<'a> {
    pub(crate) actor: Actor,
    /// Why it failed, in our words.
    pub(crate) failure: Option<&'a str>,
    pub(crate) now: Timestamp,
}

fn entry(request: &Request, actor: Actor, action: Action, detail: Value) -> Entry {
    Entry {
        actor,
        action,
        customer: Some(request.customer.clone()),
        session: request.session.clone(),
        account: Some(request.account.clone()),
        detail,
    }
}

impl App {
    /// A step by itself. `None` where there is no such request, or it changes nothing.
    pub(crate) async fn advance_request(
        &self,
        id: &str,
        step: Step,
        why: Why<'_>,
    ) -> Result<Option<Request>, StoreError> {
        let mut change = self.store.change().await?;
        let stepped = self.requests.advance(&mut change, id, step, why).await?;
        change.commit().await?;
        self.connections.messages().notify_one();
        Ok(stepped)
    }
}
