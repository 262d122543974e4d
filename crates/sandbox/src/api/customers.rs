//! `/v1/customers`

use std::cmp::Reverse;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    customer_params::{DEFAULT, KNOWN, METHOD, apply},
    customer_search,
    objects::{
        customer::{render, render_deleted},
        payment_method,
    },
    payment_methods::{self, TYPES},
    respond,
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
        pagination::{PAGE_PARAMS, paginate},
        time_filter::CREATED_PARAMS,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{PaymentMethod, World, customer::Customer, customer::Profile},
};

const PATH: &str = "/v1/customers";

/// `POST /v1/customers`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let world = &mut state.world;
        let profile = apply(&call.params, Profile::default())?;
        let method = call.params.text(METHOD)?;
        check_methods(world, &profile, method, None)?;
        let id = world.create_customer(profile).id.clone();
        attach(world, method, &id);
        find(world, &id).map(render)
    })
}

/// `GET /v1/customers`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[PAGE_PARAMS, CREATED_PARAMS, &["email"]].concat(), |state| {
        let email = call.params.text("email")?;
        let period = call.params.time_range("created")?;
        let mut customers = newest_first(&state.world);
        customers.retain(|customer| {
            email.is_none_or(|email| customer.profile.email.as_deref() == Some(email))
                && period.contains(&customer.created)
        });
        paginate(&call.params, &customers, |one| &one.id, "customer", PATH, |one| render(one))
    })
}

/// `GET /v1/customers/search`
pub(crate) async fn search(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &["limit", "page", "query"], |state| {
        let query = call.params.required("query")?;
        let query = customer_search::Query::parse(query)?;
        let mut customers = newest_first(&state.world);
        customers.retain(|customer| query.fits(customer));
        let limit = call.params.limit()?;
        // A page is the number of customers before it, in place of Stripe's opaque token.
        let start = call.params.integer("page")?.and_then(|page| usize::try_from(page).ok()).unwrap_or(0);
        let data: Vec<Value> = customers.iter().skip(start).take(limit).map(|one| render(one)).collect();
        let end = start + data.len();
        let has_more = end < customers.len();
        Ok(json!({
            "object": "search_result",
            "data": data,
            "has_more": has_more,
            "next_page": has_more.then(|| end.to_string()),
            "url": format!("{PATH}/search"),
        }))
    })
}

/// `GET /v1/customers/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        if state.world.is_deleted_customer(&id) {
            return Ok(render_deleted(&id));
        }
        find(&state.world, &id).map(render)
    })
}

/// `POST /v1/customers/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let world = &mut state.world;
        let profile = apply(&call.params, find(world, &id)?.profile.clone())?;
        let method = call.params.text(METHOD)?;
        check_methods(world, &profile, method, Some(&id))?;
        attach(world, method, &id);
        let updated = world.update_customer(&id, profile);
        updated.map(render).ok_or_else(|| ApiError::not_found("customer", &id))
    })
}

/// `DELETE /v1/customers/{id}`
pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        if state.world.delete_customer(&id) {
            tracing::info!(customer = id, "deleted customer");
            return Ok(render_deleted(&id));
        }
        Err(ApiError::not_found("customer", &id))
    })
}

/// `GET /v1/customers/{id}/payment_methods`
pub(crate) async fn list_payment_methods(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let known = [PAGE_PARAMS, &["allow_redisplay", "type"]].concat();
    respond::get(&sandbox, &call, &known, |state| {
        call.params.one_of("type", TYPES)?;
        let methods = state.world.payment_methods_of(&id);
        if methods.is_empty() {
            find(&state.world, &id)?;
        }
        let url = format!("{PATH}/{id}/payment_methods");
        let render = |one: &&PaymentMethod| payment_method::render(&state.world, one);
        paginate(&call.params, &methods, |one| &one.id, PAYMENT_METHOD, &url, render)
    })
}

/// `GET /v1/customers/{customer}/payment_methods/{id}`
pub(crate) async fn retrieve_payment_method(
    State(sandbox): State<Sandbox>,
    Path((customer, id)): Path<(String, String)>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        if !state.world.is_attached(&id, &customer) {
            return Err(ApiError::not_found(PAYMENT_METHOD, &id));
        }
        payment_methods::render_by_id(&state.world, &id)
    })
}

fn newest_first(world: &World) -> Vec<&Customer> {
    let mut customers: Vec<&Customer> = world.customers().rev().collect();
    customers.sort_by_key(|customer| Reverse(customer.created));
    customers
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Customer, ApiError> {
    world.customer(id).ok_or_else(|| ApiError::not_found("customer", id))
}

/// Checks the payment method to attach, and that the default is attached or about to be.
fn check_methods(
    world: &World,
    profile: &Profile,
    method: Option<&str>,
    customer: Option<&str>,
) -> Result<(), ApiError> {
    if let Some(method) = method {
        let found = world.payment_method(method);
        let found = found.ok_or_else(|| ApiError::no_such(PAYMENT_METHOD, method, METHOD))?;
        payment_methods::check_attachable(found, customer, METHOD)?;
    }
    let Some(default) = profile.default_payment_method.as_deref() else { return Ok(()) };
    let is_attached = customer.is_some_and(|customer| world.is_attached(default, customer));
    if is_attached || method == Some(default) {
        Ok(())
    } else {
        Err(ApiError::no_such(PAYMENT_METHOD, default, DEFAULT))
    }
}

fn attach(world: &mut World, method: Option<&str>, customer: &str) {
    if let Some(method) = method {
        world.set_payment_method_customer(method, Some(customer));
    }
}
