//! `/api/sessions/{id}/payment-method`: the customer pays from an account that the attempt has added, or declines.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::SetupIntentStatus;
use relink_protocol::{AccountId, HolderId, PayFrom, Qualify as _, SessionId, SetupIntentId};
use tracing::Instrument;

use crate::domain::attempt::Attempt;
use crate::domain::audit::Actor;
use crate::domain::customer_claims::Caller;
use crate::domain::payment::{Acceptance, Order};
use crate::domain::payment_message::{Made, MadePaymentMethod, PaymentFailure};
use crate::http::error::ApiError;
use crate::http::extract::{Body, Client, SessionPath};
use crate::http::page_call::PageCall;
use crate::openapi::errors::{ByCustomer, CallsStripe, Errors, HasBody, Missing, NoPayment};
use crate::services::attempts::payment_method::{
    PaymentClick, PaymentLease, accept, lack_name, let_go, record_made, refuse, take_turn,
};
use crate::services::attempts::{attempt_of, keep_paying};
use crate::state::AppState;
use crate::store::payments::Payment;
use crate::stripe::{Stripe, StripeError};
use crate::traces::InTrace;

/// `POST`: the customer accepts the mandate. Idempotent: repeated requests make one payment method.
#[utoipa::path(
    post,
    path = "/api/sessions/{id}/payment-method",
    operation_id = "pay_from_account",
    tag = "attempts",
    summary = "Accept the mandate and pay from an added account",
    security(("customer_token" = [])),
    params(("id" = SessionId, Path, description = "Session of the attempt")),
    request_body = PayFrom,
    responses(
        (status = 204, description = "The payment method exists, now or already"),
        Errors<(ByCustomer, HasBody, Missing, NoPayment, CallsStripe)>,
    )
)]
pub(crate) async fn pay(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    SessionPath(session): SessionPath,
    client: Client,
    Body(PayFrom { account }): Body<PayFrom>,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = attempt_of(&app, &caller, &session).await?;
    let is_offered = attempt.settled.as_ref().is_some_and(|settled| settled.payable(&account).is_some());
    if !is_offered || !caller.terms.may_replace {
        tracing::warn!(%session, %account, customer = %caller.customer, "nobody offered to pay from that account");
        return Err(ApiError::NotFound);
    }
    client.require_true_address(&app)?;
    let stripe = app.stripe_for(&caller)?;
    // Spawned, so that a customer who closes the page in the middle leaves nothing half done.
    let paying =
        pay_once(app, stripe, attempt, account, caller.name, client).in_current_span().with_current_context();
    tokio::spawn(paying).await.map_err(|error| {
        tracing::error!(%error, "creating the payment method panicked");
        ApiError::Internal
    })??;
    Ok((StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]))
}

/// `DELETE`: the customer keeps the current payment method. The offer is not repeated.
#[utoipa::path(
    delete,
    path = "/api/sessions/{id}/payment-method",
    operation_id = "keep_payment_method",
    tag = "attempts",
    summary = "Keep the current payment method",
    security(("customer_token" = [])),
    params(("id" = SessionId, Path, description = "Session of the attempt")),
    responses(
        (status = 204, description = "Payments stay as they are; the offer is not repeated"),
        Errors<(ByCustomer, Missing)>,
    )
)]
pub(crate) async fn keep(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    client: Client,
    SessionPath(session): SessionPath,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = attempt_of(&app, &caller, &session).await?;
    keep_paying(&app, Actor::from(&caller).at(client.ip), &attempt).await?;
    tracing::info!(%session, account = %attempt.account, customer = %caller.customer, "payments stay as they are");
    Ok((StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]))
}

/// `POST`: the same as `DELETE`, a method for which browsers send a CORS preflight.
#[utoipa::path(
    post,
    path = "/api/sessions/{id}/payment-method/keep",
    operation_id = "keep_payment_method_for_page",
    tag = "attempts",
    summary = "Keep the current payment method, with the token in the body",
    security(("customer_token" = [])),
    params(("id" = SessionId, Path, description = "Session of the attempt")),
    request_body(content = PageCall, content_type = "text/plain"),
    responses(
        (status = 204, description = "Payments stay as they are; the offer is not repeated"),
        Errors<(ByCustomer, HasBody, Missing)>,
    )
)]
pub(crate) async fn keep_for_page(
    app: State<Arc<AppState>>,
    caller: Caller,
    client: Client,
    session: SessionPath,
) -> Result<impl IntoResponse, ApiError> {
    keep(app, caller, client, session).await
}

/// Serializes requests: the second of two simultaneous ones finds the result of the first.
async fn pay_once(
    app: Arc<AppState>,
    stripe: Stripe,
    attempt: Attempt,
    account: AccountId,
    name: Option<String>,
    client: Client,
) -> Result<(), ApiError> {
    let (click, payment) = match take_turn(&app, attempt, account, client.ip).await? {
        PaymentLease::IsMade => return Ok(()),
        PaymentLease::Ours(click, payment) => (click, payment),
    };
    let paid = pay_now(&app, &stripe, &click, payment, name, client).await;
    if paid.is_err() {
        let_go(&app, &click).await;
    }
    paid
}

async fn pay_now(
    app: &AppState,
    stripe: &Stripe,
    click: &PaymentClick,
    payment: Payment,
    name: Option<String>,
    client: Client,
) -> Result<(), ApiError> {
    // Keep the first acceptance: Stripe rejects other parameters under the same idempotency key.
    let acceptance = if let Some(acceptance) = payment.acceptance {
        acceptance
    } else {
        let Some(name) = holder_name(stripe, &click.attempt, name).await? else {
            lack_name(app, click).await?;
            return Err(ApiError::PaymentRefused);
        };
        let Client { ip, user_agent, .. } = client;
        let acceptance = Acceptance { at: crate::clock::now(), ip, user_agent, name };
        accept(app, click, &acceptance).await?;
        acceptance
    };
    let Attempt { session, customer, account: replaces, .. } = click.attempt.clone();
    let account = click.account.clone();
    let order = Order { session, customer, account, replaces, acceptance, refusals: payment.refusals };
    let made = match click.attempt.payee() {
        Some(payee) => make_external(stripe, payee, &order).await.map(Made::ExternalAccount),
        None => make(app, stripe, &order).await.map(Made::PaymentMethod),
    };
    match made {
        Ok(made) => {
            record_made(app, click, &order.acceptance, &made).await?;
            log(&click.attempt, &order, &made);
            Ok(())
        }
        Err(MakeError::Final(failure)) => {
            refuse(app, click, &order.acceptance, &failure).await?;
            Err(ApiError::PaymentRefused)
        }
        Err(MakeError::Other(error)) => Err(error),
    }
}

/// Reason for which nothing was made.
enum MakeError {
    /// Nothing is left of it, and only a new acceptance makes sense.
    Final(PaymentFailure),
    /// The next click resumes.
    Other(ApiError),
}

/// Returns the name in the token, or else the customer's name at Stripe; `None` if neither has one. An external account
/// needs none: it is made of a token, which has the name that the bank gave.
async fn holder_name(
    stripe: &Stripe,
    attempt: &Attempt,
    claimed: Option<String>,
) -> Result<Option<String>, ApiError> {
    if claimed.is_some() || attempt.payee().is_some() {
        return Ok(Some(claimed.unwrap_or_default()));
    }
    let customer = &attempt.customer;
    let known = stripe.contact(customer).await?.and_then(|contact| contact.name);
    if known.is_none() {
        tracing::error!(
            %customer,
            "a payment method needs its holder's name; give the customer one at Stripe, or put the claim `name` into \
             the tokens that your back end signs"
        );
    }
    Ok(known)
}

/// Makes the payment method and the setup intent. A setup intent that Stripe does not confirm at once is cancelled.
async fn make(app: &AppState, stripe: &Stripe, order: &Order) -> Result<MadePaymentMethod, MakeError> {
    let (form, key) = order.payment_method();
    let payment_method = stripe
        .create_payment_method(&order.customer, &form, key)
        .await
        .map_err(|error| refused(order, error))?;
    let (form, key) = order.setup_intent(&payment_method.id, app.config.stripe_version);
    let made = match stripe.create_setup_intent(&order.customer, &form, key).await {
        Ok(made) => made,
        Err(error) => {
            if let Some(left_behind) = error.setup_intent() {
                let mut left_behind = left_behind.clone();
                // Errors are not qualified, as answers are.
                if let Some(of) = order.customer.stripe_account() {
                    left_behind.qualify(&of);
                }
                take_back(stripe, &left_behind).await;
            }
            return Err(refused(order, error));
        }
    };
    match made.status {
        SetupIntentStatus::Succeeded | SetupIntentStatus::Processing => {
            return Ok(MadePaymentMethod {
                payment_method: payment_method.id,
                setup_intent: made.id,
                status: made.status,
                mandate: made.mandate,
            });
        }
        SetupIntentStatus::Canceled => (),
        SetupIntentStatus::RequiresAction
        | SetupIntentStatus::RequiresConfirmation
        | SetupIntentStatus::RequiresPaymentMethod
        | SetupIntentStatus::Other(_) => take_back(stripe, &made.id).await,
    }
    tracing::warn!(
        setup_intent = %made.id, status = made.status.as_str(), account = %order.account, customer = %order.customer,
        "Stripe does not confirm the mandate at once"
    );
    Err(MakeError::Final(PaymentFailure::NotConfirmed))
}

/// Makes the linked account the default external account of the connected account, and returns its identifier. The token is
/// read from Stripe's session, so that no page can name another bank account.
async fn make_external(stripe: &Stripe, payee: &HolderId, order: &Order) -> Result<String, MakeError> {
    let Order { session, account, .. } = order;
    let read = stripe.session(session).await.map_err(|error| MakeError::Other(error.into()))?.value;
    let Some(token) = read.bank_account_token else {
        tracing::error!(%session, %account, "the session has no token of the bank account");
        return Err(MakeError::Final(PaymentFailure::NoToken));
    };
    let (form, key) = order.external_account(&token.id);
    let made =
        stripe.create_external_account(payee, &form, key).await.map_err(|error| refused(order, error))?;
    Ok(made.id)
}

/// Cancels a setup intent. A failure is only logged: an unconfirmed setup intent moves no money.
async fn take_back(stripe: &Stripe, setup_intent: &SetupIntentId) {
    if let Err(error) = stripe.cancel_setup_intent(setup_intent).await {
        tracing::warn!(%error, %setup_intent, "failed to cancel the setup intent: {error}");
    }
}

fn refused(order: &Order, error: StripeError) -> MakeError {
    MakeError::Other(match &error {
        // Another request with the same idempotency key is in progress.
        StripeError::Refused(StatusCode::CONFLICT, _) => {
            tracing::warn!(%error, "Stripe is busy with the same request");
            ApiError::StripeUnavailable
        }
        StripeError::Refused(..) => {
            tracing::error!(
                %error, account = %order.account, customer = %order.customer,
                "Stripe does not let the account be used: {error}"
            );
            return MakeError::Final(PaymentFailure::Refused(error.code().map(str::to_owned)));
        }
        // An object that the request did not name is gone or belongs to another mode, so this is not the customer's
        // 404.
        StripeError::NotFound(_) => {
            tracing::error!(%error, account = %order.account, "misconfigured: {error}");
            ApiError::Misconfigured
        }
        StripeError::Unreachable(_)
        | StripeError::Unreadable(_)
        | StripeError::RateLimited(_)
        | StripeError::OverBudget
        | StripeError::KeyRefused(_)
        | StripeError::Broken(..) => error.into(),
    })
}

/// Logs the customer's consent, which is also in the audit trail.
fn log(attempt: &Attempt, order: &Order, made: &Made) {
    let Order { session, customer, account, replaces, acceptance, .. } = order;
    let sign_in = attempt.sign_in.as_deref();
    let mandate =
        attempt.settled.as_ref().and_then(|settled| settled.payable(account)).map(|(_, mandate)| mandate);
    match made {
        Made::PaymentMethod(made) => tracing::info!(
            %session, %customer, sign_in, %account, %replaces, accepted_at = %acceptance.at,
            setup_intent = %made.setup_intent, mandate,
            "mandate accepted"
        ),
        Made::ExternalAccount(id) => tracing::info!(
            %session, %customer, sign_in, %account, %replaces, accepted_at = %acceptance.at,
            external_account = id, mandate,
            "payouts go to another account"
        ),
    }
}
