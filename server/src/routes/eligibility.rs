//! `GET /v1/relink-requests/eligibility`: whether a relink request would be accepted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use jiff::Timestamp;
use relink_protocol::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::eligible::{GivenReason, Reason};
use crate::domain::relink_request::Delivery;
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, CallsStripe, Errors, Invalid};
use crate::services::accounts::known_account;
use crate::services::relink_requests::{self, CreateError};
use crate::state::AppState;

/// Acceptance of a relink request: the reason for it, or the rule against it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Eligibility {
    /// A request would be accepted.
    Eligible {
        account: AccountId,
        /// Always true.
        eligible: bool,
        reason: Reason,
    },
    /// A request would be refused.
    Refused {
        account: AccountId,
        /// Always false.
        eligible: bool,
        #[schema(example = "account_healthy")]
        rule: &'static str,
        /// Sentence for people.
        title: &'static str,
        /// Time from which a request will be accepted, if waiting helps.
        allowed_from: Option<i64>,
    },
}

/// Query parameters: the account, the way of delivery, and the reason.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    account: AccountId,
    #[param(inline)]
    delivery: Delivery,
    /// Reason of the request, if it has one.
    #[param(inline)]
    reason: Option<GivenReason>,
}

/// `GET /v1/relink-requests/eligibility`: returns whether a request would be accepted now. Changes nothing.
#[utoipa::path(
    get,
    path = "/v1/relink-requests/eligibility",
    operation_id = "read_eligibility",
    tag = "relink requests",
    summary = "Read whether a request would be accepted now",
    security(("api_key" = ["requests:read"])),
    params(Params),
    responses(
        (status = 200, description = "The reason for which it would be accepted, or the rule that forbids it", body = Eligibility),
        Errors<(ByBackEnd, Invalid, CallsStripe)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::RequestsRead>,
    Query(Params { account, delivery, reason }): Query<Params>,
) -> Result<impl IntoResponse, ApiError> {
    let known = known_account(&app, &app.stripe, &account).await?;
    let body = match relink_requests::may_create(&app, &known, delivery, reason, crate::clock::now()).await {
        Ok(reason) => Eligibility::Eligible { account, eligible: true, reason },
        Err(CreateError::Refused(rule, from)) => Eligibility::Refused {
            account,
            eligible: false,
            rule: rule.as_str(),
            title: rule.sentence(),
            allowed_from: from.map(Timestamp::as_second),
        },
        Err(CreateError::Repeated) => return Err(ApiError::Internal),
        Err(CreateError::Failed(failure)) => return Err(failure),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)))
}
