//! `/v1/account` and `/v1/accounts`: the merchant's own account and those that are connected to it; `/v1/balance`.
//! Connected accounts are created as if they were onboarded, so the details for that are taken and change nothing, but for
//! names and the email address.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    external_accounts,
    objects::connect_account::{self, render},
    respond,
};
use crate::{
    http::{
        api_call::ApiCall,
        auth::no_access_to_account,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
        params::Params,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{World, merchant::Merchant},
};

pub(crate) const PATH: &str = "/v1/accounts";
const BUSINESS_TYPES: &[&str] = &["company", "government_entity", "individual", "non_profit"];
const ON_UPDATE: &[&str] = &[
    "business_profile[*]",
    "business_type",
    "capabilities[*]",
    "company[*]",
    "default_currency",
    "email",
    "individual[*]",
    "metadata[*]",
    "settings[*]",
    "tos_acceptance[*]",
];
const ON_LINK: &[&str] =
    &["account", "collect", "collection_options[*]", "refresh_url", "return_url", "type"];
/// Time in seconds for which a link can be used: "a few minutes", says Stripe.
const LINK_LIFETIME: i64 = 300;
const ON_CREATE: &[&str] = &["controller[*]", "country", "type"];

/// `GET /v1/account`
pub(crate) async fn retrieve_own(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| Ok(render(&state.world)))
}

/// `GET /v1/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = sandbox_of(&sandbox, &id, &headers, &call)?;
    respond::get(&account, &call, &[], |state| Ok(render(&state.world)))
}

/// `GET /v1/accounts`: the connected accounts.
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    // Each is locked for itself, before the platform is.
    let connected = sandbox.all_connected().into_iter();
    let accounts: Vec<(String, Value)> =
        connected.map(|(id, account)| (id, render(&account.lock().world))).collect();
    respond::get(&sandbox, &call, PAGE_PARAMS, |_| {
        paginate(&call.params, &accounts, |(id, _)| id, "account", PATH, |(_, account)| account.clone())
    })
}

/// `POST /v1/accounts`: connects an account.
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = [ON_CREATE, ON_UPDATE, external_accounts::SOURCE_PARAMS].concat();
    let mut made = None;
    let response = respond::post(&sandbox, &call, &known, |state| {
        if sandbox.is_live() || state.world.connected_account.is_some() {
            return Err(ApiError::malformed("Accounts are connected by a platform in test mode only."));
        }
        let params = &call.params;
        params.one_of("type", &["custom", "express", "standard"])?;
        params.one_of("country", &["US"])?;
        let merchant = changed(params, Merchant::default())?;
        let first = external_accounts::take_first(params, &mut state.world)?;
        let id = state.world.ids.next("acct");
        let mut shown = World::of_connected(&id, merchant.clone(), state.world.now);
        if let Some(first) = first.clone() {
            shown.set_first_external_account(first);
        }
        made = Some((id, merchant, first));
        Ok(render(&shown))
    })?;
    // The platform's lock is released before the account's is taken.
    if let Some((id, merchant, first)) = made {
        let account = sandbox.connect(&id);
        let mut account = account.lock();
        account.world.set_merchant(merchant);
        if let Some(first) = first {
            account.world.set_first_external_account(first);
        }
        account.world.mark_all_seen();
        tracing::info!(account = id, "connected an account");
    }
    Ok(response)
}

/// `POST /v1/accounts/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let account = sandbox_of(&sandbox, &id, &headers, &call)?;
    respond::post(&account, &call, ON_UPDATE, |state| {
        let merchant = changed(&call.params, state.world.merchant().clone())?;
        state.world.set_merchant(merchant);
        Ok(render(&state.world))
    })
}

/// `DELETE /v1/accounts/{id}`: disconnects an account; the own one can't be deleted.
pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(&[])?;
    if sandbox.disconnect(&id) {
        tracing::info!(account = id, "disconnected an account");
        return Ok(Json(json!({ "id": id, "object": "account", "deleted": true })));
    }
    sandbox_of(&sandbox, &id, &headers, &call)?;
    Err(ApiError::malformed("The own account can't be deleted through the API."))
}

/// Returns the fields of an account after the call.
fn changed(params: &Params, known: Merchant) -> Result<Merchant, ApiError> {
    params.one_of("default_currency", &["usd"])?;
    let business_type = params.one_of("business_type", BUSINESS_TYPES)?.map(str::to_owned);
    Ok(Merchant {
        business_type: business_type.or(known.business_type),
        business_name: params.changed("business_profile[name]", known.business_name),
        display_name: params.changed("settings[dashboard][display_name]", known.display_name),
        email: params.changed("email", known.email),
        metadata: params.metadata(&known.metadata)?,
    })
}

/// `POST /v1/account_links`: where the owner of a connected account enters details. There is nothing to enter here, so
/// the link leads straight to where Stripe sends the owner afterwards.
pub(crate) async fn create_link(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let params = &call.params;
    let id = params.required("account")?;
    if sandbox.connected(id).is_none() {
        return Err(no_access_to_account(&headers, &call.method, id));
    }
    respond::post(&sandbox, &call, ON_LINK, |state| {
        params.one_of("type", &["account_onboarding", "account_update"])?;
        params.required("type")?;
        params.required("refresh_url")?;
        let created = state.world.now;
        Ok(json!({
            "object": "account_link",
            "created": created,
            "expires_at": created + LINK_LIFETIME,
            "url": params.required("return_url")?,
        }))
    })
}

/// `GET /v1/balance`: what payments have brought, and will bring if they succeed.
pub(crate) async fn balance(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let (available, pending) = state.world.merchant_balance();
        let money = |amount: i64| {
            let source_types = json!({ "bank_account": amount });
            json!([{ "amount": amount, "currency": "usd", "source_types": source_types }])
        };
        Ok(json!({
            "object": "balance",
            "available": money(available),
            "livemode": false,
            "pending": money(pending),
        }))
    })
}

/// Returns the sandbox of the own account or of a connected one, or Stripe's error for any other.
pub(super) fn sandbox_of(
    sandbox: &Sandbox,
    id: &str,
    headers: &HeaderMap,
    call: &ApiCall,
) -> Result<Sandbox, ApiError> {
    if connect_account::id(&sandbox.lock().world) == id {
        return Ok(sandbox.clone());
    }
    sandbox.connected(id).ok_or_else(|| no_access_to_account(headers, &call.method, id))
}
