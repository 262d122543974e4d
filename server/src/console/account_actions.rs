//! Actions of an operator on one account, and their audit entries.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};
use relink_protocol::AccountId;
use relink_protocol::stripe::Account;
use serde_json::Value;

use super::address::public_path;
use super::auth::{Acting, OperatorForm};
use super::error::PageError;
use super::layout::{Layout, moment};
use super::preview::reason;
use super::sign_in::to;
use super::texts;
use super::words::refusal;
use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::relink_request::{Delivery, Step};
use crate::records::relink_requests::Why;
use crate::services::relink_requests::{self, CreateError, NewRelinkRequest};
use crate::state::AppState;

/// Returns the audit entry of an operator's action.
pub(super) fn entry(
    source: AuditSource,
    action: AuditAction,
    account: Option<&Account>,
    detail: Value,
) -> Entry {
    Entry {
        source,
        action,
        customer: account.and_then(Account::holder).cloned(),
        session: None,
        account: account.map(|account| account.id.clone()),
        detail,
    }
}

/// Writes the audit entry of an action that changes nothing else.
pub(super) async fn note(
    app: &AppState,
    source: AuditSource,
    action: AuditAction,
    account: Option<&Account>,
    detail: Value,
) -> Result<(), PageError> {
    let entry = entry(source, action, account, detail);
    Ok(app.audit.record(&entry).await?)
}

/// `POST /console/accounts/{id}/link`: creates a relink request, and shows its link once or emails it.
pub(super) async fn link(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    OperatorForm { by, fields, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let account: AccountId = id.parse().map_err(|_| PageError::NotFound)?;
    let back = public_path(&format!("/console/accounts/{account}"));
    let delivery = if fields.one("delivery") == "email" { Delivery::Email } else { Delivery::Link };
    let ask = NewRelinkRequest {
        language: None,
        account,
        delivery,
        reason: reason(&fields),
        return_url: None,
        email: None,
        expires_in: None,
        is_automatic: false,
        source: by.source(),
        link: None,
    };
    match relink_requests::create(&app, ask, None).await {
        Ok(asked) => match asked.url {
            Some(url) => Ok(Layout::new(texts::link_title(), &by)
                .within(texts::nav_connections())
                .page(&html! {
                    h1 { (texts::link_heading()) }
                    p { (texts::link_once(moment(asked.request.expires_at))) }
                    label for="link" { (texts::link_label()) }
                    input #link.wide type="text" dir="ltr" readonly value=(url);
                    p { a href=(back) { (texts::link_back()) } }
                })
                .into_response()),
            None => Ok(to(&back, &[])),
        },
        Err(CreateError::Refused(rule, from)) => Err(PageError::NotUnderstood(refused(refusal(rule), from))),
        Err(CreateError::Repeated) => Ok(to(&back, &[])),
        Err(CreateError::Failed(failure)) => Err(failure.into()),
    }
}

/// Adds the time from which it would be allowed to the reason for a refusal.
pub(super) fn refused(sentence: Markup, from: Option<Timestamp>) -> Markup {
    match from {
        Some(from) => texts::refusal_from(sentence, moment(from)),
        None => sentence,
    }
}

/// `POST /console/requests/{id}/cancel`: cancels a relink request.
pub(super) async fn cancel(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    OperatorForm { by, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let request = app.store.request(&id).await?.ok_or(PageError::NotFound)?;
    let why = Why { source: by.source(), failure: None, now: crate::clock::now() };
    relink_requests::advance(&app, &id, Step::Cancel, why).await?;
    Ok(to(&public_path(&format!("/console/accounts/{}", request.account)), &[]))
}
