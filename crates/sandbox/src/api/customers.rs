//! `/v1/customers`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::answer;
use crate::{
    http::{call::Call, error::ApiError, form::Params, idempotency::Reply, list},
    state::Sandbox,
    world::{
        World,
        customer::{Customer, Profile},
    },
};

const DEFAULT: &str = "invoice_settings[default_payment_method]";
const LIST_PARAMS: &[&str] = &["email", "ending_before", "limit", "starting_after"];
const KNOWN: &[&str] = &["description", "email", DEFAULT, "metadata[*]", "name", "phone"];

/// `POST /v1/customers`
pub(crate) async fn create(State(sandbox): State<Sandbox>, call: Call) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, KNOWN, |state| {
        let profile = changed(&call.params, Profile::default());
        if let Some(method) = &profile.default_payment_method {
            return Err(ApiError::no_such("payment_method", method, DEFAULT));
        }
        Ok(render(state.world.create_customer(profile)))
    })
}

/// `GET /v1/customers`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, LIST_PARAMS, |state| {
        let email = call.params.text("email")?;
        let mut customers: Vec<&Customer> = state.world.customers().iter().rev().collect();
        customers.sort_by_key(|customer| std::cmp::Reverse(customer.created));
        customers
            .retain(|customer| email.is_none_or(|email| customer.profile.email.as_deref() == Some(email)));
        list::page(
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
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| find(&state.world, &id).map(render))
}

/// `POST /v1/customers/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, KNOWN, |state| {
        let profile = changed(&call.params, find(&state.world, &id)?.profile.clone());
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
fn changed(params: &Params, mut profile: Profile) -> Profile {
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

/// Renders the customer object.
pub(crate) fn render(customer: &Customer) -> Value {
    let profile = &customer.profile;
    json!({
        "id": customer.id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": customer.created,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": profile.description,
        "discount": null,
        "email": profile.email,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": profile.default_payment_method,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": profile.metadata,
        "name": profile.name,
        "phone": profile.phone,
        "preferred_locales": [],
        "shipping": null,
    })
}
