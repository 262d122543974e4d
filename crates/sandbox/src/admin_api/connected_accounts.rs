//! `/_sandbox/connected_accounts`: accounts that are connected to the merchant's platform (Connect).

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{http::error::ApiError, state::Sandbox};

/// An account to connect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Id, such as `acct_Ada`.
    id: String,
}

/// `GET /_sandbox/connected_accounts`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let ids = sandbox.all_connected().into_iter().map(|(id, _)| json!({ "id": id }));
    Json(ids.collect())
}

/// `POST /_sandbox/connected_accounts`: connects an account, which has banks and no customers.
pub(crate) async fn add(
    State(sandbox): State<Sandbox>,
    Json(given): Json<NewAccount>,
) -> Result<Json<Value>, ApiError> {
    let is_id = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !given.id.strip_prefix("acct_").is_some_and(is_id) {
        return Err(ApiError::invalid("id", "The id of an account is acct_ and letters or digits."));
    }
    sandbox.connect(&given.id);
    tracing::info!(account = given.id, "connected an account");
    Ok(Json(json!({ "id": given.id })))
}
