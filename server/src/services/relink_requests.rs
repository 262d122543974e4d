//! Relink requests: creates them by the rules and changes their state. The API, the console and reminders all use this.

mod create;
mod email;
mod expire;
mod hosted;
mod preferred_language;

pub(crate) use self::create::{
    CreateError, CreatedRequest, NewRelinkRequest, Once, USUAL_LIFETIME, create, link_url, may_create,
};
pub(crate) use self::email::{EmailSubject, EmailTerms, accounts_beside, write_email};
pub(crate) use self::expire::expire_overdue;
pub(crate) use self::hosted::{host, hosted_ended, hosted_url};
use crate::domain::relink_request::{Request, Step};
use crate::records::relink_requests::Why;
use crate::state::AppState;
use crate::store::StoreError;

/// Performs a step in a transaction of its own. Returns `None` if the request is missing or the step changes nothing.
pub(crate) async fn advance(
    app: &AppState,
    id: &str,
    step: Step,
    why: Why<'_>,
) -> Result<Option<Request>, StoreError> {
    let mut change = app.store.change().await?;
    let stepped = app.requests.advance(&mut change, id, step, why).await?;
    change.commit().await?;
    app.connections.messages().notify_one();
    Ok(stepped)
}
