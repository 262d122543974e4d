//! `GET /api/accounts`: data of the page's first screen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Account;
use relink_protocol::{
    AccountName, AccountSummary, AuthorizationId, BankTrouble, BlockedPayments, Condition, InstitutionId,
    Overview, condition,
};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::own_page;
use crate::domain::access::may_see;
use crate::domain::customer_claims::Caller;
use crate::domain::policy::Terms;
use crate::domain::session_plan::{is_updatable, permission_change};
use crate::domain::shared_login::{also_repaired, logins_to_check};
use crate::http::error::ApiError;
use crate::http::extract::PageCaller;
use crate::http::page_call::PageCall;
use crate::openapi::errors::{ByPage, CallsStripe, Errors, HasBody};
use crate::services::accounts::{
    Known, drop_replaced, is_repairable_login, known_account, known_accounts_of,
};
use crate::services::banks::trouble_for_page;
use crate::services::merchant_names;
use crate::state::AppState;
use crate::store::StoreError;
use crate::stripe::Stripe;
use crate::traces::InTrace;

/// Returns the caller's accounts with their conditions, and an attempt that a reload interrupted.
#[utoipa::path(
    get,
    path = "/api/accounts",
    operation_id = "list_accounts",
    tag = "accounts",
    summary = "List the customer's accounts",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    responses(
        (status = 200, description = "The accounts, and an attempt that a reload interrupted", body = Overview),
        Errors<(ByPage, CallsStripe)>,
    )
)]
pub(crate) async fn overview(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
) -> Result<impl IntoResponse, ApiError> {
    // Not rate-limited, because the accounts mostly come from the store; calls to Stripe are still queued per client.
    let stripe = app.stripe.for_client(&caller.client());
    let (accounts, version) = visible_accounts(&app, &stripe, &caller).await?;
    let is_visible = |id: &_| accounts.iter().any(|account| account.id == *id);
    let unfinished = app.store.unfinished(&caller, crate::clock::now(), is_visible).await?;
    let overview = Overview {
        merchant: merchant_names::for_page(&app, &stripe, caller.customer.stripe_account().as_ref()).await?,
        purpose: caller.terms.purpose,
        exact: !caller.terms.any_account,
        allows_another: caller.terms.may_replace,
        help_url: app.config.help_url.clone(),
        own_page: own_page::signs_in(&app.config),
        accounts: modest(
            &caller,
            summaries(&app, &stripe, &caller.terms, accounts, caller.link.is_none()).await?,
        ),
        unfinished,
        stripe_js: app.config.addresses.js.to_string(),
        version: visible_version(&app, &caller, version).await?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(overview)))
}

/// `POST`: the same for the page, whose token is in the body, so that browsers send no CORS preflight.
#[utoipa::path(
    post,
    path = "/api/accounts",
    operation_id = "list_accounts_for_page",
    tag = "accounts",
    summary = "List the customer's accounts, with the token in the body",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    request_body(content = PageCall, content_type = "text/plain"),
    responses(
        (status = 200, description = "The accounts, and an attempt that a reload interrupted", body = Overview),
        Errors<(ByPage, HasBody, CallsStripe)>,
    )
)]
pub(crate) async fn overview_for_page(
    app: State<Arc<AppState>>,
    caller: PageCaller,
) -> Result<impl IntoResponse, ApiError> {
    overview(app, caller).await
}

/// Removes the accounts' display names if the caller has only a link, which shows the bank and the last digits.
fn modest(caller: &Caller, mut accounts: Vec<AccountSummary>) -> Vec<AccountSummary> {
    if caller.link.is_some() {
        for account in &mut accounts {
            account.name.display_name = None;
        }
    }
    accounts
}

/// Returns the version of the accounts that the caller may see. The customer's version counts changes of all accounts,
/// which a caller with only a link must not learn.
pub(super) async fn visible_version(
    app: &AppState,
    caller: &Caller,
    version: String,
) -> Result<String, StoreError> {
    if caller.link.is_none() {
        return Ok(version);
    }
    let mut changes = 0;
    for id in caller.accounts.iter().flatten() {
        changes += app.store.account(id).await?.map_or(0, |kept| kept.revision);
    }
    Ok(changes.to_string())
}

/// Returns the account of a link from the store: email scanners open links, and must not cause calls to Stripe. A click
/// then reads the account from Stripe.
async fn link_account(app: &AppState, caller: &Caller) -> Result<(Vec<Account>, String), ApiError> {
    let mut accounts = Vec::new();
    for id in caller.accounts.iter().flatten() {
        accounts.extend(app.store.account(id).await?.map(|kept| kept.account));
    }
    accounts.retain(|account| may_see(caller, account));
    drop_replaced(app, &mut accounts).await;
    Ok((accounts, app.live.version_of(&caller.customer).await?))
}

/// Returns the customer's accounts, the accounts without a holder that the token names, and the version.
async fn visible_accounts(
    app: &AppState,
    stripe: &Stripe,
    caller: &Caller,
) -> Result<(Vec<Account>, String), ApiError> {
    if caller.link.is_some() {
        return link_account(app, caller).await;
    }
    let Known { mut accounts, version } = known_accounts_of(app, stripe, &caller.customer).await?;
    add_token_accounts(app, stripe, caller, &mut accounts).await?;
    accounts.retain(|account| may_see(caller, account));
    drop_replaced(app, &mut accounts).await;
    Ok((accounts, version))
}

/// Adds the accounts that the token names and that are not listed for the customer, because they have no holder.
pub(super) async fn add_token_accounts(
    app: &AppState,
    stripe: &Stripe,
    caller: &Caller,
    accounts: &mut Vec<Account>,
) -> Result<(), ApiError> {
    for id in caller.accounts.iter().flatten() {
        if accounts.iter().any(|account| account.id == *id) {
            continue;
        }
        match known_account(app, stripe, id).await {
            Ok(account) if may_see(caller, &account) => accounts.push(account),
            Ok(_) => (),
            Err(ApiError::NotFound) => {
                tracing::info!(account = %id, "the token names an account that Stripe does not know");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns each account's condition, the other accounts that a relink of it repairs too, and its bank's trouble; the last
/// from the database alone unless `may_ask`.
pub(super) async fn summaries(
    app: &Arc<AppState>,
    stripe: &Stripe,
    terms: &Terms,
    accounts: Vec<Account>,
    may_ask: bool,
) -> Result<Vec<AccountSummary>, ApiError> {
    let now = crate::clock::now().as_second();
    let rules = app.config.condition_rules_for(terms);
    let mut judged: Vec<(Account, Condition)> = Vec::with_capacity(accounts.len());
    for account in accounts {
        let condition = condition(&account, rules, now)?;
        judged.push((account, condition));
    }
    let repairable = repairable(app, stripe, logins_to_check(&judged)).await;
    let troubles = troubles(app, stripe, terms, &judged, may_ask).await;
    let summary = |(account, condition): &(Account, Condition)| AccountSummary {
        name: AccountName::from(account.clone()),
        condition: condition.clone(),
        permissions: permission_change(terms, account),
        also_repairs: also_repaired(account, condition, &judged, &repairable),
        blocked: blocked(account, terms),
        bank_trouble: account.institution.as_ref().and_then(|bank| troubles.get(bank)).copied(),
        updatable: is_updatable(terms, account, condition),
    };
    Ok(judged.iter().map(summary).collect())
}

/// Returns the troubles of the banks at which a customer may sign in now.
async fn troubles(
    app: &Arc<AppState>,
    stripe: &Stripe,
    terms: &Terms,
    judged: &[(Account, Condition)],
    may_ask: bool,
) -> BTreeMap<InstitutionId, BankTrouble> {
    let relinkable = judged
        .iter()
        .filter(|(account, condition)| condition.is_repairable() || is_updatable(terms, account, condition));
    let banks: BTreeSet<_> = relinkable.filter_map(|(account, _)| account.institution.clone()).collect();
    let mut questions = JoinSet::new();
    for bank in banks.into_iter().take(MOST_BANKS) {
        let (app, stripe, terms) = (app.clone(), stripe.clone(), terms.clone());
        let question = async move {
            let trouble = trouble_for_page(&app, &stripe, &bank, &terms, may_ask).await;
            (bank, trouble)
        };
        questions.spawn(question.in_current_span().with_current_context());
    }
    let mut troubles = BTreeMap::new();
    while let Some(answer) = questions.join_next().await {
        if let Ok((bank, Some(trouble))) = answer {
            troubles.insert(bank, trouble);
        }
    }
    troubles
}

/// Most banks whose status is read for one page, because each may cost a call to Stripe.
const MOST_BANKS: usize = 5;

/// Returns the block of the account's payments, which matters to customers who pay or are paid.
fn blocked(account: &Account, terms: &Terms) -> Option<BlockedPayments> {
    let block = account.payment_block.as_ref().filter(|_| terms.purpose.moves_money())?;
    Some(BlockedPayments { reason: block.reason.clone(), remedy: block.remedy() })
}

/// Returns the bank logins that a relink repairs, asking Stripe concurrently. A login whose call fails is left out: the
/// accounts are shown in any case.
async fn repairable(
    app: &Arc<AppState>,
    stripe: &Stripe,
    logins: Vec<AuthorizationId>,
) -> Vec<AuthorizationId> {
    let mut questions = JoinSet::new();
    for login in logins {
        let (app, stripe) = (app.clone(), stripe.clone());
        let question = async move { (is_repairable_login(&app, &stripe, &login).await, login) };
        questions.spawn(question.in_current_span().with_current_context());
    }
    let mut repairable = Vec::new();
    while let Some(answer) = questions.join_next().await {
        match answer {
            Ok((Ok(true), login)) => repairable.push(login),
            Ok((Ok(false), _)) => (),
            Ok((Err(failure), login)) => {
                tracing::warn!(?failure, authorization = %login, "failed to read the bank login");
            }
            Err(error) => tracing::error!(%error, "a task that calls Stripe panicked"),
        }
    }
    repairable
}
