//! Language for a customer who is asked to come back, where nobody names one.

use relink_protocol::{AccountId, HolderId};

use crate::domain::language::Language;
use crate::services::customer_names;
use crate::state::AppState;
use crate::store::StoreError;

/// Returns the language in which the customer last used the page, or else the first supported one that they prefer at
/// Stripe (`preferred_locales`), or else English. If Stripe can't be asked, English: an email in another language is
/// better than none.
pub(super) async fn preferred_language(
    app: &AppState,
    account: &AccountId,
    customer: &HolderId,
) -> Result<Language, StoreError> {
    if let Some(language) = app.store.language_of(account).await? {
        return Ok(language);
    }
    let locales = match app.stripe.in_background().contact(customer).await {
        Ok(contact) => {
            customer_names::note(app, customer, contact.as_ref()).await?;
            contact.unwrap_or_default().preferred_locales
        }
        Err(error) => {
            tracing::info!(%customer, %error, "the languages that a customer prefers could not be read");
            Vec::new()
        }
    };
    Ok(locales.iter().find_map(|locale| Language::of_locale(locale)).unwrap_or(Language::English))
}
