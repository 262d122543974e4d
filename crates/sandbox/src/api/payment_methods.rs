//! `/v1/payment_methods`, of type `us_bank_account` and from Financial Connections accounts only.

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
        payment_method::{Billing, PaymentMethod, Unpayable},
    },
};

pub(crate) const PATH: &str = "/v1/payment_methods";

const TYPES: &[&str] = &["us_bank_account"];
const HOLDERS: &[&str] = &["company", "individual"];
const NAME: &str = "billing_details[name]";
const ACCOUNT: &str = "us_bank_account[financial_connections_account]";
const ADDRESS: &[&str] = &["city", "country", "line1", "line2", "postal_code", "state"];
const KNOWN: &[&str] = &[
    "billing_details[address][*]",
    "billing_details[email]",
    NAME,
    "billing_details[phone]",
    "metadata[*]",
    "type",
    "us_bank_account[account_holder_type]",
    "us_bank_account[account_number]",
    "us_bank_account[account_type]",
    ACCOUNT,
    "us_bank_account[routing_number]",
];

/// `POST /v1/payment_methods`
pub(crate) async fn create(State(sandbox): State<Sandbox>, call: Call) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, KNOWN, |state| {
        let params = &call.params;
        params.one_of("type", TYPES)?.ok_or_else(|| ApiError::missing("type"))?;
        let account = linked_account(params)?;
        let holder = params.one_of("us_bank_account[account_holder_type]", HOLDERS)?.unwrap_or("individual");
        let (billing, metadata) = (billing(params)?, params.hash("metadata"));
        let created = state.world.create_payment_method(account, holder, billing, metadata);
        let id = created.map_err(|reason| unpayable(reason, account, ACCOUNT))?.id.clone();
        tracing::info!(payment_method = id, "made {account} the payment method {id}");
        shown(&state.world, &id)
    })
}

/// `GET /v1/payment_methods/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| shown(&state.world, &id))
}

/// `GET /v1/payment_methods`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    let known = ["customer", "ending_before", "limit", "starting_after", "type"];
    answer::get(&sandbox, &call, &known, |state| {
        let params = &call.params;
        params.one_of("type", TYPES)?;
        let customer = params.text("customer")?.ok_or_else(|| ApiError::missing("customer"))?;
        let methods = state.world.payment_methods_of(customer);
        let render = |one: &&PaymentMethod| render(&state.world, one);
        list::page(params, &methods, |one| &one.id, "payment_method", PATH, render)
    })
}

/// `POST /v1/payment_methods/{id}/attach`
pub(crate) async fn attach(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &["customer"], |state| {
        let customer = call.params.text("customer")?.ok_or_else(|| ApiError::missing("customer"))?;
        if !customer.starts_with("cus_") {
            return Err(ApiError::no_such("customer", customer, "customer"));
        }
        let found = state.world.payment_method(&id);
        let found = found.ok_or_else(|| ApiError::not_found("payment_method", &id))?;
        if found.customer.as_deref().is_some_and(|owner| owner != customer) {
            let message = "The payment method you provided has already been attached to a customer.";
            return Err(ApiError::invalid("customer", message));
        }
        state.world.give_payment_method(&id, Some(customer));
        shown(&state.world, &id)
    })
}

/// `POST /v1/payment_methods/{id}/detach`
pub(crate) async fn detach(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &[], |state| {
        let found = state.world.payment_method(&id);
        if found.ok_or_else(|| ApiError::not_found("payment_method", &id))?.customer.is_none() {
            let message = "The payment method you provided is not attached to a customer.";
            return Err(ApiError::malformed(message));
        }
        state.world.give_payment_method(&id, None);
        shown(&state.world, &id)
    })
}

fn shown(world: &World, id: &str) -> Result<Value, ApiError> {
    let found = world.payment_method(id).ok_or_else(|| ApiError::not_found("payment_method", id))?;
    Ok(render(world, found))
}

fn linked_account(params: &Params) -> Result<&str, ApiError> {
    for typed in ["us_bank_account[account_number]", "us_bank_account[routing_number]"] {
        if params.raw(typed).is_some() {
            let message = "The sandbox makes payment methods from Financial Connections accounts only.";
            return Err(ApiError::invalid(typed, message));
        }
    }
    params.text(ACCOUNT)?.ok_or_else(|| ApiError::missing(ACCOUNT))
}

fn billing(params: &Params) -> Result<Billing, ApiError> {
    let owned = |key| params.text(key).map(|text| text.map(str::to_owned));
    let address = params.hash("billing_details[address]");
    if let Some(other) = address.keys().find(|field| !ADDRESS.contains(&field.as_str())) {
        return Err(ApiError::unknown(&format!("billing_details[address][{other}]")));
    }
    Ok(Billing {
        name: owned(NAME)?.ok_or_else(|| ApiError::missing(NAME))?,
        email: owned("billing_details[email]")?,
        phone: owned("billing_details[phone]")?,
        address,
    })
}

/// Returns the error for an account that can't become a payment method; `param` is the parameter with its id.
pub(crate) fn unpayable(reason: Unpayable, account: &str, param: &str) -> ApiError {
    match reason {
        Unpayable::Missing => ApiError::no_such("financial_connections_account", account, param),
        Unpayable::Inactive => {
            let message = "The Financial Connections account is not active: it must be relinked first.";
            ApiError::coded("financial_connections_account_inactive", param, message)
        }
        Unpayable::NotPermitted => {
            let message =
                "The Financial Connections account was linked without the payment_method permission.";
            ApiError::invalid(param, message)
        }
        Unpayable::WrongKind => {
            let message = "The Financial Connections account does not support us_bank_account payments.";
            ApiError::invalid(param, message)
        }
        Unpayable::NumbersPending => {
            let message = "The Financial Connections account has no account numbers yet.";
            ApiError::coded("financial_connections_account_pending_account_numbers", param, message)
        }
        Unpayable::NumbersGone => {
            let message = "The Financial Connections account has no account number that can be used.";
            ApiError::coded("financial_connections_account_unavailable_account_numbers", param, message)
        }
    }
}

/// Renders the payment method object.
pub(crate) fn render(world: &World, method: &PaymentMethod) -> Value {
    let billing = &method.billing;
    let address = ADDRESS.iter().map(|field| ((*field).to_owned(), json!(billing.address.get(*field))));
    json!({
        "id": method.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": address.collect::<Value>(),
            "email": billing.email,
            "name": billing.name,
            "phone": billing.phone,
            "tax_id": null,
        },
        "created": method.created,
        "customer": method.customer,
        "customer_account": null,
        "livemode": false,
        "metadata": method.metadata,
        "type": "us_bank_account",
        "us_bank_account": bank_account(world, method),
    })
}

/// Renders the bank details from the account, so that a relink updates the payment method.
fn bank_account(world: &World, method: &PaymentMethod) -> Value {
    let account = world.account(&method.account);
    let bank = account.and_then(|account| world.institution(&account.institution));
    json!({
        "account_holder_type": method.holder_type,
        "account_type": account.map(|account| account.subcategory),
        "bank_name": bank.map(|bank| &bank.name),
        "financial_connections_account": method.account,
        "fingerprint": account.map(|account| world.fingerprint(account)),
        "last4": account.map(|account| &account.last4),
        "networks": { "preferred": "ach", "supported": ["ach"] },
        "routing_number": bank.map(|bank| &bank.routing_number),
        "status_details": {},
    })
}
