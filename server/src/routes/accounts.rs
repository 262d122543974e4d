//! `GET /api/accounts`: what the customer sees first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountName, AccountSummary, AuthorizationId, Condition, Overview, condition};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::app::App;
use crate::domain::access::may_see;
use crate::domain::caller::Caller;
use crate::domain::plan::permission_change;
use crate::domain::policy::Terms;
use crate::domain::siblings::{also_repaired, logins_to_ask};
use crate::extract::Visitor;
use crate::failure::Failure;
use crate::lookup::Known;
use crate::store::StoreError;
use crate::stripe::Stripe;

/// The caller's accounts, each with what is true of it, and an attempt that a reload interrupted.
pub(crate) async fn overview(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
) -> Result<impl IntoResponse, Failure> {
    // Mostly from the record, so that it is not counted; but it takes its turn.
    let stripe = app.stripe.for_client(&caller.client());
    let (accounts, version) = visible_accounts(&app, &stripe, &caller).await?;
    let is_visible = |id: &_| accounts.iter().any(|account| account.id == *id);
    let unfinished = app.store.unfinished(&caller, crate::clock::now(), is_visible).await?;
    let overview = Overview {
        merchant: app.config.merchant_name.clone(),
        purpose: caller.terms.purpose,
        exact: !caller.terms.any_account,
        allows_another: caller.terms.may_replace,
        help_url: app.config.help_url.clone(),
        own_page: app.own_page.signs_in(),
        accounts: modest(&caller, summaries(&app, &stripe, &caller.terms, accounts).await?),
        unfinished,
        stripe_js: app.config.addresses.js.to_string(),
        version: shown_version(&app, &caller, version).await?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(overview)))
}

/// Whoever only has a link sees bank and digits.
fn modest(caller: &Caller, mut accounts: Vec<AccountSummary>) -> Vec<AccountSummary> {
    if caller.link.is_some() {
        for account in &mut accounts {
            account.name.display_name = None;
        }
    }
    accounts
}

/// The version of what the caller may see: it counts all accounts of the customer's and their changes, which is none of the
/// business of whoever only has a link.
pub(super) async fn shown_version(app: &App, caller: &Caller, version: String) -> Result<String, StoreError> {
    if caller.link.is_none() {
        return Ok(version);
    }
    let mut changes = 0;
    for id in caller.accounts.iter().flatten() {
        changes += app.store.account(id).await?.map_or(0, |kept| kept.revision);
    }
    Ok(changes.to_string())
}

/// The one account that a link leads to, from the record: programs that look at mails open links, and must not make the
/// server ask Stripe. What a click leads to is read from Stripe first.
async fn linked_account(app: &App, caller: &Caller) -> Result<(Vec<Account>, String), Failure> {
    let mut accounts = Vec::new();
    for id in caller.accounts.iter().flatten() {
        accounts.extend(app.store.account(id).await?.map(|kept| kept.account));
    }
    accounts.retain(|account| may_see(caller, account));
    Ok((accounts, app.version_of(&caller.customer).await?))
}

/// Those that the customer holds, and those without a holder that the token names; and the version that they are.
async fn visible_accounts(
    app: &App,
    stripe: &Stripe,
    caller: &Caller,
) -> Result<(Vec<Account>, String), Failure> {
    if caller.link.is_some() {
        return linked_account(app, caller).await;
    }
    let Known { mut accounts, version } = app.known_accounts_of(stripe, &caller.customer).await?;
    add_named(app, stripe, caller, &mut accounts).await?;
    accounts.retain(|account| may_see(caller, account));
    Ok((accounts, version))
}

/// Those that the token names and no list of the customer's has, because they have no holder.
pub(super) async fn add_named(
    app: &App,
    stripe: &Stripe,
    caller: &Caller,
    accounts: &mut Vec<Account>,
) -> Result<(), Failure> {
    for id in caller.accounts.iter().flatten() {
        if accounts.iter().any(|account| account.id == *id) {
            continue;
        }
        match app.known_account(stripe, id).await {
            Ok(account) if may_see(caller, &account) => accounts.push(account),
            Ok(_) => (),
            Err(Failure::NotFound) => {
                tracing::info!(account = %id, "the token names an account that Stripe does not know");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is true of each account, and which of the others a relink of it repairs too.
pub(super) async fn summaries(
    app: &Arc<App>,
    stripe: &Stripe,
    terms: &Terms,
    accounts: Vec<Account>,
) -> Result<Vec<AccountSummary>, Failure> {
    let now = crate::clock::now().as_second();
    let mut judged: Vec<(Account, Condition)> = Vec::with_capacity(accounts.len());
    for account in accounts {
        let condition = condition(&account, now)?;
        judged.push((account, condition));
    }
    let repairable = repairable(app, stripe, logins_to_ask(&judged)).await;
    let summary = |(account, condition): &(Account, Condition)| AccountSummary {
        name: AccountName::from(account.clone()),
        condition: condition.clone(),
        permissions: permission_change(terms, account),
        also_repairs: also_repaired(account, condition, &judged, &repairable),
    };
    Ok(judged.iter().map(summary).collect())
}

/// Those of the logins that a relink repairs, asked about at the same time. What is not known is not claimed, and is no
/// reason to show no accounts.
async fn repairable(app: &Arc<App>, stripe: &Stripe, logins: Vec<AuthorizationId>) -> Vec<AuthorizationId> {
    let mut questions = JoinSet::new();
    for login in logins {
        let (app, stripe) = (app.clone(), stripe.clone());
        let question = async move { (app.is_repairable_login(&stripe, &login).await, login) };
        questions.spawn(question.in_current_span());
    }
    let mut repairable = Vec::new();
    while let Some(answer) = questions.join_next().await {
        match answer {
            Ok((Ok(true), login)) => repairable.push(login),
            Ok((Ok(false), _)) => (),
            Ok((Err(failure), login)) => {
                tracing::warn!(?failure, authorization = %login, "what else a relink repairs is not known");
            }
            Err(error) => tracing::error!(%error, "a question to Stripe ended early"),
        }
    }
    repairable
}
