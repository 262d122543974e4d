//! `/v1/customers`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::customer::render, respond};
use crate::{
    http::{api_call::ApiCall, error::ApiError, pagination::paginate, params::Params},
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        customer::{Customer, Profile},
    },
};

const DEFAULT: &str = "invoice_settings[default_payment_method]";
const LIST_PARAMS: &[&str] = &["email", "ending_before", "limit", "starting_after"];
const KNOWN: &[&str] = &["description", "email", DEFAULT, "metadata[*]", "name", "phone"];

/// `POST /v1/customers`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let profile = apply_params(&call.params, Profile::default());
        if let Some(method) = &profile.default_payment_method {
            return Err(ApiError::no_such("payment_method", method, DEFAULT));
        }
        Ok(render(state.world.create_customer(profile)))
    })
}

/// `GET /v1/customers`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, LIST_PARAMS, |state| {
        let email = call.params.text("email")?;
        let mut customers: Vec<&Customer> = state.world.customers().iter().rev().collect();
        customers.sort_by_key(|customer| std::cmp::Reverse(customer.created));
        customers
            .retain(|customer| email.is_none_or(|email| customer.profile.email.as_deref() == Some(email)));
        paginate(
            &call.params,
            &customers,
            |customer| &customer.id,
            "customer",
            "/v1/customers",
            |customer| render(customer),
        )
    })
}

/// `GET /v1/customers/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| find(&state.world, &id).map(render))
}

/// `POST /v1/customers/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let profile = apply_params(&call.params, find(&state.world, &id)?.profile.clone());
        if let Some(method) = &profile.default_payment_method
            && !state.world.is_attached(method, &id)
        {
            return Err(ApiError::no_such("payment_method", method, DEFAULT));
        }
        let updated = state.world.update_customer(&id, profile);
        updated.map(render).ok_or_else(|| ApiError::not_found("customer", &id))
    })
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Customer, ApiError> {
    world.customer(id).ok_or_else(|| ApiError::not_found("customer", id))
}

/// Applies the given parameters to a profile; empty values remove a field.
fn apply_params(params: &Params, mut profile: Profile) -> Profile {
    let change = |name: &str, field: &mut Option<String>| {
        if let Some(value) = params.raw(name) {
            *field = Some(value.to_owned()).filter(|value| !value.is_empty());
        }
    };
    change("name", &mut profile.name);
    change("email", &mut profile.email);
    change("phone", &mut profile.phone);
    change("description", &mut profile.description);
    change(DEFAULT, &mut profile.default_payment_method);
    profile.metadata.extend(params.hash("metadata"));
    profile.metadata.retain(|_, value| !value.is_empty());
    profile
}
