//! Checks of the merchant's side: settings, database, mail server and the operators' issuer.

use super::{Finding, State};
use crate::config::database::Engine;
use crate::config::settings::{Config, Mode};
use crate::infra::mailer::{Mailer, SendError};
use crate::infra::oidc::OidcClient;
use crate::store::Store;
use crate::store::export::ExportError;

/// Describes the settings that can be judged by themselves.
pub(super) fn settings(config: &Config) -> Vec<Finding> {
    let mode = match config.keys.mode {
        Mode::Sandbox => "the sandbox, because no Stripe keys are set",
        Mode::Test => "test keys",
        Mode::Live => "live keys",
    };
    let mut findings = vec![Finding::new("settings", State::Good, format!("valid; {mode}"))];
    findings
        .extend(config.warnings.iter().map(|warning| Finding::new("settings", State::Doubtful, *warning)));
    let algorithms: Vec<String> =
        config.token.algorithms.iter().map(|algorithm| format!("{algorithm:?}")).collect();
    let algorithm = format!("tokens are verified with {}", algorithms.join(", "));
    findings.push(Finding::new("token key", State::Good, algorithm));
    findings.push(if config.origins.is_empty() {
        let advice =
            "RELINK_ORIGINS is not set: only this server's own page may use it, and no page of yours";
        Finding::new("origins", State::Doubtful, advice)
    } else {
        let origins: Vec<String> =
            config.origins.iter().map(|url| url.origin().ascii_serialization()).collect();
        Finding::new("origins", State::Good, origins.join(", "))
    });
    findings.push(match &config.merchant_webhook {
        Some(webhook) => {
            let host = webhook.url.host_str().unwrap_or_default();
            Finding::new("your webhook", State::Good, format!("goes to {host}, and is not tried here"))
        }
        None => Finding::new(
            "your webhook",
            State::Doubtful,
            "RELINK_WEBHOOK_URL is not set: your back end learns nothing",
        ),
    });
    findings
}

/// Opens the database without migrating it, and begins to write.
pub(super) async fn database(config: &Config) -> Finding {
    let finding = |state, text: String| Finding::new("database", state, text);
    let store = match Store::attach(&config.database).await {
        Ok(store) => store,
        Err(error @ (ExportError::NoDatabase(_) | ExportError::NotOurs)) => {
            return finding(State::Doubtful, format!("{error}; the first start makes its tables"));
        }
        Err(error) => return finding(State::Bad, error.to_string()),
    };
    let engine = match store.engine() {
        Engine::Sqlite => "SQLite, for one server",
        Engine::Postgres => "PostgreSQL",
    };
    if let Err(error) = store.check().await {
        return finding(State::Bad, format!("{engine}; it takes no writes: {error}"));
    }
    match store.try_data_keys().await {
        Ok(values) => {
            finding(State::Good, format!("{engine}; it takes writes; {}", encryption(&store, values)))
        }
        Err(error) => finding(State::Bad, error.to_string()),
    }
}

/// Says whether personal data is encrypted. A value of each column was decrypted.
fn encryption(store: &Store, values: usize) -> String {
    let keys = store.data_keys();
    match keys.current_id() {
        Some(id) => {
            format!("new data is encrypted with the key {id}; {values} stored values could be decrypted")
        }
        None if keys.ids().is_empty() => "personal data is not encrypted (RELINK_DATA_KEY_FILE)".to_owned(),
        None => format!(
            "new data is in clear text, as the key file says; {values} stored values could be decrypted"
        ),
    }
}

/// Signs in to the mail server without sending anything.
pub(super) async fn mail(config: &Config) -> Finding {
    let finding = |state, text: String| Finding::new("mail", state, text);
    let Some(settings) = config.requests.mail.clone() else {
        return finding(State::Doubtful, "RELINK_SMTP_URL is not set: no emails are sent".to_owned());
    };
    let mailer = match Mailer::new(settings, None) {
        Ok(mailer) => mailer,
        Err(error) => return finding(State::Bad, format!("{error:#}")),
    };
    match mailer.check().await {
        Ok(()) => finding(State::Good, "the mail server lets us in; nothing was sent".to_owned()),
        Err(SendError::Later(why) | SendError::Never(why) | SendError::Unknown(why)) => {
            finding(State::Bad, why)
        }
    }
}

/// Reads the issuer's configuration and keys, and tries whether it takes the client's secret. `None` without an issuer.
pub(super) async fn issuer(config: &Config) -> Option<Finding> {
    let settings = config.oidc.clone()?;
    let redirect = settings.redirect_url.clone();
    let finding = |state, text: String| Some(Finding::new("operators' issuer", state, text));
    let client = match OidcClient::new(settings) {
        Ok(client) => client,
        Err(error) => return finding(State::Bad, format!("{error:#}")),
    };
    match client.check().await {
        Ok(()) => finding(
            State::Good,
            format!(
                "it takes our secret; whether it sends browsers back to {redirect}, only a sign-in shows"
            ),
        ),
        Err(error) => finding(State::Bad, error.to_string()),
    }
}
