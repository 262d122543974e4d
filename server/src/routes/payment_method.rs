//! `/api/sessions/{id}/payment-method`: the customer pays from an account that the attempt has added, or does not.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::SetupIntentStatus;
use relink_protocol::{AccountId, CustomerId, PayFrom, SetupIntentId};
use tracing::Instrument;

use crate::app::App;
use crate::attempts::Attempt;
use crate::domain::caller::Caller;
use crate::domain::payment::{Acceptance, Order};
use crate::extract::{Body, Client, SessionPath};
use crate::failure::Failure;
use crate::stripe::StripeError;

/// `POST`: the customer agrees to the mandate. Made once, however often it is asked for.
pub(crate) async fn pay(
    State(app): State<Arc<App>>,
    caller: Caller,
    SessionPath(session): SessionPath,
    client: Client,
    Body(PayFrom { account }): Body<PayFrom>,
) -> Result<impl IntoResponse, Failure> {
    let attempt = app.attempts.find(&caller, &session).ok_or(Failure::NotFound)?;
    let is_offered = attempt.settled.as_ref().is_some_and(|settled| settled.payable(&account).is_some());
    if !is_offered || !caller.terms.may_replace {
        tracing::warn!(%session, %account, customer = %caller.customer, "nobody offered to pay from that account");
        return Err(Failure::NotFound);
    }
    // A task of its own: a customer who closes the page in the middle leaves nothing half done.
    let paying = pay_once(app, attempt, account, caller.name, client).in_current_span();
    tokio::spawn(paying).await.map_err(|error| {
        tracing::error!(%error, "a payment method's making ended early");
        Failure::Internal
    })??;
    Ok((StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]))
}

/// `DELETE`: payments stay as they are, and the offer is not repeated.
pub(crate) async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    SessionPath(session): SessionPath,
) -> Result<impl IntoResponse, Failure> {
    let attempt = app.attempts.find(&caller, &session).ok_or(Failure::NotFound)?;
    app.attempts.keep(&session);
    tracing::info!(%session, account = %attempt.account, customer = %caller.customer, "payments stay as they are");
    Ok((StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]))
}

/// One click after the other. Of two at once the second finds what the first came to.
async fn pay_once(
    app: Arc<App>,
    attempt: Attempt,
    account: AccountId,
    name: Option<String>,
    client: Client,
) -> Result<(), Failure> {
    let refusals_then = attempt.paying.payment(&account).refusals;
    let _turn = attempt.paying.turn.lock().await;
    let payment = app.attempts.payment(&attempt.session, &account).ok_or(Failure::NotFound)?;
    if payment.is_made {
        return Ok(());
    }
    if payment.refusals > refusals_then {
        return Err(Failure::PaymentRefused);
    }
    // The first one stays: other parameters under the same key would be refused.
    let acceptance = if let Some(acceptance) = payment.acceptance {
        acceptance
    } else {
        let name = holder_name(&app, &attempt.customer, name).await?;
        let Client { ip, user_agent } = client;
        let acceptance = Acceptance { at: crate::clock::now(), ip, user_agent, name };
        app.attempts.accept(&attempt.session, &account, acceptance.clone());
        acceptance
    };
    let Attempt { session, customer, account: replaces, .. } = attempt.clone();
    let order = Order { session, customer, account, replaces, acceptance, refusals: payment.refusals };
    match make(&app, &order).await {
        Ok(setup_intent) => {
            app.attempts.paid(&order.session, &order.account);
            audit(&attempt, &order, &setup_intent);
            Ok(())
        }
        Err(Failure::PaymentRefused) => {
            app.attempts.refuse(&order.session, &order.account);
            Err(Failure::PaymentRefused)
        }
        Err(failure) => Err(failure),
    }
}

/// The token's, or else Stripe's.
async fn holder_name(app: &App, customer: &CustomerId, claimed: Option<String>) -> Result<String, Failure> {
    if let Some(name) = claimed {
        return Ok(name);
    }
    let known = match app.stripe.customer(customer).await {
        Ok(known) if !known.deleted => known.name,
        Ok(_) | Err(StripeError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    known.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).ok_or_else(|| {
        tracing::error!(
            %customer,
            "a payment method needs its holder's name; give the customer one at Stripe, or put the claim `name` into \
             the tokens that your back end signs"
        );
        Failure::PaymentRefused
    })
}

/// Both, or nothing: what Stripe does not confirm at once is taken back.
async fn make(app: &App, order: &Order) -> Result<SetupIntentId, Failure> {
    let (form, key) = order.payment_method();
    let payment_method =
        app.stripe.create_payment_method(&form, key).await.map_err(|error| refused(order, error))?;
    let (form, key) = order.setup_intent(&payment_method.id, app.config.stripe_version);
    let made = match app.stripe.create_setup_intent(&form, key).await {
        Ok(made) => made,
        Err(error) => {
            if let Some(left_behind) = error.setup_intent() {
                take_back(app, left_behind).await;
            }
            return Err(refused(order, error));
        }
    };
    match made.status {
        SetupIntentStatus::Succeeded | SetupIntentStatus::Processing => return Ok(made.id),
        SetupIntentStatus::Canceled => (),
        SetupIntentStatus::RequiresAction
        | SetupIntentStatus::RequiresConfirmation
        | SetupIntentStatus::RequiresPaymentMethod
        | SetupIntentStatus::Other(_) => take_back(app, &made.id).await,
    }
    tracing::warn!(
        setup_intent = %made.id, status = made.status.as_str(), account = %order.account, customer = %order.customer,
        "Stripe does not confirm the mandate at once"
    );
    Err(Failure::PaymentRefused)
}

/// As well as it goes: one that is not confirmed moves no money.
async fn take_back(app: &App, setup_intent: &SetupIntentId) {
    if let Err(error) = app.stripe.cancel_setup_intent(setup_intent).await {
        tracing::warn!(%error, %setup_intent, "a setup intent that came to nothing is not cancelled: {error}");
    }
}

fn refused(order: &Order, error: StripeError) -> Failure {
    match &error {
        // Another click is still being answered.
        StripeError::Refused(StatusCode::CONFLICT, _) => {
            tracing::warn!(%error, "Stripe is busy with the same request");
            Failure::StripeUnavailable
        }
        StripeError::Refused(..) => {
            tracing::error!(
                %error, account = %order.account, customer = %order.customer,
                "Stripe makes no payment method of the account: {error}"
            );
            Failure::PaymentRefused
        }
        // What was asked for is there no longer, or of another mode; not something that the reader asked for.
        StripeError::NotFound(_) => {
            tracing::error!(%error, account = %order.account, "misconfigured: {error}");
            Failure::Misconfigured
        }
        StripeError::Unreachable(_)
        | StripeError::Unreadable(_)
        | StripeError::RateLimited(_)
        | StripeError::KeyRefused(_)
        | StripeError::Broken(..) => error.into(),
    }
}

/// What a merchant needs to know years later: who agreed to what, and when.
fn audit(attempt: &Attempt, order: &Order, setup_intent: &SetupIntentId) {
    let Order { session, customer, account, replaces, acceptance, .. } = order;
    let sign_in = attempt.sign_in.as_deref();
    let mandate =
        attempt.settled.as_ref().and_then(|settled| settled.payable(account)).map(|(_, mandate)| mandate);
    tracing::info!(
        %session, %customer, sign_in, %account, %replaces, accepted_at = %acceptance.at, %setup_intent, mandate,
        "mandate accepted"
    );
}
