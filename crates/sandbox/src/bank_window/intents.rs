//! Bank windows for a setup intent or a payment intent (`collectBankAccountForSetup`, `collectBankAccountForPayment`).

use serde::Deserialize;
use serde_json::Value;

use crate::{
    api::{
        intents::for_page,
        objects::{
            payment_intent,
            payment_method::{self, ADDRESS},
            setup_intent,
        },
        session_params::{PERMISSIONS, PREFETCH},
        sessions::refused,
    },
    http::error::ApiError,
    world::{
        AccountHolder, World,
        bank_options::BankOptions,
        payment_intent::PaymentProgress,
        payment_method::Billing,
        session::{ClientSecret, SessionIntent, SessionParams},
        setup_intent::SetupProgress,
    },
};

/// Part of an intent's client secret after its id.
const SECRET_SUFFIX: &str = "_secret_Sandbox";
const SUBCATEGORIES: &[&str] = &["checking", "savings"];

/// An intent, named by its client secret. No `Debug`, because of that.
#[derive(Deserialize)]
pub(super) struct GivenIntent {
    client_secret: String,
    billing_details: GivenBilling,
}

#[derive(Deserialize)]
struct GivenBilling {
    name: String,
    email: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    address: serde_json::Map<String, Value>,
}

/// Creates the session of a window that collects a payment method for the intent; returns its id.
pub(super) fn create_session(world: &mut World, given: GivenIntent) -> Result<String, ApiError> {
    let id = given.client_secret.strip_suffix(SECRET_SUFFIX).unwrap_or_default().to_owned();
    let (customer, options, is_open) = if let Some(intent) = world.setup_intent(&id) {
        let is_open = matches!(intent.progress, SetupProgress::Open { .. });
        (intent.params.customer.clone(), intent.params.options.clone(), is_open)
    } else if let Some(intent) = world.payment_intent(&id) {
        let is_open = matches!(intent.progress, PaymentProgress::Open { .. });
        (intent.params.customer.clone(), intent.params.options.clone(), is_open)
    } else {
        return Err(ApiError::no_such_secret());
    };
    if !is_open {
        let message = "This intent takes no payment method in its state.";
        return Err(ApiError::invalid("client_secret", message));
    }
    let params = session_params(customer, &options.unwrap_or_default());
    let session = world.create_session(params, ClientSecret::random()).map_err(refused)?;
    let billing = given.billing_details;
    let text = |value: Value| value.as_str().map(str::to_owned);
    let address = billing.address.into_iter().filter(|(field, _)| ADDRESS.contains(&field.as_str()));
    session.intent = Some(SessionIntent {
        id,
        billing: Billing {
            name: billing.name,
            email: billing.email,
            phone: billing.phone,
            address: address.filter_map(|(field, value)| Some((field, text(value)?))).collect(),
        },
        is_collected: false,
    });
    Ok(session.id.clone())
}

/// Creates the session of a window that opens before there is an intent, as that of a Payment Element with a `mode` does.
/// The page makes a payment method of the account. Each window is for a person of its own, who has accounts at every bank,
/// as the page does not say who its customer is. Returns the session's id.
pub(super) fn create_deferred_session(world: &mut World) -> Result<String, ApiError> {
    let person = world.ids.next("cus");
    let params = session_params(Some(person), &BankOptions::default());
    let session = world.create_session(params, ClientSecret::random()).map_err(refused)?;
    Ok(session.id.clone())
}

fn session_params(customer: Option<String>, options: &BankOptions) -> SessionParams {
    let known = |given: &[String], all: &[&'static str]| -> Vec<&'static str> {
        all.iter().copied().filter(|word| given.iter().any(|one| one == word)).collect()
    };
    let is_account = customer.as_deref().is_some_and(|id| id.starts_with("acct_"));
    let holder = if is_account { AccountHolder::CustomerAccount } else { AccountHolder::Customer };
    let mut permissions = known(&options.permissions, PERMISSIONS);
    if !permissions.contains(&"payment_method") {
        permissions.push("payment_method");
    }
    let subcategories = known(&options.subcategories, SUBCATEGORIES);
    let manual_entry = match (options.verification_method.as_deref(), options.manual_entry.as_deref()) {
        (Some("instant"), _) => Some("disabled"),
        (_, Some("custom")) => Some("custom"),
        _ => None,
    };
    SessionParams {
        account_holder: customer.map(holder),
        permissions,
        prefetch: known(&options.prefetch, PREFETCH),
        subcategories: if subcategories.is_empty() { SUBCATEGORIES.to_vec() } else { subcategories },
        institution: options.institution.clone(),
        limit: Some(1),
        manual_entry,
        return_url: options.return_url.clone(),
        ..SessionParams::default()
    }
}

/// Renders the intent of a session whose window has closed, and its payment method.
pub(super) fn collected(world: &mut World, session: &str) -> Option<[(String, Value); 2]> {
    let id = world.collect_for_intent(session)?;
    let setup = world.setup_intent(&id).map(|intent| setup_intent::render(world, intent));
    let intent =
        setup.or_else(|| world.payment_intent(&id).map(|intent| payment_intent::render(world, intent)))?;
    let method = intent.get("payment_method").and_then(Value::as_str).and_then(|id| world.payment_method(id));
    let method = method.map(|method| payment_method::render(world, method)).unwrap_or_default();
    Some([("intent".to_owned(), for_page(intent)), ("payment_method".to_owned(), method)])
}
