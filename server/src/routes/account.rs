//! `GET /api/accounts/{id}` and its sub-resources: one account, for its customer and, in more detail, for the
//! merchant's back end. Balances, owners and transactions are for the back end only.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::{Account, Feature, Permission, Refresh};
use relink_protocol::{AccountId, AccountSummary, HolderId, HolderKind, condition};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::accounts::summaries;
use super::audit::note;
use crate::domain::access::{may_name, may_see};
use crate::domain::audit::AuditAction;
use crate::domain::customer_claims::Caller;
use crate::domain::follow_up::{Progress, is_shared, refresh_of};
use crate::domain::policy::{Terms, TokenNarrowing};
use crate::http::error::ApiError;
use crate::http::extract::{AccountPath, AccountReader, BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, ByCustomer, CallsStripe, Errors, Invalid, Missing, NoData};
use crate::services::accounts::{add_blocks, read_accounts_of};
use crate::state::AppState;
use crate::stripe::{Stripe, WholeAccount};

/// Account as the caller may see it.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountDetail)]
struct Detail {
    #[serde(flatten)]
    summary: AccountSummary,
    account_numbers: Vec<Number>,
    refreshes: Refreshes,
    follow_up: Vec<Progress>,
    #[serde(flatten)]
    for_back_end: ForBackEnd,
}

/// Account number's type and state; never the number itself.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountNumber)]
struct Number {
    identifier_type: String,
    status: String,
    expected_expiry_date: Option<i64>,
}

/// State of Stripe's data refreshes.
#[derive(Serialize, ToSchema)]
struct Refreshes {
    balance: Option<Refresh>,
    ownership: Option<Refresh>,
    transactions: Option<Refresh>,
}

/// Fields for the back end only: the holder, and those that are passed on from Stripe unchanged.
#[derive(Default, Serialize, ToSchema)]
struct ForBackEnd {
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Holder<'static>>)]
    holder: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_permissions: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriptions: Option<Value>,
}

/// Account holder, with the identifier that `customer` has elsewhere in this API.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountHolder)]
struct Holder<'a> {
    #[serde(rename = "type")]
    kind: HolderKind,
    id: &'a HolderId,
}

impl<'a> From<&'a HolderId> for Holder<'a> {
    fn from(id: &'a HolderId) -> Self {
        Self { kind: id.kind(), id }
    }
}

/// Returns the account, with the state of its refreshes.
#[utoipa::path(
    get,
    path = "/api/accounts/{id}",
    operation_id = "read_account",
    tag = "accounts",
    summary = "Read an account",
    security(("customer_token" = []), ("api_key" = ["accounts:read"])),
    params(("id" = AccountId, Path, description = "Account")),
    responses(
        (status = 200, description = "The account; with the last four fields for the back end only", body = Detail),
        Errors<(ByCustomer, ByBackEnd, Missing, CallsStripe)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    asker: AccountReader,
    AccountPath(id): AccountPath,
) -> Result<impl IntoResponse, ApiError> {
    let customer = asker.customer();
    let stripe = match customer {
        Some(caller) => app.stripe_for(caller)?,
        None => app.stripe.clone(),
    };
    let (account, whole) = visible(&app, &stripe, customer, &id).await?;
    if let AccountReader::BackEnd(back_end) = &asker {
        note(&app, &account, AuditAction::AccountRead, back_end).await?;
    }
    let terms = match &asker {
        AccountReader::Customer(caller) => caller.terms.clone(),
        AccountReader::BackEnd(_) => {
            app.config.policy.terms(TokenNarrowing::default()).map_err(|_| ApiError::Internal)?
        }
    };
    let field = |name: &str| Some(whole.get(name).cloned().unwrap_or_default());
    let for_back_end = match &asker {
        AccountReader::Customer(_) => ForBackEnd::default(),
        AccountReader::BackEnd(_) => ForBackEnd {
            balance: field("balance"),
            holder: Some(json!(account.holder().map(Holder::from))),
            granted_permissions: field("permissions"),
            subscriptions: field("subscriptions"),
        },
    };
    let numbers = account.account_numbers.iter().flatten().map(|number| Number {
        identifier_type: number.identifier_type.as_str().to_owned(),
        status: number.status.as_str().to_owned(),
        expected_expiry_date: number.expected_expiry_date,
    });
    let refresh = |feature: Feature| refresh_of(&account, &feature).cloned();
    let detail = Detail {
        account_numbers: numbers.collect(),
        refreshes: Refreshes {
            balance: refresh(Feature::Balance),
            ownership: refresh(Feature::Ownership),
            transactions: refresh(Feature::Transactions),
        },
        follow_up: app.store.follow_ups(&id).await?,
        for_back_end,
        summary: summary(&app, &stripe, &asker, &terms, account).await?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(detail)))
}

/// Reads the account from Stripe; not found if the caller may not see it.
async fn visible(
    app: &AppState,
    stripe: &Stripe,
    customer: Option<&Caller>,
    id: &AccountId,
) -> Result<(Account, Value), ApiError> {
    if customer.is_some_and(|caller| !may_name(caller, id)) {
        return Err(ApiError::NotFound);
    }
    let reading = stripe.whole_account(id);
    let WholeAccount { mut account, json: whole } = match customer {
        Some(_) => app.recent.accounts.get_or_call(id.clone(), reading).await?,
        None => reading.await?,
    };
    add_blocks(app, std::slice::from_mut(&mut account)).await;
    match customer {
        Some(caller) if !may_see(caller, &account) => {
            tracing::warn!(account = %id, customer = %caller.customer, "a customer asked for an account that is not theirs");
            Err(ApiError::NotFound)
        }
        Some(_) | None => Ok((account, whole)),
    }
}

/// Returns the account's summary, which names the other accounts that a relink repairs and the caller may see. If
/// reading those fails, it names none.
async fn summary(
    app: &Arc<AppState>,
    stripe: &Stripe,
    asker: &AccountReader,
    terms: &Terms,
    account: Account,
) -> Result<AccountSummary, ApiError> {
    let needs_relink =
        condition(&account, app.config.condition_rules_for(terms), crate::clock::now().as_second())?
            .is_repairable();
    let holder = account.holder().cloned();
    let mut accounts = vec![account];
    if let Some(holder) = holder.filter(|_| needs_relink) {
        let listing = Box::pin(read_accounts_of(app, stripe, &holder));
        match app.recent.listings.get_or_call(holder.clone(), listing).await {
            Ok(others) => {
                let this = accounts.iter().map(|account| account.id.clone()).collect::<Vec<_>>();
                let is_visible = |other: &Account| match asker {
                    AccountReader::Customer(caller) => may_see(caller, other),
                    AccountReader::BackEnd(_) => true,
                };
                accounts.extend(
                    others.into_iter().filter(|other| !this.contains(&other.id) && is_visible(other)),
                );
            }
            Err(failure) => tracing::warn!(?failure, "failed to read the bank login"),
        }
    }
    summaries(app, stripe, terms, accounts, true).await?.into_iter().next().ok_or(ApiError::Internal)
}

/// Page of a list, with Stripe's parameters.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Number of items; otherwise Stripe's default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_]+$")]
    starting_after: Option<String>,
}

const LONGEST_CURSOR: usize = 128;

impl Page {
    /// Validates the page, and returns it as Stripe's parameters.
    fn parameters(&self) -> Result<Vec<(&'static str, String)>, ApiError> {
        let is_id = |text: &String| {
            let is_short = !text.is_empty() && text.len() <= LONGEST_CURSOR;
            is_short && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let is_limit = self.limit.is_none_or(|limit| (1..=100).contains(&limit));
        if !is_limit || !self.starting_after.as_ref().is_none_or(is_id) {
            return Err(ApiError::NotUnderstood);
        }
        let limit = self.limit.map(|limit| ("limit", limit.to_string()));
        let after = self.starting_after.clone().map(|last| ("starting_after", last));
        Ok(limit.into_iter().chain(after).collect())
    }
}

/// `GET /api/accounts/{id}/owners`: the owners, as Stripe returns them.
#[utoipa::path(
    get,
    path = "/api/accounts/{id}/owners",
    operation_id = "list_owners",
    tag = "accounts",
    summary = "List the owners of an account",
    security(("api_key" = ["accounts:read"])),
    params(("id" = AccountId, Path, description = "Account"), Page),
    responses(
        (status = 200, description = "The list as Stripe returns it", body = Object),
        Errors<(ByBackEnd, Invalid, Missing, NoData, CallsStripe)>,
    )
)]
pub(crate) async fn owners(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::AccountsRead>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page.parameters()?;
    let (account, whole) = shared(&app, &id, &Feature::Ownership).await?;
    let ownership = whole.get("ownership");
    // An id or, if expanded, an object with one.
    let ownership =
        ownership.and_then(|ownership| ownership.as_str().or_else(|| ownership.get("id")?.as_str()));
    let ownership = ownership.ok_or(ApiError::NotFetched)?;
    let owners = app.stripe.owners(&id, ownership, &borrowed(&page)).await?;
    note(&app, &account, AuditAction::OwnersRead, &back_end).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(owners)))
}

/// `GET /api/accounts/{id}/transactions`: the transactions, as Stripe returns them.
#[utoipa::path(
    get,
    path = "/api/accounts/{id}/transactions",
    operation_id = "list_transactions",
    tag = "accounts",
    summary = "List the transactions of an account",
    security(("api_key" = ["accounts:read"])),
    params(("id" = AccountId, Path, description = "Account"), Page),
    responses(
        (status = 200, description = "The list as Stripe returns it", body = Object),
        Errors<(ByBackEnd, Invalid, Missing, NoData, CallsStripe)>,
    )
)]
pub(crate) async fn transactions(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::AccountsRead>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page.parameters()?;
    let (account, _) = shared(&app, &id, &Feature::Transactions).await?;
    let transactions =
        app.stripe.transactions(&id, &borrowed(&page)).await.map_err(|error| match error.code() {
            Some("financial_connections_no_successful_transaction_refresh") => ApiError::NotFetched,
            Some(_) | None => error.into(),
        })?;
    note(&app, &account, AuditAction::TransactionsRead, &back_end).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(transactions)))
}

/// Returns the account if the customer shares this feature's data.
async fn shared(app: &AppState, id: &AccountId, feature: &Feature) -> Result<(Account, Value), ApiError> {
    let (account, whole) = visible(app, &app.stripe, None, id).await?;
    let permissions: &[Permission] = account.permissions.as_deref().unwrap_or_default();
    if is_shared(feature, permissions) { Ok((account, whole)) } else { Err(ApiError::NotShared) }
}

fn borrowed<'a>(page: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    page.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
