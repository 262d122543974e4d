//! The bank window: Stripe.js, loaded once, opened with one attempt's secret.

use relink_flow::{Failure, Reason};
use relink_protocol::{Reported, StartedSession};
use stripe_js::{CollectError, CollectedSession, Options, PublishableKey};

/// Makes sure that Stripe.js is there.
pub(crate) async fn load(url: &str) -> Result<(), Failure> {
    stripe_js::load(url).await.map(drop).map_err(|_| Reason::StripeBlocked.into())
}

/// Opens the window and waits until it closes. What it reports is a hint; the server asks Stripe.
pub(crate) async fn open(url: &str, started: &StartedSession) -> Reported {
    match collect(url, started).await {
        Some(Ok(session)) if session.accounts.is_empty() && session.relink_result.is_none() => {
            Reported::Closed
        }
        Some(Ok(_)) => Reported::Finished,
        Some(Err(_)) | None => Reported::Error,
    }
}

async fn collect(url: &str, started: &StartedSession) -> Option<Result<CollectedSession, CollectError>> {
    let key = PublishableKey::try_from(started.publishable_key.as_str()).ok()?;
    let stripe = stripe_js::load(url).await.ok()?.mount(&key, &Options::default()).ok()?;
    Some(stripe.collect_financial_connections_accounts(started.client_secret.expose()).await)
}
