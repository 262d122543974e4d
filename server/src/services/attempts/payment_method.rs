//! Payment methods for accounts that an attempt has added: clicks are handled one after another, across all servers.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, AccountPair, Replacement, confirmed_replacement, paired};
use serde_json::json;
use tokio::time::Instant;

use crate::domain::attempt::Attempt;
use crate::domain::audit::{Actor, AuditAction, AuditSource};
use crate::domain::default_payment_method::job_subject;
use crate::domain::outcome::Settled;
use crate::domain::payment::Acceptance;
use crate::domain::payment_message::{Choice, Made, PaymentFailure, created, failed};
use crate::http::error::ApiError;
use crate::state::AppState;
use crate::store::job_queue::{JobKind, Lease, NewJob, Urgency, mark};
use crate::store::payments::Payment;
use crate::store::{StoreError, Transaction, attempts, audit, merchant_events, payments};

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
    let is_payout = attempt.payee().is_some();
    let action = if is_payout { AuditAction::ExternalAccountAccepted } else { AuditAction::MandateAccepted };
    let entry = attempt.entry(click.source(), action, account, detail);
    audit::enter(&mut change, &entry, crate::clock::new_id(), *at).await?;
    Ok(change.commit().await.map_err(StoreError::from)?)
}

/// Records what Stripe has made of the account, and tells the merchant. Making a payment method the default is a job of its
/// own, if it is set.
pub(crate) async fn record_made(
    app: &AppState,
    click: &PaymentClick,
    acceptance: &Acceptance,
    made: &Made,
) -> Result<(), StoreError> {
    let PaymentClick { attempt, account, .. } = click;
    let (session, now) = (&attempt.session, crate::clock::now());
    let mut change = app.store.change().await?;
    let is_news = match made {
        Made::PaymentMethod(made) => payments::made(&mut change, session, account, made, now).await?,
        Made::ExternalAccount(id) => payments::made_external(&mut change, session, account, id, now).await?,
    };
    let mut pairs = Vec::new();
    if is_news {
        // The customer may tell at the same time which accounts are the same.
        let settled = attempts::lock_outcome(&app.store, &mut change, session).await?;
        pairs.extend(settled.and_then(|settled| click.confirmed(&settled)));
        let mut entries = app.connections.replace_in(&mut change, &pairs, &click.source(), now).await?;
        if app.config.merchant_webhook.is_some() {
            let stored = app.connections.locked(&mut change, vec![account, &attempt.account]).await?;
            let choice = Choice { attempt, account, stored: &stored, acceptance: Some(acceptance) };
            let (kind, (id, payload)) = created(choice, made, crate::clock::new_id(), now);
            merchant_events::enter(&mut change, &id, kind.as_str(), account.as_str(), &payload, now).await?;
        }
        if app.config.makes_default && matches!(made, Made::PaymentMethod(_)) {
            mark(&mut change, &[default_job(click, now)], now).await?;
        }
        let (action, detail) = made.entry(&attempt.account);
        entries.push(attempt.entry(click.source(), action, account, detail));
        audit::append_all(&mut change, &entries, now).await?;
    }
    change.commit().await?;
    app.connections.messages().notify_one();
    app.connections.ring(!pairs.is_empty());
    Ok(())
}

fn default_job(click: &PaymentClick, now: Timestamp) -> NewJob {
    NewJob {
        kind: JobKind::DefaultPayment,
        subject: job_subject(&click.attempt.session, &click.account),
        urgency: Urgency::News,
        created: None,
        due: now,
    }
}

/// Tells the merchant that the customer wants to pay from the account, and that there is no payment method.
async fn tell_failure(
    app: &AppState,
    change: &mut Transaction,
    click: &PaymentClick,
    acceptance: Option<&Acceptance>,
    failure: &PaymentFailure,
) -> Result<(), StoreError> {
    if app.config.merchant_webhook.is_none() {
        return Ok(());
    }
    let PaymentClick { attempt, account, .. } = click;
    let stored = app.connections.locked(change, vec![account, &attempt.account]).await?;
    let choice = Choice { attempt, account, stored: &stored, acceptance };
    let now = crate::clock::now();
    let (id, payload) = failed(choice, failure, crate::clock::new_id(), now);
    let kind = choice.failed_kind().as_str();
    merchant_events::enter(change, &id, kind, account.as_str(), &payload, now).await?;
    app.connections.messages().notify_one();
    Ok(())
}

/// Records that there is no name for the payment method, which the merchant has to change.
pub(crate) async fn lack_name(app: &AppState, click: &PaymentClick) -> Result<(), StoreError> {
    let mut change = app.store.change().await?;
    tell_failure(app, &mut change, click, None, &PaymentFailure::NoName).await?;
    Ok(change.commit().await?)
}

/// Records that Stripe refused, and tells the merchant. The customer's next click is a new acceptance.
pub(crate) async fn refuse(
    app: &AppState,
    click: &PaymentClick,
    acceptance: &Acceptance,
    failure: &PaymentFailure,
) -> Result<(), StoreError> {
    let PaymentClick { attempt, account, lease, .. } = click;
    let mut change = app.store.change().await?;
    if payments::refuse(&mut change, &attempt.session, account, lease).await? {
        tell_failure(app, &mut change, click, Some(acceptance), failure).await?;
        let detail = json!({"replaces": attempt.account});
        let is_payout = attempt.payee().is_some();
        let action =
            if is_payout { AuditAction::ExternalAccountRefused } else { AuditAction::PaymentMethodRefused };
        let entry = attempt.entry(click.source(), action, account, detail);
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
    /// Returns the pair of the new account and the one that it stands for, which the customer has confirmed to be the same.
    fn confirmed(&self, settled: &Settled) -> Option<Replacement> {
        let Self { attempt, account, .. } = self;
        let answer = settled.pairs.iter().flatten().filter(|pair| pair.new == *account);
        let answer: Vec<AccountPair> = answer.cloned().collect();
        if let Some(pair) = paired(&attempt.before, &answer).pop() {
            return Some(pair);
        }
        let (name, _) = settled.payable(account)?;
        confirmed_replacement(&attempt.before, &attempt.account, name)
    }

    /// Returns the customer who clicked, as the source of audit entries.
    fn source(&self) -> AuditSource {
        let Attempt { customer, sign_in, .. } = &self.attempt;
        Actor::Customer { customer: customer.clone(), sign_in: sign_in.clone() }.at(self.ip_address)
    }
}
