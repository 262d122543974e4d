//! `GET /console/sessions`: signed-in sessions, with buttons to end them. Admins see everyone's, others their own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;

use super::address::public_path;
use super::auth::{AnyRole, OperatorForm, SignedIn};
use super::error::PageError;
use super::layout::{Layout, form_token, moment, unreadable_row};
use super::sign_in::to;
use super::texts;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::link_token::hash;
use crate::domain::role::Role;
use crate::domain::sign_in::{Operator, SessionEnd};
use crate::state::AppState;
use crate::store::encryption::Listed;
use crate::store::operators::OpenSession;

/// Renders the page.
pub(super) async fn page(State(app): State<Arc<AppState>>, by: SignedIn) -> Result<Markup, PageError> {
    let sessions = visible(&app, &by).await?;
    let content = html! {
        h1 { (texts::nav_sessions()) }
        p.hint { (texts::sessions_hint()) }
        table {
            caption.hidden { (texts::nav_sessions()) }
            thead { tr {
                th scope="col" { (texts::column_operator()) }
                th scope="col" { (texts::column_signed_in()) }
                th scope="col" { (texts::column_last_seen()) }
                th scope="col" { (texts::column_action()) }
            } }
            tbody { @for session in &sessions { @match session {
                Ok(session) => (row(&by, session)),
                Err(lost) => (unreadable_row(None, lost, 4)),
            } } }
        }
    };
    Ok(Layout::new(texts::nav_sessions(), &by).page(&content))
}

/// Returns the sessions that this operator may see and end, the newest first.
async fn visible(app: &AppState, by: &SignedIn) -> Result<Listed<OpenSession>, PageError> {
    let mut sessions = app.store.open_sessions(crate::clock::now()).await?;
    let is_own = |session: &OpenSession| session.operator.is(&by.operator);
    sessions.retain(|session| by.role >= Role::Admin || session.as_ref().is_ok_and(is_own));
    Ok(sessions)
}

/// Returns the name of a session in forms. What the database has is not shown, though it opens nothing.
fn name(session: &OpenSession) -> String {
    hash(&format!("session {}", session.hash))
}

fn row(by: &SignedIn, session: &OpenSession) -> Markup {
    let is_this = session.hash == by.session;
    html! { tr {
        th scope="row" data-name=(texts::column_operator()) { bdi { (session.operator.name()) } @if is_this { div.small { (texts::session_this()) } } }
        td data-name=(texts::column_signed_in()) { (moment(session.begun_at)) }
        td data-name=(texts::column_last_seen()) { (moment(session.seen_at)) }
        td {
            form method="post" action=(public_path("/console/sessions/end")) {
                (form_token(by))
                input type="hidden" name="session" value=(name(session));
                button.quiet aria-label=(texts::session_end_of(session.operator.name())) { (texts::session_end()) }
            }
        }
    } }
}

/// `POST /console/sessions/end`: ends a session, one's own or, as an admin, any.
pub(super) async fn end(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields, .. }: OperatorForm<AnyRole>,
) -> Result<Response, PageError> {
    let wanted = fields.one("session");
    let sessions = visible(&app, &by).await?;
    let mut readable = sessions.iter().flatten();
    let session = readable.find(|session| name(session) == wanted).ok_or(PageError::NotFound)?;
    let entry = |whose: &Operator| {
        let detail = json!({"reason": SessionEnd::Ended, "operator": whose.actor()});
        Entry::of(by.source(), AuditAction::SessionEnded, detail)
    };
    app.store.end_session(&session.hash, entry, crate::clock::now()).await?;
    Ok(to(&public_path("/console/sessions"), &[]))
}
