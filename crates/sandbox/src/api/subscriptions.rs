//! `/v1/subscriptions`: which payment method pays for what. There are no invoices, and any price is accepted.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{customer_param, lists::Listed, objects::subscription::render, respond};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
        pagination::PAGE_PARAMS,
        params::Params,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{Subscription, World, subscription::SubscriptionParams},
};

pub(crate) const PATH: &str = "/v1/subscriptions";

const SUBSCRIPTION: &str = "subscription";
const DEFAULT: &str = "default_payment_method";
const PRICE: &str = "items[][price]";
const ON_CREATE: &[&str] = &[DEFAULT, "description", PRICE, "metadata[*]"];
const ON_UPDATE: &[&str] = &[DEFAULT, "description", "metadata[*]"];
const LISTED: Listed<Subscription> =
    Listed { missing: SUBSCRIPTION, path: PATH, id: |subscription| &subscription.id };
const STATUSES: &[&str] = &[
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];

/// `POST /v1/subscriptions`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = [ON_CREATE, customer_param::known(&call.version)].concat();
    respond::post(&sandbox, &call, &known, |state| {
        let (params, world) = (&call.params, &mut state.world);
        let customer = customer_param::required(params)?;
        if customer.starts_with("cus_") && world.customer(&customer).is_none() {
            return Err(ApiError::no_such("customer", &customer, "customer"));
        }
        let price = params.text(PRICE)?.ok_or_else(|| ApiError::missing("items"))?;
        let given = apply(params, SubscriptionParams::default())?;
        check(world, &given, &customer)?;
        let id = world.create_subscription(&customer, price, given).id.clone();
        tracing::info!(subscription = id, customer, "created subscription");
        render_by_id(world, &id)
    })
}

/// `GET /v1/subscriptions`; without a status, all that are not canceled.
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let known = [PAGE_PARAMS, customer_param::known(&call.version), &["price", "status"]].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let params = &call.params;
        let (customer, price) = (customer_param::given(params)?, params.text("price")?);
        let status = params.one_of("status", STATUSES)?;
        let is_wanted = |one: &Subscription| {
            let is_canceled = one.canceled_at.is_some();
            let has_status = match status {
                None | Some("active") => !is_canceled,
                Some("all") => true,
                Some("canceled" | "ended") => is_canceled,
                Some(_) => false,
            };
            has_status
                && customer.as_ref().is_none_or(|customer| one.customer == *customer)
                && price.is_none_or(|price| one.price == price)
        };
        LISTED.page(params, state.world.subscriptions(), is_wanted, render)
    })
}

/// `GET /v1/subscriptions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| render_by_id(&state.world, &id))
}

/// `POST /v1/subscriptions/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, ON_UPDATE, |state| {
        let world = &mut state.world;
        let known = world.subscription(&id).ok_or_else(|| ApiError::not_found(SUBSCRIPTION, &id))?;
        let customer = known.customer.clone();
        let given = apply(&call.params, known.params.clone())?;
        check(world, &given, &customer)?;
        if world.update_subscription(&id, given) {
            return render_by_id(world, &id);
        }
        let message = "A canceled subscription can only update its cancellation_details and metadata.";
        Err(ApiError::malformed(message))
    })
}

/// `DELETE /v1/subscriptions/{id}`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        if state.world.cancel_subscription(&id) {
            return render_by_id(&state.world, &id);
        }
        Err(ApiError::not_found(SUBSCRIPTION, &id))
    })
}

/// Applies the given parameters.
fn apply(params: &Params, known: SubscriptionParams) -> Result<SubscriptionParams, ApiError> {
    Ok(SubscriptionParams {
        default_payment_method: params.changed(DEFAULT, known.default_payment_method),
        description: params.changed("description", known.description),
        metadata: params.metadata(&known.metadata)?,
    })
}

/// Checks that the payment method belongs to the customer.
fn check(world: &World, params: &SubscriptionParams, customer: &str) -> Result<(), ApiError> {
    match params.default_payment_method.as_deref() {
        Some(method) if !world.is_attached(method, customer) => {
            Err(ApiError::no_such(PAYMENT_METHOD, method, DEFAULT))
        }
        Some(_) | None => Ok(()),
    }
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    world.subscription(id).map(render).ok_or_else(|| ApiError::not_found(SUBSCRIPTION, id))
}
