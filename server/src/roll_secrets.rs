//! Replaces secrets while the server runs: on SIGHUP, and when a file with a secret has changed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::config::options::Options;
use crate::config::secret_files::SecretFiles;
use crate::config::settings::decide;
use crate::shutdown::Hangup;
use crate::state::AppState;

/// Interval at which the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Runs until the server stops.
pub(crate) async fn watch(app: Arc<AppState>, mut files: SecretFiles, mut hangup: Hangup) {
    loop {
        let is_told = tokio::select! {
            () = app.stop.cancelled() => return,
            () = hangup.next() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        if !files.have_changed() && !is_told {
            continue;
        }
        let replaced = match files.read() {
            Ok(options) => Box::pin(app.replace_secrets(options)).await,
            Err(error) => Err(error),
        };
        match replaced {
            Ok(()) => tracing::info!("secrets were read again from their files"),
            Err(error) => {
                tracing::error!("secrets can't be read again, so those in use stay: {error:#}");
            }
        }
    }
}

impl AppState {
    /// Uses the secrets of these settings from now on, all of them or, after an error, none. Requests in progress finish
    /// with the former ones. Settings that are not secrets stay as they were at the start.
    pub async fn replace_secrets(&self, options: Options) -> anyhow::Result<()> {
        let new = decide(options)?;
        if new.keys.mode != self.config.keys.mode {
            bail!(
                "STRIPE_SECRET_KEY is for another mode than this server; restart it with the keys of one mode"
            );
        }
        if new.keys.publishable != self.config.keys.publishable {
            bail!("STRIPE_PUBLISHABLE_KEY is another one; restart the server");
        }
        // Before anything is replaced, because it can fail.
        let data_keys = new.database.data_keys;
        self.store.prepare_data_keys(&data_keys).await.context("RELINK_DATA_KEY_FILE")?;
        let mail = match (&self.mailer, new.requests.mail) {
            (Some(mailer), Some(settings)) => Some((mailer, settings)),
            (None, None) => None,
            _ => bail!("a mail server is set or removed; restart the server"),
        };
        if let Some((mailer, settings)) = mail {
            mailer.replace(settings)?;
        }
        self.stripe.replace_key(&new.keys.secret).context("STRIPE_SECRET_KEY can't be sent")?;
        if let (Some(webhooks), Some(webhook)) = (&self.merchant_webhooks, new.merchant_webhook) {
            webhooks.replace(webhook);
        }
        if let (Some(oidc), Some(settings)) = (&self.oidc, new.oidc) {
            oidc.replace_secret(settings.client_secret);
        }
        self.store.data_keys().replace(&data_keys);
        self.verifier.keys().replace(&new.token.keys);
        self.config.api_keys.store(new.api_keys.load_full());
        self.config.signing_secrets.store(new.signing_secrets.load_full());
        Ok(())
    }
}
