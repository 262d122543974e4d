//! Checks of this machine's side: settings, database and mail server.

use super::{Finding, State};
use crate::config::database::Engine;
use crate::config::settings::{Config, Mode};
use crate::infra::mailer::{Mailer, SendError};
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
    let algorithm = format!("tokens are verified with {:?}", config.token.algorithm);
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
    match store.check().await {
        Ok(()) => finding(State::Good, format!("{engine}; it takes writes")),
        Err(error) => finding(State::Bad, format!("{engine}; it takes no writes: {error}")),
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
