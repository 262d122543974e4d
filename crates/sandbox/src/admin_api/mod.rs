//! `/_sandbox/…`: routes with which tests inspect and reset the sandbox and inject faults, without client secrets.

pub(crate) mod accounts;
pub(crate) mod clock;
pub(crate) mod connected_accounts;
pub(crate) mod csrf;
pub(crate) mod emails;
pub(crate) mod faults;
pub(crate) mod institutions;
mod json_fields;
pub(crate) mod payment_methods;
pub(crate) mod requests;
pub(crate) mod scenario;
pub(crate) mod scenes;
pub(crate) mod settings;
pub(crate) mod transactions;
pub(crate) mod webhooks;
pub(crate) mod worlds;

use std::{collections::BTreeMap, ops::RangeInclusive};

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api::{
        objects::{
            account, authorization, customer, mandate, payment_intent, payment_method, session, setup_intent,
            subscription, webhook_endpoint,
        },
        sessions,
    },
    http::error::ApiError,
    state::{Reset, ResetIds, Sandbox},
};

/// `GET /_sandbox/state`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let mut state = sandbox.lock();
    let faults = faults::all(&mut state);
    let world = &state.world;
    let accounts: Vec<Value> = world.accounts().into_iter().map(|one| account::render(world, one)).collect();
    let authorizations: Vec<Value> =
        world.authorizations().iter().map(|one| authorization::render(world, one)).collect();
    let sessions: Vec<Value> =
        world.sessions().iter().map(|one| session::render_for_tests(world, one)).collect();
    let payment_methods: Vec<Value> =
        world.payment_methods().iter().map(|one| payment_method::render(world, one)).collect();
    let setup_intents: Vec<Value> =
        world.setup_intents().iter().map(|one| setup_intent::render_for_tests(world, one)).collect();
    let payment_intents: Vec<Value> =
        world.payment_intents().iter().map(|one| payment_intent::render_for_tests(world, one)).collect();
    let posts = state.calls.get(&format!("POST {}", sessions::PATH)).copied().unwrap_or_default();
    Json(json!({
        "accounts": accounts,
        "authorizations": authorizations,
        "sessions": sessions,
        "customers": world.customers().map(customer::render).collect::<Vec<Value>>(),
        "payment_methods": payment_methods,
        "setup_intents": setup_intents,
        "payment_intents": payment_intents,
        "subscriptions": world.subscriptions().iter().map(subscription::render).collect::<Vec<Value>>(),
        "mandates": world.mandates().iter().map(mandate::render).collect::<Vec<Value>>(),
        "session_posts": posts,
        "calls": state.calls,
        "faults": faults,
        "webhook_endpoints":
            state.webhooks.endpoints().map(webhook_endpoint::render).collect::<Vec<Value>>(),
        "deliveries": webhooks::all(&state),
        "now": world.now,
        "settings": world.settings,
    }))
}

/// Times at which a clock can start, in Unix seconds: with all dates around them, far from an overflow.
const CLOCK_RANGE: RangeInclusive<i64> = 0..=253_402_300_799;

/// Optional body of a reset.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ResetBody {
    /// Ids start again, as in a new sandbox. A database that outlives the reset would see some twice.
    repeat_ids: bool,
    /// Ids start again and contain this word: the same ones in every run with this seed.
    seed: Option<String>,
    /// Unix seconds at which the clock stands still from now on.
    clock: Option<i64>,
}

/// `POST /_sandbox/reset`
pub(crate) async fn reset(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let given = if body.is_empty() { Ok(ResetBody::default()) } else { serde_json::from_slice(&body) };
    let given: ResetBody = given.map_err(|error| ApiError::malformed(format!("Invalid body: {error}.")))?;
    let is_word = |word: &String| {
        !word.is_empty()
            && word.len() <= 20
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if given.seed.as_ref().is_some_and(|seed| !is_word(seed)) {
        return Err(ApiError::invalid("seed", "A seed has 1 to 20 lowercase letters and digits."));
    }
    if given.clock.is_some_and(|time| !CLOCK_RANGE.contains(&time)) {
        return Err(ApiError::invalid("clock", "The time is from 1970 to 9999, in Unix seconds."));
    }
    let is_connected = sandbox.lock().world.connected_account.is_some();
    if is_connected && (given.seed.is_some() || given.clock.is_some()) {
        let message = "Seed and clock are the platform's: call without Stripe-Account.";
        return Err(ApiError::malformed(message));
    }
    let ids = match (&given.seed, given.repeat_ids) {
        (Some(seed), _) => ResetIds::OfRun(sandbox.run_of_seed(seed)),
        (None, true) => ResetIds::Repeated,
        (None, false) => ResetIds::Continued,
    };
    if ids == ResetIds::Continued {
        sandbox.replace_connected(BTreeMap::new());
    } else {
        sandbox.forget_connected();
    }
    sandbox.lock().reset(&Reset { ids, start: given.clock });
    Ok(Json(json!({ "reset": true })))
}
