//! `/v1/financial_connections/sessions`

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue},
};
use serde_json::{Map, Value, json};

use super::{accounts, holder, session_params};
use crate::{
    http::{call::Call, error::ApiError, version::Version},
    state::{Sandbox, new_client_secret},
    world::{
        Refusal, World,
        session::{Ending, RelinkOptions, Request, Session},
    },
};

pub(crate) const PATH: &str = "/v1/financial_connections/sessions";

/// `POST /v1/financial_connections/sessions`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: Call,
) -> Result<(HeaderMap, Json<Value>), ApiError> {
    let mut state = sandbox.lock();
    if let Some(body) = state.replays.find(&call)? {
        let mut headers = HeaderMap::new();
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        return Ok((headers, Json(body)));
    }
    let request = session_params::parse(&call)?;
    let id = state.world.create_session(request, new_client_secret()).map_err(refusal)?.id.clone();
    tracing::info!(session = id, "created session {id}");
    let body = state.world.session(&id).map(|session| render(&state.world, session, None, &call.version));
    let body = body.unwrap_or_default();
    state.replays.store(&call, &body);
    Ok((HeaderMap::new(), Json(body)))
}

/// `GET /v1/financial_connections/sessions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(&["expand[]"])?;
    let mut state = sandbox.lock();
    let session = state.world.session_mut(&id).ok_or_else(|| ApiError::not_found("session", &id))?;
    let ending = session.read_ending().cloned();
    let session = session.clone();
    Ok(Json(render(&state.world, &session, ending.as_ref(), &call.version)))
}

fn refusal(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::NoSuchAuthorization(id) => {
            ApiError::no_such("authorization", &id, "relink_options[authorization]")
        }
        Refusal::NoSuchAccount(id) => ApiError::no_such("account", &id, "relink_options[account]"),
        Refusal::AccountNotInAuthorization => {
            let message = "The account in relink_options does not belong to the authorization given there.";
            ApiError::invalid("relink_options[account]", message)
        }
        Refusal::OtherHolder => {
            let message = "The account holder is not the account holder of the authorization to be relinked.";
            ApiError::invalid("account_holder", message)
        }
        Refusal::NoSuchInstitution(id) => ApiError::no_such("institution", &id, "filters[institution]"),
    }
}

/// The session object as the merchant's server reads it, ended or not.
fn render(world: &World, session: &Session, ending: Option<&Ending>, version: &Version) -> Value {
    let request = &session.request;
    let ids = if ending.is_some() { accounts::collected(session) } else { &[] };
    let data: Vec<Value> = ids
        .iter()
        .filter_map(|id| world.account(id))
        .map(|account| accounts::render(world, account, version))
        .collect();
    let mut value = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "account_holder": holder::render(request.account_holder.as_ref()),
        "accounts": { "object": "list", "data": data, "has_more": false, "total_count": data.len(), "url": accounts::PATH },
        "client_secret": session.secret.expose(),
        "filters": filters(request, version),
        "livemode": false,
        "permissions": request.permissions,
        "prefetch": Some(&request.prefetch).filter(|list| !list.is_empty()),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(given_fields(request));
        if version.has_relink() {
            fields.extend(outcome(request.relink_options.as_ref(), ending));
            fields.insert("ui_mode".to_owned(), "modal".into());
            fields.insert("url".to_owned(), Value::Null);
        }
    }
    value
}

fn filters(request: &Request, version: &Version) -> Value {
    let subcategories = Some(&request.subcategories).filter(|list| !list.is_empty());
    let mut filters = json!({ "account_subcategories": subcategories, "country": request.country });
    if let Some(fields) = filters.as_object_mut() {
        if let Some(support) = request.payment_method_support {
            fields.insert("require_payment_method_support".to_owned(), support.into());
        }
        if let Some(institution) = request.institution.as_deref().filter(|_| version.has_relink()) {
            fields.insert("institution".to_owned(), institution.into());
        }
    }
    filters
}

/// Fields that are there only if the merchant gave them.
fn given_fields(request: &Request) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(limit) = request.limit {
        fields.insert("limits".to_owned(), json!({ "accounts": limit }));
    }
    if let Some(mode) = request.manual_entry {
        fields.insert("manual_entry".to_owned(), json!({ "mode": mode }));
    }
    if let Some(url) = &request.return_url {
        fields.insert("return_url".to_owned(), url.as_str().into());
    }
    fields
}

/// `status`, `status_details`, `relink_options`, and `relink_result` once there is one.
pub(crate) fn outcome(relink: Option<&RelinkOptions>, ending: Option<&Ending>) -> Map<String, Value> {
    let (status, details) = match ending {
        None => ("pending", json!({})),
        Some(Ending::Succeeded { .. }) => ("succeeded", json!({})),
        Some(Ending::Failed(_)) => ("failed", json!({})),
        Some(Ending::Cancelled) => ("cancelled", json!({ "cancelled": { "reason": "other" } })),
    };
    let mut fields =
        Map::from_iter([("status".to_owned(), Value::from(status)), ("status_details".to_owned(), details)]);
    let Some(relink) = relink else { return fields };
    let RelinkOptions { authorization, account } = relink;
    fields.insert("relink_options".to_owned(), json!({ "authorization": authorization, "account": account }));
    let result = match ending {
        None | Some(Ending::Cancelled) => return fields,
        Some(Ending::Succeeded { authorization, .. }) => {
            json!({ "authorization": authorization, "account": account, "failure_reason": null })
        }
        Some(Ending::Failed(reason)) => {
            json!({ "authorization": null, "account": null, "failure_reason": reason.as_str() })
        }
    };
    fields.insert("relink_result".to_owned(), result);
    fields
}

/// The session as tests see it: the truth at once, and no client secret.
pub(crate) fn report(session: &Session) -> Value {
    let request = &session.request;
    let mut value = json!({
        "id": session.id,
        "account_holder": holder::render(request.account_holder.as_ref()),
        "accounts": accounts::collected(session),
        "filters": { "account_subcategories": request.subcategories },
        "limits": { "accounts": request.limit },
        "permissions": request.permissions,
        "relink_options": null,
        "relink_result": null,
        "windows_opened": session.windows_opened,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(outcome(request.relink_options.as_ref(), session.ending()));
    }
    value
}
