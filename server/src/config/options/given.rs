//! Settings as this process was given them, for the support bundle.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use serde::Serialize;

use super::file::{self, SettingsFile};

/// A setting of this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GivenSetting {
    /// Name of the variable.
    pub(crate) name: String,
    pub(crate) from: Source,
    /// Value; for a secret always `None`.
    pub(crate) value: Option<String>,
}

/// Source of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    NotSet,
    Default,
    /// The file of settings.
    File,
    Variable,
    Flag,
}

/// Returns all settings, those without a value included, with the values of secrets left out.
pub(crate) fn given_settings() -> Vec<GivenSetting> {
    read(std::env::args_os().collect()).unwrap_or_default()
}

fn read(arguments: Vec<std::ffi::OsString>) -> Result<Vec<GivenSetting>, clap::Error> {
    let (mut command, file) = file::command_for(&arguments)?;
    let matches = command.try_get_matches_from_mut(arguments)?;
    let setting = |argument| setting(argument, &matches, file.as_ref());
    Ok(command.get_arguments().filter_map(setting).collect())
}

fn setting(argument: &Arg, matches: &ArgMatches, file: Option<&SettingsFile>) -> Option<GivenSetting> {
    let (name, id) = (argument.get_env()?.to_string_lossy().into_owned(), argument.get_id().as_str());
    let from = match matches.value_source(id) {
        Some(ValueSource::EnvVariable) => Source::Variable,
        Some(ValueSource::CommandLine) => Source::Flag,
        Some(_) if file.is_some_and(|file| file.has(&name)) => Source::File,
        Some(_) => Source::Default,
        None => Source::NotSet,
    };
    let texts = || matches.get_raw(id).into_iter().flatten().map(|text| text.to_string_lossy());
    let value = match from {
        Source::NotSet => None,
        Source::Default | Source::File | Source::Variable | Source::Flag
            if argument.is_hide_env_values_set() =>
        {
            None
        }
        Source::Default | Source::File | Source::Variable | Source::Flag => {
            Some(texts().collect::<Vec<_>>().join(" "))
        }
    };
    Some(GivenSetting { name, from, value })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Options;

    #[test]
    fn a_secret_says_that_it_is_set_and_nothing_more() {
        let arguments = ["relink-server", "--api-key", "canary", "--merchant-name", "Acme"];
        let settings = read(arguments.map(Into::into).to_vec()).unwrap();
        let found = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap().clone();
        assert_eq!((found("RELINK_API_KEY").from, found("RELINK_API_KEY").value), (Source::Flag, None));
        assert_eq!(found("RELINK_MERCHANT_NAME").value.as_deref(), Some("Acme"));
        assert!(!format!("{settings:?}").contains("canary"));
        let variables =
            Options::command().get_arguments().filter(|argument| argument.get_env().is_some()).count();
        assert_eq!(settings.len(), variables);
    }

    #[test]
    fn a_setting_of_the_file_is_told_from_a_default_and_from_a_flag() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.toml");
        let content = "RELINK_MERCHANT_NAME = 'Acme'\nRELINK_LISTEN = '127.0.0.1:1'\nRELINK_LOG = 'warn'";
        std::fs::write(&path, content).unwrap();
        let arguments =
            ["relink-server", "--listen", "127.0.0.1:2", "doctor", "--config", path.to_str().unwrap()];
        let settings = read(arguments.map(Into::into).to_vec()).unwrap();
        let from = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap().from;
        assert_eq!(from("RELINK_MERCHANT_NAME"), Source::File);
        assert_eq!(from("RELINK_LOG"), Source::File);
        assert_eq!(from("RELINK_LISTEN"), Source::Flag);
        assert_eq!(from("RELINK_PURPOSE"), Source::Default);
        assert_eq!(from("RELINK_API_KEY"), Source::NotSet);
    }
}
