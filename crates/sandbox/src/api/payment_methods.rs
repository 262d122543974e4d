//! `/v1/payment_methods`, of type `us_bank_account`: from Financial Connections accounts, or from test numbers.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    customer_param,
    objects::payment_method::{ADDRESS, render},
    respond,
    typed_accounts::{self, HOLDERS},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
        pagination::{PAGE_PARAMS, paginate},
        params::Params,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        payment_method::{BankSource, Billing, PaymentMethod, Unpayable},
        typed_account::TypedAccount,
    },
};

pub(crate) const PATH: &str = "/v1/payment_methods";

pub(crate) const TYPES: &[&str] = &["us_bank_account"];
const NAME: &str = "billing_details[name]";
const ACCOUNT: &str = "us_bank_account[financial_connections_account]";
const NUMBER: &str = "us_bank_account[account_number]";
const ROUTING: &str = "us_bank_account[routing_number]";
const KIND: &str = "us_bank_account[account_type]";
const KNOWN: &[&str] = &[
    "billing_details[address][*]",
    "billing_details[email]",
    NAME,
    "billing_details[phone]",
    "metadata[*]",
    "type",
    "us_bank_account[account_holder_type]",
    NUMBER,
    KIND,
    ACCOUNT,
    ROUTING,
];

const ON_UPDATE: &[&str] = &[
    "billing_details[address][*]",
    "billing_details[email]",
    NAME,
    "billing_details[phone]",
    "metadata[*]",
    "us_bank_account[account_holder_type]",
];

/// `POST /v1/payment_methods`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let id = make(&mut state.world, &call.params, "")?;
        render_by_id(&state.world, &id)
    })
}

/// Makes a payment method and returns its id. The parameters are inside the hash `within`, or outside any if it is
/// empty.
pub(crate) fn make(world: &mut World, params: &Params, within: &str) -> Result<String, ApiError> {
    let named = |name: &str| nested(within, name);
    params.one_of(&named("type"), TYPES)?.ok_or_else(|| ApiError::missing(&named("type")))?;
    let source = bank_source(params, within)?;
    let account = match &source {
        BankSource::Linked(account) => account.clone(),
        BankSource::Typed(_) => String::new(),
    };
    let holder =
        params.one_of(&named("us_bank_account[account_holder_type]"), HOLDERS)?.unwrap_or("individual");
    let metadata =
        if within.is_empty() { params.metadata(&BTreeMap::new())? } else { params.hash(&named("metadata")) };
    let created = world.create_payment_method(source, holder, billing(params, within)?, metadata);
    let id = created.map_err(|reason| unpayable(reason, &account, &named(ACCOUNT)))?.id.clone();
    tracing::info!(payment_method = id, account, "created payment method");
    Ok(id)
}

/// Returns the name of a parameter inside a hash.
fn nested(within: &str, name: &str) -> String {
    match (within, name.split_once('[')) {
        ("", _) => name.to_owned(),
        (within, Some((head, rest))) => format!("{within}[{head}][{rest}"),
        (within, None) => format!("{within}[{name}]"),
    }
}

/// `GET /v1/payment_methods/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| render_by_id(&state.world, &id))
}

/// `GET /v1/payment_methods`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let known = [PAGE_PARAMS, customer_param::known(&call.version), &["type"]].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let params = &call.params;
        params.one_of("type", TYPES)?;
        let methods = state.world.payment_methods_of(&customer_param::required(params)?);
        let render = |one: &&PaymentMethod| render(&state.world, one);
        paginate(params, &methods, |one| &one.id, "payment_method", PATH, render)
    })
}

/// `POST /v1/payment_methods/{id}`: only one that is attached to a customer can be changed, as at Stripe.
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, ON_UPDATE, |state| {
        let found = state.world.payment_method(&id);
        let mut changed = found.cloned().ok_or_else(|| ApiError::not_found(PAYMENT_METHOD, &id))?;
        if changed.customer.is_none() {
            let message = "You must save this PaymentMethod to a customer before you can update it.";
            return Err(ApiError::malformed(message));
        }
        let params = &call.params;
        if let Some(holder) = params.one_of("us_bank_account[account_holder_type]", HOLDERS)? {
            changed.holder_type = holder;
        }
        if let Some(name) = params.text(NAME)? {
            name.clone_into(&mut changed.billing.name);
        }
        changed.billing.email = params.changed("billing_details[email]", changed.billing.email);
        changed.billing.phone = params.changed("billing_details[phone]", changed.billing.phone);
        changed.billing.address.extend(address(params, "billing_details[address]")?);
        changed.billing.address.retain(|_, value| !value.is_empty());
        changed.metadata = params.metadata(&changed.metadata)?;
        state.world.update_payment_method(changed);
        render_by_id(&state.world, &id)
    })
}

/// `POST /v1/payment_methods/{id}/attach`
pub(crate) async fn attach(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, customer_param::known(&call.version), |state| {
        let customer = customer_param::required(&call.params)?;
        let id = with_test_method(&mut state.world, &id);
        let found = state.world.payment_method(&id);
        let found = found.ok_or_else(|| ApiError::not_found(PAYMENT_METHOD, &id))?;
        check_attachable(found, Some(&customer), "customer")?;
        state.world.set_payment_method_customer(&id, Some(&customer));
        render_by_id(&state.world, &id)
    })
}

/// `POST /v1/payment_methods/{id}/detach`
pub(crate) async fn detach(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &[], |state| {
        let found = state.world.payment_method(&id);
        if found.ok_or_else(|| ApiError::not_found(PAYMENT_METHOD, &id))?.customer.is_none() {
            let message = "The payment method you provided is not attached to a customer.";
            return Err(ApiError::malformed(message));
        }
        state.world.set_payment_method_customer(&id, None);
        render_by_id(&state.world, &id)
    })
}

/// Checks that the payment method is not attached to another customer than this one.
pub(super) fn check_attachable(
    method: &PaymentMethod,
    customer: Option<&str>,
    param: &str,
) -> Result<(), ApiError> {
    if method.customer.is_none() || method.customer.as_deref() == customer {
        return Ok(());
    }
    let message = "The payment method you provided has already been attached to a customer.";
    Err(ApiError::invalid(param, message))
}

pub(crate) fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    let found = world.payment_method(id).ok_or_else(|| ApiError::not_found(PAYMENT_METHOD, id))?;
    Ok(render(world, found))
}

/// Returns the bank account that the parameters name: a linked one, or a test account by its numbers.
fn bank_source(params: &Params, within: &str) -> Result<BankSource, ApiError> {
    let named = |name: &str| nested(within, name);
    let numbers = [named(NUMBER), named(ROUTING)];
    let given = numbers.iter().find(|name| params.raw(name).is_some());
    match (params.text(&named(ACCOUNT))?, given) {
        (Some(_), Some(number)) => Err(ApiError::exclusive(&named(ACCOUNT), number)),
        (Some(account), None) => Ok(BankSource::Linked(account.to_owned())),
        (None, None) => Err(ApiError::missing(&named(ACCOUNT))),
        (None, Some(_)) => typed_accounts::required(params, &named("us_bank_account")).map(BankSource::Typed),
    }
}

/// Returns a payment method for an id such as `pm_usBankAccount_success`, of which each use makes another one; any
/// other id is returned as it is.
pub(crate) fn with_test_method(world: &mut World, id: &str) -> String {
    let Some(typed) = TypedAccount::of_payment_method(id) else { return id.to_owned() };
    let billing = Billing { name: "Jenny Rosen".to_owned(), ..Billing::default() };
    let made = world.create_payment_method(BankSource::Typed(typed), "individual", billing, BTreeMap::new());
    made.map_or_else(|_| id.to_owned(), |method| method.id.clone())
}

fn billing(params: &Params, within: &str) -> Result<Billing, ApiError> {
    let owned = |name: &str| params.owned(&nested(within, name));
    Ok(Billing {
        name: params.required(&nested(within, NAME))?.to_owned(),
        email: owned("billing_details[email]")?,
        phone: owned("billing_details[phone]")?,
        address: address(params, &nested(within, "billing_details[address]"))?,
    })
}

/// Returns the fields of the hash with this name, which are those of an address.
fn address(params: &Params, name: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let address = params.hash(name);
    match address.keys().find(|field| !ADDRESS.contains(&field.as_str())) {
        Some(other) => Err(ApiError::unknown(&format!("{name}[{other}]"))),
        None => Ok(address),
    }
}

/// Returns the error for an account that can't become a payment method; `param` is the parameter with its id.
pub(crate) fn unpayable(reason: Unpayable, account: &str, param: &str) -> ApiError {
    match reason {
        Unpayable::Missing => ApiError::no_such("financial_connections_account", account, param),
        Unpayable::Inactive => {
            let message = "The Financial Connections account is not active: it must be relinked first.";
            ApiError::invalid_with_code("financial_connections_account_inactive", param, message)
        }
        Unpayable::NotPermitted => {
            let message =
                "The Financial Connections account was linked without the payment_method permission.";
            ApiError::invalid(param, message)
        }
        Unpayable::UnsupportedAccount => {
            let message = "The Financial Connections account does not support us_bank_account payments.";
            ApiError::invalid(param, message)
        }
        Unpayable::NumbersPending => {
            let message = "The Financial Connections account has no account numbers yet.";
            ApiError::invalid_with_code(
                "financial_connections_account_pending_account_numbers",
                param,
                message,
            )
        }
        Unpayable::NoUsableNumbers => {
            let message = "The Financial Connections account has no account number that can be used.";
            ApiError::invalid_with_code(
                "financial_connections_account_unavailable_account_numbers",
                param,
                message,
            )
        }
    }
}
