//! The session object, for the merchant, for events and for tests.

use std::num::NonZeroUsize;

use serde_json::{Map, Value, json};

use super::{account, account_holder, token};
use crate::world::{
    Account, Settings, World,
    session::{FailureReason, RelinkOptions, Session, SessionParams, SessionResult},
    settings::{Cancellation, MissingResult},
};

/// Renders the session object for the merchant's server. `result` is `None` while the session is pending.
pub(crate) fn render(world: &World, session: &Session, result: Option<&SessionResult>) -> Value {
    let params = &session.params;
    let all = if result.is_some() { collected(world, session) } else { Vec::new() };
    let shown = world.settings.session_page_size.map_or(all.len(), NonZeroUsize::get).min(all.len());
    let first = all.iter().take(shown);
    let data: Vec<Value> = first.map(|account| account::render(world, account)).collect();
    let mut value = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "account_holder": account_holder::render(params.account_holder.as_ref()),
        "accounts": {
            "object": "list",
            "data": data,
            "has_more": shown < all.len(),
            "url": account::PATH,
        },
        "client_secret": session.secret.expose(),
        "filters": filters(params),
        "livemode": false,
        "permissions": params.permissions,
        "prefetch": Some(&params.prefetch).filter(|list| !list.is_empty()),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(given_fields(params));
        if let Some(token) = &session.token {
            fields.insert("bank_account_token".to_owned(), token::render(world, token));
        }
        fields.extend(status_fields(&world.settings, params.relink_options.as_ref(), result));
        fields.extend(hosted_fields(session, world.now));
    }
    value
}

fn filters(params: &SessionParams) -> Value {
    let subcategories = Some(&params.subcategories).filter(|list| !list.is_empty());
    let mut filters = json!({ "account_subcategories": subcategories });
    if let Some(fields) = filters.as_object_mut() {
        fields.extend(country_fields(&params.countries));
        if let Some(support) = params.payment_method_support {
            fields.insert("require_payment_method_support".to_owned(), support.into());
        }
        if let Some(institution) = params.institution.as_deref() {
            fields.insert("institution".to_owned(), institution.into());
        }
    }
    filters
}

/// Returns the fields that appear only if the merchant set them.
fn given_fields(params: &SessionParams) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(limit) = params.limit {
        fields.insert("limits".to_owned(), json!({ "accounts": limit }));
    }
    if let Some(mode) = params.manual_entry {
        fields.insert("manual_entry".to_owned(), json!({ "mode": mode }));
    }
    if let Some(url) = &params.return_url {
        fields.insert("return_url".to_owned(), url.as_str().into());
    }
    fields
}

/// Returns the fields for hosted sessions. `url` is present while the link works, but not if it was sent by email.
fn hosted_fields(session: &Session, now: i64) -> Map<String, Value> {
    let params = &session.params;
    if !params.is_hosted {
        return Map::from_iter([("ui_mode".to_owned(), "modal".into()), ("url".to_owned(), Value::Null)]);
    }
    let mut hosted = Map::from_iter([("return_url".to_owned(), json!(params.return_url))]);
    hosted.extend(params.hosted.map(|method| ("delivery_method".to_owned(), method.into())));
    let url = session.live_url(now).filter(|_| params.hosted != Some("email"));
    Map::from_iter([
        ("client_secret".to_owned(), Value::Null),
        ("hosted".to_owned(), hosted.into()),
        ("ui_mode".to_owned(), "hosted".into()),
        ("url".to_owned(), json!(url)),
    ])
}

/// Renders the session for its event, without the client secret, which is no longer valid.
pub(crate) fn render_for_event(world: &World, session: &Session) -> Value {
    let mut value = render(world, session, session.result());
    if let Some(fields) = value.as_object_mut() {
        fields.insert("client_secret".to_owned(), Value::Null);
    }
    value
}

/// Returns `status`, `status_details`, `relink_options` and, if there is one, `relink_result`.
pub(crate) fn status_fields(
    settings: &Settings,
    relink: Option<&RelinkOptions>,
    result: Option<&SessionResult>,
) -> Map<String, Value> {
    let (status, details) = match result {
        None => ("pending", json!({})),
        Some(SessionResult::Succeeded { .. } | SessionResult::Typed { .. }) => {
            (settings.completed_status.as_str(), json!({}))
        }
        Some(SessionResult::LeftForOwnForm) => {
            ("cancelled", json!({ "cancelled": { "reason": "custom_manual_entry" } }))
        }
        Some(SessionResult::Failed(_)) => ("failed", json!({})),
        Some(SessionResult::Cancelled) if settings.cancellation == Cancellation::Failed => {
            ("failed", json!({}))
        }
        Some(SessionResult::Cancelled) => ("cancelled", json!({ "cancelled": { "reason": "other" } })),
    };
    let mut fields =
        Map::from_iter([("status".to_owned(), Value::from(status)), ("status_details".to_owned(), details)]);
    if let Some(relink) = relink {
        let RelinkOptions { authorization, account } = relink;
        let options = json!({ "authorization": authorization, "account": account });
        fields.insert("relink_options".to_owned(), options);
        fields.extend(
            relink_result(settings, relink, result).map(|result| ("relink_result".to_owned(), result)),
        );
    }
    fields
}

/// Returns `None` if the field is to be absent.
fn relink_result(
    settings: &Settings,
    relink: &RelinkOptions,
    result: Option<&SessionResult>,
) -> Option<Value> {
    let failed = |authorization: Option<&String>, reason: FailureReason| json!({ "authorization": authorization, "account": null, "failure_reason": reason.as_str() });
    match result {
        Some(SessionResult::Cancelled) if settings.cancellation != Cancellation::Plain => {
            Some(failed(None, FailureReason::Other))
        }
        // The last two are never the end of a relink.
        None
        | Some(SessionResult::Cancelled | SessionResult::LeftForOwnForm | SessionResult::Typed { .. }) => {
            match settings.relink_result {
                MissingResult::Absent => None,
                MissingResult::Null => Some(Value::Null),
            }
        }
        Some(SessionResult::Succeeded { authorization, .. }) => {
            Some(json!({ "authorization": authorization, "account": relink.account, "failure_reason": null }))
        }
        Some(SessionResult::Failed(reason)) => {
            let contradicts =
                settings.failed_result_names_authorization && *reason == FailureReason::NoAccount;
            Some(failed(contradicts.then_some(&relink.authorization), *reason))
        }
    }
}

/// Renders the session for tests: with its real result, regardless of `pending_reads`, and without the client secret.
pub(crate) fn render_for_tests(world: &World, session: &Session) -> Value {
    let params = &session.params;
    let collected: Vec<&str> =
        collected(world, session).into_iter().map(|account| account.id.as_str()).collect();
    let mut value = json!({
        "id": session.id,
        "account_holder": account_holder::render(params.account_holder.as_ref()),
        "accounts": collected,
        "filters": { "account_subcategories": params.subcategories },
        "limits": { "accounts": params.limit },
        "permissions": params.permissions,
        "relink_options": null,
        "relink_result": null,
        "windows_opened": session.windows_opened,
        "hosted_url": session.url,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(status_fields(&world.settings, params.relink_options.as_ref(), session.result()));
    }
    value
}

/// Returns the accounts that a session collected, in the order of lists, so that pages can be continued.
pub(crate) fn collected<'a>(world: &'a World, session: &Session) -> Vec<&'a Account> {
    let ids = session.collected();
    world.accounts().into_iter().filter(|account| ids.contains(&account.id)).collect()
}

/// Returns the fields of `filters` for countries.
fn country_fields(countries: &[String]) -> Map<String, Value> {
    let only = Some(countries).filter(|all| all.len() == 1).and_then(|all| all.first());
    let given = Some(countries).filter(|all| !all.is_empty());
    Map::from_iter([("countries".to_owned(), json!(given)), ("country".to_owned(), json!(only))])
}
