//! Paying from an account that an attempt has added: one click after the other, on however many servers.

use std::net::IpAddr;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::{AccountId, PaymentMethodId, SetupIntentId};
use serde_json::json;
use tokio::time::Instant;

use super::Attempt;
use crate::app::App;
use crate::domain::audit::{Action, Actor, Source};
use crate::domain::payment::Acceptance;
use crate::failure::Failure;
use crate::store::payments::Payment;
use crate::store::work::Lease;
use crate::store::{StoreError, audit, payments};

/// Longer than all that Stripe is asked for one click; after this the click of a server that was killed is over.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A click waits no longer for the one before it.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A click whose turn it is.
#[derive(Clone, Debug)]
pub(crate) struct Click {
    pub(crate) attempt: Attempt,
    /// To pay from.
    pub(crate) account: AccountId,
    /// The address of the client.
    ip_address: IpAddr,
    lease: Lease,
}

/// What a click finds.
#[derive(Debug)]
pub(crate) enum Turn {
    /// The click before it has made it.
    IsMade,
    /// It is this click's turn, and this is how far it is.
    Ours(Box<Click>, Payment),
}

/// What Stripe has made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) payment_method: PaymentMethodId,
    pub(crate) setup_intent: SetupIntentId,
}

impl App {
    /// Waits for this click's turn. Of two at once the second finds what the first came to.
    pub(crate) async fn take_turn(
        &self,
        attempt: Attempt,
        account: AccountId,
        ip_address: IpAddr,
    ) -> Result<Turn, Failure> {
        let session = attempt.session.clone();
        let refusals = self.store.payment(&session, &account).await?.refusals;
        let holder = crate::clock::fresh_id().to_string();
        let began = Instant::now();
        loop {
            let now = crate::clock::now();
            let lease = Lease { holder: holder.clone(), until: now + LEASE };
            if let Some(payment) = self.store.hold(&session, &account, &lease, refusals, now).await? {
                return Ok(Turn::Ours(Box::new(Click { attempt, account, ip_address, lease }), payment));
            }
            let payment = self.store.payment(&session, &account).await?;
            if payment.is_made {
                return Ok(Turn::IsMade);
            }
            if payment.refusals > refusals {
                return Err(Failure::PaymentRefused);
            }
            if began.elapsed() >= LONGEST_WAIT {
                tracing::warn!(%session, %account, "another click is still being answered");
                return Err(Failure::StripeUnavailable);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Keeps the customer's yes, with what is needed to show it years later, before Stripe hears of it.
    pub(crate) async fn accept(&self, click: &Click, acceptance: &Acceptance) -> Result<(), Failure> {
        let Click { attempt, account, lease, .. } = click;
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
        let mut change = self.store.change().await?;
        if !payments::accept(&mut change, &attempt.session, account, lease, acceptance).await? {
            change.rollback().await.map_err(StoreError::from)?;
            tracing::warn!(session = %attempt.session, %account, "another click has taken over");
            return Err(Failure::StripeUnavailable);
        }
        let entry = attempt.entry(click.source(), Action::MandateAccepted, account, detail);
        audit::enter(&mut change, &entry, crate::clock::fresh_id(), *at).await?;
        Ok(change.commit().await.map_err(StoreError::from)?)
    }

    /// Stripe has made it.
    pub(crate) async fn paid(&self, click: &Click, made: &Made) -> Result<(), StoreError> {
        let Click { attempt, account, .. } = click;
        let now = crate::clock::now();
        let detail = json!({
            "payment_method": made.payment_method, "setup_intent": made.setup_intent, "replaces": attempt.account,
        });
        let mut change = self.store.change().await?;
        if payments::made(&mut change, &attempt.session, account, &made.setup_intent, now).await? {
            let entry = attempt.entry(click.source(), Action::PaymentMethodMade, account, detail);
            audit::enter(&mut change, &entry, crate::clock::fresh_id(), now).await?;
        }
        Ok(change.commit().await?)
    }

    /// Stripe said no. What the customer clicks next is another yes.
    pub(crate) async fn refuse(&self, click: &Click) -> Result<(), StoreError> {
        let Click { attempt, account, lease, .. } = click;
        let mut change = self.store.change().await?;
        if payments::refuse(&mut change, &attempt.session, account, lease).await? {
            let detail = json!({"replaces": attempt.account});
            let entry = attempt.entry(click.source(), Action::PaymentMethodRefused, account, detail);
            audit::enter(&mut change, &entry, crate::clock::fresh_id(), crate::clock::now()).await?;
        }
        Ok(change.commit().await?)
    }

    /// It came to nothing: the next click begins where this one stopped. If that can't be kept, the turn ends by itself.
    pub(crate) async fn let_go(&self, click: &Click) {
        let Click { attempt, account, lease, .. } = click;
        if let Err(error) = self.store.let_go(&attempt.session, account, lease).await {
            tracing::warn!(%error, session = %attempt.session, %account, "the next click has to wait: {error}");
        }
    }
}

impl Click {
    /// The customer who clicked.
    fn source(&self) -> Source {
        let Attempt { customer, sign_in, .. } = &self.attempt;
        Actor::Customer { customer: customer.clone(), sign_in: sign_in.clone() }.at(self.ip_address)
    }
}
