//! Names and email addresses of customers from Stripe, where the merchant has them stored (`RELINK_CUSTOMER_NAMES`).

use jiff::{SignedDuration, Timestamp};
use relink_protocol::HolderId;

use crate::domain::customer_name::CustomerName;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::customer_names::SWEEP_PLACE;
use crate::store::job_queue::{JobKind, NewJob, Urgency};
use crate::stripe::Contact;

/// Age at which a name is read again, in case that an event was lost.
const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Customers that are looked at in one sweep.
const PIECE: i64 = 500;

/// Stores what Stripe has of a customer with accounts here, if names are stored at all. `None`: Stripe no longer has them.
pub(crate) async fn note(
    app: &AppState,
    customer: &HolderId,
    contact: Option<&Contact>,
) -> Result<(), StoreError> {
    if !app.config.console.customer_names {
        return Ok(());
    }
    let name =
        contact.map(|Contact { name, email, .. }| CustomerName { name: name.clone(), email: email.clone() });
    let name = name.filter(|name| !name.is_empty());
    app.store.save_customer_name(customer, name.as_ref(), crate::clock::now()).await
}

/// Returns the readings of names that are due, at most `most`. Deletes all names if they are not stored any more.
pub(crate) async fn due(app: &AppState, now: Timestamp, most: i64) -> Result<Vec<NewJob>, StoreError> {
    let place = app.store.meta(SWEEP_PLACE).await?.unwrap_or_default();
    if !app.config.console.customer_names {
        app.store.forget_customer_names().await?;
        if !place.is_empty() {
            app.store.set_meta(SWEEP_PLACE, "").await?;
        }
        return Ok(Vec::new());
    }
    let piece = most.clamp(1, PIECE);
    let (customers, next) = app.store.customers_to_name(&place, now - LIFETIME, piece).await?;
    let next = next.unwrap_or_default();
    if next != place {
        app.store.set_meta(SWEEP_PLACE, &next).await?;
    }
    let job = |subject| NewJob {
        kind: JobKind::CustomerName,
        subject,
        urgency: Urgency::Sweep,
        created: None,
        due: now,
    };
    Ok(customers.into_iter().map(job).collect())
}
