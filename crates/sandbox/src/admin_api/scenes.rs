//! `POST /_sandbox/scenes`: adds customers to whom something happens.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    http::error::ApiError,
    state::Sandbox,
    world::{PAYEE, SELLERS, Scene, bank_account::BankDetails, merchant::Merchant},
};

/// Name and size of a scene.
#[derive(Debug, Deserialize)]
#[serde(tag = "scene", rename_all = "snake_case", deny_unknown_fields)]
enum Given {
    Payouts {},
    Connect {},
    Permissions {},
    LookAlikes {},
    Migration {
        #[serde(default = "usual_customers")]
        customers: usize,
        #[serde(default = "usual_days")]
        days: i64,
    },
}

const MOST_CUSTOMERS: usize = 10_000;
const MOST_DAYS: i64 = 3_650;

fn usual_customers() -> usize {
    60
}

fn usual_days() -> i64 {
    45
}

/// `{"scene":"payouts"}`, `{"scene":"connect"}`, `{"scene":"permissions"}`, `{"scene":"look_alikes"}` or
/// `{"scene":"migration","customers":60,"days":45}`. Returns the number of accounts, here and of connected accounts.
pub(crate) async fn play(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    let given: Given =
        serde_json::from_value(given).map_err(|error| ApiError::invalid("scene", error.to_string()))?;
    let scene = match given {
        Given::Payouts {} => {
            connect_payee(&sandbox);
            Scene::Payouts
        }
        Given::Connect {} => return Ok(Json(json!({ "accounts": connect_sellers(&sandbox) }))),
        Given::Permissions {} => Scene::Permissions,
        Given::LookAlikes {} => Scene::LookAlikes,
        Given::Migration { customers, days } => {
            if !(1..=MOST_CUSTOMERS).contains(&customers) {
                return Err(ApiError::invalid("customers", "A scene has 1 to 10000 customers."));
            }
            if !(0..=MOST_DAYS).contains(&days) {
                return Err(ApiError::invalid("days", "Connections end in 0 to 3650 days."));
            }
            Scene::Migration { customers, days }
        }
    };
    let mut state = sandbox.lock();
    state.world.play(scene);
    tracing::info!(?scene, "played a scene");
    Ok(Json(json!({ "accounts": state.world.accounts().len() })))
}

/// Connects two accounts that charge customers of their own, and returns the number of the customers' bank accounts. Both
/// have the same ids, because worlds are apart.
fn connect_sellers(platform: &Sandbox) -> usize {
    let sellers = SELLERS.iter().map(|(id, last4)| {
        let seller = platform.connect(id);
        let mut state = seller.lock();
        if *state.world.merchant() == Merchant::default() {
            state.world.set_merchant(seller_merchant(id));
        }
        state.world.play(Scene::DirectCharges { last4 });
        state.world.accounts().len()
    });
    tracing::info!("played the scene of connected accounts");
    sellers.sum()
}

/// Returns the details of a connected account of the scene. The weaver has a name in the dashboard only.
fn seller_merchant(id: &str) -> Merchant {
    let (business_name, display_name) = match id {
        "acct_SandboxPotter" => (Some("Potter & Daughters"), Some("Potter")),
        _ => (None, Some("Weaver's Loft")),
    };
    let [business_name, display_name] = [business_name, display_name].map(|name| name.map(str::to_owned));
    Merchant { business_name, display_name, ..Merchant::default() }
}

/// Connects the account that is paid out to, with the external account that its broken connection belongs to. One that is
/// connected stays as it is.
fn connect_payee(platform: &Sandbox) {
    if platform.connected(PAYEE).is_some() {
        return;
    }
    let payee = platform.connect(PAYEE);
    let mut state = payee.lock();
    let email = Some("vera.lindqvist@example.com".to_owned());
    state.world.set_merchant(Merchant { email, ..Merchant::default() });
    let bank = BankDetails {
        bank_name: "Linden Bank".to_owned(),
        last4: "4407".to_owned(),
        ..BankDetails::default()
    };
    state.world.add_external_account(bank, true, BTreeMap::new());
    state.world.mark_all_seen();
}
