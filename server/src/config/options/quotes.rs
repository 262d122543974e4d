//! Reads the options, and explains values that are still in quotes: `docker run --env-file`, unlike a shell or a compose
//! file, keeps the quotes of `NAME="value"`.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches};

use super::{Options, file};

impl Options {
    /// Reads the options of this process. Ends it with a message if they are invalid, or after `--help`.
    pub fn from_process() -> Self {
        Self::read(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let (mut command, file) = file::command_for(&arguments)?;
        let matches =
            command.try_get_matches_from_mut(arguments).map_err(|error| explained(error, &command))?;
        if let Some(name) = quoted_variable(&command, &matches) {
            return Err(in_quotes(&command, &name));
        }
        let options = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok(Self { config: file.map(|file| file.path), ..options })
    }
}

/// Returns the error, or its cause if the value is refused because of its quotes.
fn explained(error: clap::Error, command: &Command) -> clap::Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(_) | None => None,
    };
    let value = context(ContextKind::InvalidValue).map(OsStr::new);
    let option = context(ContextKind::InvalidArg).filter(|_| value.is_some_and(is_quoted));
    let argument = command.get_arguments().find(|argument| Some(argument.to_string().as_str()) == option);
    match argument.and_then(clap::Arg::get_env) {
        Some(name) => in_quotes(command, name),
        None => error,
    }
}

/// Returns the variable whose value is in quotes, if there is one.
fn quoted_variable(command: &Command, matches: &ArgMatches) -> Option<OsString> {
    let is_quoted_variable = |argument: &&clap::Arg| {
        let id = argument.get_id().as_str();
        argument.get_env().is_some()
            && matches.value_source(id) == Some(ValueSource::EnvVariable)
            && matches.get_raw(id).into_iter().flatten().any(is_quoted)
    };
    command.get_arguments().find(is_quoted_variable)?.get_env().map(OsStr::to_owned)
}

fn is_quoted(value: &OsStr) -> bool {
    let bytes = value.as_encoded_bytes();
    matches!(bytes, [b'"', .., b'"'] | [b'\'', .., b'\''])
}

/// Names the variable and not its value, which may be a secret.
fn in_quotes(command: &Command, name: &OsStr) -> clap::Error {
    let message = format!(
        "the value of {} is in quotes, which are part of it: `docker run --env-file`, unlike a shell, keeps them. Write \
         the value without quotes\n",
        name.display()
    );
    clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_quotes_if_it_begins_and_ends_with_the_same_one() {
        for (value, expected) in [
            (r#""Acme""#, true),
            ("'Acme'", true),
            (r#""""#, true),
            (r#"""#, false),
            ("", false),
            ("Acme", false),
            (r#""Acme'"#, false),
            (r#""Acme, Inc." <a@acme.example>"#, false),
            (r#"{"en": "Pay"}"#, false),
        ] {
            assert_eq!(is_quoted(OsStr::new(value)), expected, "{value}");
        }
    }
}
