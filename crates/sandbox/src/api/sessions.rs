//! `/v1/financial_connections/sessions`

use std::num::NonZeroUsize;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::{account_object, accounts, answer, holder, session_params, tokens};
use crate::{
    http::{call::Call, error::ApiError, idempotency::Reply, version::Version},
    mails::stripe,
    state::{Sandbox, new_client_secret, unguessable},
    world::{
        Refusal, Settings, World,
        session::{Ending, FailureReason, RelinkOptions, Request, Session},
        settings::{Cancellation, Unknown},
    },
};

pub(crate) const PATH: &str = "/v1/financial_connections/sessions";

/// `POST /v1/financial_connections/sessions`
pub(crate) async fn create(State(sandbox): State<Sandbox>, call: Call) -> Result<Reply, ApiError> {
    let has_preview = !sandbox.lock().world.settings.no_hosted_relink;
    let known = session_params::known(&call.version, has_preview);
    answer::post(&sandbox, &call, &known, |state| {
        let request = session_params::parse(&call)?;
        let session = state.world.create_session(request, new_client_secret()).map_err(refusal)?;
        if session.request.hosted.is_some() {
            session.url = Some(format!("{}/hosted/{}", call.origin, unguessable()));
        }
        let session = session.clone();
        tracing::info!(session = session.id, "created session {}", session.id);
        if session.request.hosted == Some("email")
            && let Some(mail) = stripe::invitation(&state.world, &session)
        {
            state.mails.keep(mail);
        }
        Ok(render(&state.world, &session, None, &call.version))
    })
}

/// `GET /v1/financial_connections/sessions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| {
        let session = state.world.session_mut(&id).ok_or_else(|| ApiError::not_found("session", &id))?;
        let ending = session.read_ending().cloned();
        let session = session.clone();
        Ok(render(&state.world, &session, ending.as_ref(), &call.version))
    })
}

fn refusal(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::NoSuchAuthorization(id) => {
            ApiError::no_such("authorization", &id, "relink_options[authorization]")
        }
        Refusal::NoSuchAccount(id) => ApiError::no_such("account", &id, "relink_options[account]"),
        Refusal::Disconnected => {
            let message = "The account in relink_options was disconnected and can't be relinked.";
            ApiError::invalid("relink_options[account]", message)
        }
        Refusal::AccountNotInAuthorization => {
            let message = "The account in relink_options does not belong to the authorization given there.";
            ApiError::invalid("relink_options[account]", message)
        }
        Refusal::OtherHolder => {
            let message = "The account holder is not the account holder of the authorization to be relinked.";
            ApiError::invalid("account_holder", message)
        }
        Refusal::OtherInstitution => {
            let message = "The institution is not that of the authorization to be relinked.";
            ApiError::invalid("filters[institution]", message)
        }
        Refusal::MailedLately => {
            let message = "The customer got a mail for this account less than 48 hours ago.";
            ApiError::invalid("hosted[delivery_method]", message)
        }
        Refusal::NoSuchInstitution(id) => ApiError::no_such("institution", &id, "filters[institution]"),
    }
}

/// Renders the session object for the merchant's server. `ending` is `None` while the session is pending.
fn render(world: &World, session: &Session, ending: Option<&Ending>, version: &Version) -> Value {
    let request = &session.request;
    let all = if ending.is_some() { accounts::collected(world, session) } else { Vec::new() };
    let shown = world.settings.session_page_size.map_or(all.len(), NonZeroUsize::get).min(all.len());
    let first = all.iter().take(shown);
    let data: Vec<Value> = first.map(|account| account_object::render(world, account, version)).collect();
    let mut value = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "account_holder": holder::render(request.account_holder.as_ref()),
        "accounts": {
            "object": "list",
            "data": data,
            "has_more": shown < all.len(),
            "url": accounts::PATH,
        },
        "client_secret": session.secret.expose(),
        "filters": filters(request, version),
        "livemode": false,
        "permissions": request.permissions,
        "prefetch": Some(&request.prefetch).filter(|list| !list.is_empty()),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(given_fields(request));
        if let Some(token) = &session.token {
            fields.insert("bank_account_token".to_owned(), tokens::render(world, token));
        }
        if version.has_relink() {
            fields.extend(outcome(&world.settings, request.relink_options.as_ref(), ending));
        }
        if session_params::has_hosted(version) {
            fields.extend(hosted_fields(session, ending));
        }
    }
    value
}

fn filters(request: &Request, version: &Version) -> Value {
    let subcategories = Some(&request.subcategories).filter(|list| !list.is_empty());
    let mut filters = json!({ "account_subcategories": subcategories });
    if let Some(fields) = filters.as_object_mut() {
        fields.extend(session_params::country_fields(&request.countries, version));
        if let Some(support) = request.payment_method_support {
            fields.insert("require_payment_method_support".to_owned(), support.into());
        }
        if let Some(institution) = request.institution.as_deref().filter(|_| version.has_relink()) {
            fields.insert("institution".to_owned(), institution.into());
        }
    }
    filters
}

/// Returns the fields that appear only if the merchant set them.
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

/// Returns the fields for hosted sessions. `url` is present until the session ends, but not if it was sent by email.
fn hosted_fields(session: &Session, ending: Option<&Ending>) -> Map<String, Value> {
    let Some(method) = session.request.hosted else {
        return Map::from_iter([("ui_mode".to_owned(), "modal".into()), ("url".to_owned(), Value::Null)]);
    };
    let hosted = json!({ "delivery_method": method, "return_url": session.request.return_url });
    let url = session.url.as_ref().filter(|_| method == "url" && ending.is_none());
    Map::from_iter([
        ("hosted".to_owned(), hosted),
        ("ui_mode".to_owned(), "hosted".into()),
        ("url".to_owned(), json!(url)),
    ])
}

/// Renders the session for its event, without the client secret, which is no longer valid.
pub(crate) fn render_for_event(world: &World, session: &Session, version: &Version) -> Value {
    let mut value = render(world, session, session.ending(), version);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("client_secret".to_owned(), Value::Null);
    }
    value
}

/// Returns `status`, `status_details`, `relink_options` and, if there is one, `relink_result`.
pub(crate) fn outcome(
    settings: &Settings,
    relink: Option<&RelinkOptions>,
    ending: Option<&Ending>,
) -> Map<String, Value> {
    let (status, details) = match ending {
        None => ("pending", json!({})),
        Some(Ending::Succeeded { .. }) => (settings.completed_status.as_str(), json!({})),
        Some(Ending::Failed(_)) => ("failed", json!({})),
        Some(Ending::Cancelled) if settings.cancellation == Cancellation::Failed => ("failed", json!({})),
        Some(Ending::Cancelled) => ("cancelled", json!({ "cancelled": { "reason": "other" } })),
    };
    let mut fields =
        Map::from_iter([("status".to_owned(), Value::from(status)), ("status_details".to_owned(), details)]);
    if let Some(relink) = relink {
        let RelinkOptions { authorization, account } = relink;
        let options = json!({ "authorization": authorization, "account": account });
        fields.insert("relink_options".to_owned(), options);
        fields.extend(
            relink_result(settings, relink, ending).map(|result| ("relink_result".to_owned(), result)),
        );
    }
    fields
}

/// Returns `None` if the field is to be absent.
fn relink_result(settings: &Settings, relink: &RelinkOptions, ending: Option<&Ending>) -> Option<Value> {
    let failed = |authorization: Option<&String>, reason: FailureReason| json!({ "authorization": authorization, "account": null, "failure_reason": reason.as_str() });
    match ending {
        Some(Ending::Cancelled) if settings.cancellation != Cancellation::Plain => {
            Some(failed(None, FailureReason::Other))
        }
        None | Some(Ending::Cancelled) => match settings.relink_result {
            Unknown::Absent => None,
            Unknown::Null => Some(Value::Null),
        },
        Some(Ending::Succeeded { authorization, .. }) => {
            Some(json!({ "authorization": authorization, "account": relink.account, "failure_reason": null }))
        }
        Some(Ending::Failed(reason)) => {
            let contradicts = settings.both_set && *reason == FailureReason::NoAccount;
            Some(failed(contradicts.then_some(&relink.authorization), *reason))
        }
    }
}

/// Renders the session for tests: with its real ending, regardless of `pending_reads`, and without the client secret.
pub(crate) fn report(world: &World, session: &Session) -> Value {
    let request = &session.request;
    let collected: Vec<&str> =
        accounts::collected(world, session).into_iter().map(|account| account.id.as_str()).collect();
    let mut value = json!({
        "id": session.id,
        "account_holder": holder::render(request.account_holder.as_ref()),
        "accounts": collected,
        "filters": { "account_subcategories": request.subcategories },
        "limits": { "accounts": request.limit },
        "permissions": request.permissions,
        "relink_options": null,
        "relink_result": null,
        "windows_opened": session.windows_opened,
        "hosted_url": session.url,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(outcome(&world.settings, request.relink_options.as_ref(), session.ending()));
    }
    value
}
