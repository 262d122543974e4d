//! The bank window: loads Stripe.js once, and opens it with the client secret of one attempt.

use relink_flow::{Failure, Reason};
use relink_protocol::{Reported, StartedSession};
use stripe_js::{CollectError, CollectedSession, Options, PublishableKey};

use crate::text::Language;

/// Languages of Stripe's windows: `docs.stripe.com/js/appendix/supported_locales`. Stripe.js warns about any other.
const STRIPE_LOCALES: &str = "ar bg cs da de el en en-GB es es-419 et fi fil fr fr-CA he hr hu id it ja ko lt lv ms mt nb \
                             nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW";

/// Prefix of the URL of every script of Stripe.
const STRIPE_PREFIX: &str = "https://js.stripe.com/";

/// Loads Stripe.js. Only the server that the page's script came from may name a script outside Stripe, as the sandbox
/// does: its scripts run in the page anyway.
pub(super) async fn load(url: &str, is_home: bool) -> Result<(), Failure> {
    if !is_home && !url.starts_with(STRIPE_PREFIX) {
        return Err(Reason::Internal.into());
    }
    stripe_js::load(url).await.map(drop).map_err(|_| Reason::StripeBlocked.into())
}

/// Opens the window and waits until it closes. The report is a hint; the server asks Stripe for the result.
pub(super) async fn open(url: &str, started: &StartedSession, language: Language) -> Reported {
    match collect(url, started, language).await {
        Some(Ok(session)) if session.accounts.is_empty() && session.relink_result.is_none() => {
            Reported::Closed
        }
        Some(Ok(_)) => Reported::Finished,
        Some(Err(_)) | None => Reported::Error,
    }
}

async fn collect(
    url: &str,
    started: &StartedSession,
    language: Language,
) -> Option<Result<CollectedSession, CollectError>> {
    let key = PublishableKey::try_from(started.publishable_key.as_str()).ok()?;
    let locale = Some(locale(language.locale(), language.code()).to_owned());
    let stripe_account = started.stripe_account.as_ref().map(ToString::to_string);
    let options = Options { locale, stripe_account, ..Options::default() };
    let stripe = stripe_js::load(url).await.ok()?.mount(&key, &options).ok()?;
    let secret = started.client_secret.expose();
    Some(if started.collects_token {
        stripe.collect_bank_account_token(secret).await
    } else {
        stripe.collect_financial_connections_accounts(secret).await
    })
}

/// Returns Stripe's name of the page's language: with the customer's region if Stripe supports it, or `auto` if Stripe
/// does not know the language at all.
fn locale<'a>(locale: &'a str, language: &'a str) -> &'a str {
    let plain = language.split('-').next().unwrap_or_default();
    let known =
        [locale, plain].into_iter().find(|wanted| STRIPE_LOCALES.split(' ').any(|known| known == *wanted));
    // Stripe does not know the pseudo-languages of tests.
    known.filter(|_| !language.contains("-X")).unwrap_or("auto")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripe_speaks_the_pages_language_if_it_can() {
        for (wanted, language, expected) in [
            ("pt-BR", "pt-BR", "pt-BR"),
            ("pt-PT", "pt-BR", "pt"),
            ("en-US", "en", "en"),
            ("zh-CN", "zh-Hans", "zh"),
            ("ar-EG", "ar", "ar"),
            ("cy", "cy", "auto"),
            ("en-XA", "en-XA", "auto"),
        ] {
            assert_eq!(locale(wanted, language), expected, "{wanted}");
        }
    }
}
