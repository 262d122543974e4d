//! `/v1/tokens` of bank accounts: of linked ones by their payment method, or of test numbers.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    objects::token::render,
    payment_methods, respond,
    typed_accounts::{self, ACCOUNT_TYPES, HOLDERS},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
        params::Params,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{World, bank_account::BankDetails},
};

const BANK: &str = "bank_account";
const METHOD: &str = "bank_account[payment_method]";
const KNOWN: &[&str] = &[
    "bank_account[account_holder_name]",
    "bank_account[account_holder_type]",
    "bank_account[account_number]",
    "bank_account[account_type]",
    "bank_account[country]",
    "bank_account[currency]",
    METHOD,
    "bank_account[routing_number]",
    "customer",
];

/// `POST /v1/tokens`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN, |state| {
        let (params, world) = (&call.params, &mut state.world);
        if !params.has_hash(BANK) {
            return Err(ApiError::missing(BANK));
        }
        let bank = match params.text(METHOD)? {
            Some(id) => of_payment_method(world, id, params.text("customer")?)?,
            None => typed(params, BANK)?,
        };
        let id = world.create_token(bank).id.clone();
        tracing::info!(token = id, "created token");
        render_by_id(world, &id)
    })
}

/// `GET /v1/tokens/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| render_by_id(&state.world, &id))
}

fn of_payment_method(world: &World, id: &str, customer: Option<&str>) -> Result<BankDetails, ApiError> {
    let method = world.payment_method(id).ok_or_else(|| ApiError::no_such(PAYMENT_METHOD, id, METHOD))?;
    if method.customer.is_some() && method.customer.as_deref() != customer {
        let message = "The payment method is attached to a customer, which must be given, too.";
        return Err(ApiError::invalid("customer", message));
    }
    let bank = if let Some(typed) = &method.typed {
        Some(BankDetails::of_typed(typed.clone()))
    } else {
        let payable = world.check_payable(&method.account);
        payable.map_err(|reason| payment_methods::unpayable(reason, &method.account, METHOD))?;
        world.bank_details(&method.account)
    };
    let bank = bank.ok_or_else(|| ApiError::no_such(PAYMENT_METHOD, id, METHOD))?;
    let holder_name = Some(method.billing.name.clone());
    Ok(BankDetails { holder_name, holder_type: Some(method.holder_type.to_owned()), ..bank })
}

/// Returns the details of the test account that the hash `within` describes.
pub(super) fn typed(params: &Params, within: &str) -> Result<BankDetails, ApiError> {
    let named = |name: &str| format!("{within}[{name}]");
    params.one_of(&named("country"), &["US"])?.ok_or_else(|| ApiError::missing(&named("country")))?;
    params.one_of(&named("currency"), &["usd"])?;
    // A token shows the type only if it was given.
    let account_type = params.one_of(&named("account_type"), ACCOUNT_TYPES)?;
    Ok(BankDetails {
        holder_name: params.owned(&named("account_holder_name"))?,
        holder_type: params.one_of(&named("account_holder_type"), HOLDERS)?.map(str::to_owned),
        account_type: account_type.map(str::to_owned),
        ..BankDetails::of_typed(typed_accounts::required(params, within)?)
    })
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    world.token(id).map(|token| render(world, token)).ok_or_else(|| ApiError::not_found("token", id))
}
