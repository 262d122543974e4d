//! `/v1/accounts/{account}/external_accounts`: bank accounts for payouts, of the own account and of connected ones.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::Value;

use super::{
    connect_accounts::sandbox_of,
    objects::{
        bank_account::{render_deleted, render_external},
        connect_account,
    },
    respond, tokens,
    typed_accounts::HOLDERS,
};
use crate::{
    http::{api_call::ApiCall, error::ApiError, pagination::paginate, params::Params},
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        bank_account::{BankDetails, ExternalAccount},
    },
};

const SOURCE: &str = "external_account";
const DEFAULT: &str = "default_for_currency";
/// Parameters that name a bank account: a token, or test numbers.
pub(super) const SOURCE_PARAMS: &[&str] = &[
    SOURCE,
    "external_account[account_holder_name]",
    "external_account[account_holder_type]",
    "external_account[account_number]",
    "external_account[account_type]",
    "external_account[country]",
    "external_account[currency]",
    "external_account[object]",
    "external_account[routing_number]",
];
const ON_CREATE: &[&str] = &[DEFAULT, "metadata[*]"];
const ON_UPDATE: &[&str] = &["account_holder_name", "account_holder_type", DEFAULT, "metadata[*]"];
const LIST_PARAMS: &[&str] = &["ending_before", "limit", "object", "starting_after"];

/// `POST /v1/accounts/{account}/external_accounts`, from a token or from a test number.
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    Path(account): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let owner = sandbox_of(&sandbox, &account, &headers, &call)?;
    // The platform's tokens are for all of its accounts. Its lock is released before the account's is taken.
    let token = token(&call.params);
    let of_platform = token.as_deref().map(|token| unused(&sandbox.lock().world, token));
    let known = [ON_CREATE, SOURCE_PARAMS].concat();
    let response = respond::post(&owner, &call, &known, |state| {
        let (params, world) = (&call.params, &mut state.world);
        let bank = match (of_platform, &token) {
            (Some(Ok(bank)), _) => bank,
            (Some(Err(_)), Some(token)) if world.token(token).is_some() => unused(world, token)?,
            (Some(Err(refusal)), _) => return Err(refusal),
            (None, _) if params.has_hash(SOURCE) => tokens::typed(params, SOURCE)?,
            (None, _) => return Err(ApiError::missing(SOURCE)),
        };
        let (is_default, metadata) = (params.flag(DEFAULT)?, params.metadata(&BTreeMap::new())?);
        let id = world.add_external_account(bank, is_default, metadata);
        render_by_id(world, &id)
    })?;
    if let Some(token) = token.filter(|_| response.status.is_success()) {
        sandbox.lock().world.set_token_used(&token);
        owner.lock().world.set_token_used(&token);
    }
    Ok(response)
}

/// `GET /v1/accounts/{account}/external_accounts`
pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    Path(account): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let owner = sandbox_of(&sandbox, &account, &headers, &call)?;
    respond::get(&owner, &call, LIST_PARAMS, |state| {
        let world = &state.world;
        let kind = call.params.one_of("object", &["bank_account", "card"])?;
        let mut accounts = world.external_accounts();
        accounts.retain(|_| kind != Some("card"));
        let url = connect_account::external_accounts_path(world);
        let render = |one: &&ExternalAccount| render_external(connect_account::id(world), one);
        paginate(&call.params, &accounts, |one| &one.id, "external account", &url, render)
    })
}

/// `GET /v1/accounts/{account}/external_accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let owner = sandbox_of(&sandbox, &account, &headers, &call)?;
    respond::get(&owner, &call, &[], |state| render_by_id(&state.world, &id))
}

/// `POST /v1/accounts/{account}/external_accounts/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let owner = sandbox_of(&sandbox, &account, &headers, &call)?;
    respond::post(&owner, &call, ON_UPDATE, |state| {
        let params = &call.params;
        let mut changed = find(&state.world, &id)?.clone();
        if let Some(name) = params.text("account_holder_name")? {
            changed.bank.holder_name = Some(name.to_owned());
        }
        if let Some(kind) = params.one_of("account_holder_type", HOLDERS)? {
            changed.bank.holder_type = Some(kind.to_owned());
        }
        changed.is_default = params.flag(DEFAULT)? || changed.is_default;
        changed.metadata = params.metadata(&changed.metadata)?;
        state.world.update_external_account(changed);
        render_by_id(&state.world, &id)
    })
}

/// `DELETE /v1/accounts/{account}/external_accounts/{id}`; the default one only if it is the last.
pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let owner = sandbox_of(&sandbox, &account, &headers, &call)?;
    respond::get(&owner, &call, &[], |state| {
        let found = find(&state.world, &id)?.clone();
        if found.is_default && state.world.external_accounts().len() > 1 {
            let message =
                "The default external account can't be deleted: make another one the default first.";
            return Err(ApiError::malformed(message));
        }
        let deleted = ExternalAccount { is_deleted: true, is_default: false, ..found };
        state.world.update_external_account(deleted);
        Ok(render_deleted(&id))
    })
}

/// Takes the bank account with which an account is created, if there is one: that of a token, or of test numbers.
pub(super) fn take_first(params: &Params, platform: &mut World) -> Result<Option<ExternalAccount>, ApiError> {
    let bank = match token(params) {
        Some(token) => {
            let bank = unused(platform, &token)?;
            platform.set_token_used(&token);
            bank
        }
        None if params.has_hash(SOURCE) => tokens::typed(params, SOURCE)?,
        None => return Ok(None),
    };
    Ok(Some(platform.new_external_account(bank, BTreeMap::new())))
}

fn token(params: &Params) -> Option<String> {
    params.raw(SOURCE).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns the bank account of a token that no account has used yet.
fn unused(world: &World, id: &str) -> Result<BankDetails, ApiError> {
    let token = world.token(id).ok_or_else(|| ApiError::no_such("token", id, SOURCE))?;
    if token.is_used {
        let message = format!("You cannot use a Stripe token more than once: {id}.");
        return Err(ApiError::invalid_with_code("token_already_used", SOURCE, message));
    }
    let bank = token.bank.clone().or_else(|| world.bank_details(&token.account));
    bank.ok_or_else(|| ApiError::no_such("token", id, SOURCE))
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a ExternalAccount, ApiError> {
    world.external_account(id).ok_or_else(|| ApiError::not_found("external account", id))
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    Ok(render_external(connect_account::id(world), find(world, id)?))
}
