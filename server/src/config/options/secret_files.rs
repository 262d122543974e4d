//! Secrets in files: `…_FILE`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};

use super::Options;

/// Setting of the file whose keys encrypt personal data. It is no secret of one value, and other users of the machine must
/// not have access to it.
pub(crate) const DATA_KEY_FILE: &str = "RELINK_DATA_KEY_FILE";

impl Options {
    /// Replaces each `…_FILE` setting by the content of the file. An empty setting counts as absent, because an unset
    /// variable of a compose file becomes an empty one.
    pub fn read_secret_files(&mut self) -> anyhow::Result<()> {
        take(&mut self.stripe_secret_key, self.stripe_secret_key_file.take(), "STRIPE_SECRET_KEY")?;
        take(
            &mut self.stripe_webhook_secret,
            self.stripe_webhook_secret_file.take(),
            "STRIPE_WEBHOOK_SECRET",
        )?;
        take(&mut self.webhook_secret, self.webhook_secret_file.take(), "RELINK_WEBHOOK_SECRET")?;
        take(&mut self.requests.smtp_url, self.requests.smtp_url_file.take(), "RELINK_SMTP_URL")?;
        take(&mut self.api_key, self.api_key_file.take(), "RELINK_API_KEY")?;
        take(&mut self.token_key, self.token_key_file.take(), "RELINK_TOKEN_KEY")?;
        let oidc = &mut self.console.oidc;
        take(&mut oidc.oidc_client_secret, oidc.oidc_client_secret_file.take(), "RELINK_OIDC_CLIENT_SECRET")?;
        self.token_keys.read_folder()
    }

    /// Returns every secret that is set, as it was given; call it after [`Options::read_secret_files`].
    pub(crate) fn secrets(&self) -> Vec<&SecretString> {
        let single = [
            &self.stripe_secret_key,
            &self.stripe_webhook_secret,
            &self.webhook_secret,
            &self.requests.smtp_url,
            &self.api_key,
            &self.token_key,
            &self.console.oidc.oidc_client_secret,
        ];
        let of_folder = self.token_keys.token_key_files.iter().map(|file| &file.key);
        let database = std::iter::once(&self.database_url);
        single.into_iter().flatten().chain(of_folder).chain(database).collect()
    }

    /// Returns the files with secrets that are set, each with the name of its setting.
    pub(crate) fn secret_files(&self) -> Vec<(&'static str, &Path)> {
        let files = [
            ("STRIPE_SECRET_KEY_FILE", &self.stripe_secret_key_file),
            ("STRIPE_WEBHOOK_SECRET_FILE", &self.stripe_webhook_secret_file),
            ("RELINK_WEBHOOK_SECRET_FILE", &self.webhook_secret_file),
            ("RELINK_SMTP_URL_FILE", &self.requests.smtp_url_file),
            ("RELINK_API_KEY_FILE", &self.api_key_file),
            ("RELINK_TOKEN_KEY_FILE", &self.token_key_file),
            ("RELINK_OIDC_CLIENT_SECRET_FILE", &self.console.oidc.oidc_client_secret_file),
            (DATA_KEY_FILE, &self.database.data_key_file),
        ];
        let named = files.into_iter().filter_map(|(name, file)| Some((name, file.as_deref()?)));
        named.filter(|(_, file)| *file != Path::new("")).collect()
    }
}

fn take(value: &mut Option<SecretString>, file: Option<PathBuf>, name: &str) -> anyhow::Result<()> {
    let given = value.as_ref().is_some_and(|value| !value.expose_secret().is_empty());
    match file.filter(|path| path.as_path() != Path::new("")) {
        Some(_) if given => bail!("both {name} and {name}_FILE are set; keep one of them"),
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("can't read {name}_FILE ({})", path.display()))?;
            *value = Some(SecretString::from(text.trim_end()));
            Ok(())
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_setting_is_among_the_secrets() {
        use clap::{CommandFactory, FromArgMatches};

        // Sent to every browser.
        let is_public = |name: &str| name == "STRIPE_PUBLISHABLE_KEY";
        let command = Options::command();
        let is_secret = |argument: &&clap::Arg| argument.is_hide_env_values_set();
        let name =
            |argument: &clap::Arg| argument.get_env().unwrap_or_default().to_string_lossy().into_owned();
        let secret: Vec<_> =
            command.get_arguments().filter(is_secret).filter(|a| !is_public(&name(a))).collect();
        let flags = secret.iter().map(|argument| format!("--{}=canary", argument.get_long().unwrap()));
        let arguments = std::iter::once("relink-server".to_owned()).chain(flags);
        let options = Options::from_arg_matches(&command.clone().get_matches_from(arguments)).unwrap();
        assert_eq!(options.secrets().len(), secret.len());
    }

    #[test]
    fn a_secret_file_is_read_without_its_last_newline_and_only_once_given() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sk_test_1\n").unwrap();
        let mut value = Some(SecretString::from(""));
        take(&mut value, Some(file.path().to_owned()), "X").unwrap();
        assert_eq!(value.as_ref().unwrap().expose_secret(), "sk_test_1");
        let error = take(&mut value, Some(file.path().to_owned()), "X").unwrap_err().to_string();
        assert_eq!(error, "both X and X_FILE are set; keep one of them");
        let missing = take(&mut None, Some("/nowhere".into()), "X").unwrap_err().to_string();
        assert_eq!(missing, "can't read X_FILE (/nowhere)");
    }
}
