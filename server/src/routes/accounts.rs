//! `GET /api/accounts`: what the customer sees first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Account;
use relink_protocol::{Overview, UnfinishedRelink};

use crate::app::App;
use crate::attempts::Attempt;
use crate::domain::access::may_see;
use crate::domain::caller::Caller;
use crate::domain::session::summary;
use crate::failure::Failure;
use crate::stripe::StripeError;

/// The caller's accounts, each with what is true of it, and an attempt that a reload interrupted.
pub(crate) async fn overview(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<impl IntoResponse, Failure> {
    let accounts = visible_accounts(&app, &caller).await?;
    let is_visible = |id: &_| accounts.iter().any(|account| account.id == *id);
    let unfinished = app
        .attempts
        .unfinished(&caller, crate::clock::now(), is_visible)
        .map(|Attempt { session, account, reported, .. }| UnfinishedRelink { session, account, reported });
    let overview = Overview {
        merchant: app.config.merchant_name.clone(),
        accounts: accounts.into_iter().map(summary).collect::<Result<_, _>>()?,
        unfinished,
        stripe_js: app.config.addresses.js.to_string(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(overview)))
}

/// Those that the customer holds, and those without a holder that the token names.
async fn visible_accounts(app: &App, caller: &Caller) -> Result<Vec<Account>, StripeError> {
    let mut accounts = app.stripe.accounts_of(&caller.customer).await?;
    for id in caller.accounts.iter().flatten() {
        if accounts.iter().any(|account| account.id == *id) {
            continue;
        }
        match app.stripe.account(id).await {
            Ok(account) => accounts.push(account),
            Err(StripeError::NotFound(_)) => {
                tracing::info!(account = %id, "the token names an account that Stripe does not know");
            }
            Err(error) => return Err(error),
        }
    }
    accounts.retain(|account| may_see(caller, account));
    Ok(accounts)
}
