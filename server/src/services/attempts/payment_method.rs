//! Payment methods for accounts that an attempt has added: clicks are handled one after another, across all servers.

use std::net::IpAddr;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::{AccountId, PaymentMethodId, SetupIntentId, confirmed_replacement};
use serde_json::json;
use tokio::time::Instant;

use crate::domain::attempt::Attempt;
use crate::domain::audit::{Actor, AuditAction, AuditSource};
use crate::domain::payment::Acceptance;
use crate::http::error::ApiError;
use crate::state::AppState;
use crate::store::job_queue::Lease;
use crate::store::payments::Payment;
use crate::store::{StoreError, audit, payments};

/// Lease of one click. It is longer than all Stripe requests of the click take, and expires after a server was killed.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Longest time that a click waits for the one before it.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A click that holds the lease.
#[derive(Clone, Debug)]
pub(crate) struct PaymentClick {
    pub(crate) attempt: Attempt,
    /// Account to pay from.
    pub(crate) account: AccountId,
    /// Address of the client.
    ip_address: IpAddr,
    lease: Lease,
}

/// Result of waiting for the lease.
#[derive(Debug)]
pub(crate) enum PaymentLease {
    /// An earlier click has made the payment method.
    IsMade,
    /// This click holds the lease, and the payment method has come this far.
    Ours(Box<PaymentClick>, Payment),
}

/// Objects that Stripe has made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) payment_method: PaymentMethodId,
    pub(crate) setup_intent: SetupIntentId,
}

/// Waits until this click holds the lease. Of two clicks at the same time, the second gets the result of the first.
pub(crate) async fn take_turn(
    app: &AppState,
    attempt: Attempt,
    account: AccountId,
    ip_address: IpAddr,
) -> Result<PaymentLease, ApiError> {
    let session = attempt.session.clone();
    let refusals = app.store.payment(&session, &account).await?.refusals;
    let holder = crate::clock::new_id().to_string();
    let began = Instant::now();
    loop {
        let now = crate::clock::now();
        let lease = Lease { holder: holder.clone(), until: now + LEASE };
        if let Some(payment) = app.store.hold(&session, &account, &lease, refusals, now).await? {
            return Ok(PaymentLease::Ours(
                Box::new(PaymentClick { attempt, account, ip_address, lease }),
                payment,
            ));
        }
        let payment = app.store.payment(&session, &account).await?;
        if payment.is_made {
            return Ok(PaymentLease::IsMade);
        }
        if payment.refusals > refusals {
            return Err(ApiError::PaymentRefused);
        }
        if began.elapsed() >= LONGEST_WAIT {
            tracing::warn!(%session, %account, "another click is still being answered");
            return Err(ApiError::StripeUnavailable);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Stores the customer's acceptance of the mandate, with the evidence to prove it years later, before Stripe is
/// called.
pub(crate) async fn accept(
    app: &AppState,
    click: &PaymentClick,
    acceptance: &Acceptance,
) -> Result<(), ApiError> {
    let PaymentClick { attempt, account, lease, .. } = click;
    let mandate = attempt.settled.as_ref().and_then(|settled| settled.payable(account));
    let Acceptance { at, ip, user_agent, name } = acceptance;
    let detail = json!({
        "mandate": mandate.map(|(_, words)| words),
        "language": attempt.language.code(),
        "accepted_at": at.to_string(),
        "ip_address": ip,
        "user_agent": user_agent,
        "name": name,
        "replaces": attempt.account,
    });
    let mut change = app.store.change().await?;
    if !payments::accept(&mut change, &attempt.session, account, lease, acceptance).await? {
        change.rollback().await.map_err(StoreError::from)?;
        tracing::warn!(session = %attempt.session, %account, "another click has taken over");
        return Err(ApiError::StripeUnavailable);
    }
    let entry = attempt.entry(click.source(), AuditAction::MandateAccepted, account, detail);
    audit::enter(&mut change, &entry, crate::clock::new_id(), *at).await?;
    Ok(change.commit().await.map_err(StoreError::from)?)
}

/// Records that Stripe has made the payment method.
pub(crate) async fn paid(app: &AppState, click: &PaymentClick, made: &Made) -> Result<(), StoreError> {
    let PaymentClick { attempt, account, .. } = click;
    let now = crate::clock::now();
    let detail = json!({
        "payment_method": made.payment_method, "setup_intent": made.setup_intent, "replaces": attempt.account,
    });
    let mut change = app.store.change().await?;
    let mut pairs = Vec::new();
    if payments::made(&mut change, &attempt.session, account, &made.setup_intent, now).await? {
        // The customer has confirmed that it is the same account.
        let name = attempt.settled.as_ref().and_then(|settled| settled.payable(account));
        pairs.extend(
            name.and_then(|(name, _)| confirmed_replacement(&attempt.before, &attempt.account, name)),
        );
        let mut entries = app.connections.replace_in(&mut change, &pairs, &click.source(), now).await?;
        entries.push(attempt.entry(click.source(), AuditAction::PaymentMethodMade, account, detail));
        audit::append_all(&mut change, &entries, now).await?;
    }
    change.commit().await?;
    app.connections.ring(!pairs.is_empty());
    Ok(())
}

/// Records that Stripe refused. The customer's next click is a new acceptance.
pub(crate) async fn refuse(app: &AppState, click: &PaymentClick) -> Result<(), StoreError> {
    let PaymentClick { attempt, account, lease, .. } = click;
    let mut change = app.store.change().await?;
    if payments::refuse(&mut change, &attempt.session, account, lease).await? {
        let detail = json!({"replaces": attempt.account});
        let entry = attempt.entry(click.source(), AuditAction::PaymentMethodRefused, account, detail);
        audit::enter(&mut change, &entry, crate::clock::new_id(), crate::clock::now()).await?;
    }
    Ok(change.commit().await?)
}

/// Releases the lease after a failure, so that the next click resumes here. If that can't be stored, the lease
/// expires.
pub(crate) async fn let_go(app: &AppState, click: &PaymentClick) {
    let PaymentClick { attempt, account, lease, .. } = click;
    if let Err(error) = app.store.let_go(&attempt.session, account, lease).await {
        tracing::warn!(%error, session = %attempt.session, %account, "failed to release the payment lease: {error}");
    }
}

impl PaymentClick {
    /// Returns the customer who clicked, as the source of audit entries.
    fn source(&self) -> AuditSource {
        let Attempt { customer, sign_in, .. } = &self.attempt;
        Actor::Customer { customer: customer.clone(), sign_in: sign_in.clone() }.at(self.ip_address)
    }
}
