//! Settings in a file, `relink.toml`, for what neither a flag nor a variable sets.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory};
use thiserror::Error;
use toml::{Table, Value};

use super::Options;
use crate::config::file_access::is_open_to_all;

/// File that is read if it exists and no other one is named.
const USUAL: &str = "relink.toml";
/// Variable that names the file, which therefore can't be in it.
const OWN_NAME: &str = "RELINK_CONFIG";
/// Hidden like secrets, and sent to every browser.
const PUBLIC: &str = "STRIPE_PUBLISHABLE_KEY";
/// Similarity from which a name is suggested in place of an unknown one, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// Settings of a file, as text for the parser of the command line.
#[derive(Debug)]
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    settings: Vec<Setting>,
}

#[derive(Debug)]
struct Setting {
    /// Identifier of the option.
    option: String,
    /// Name of the setting, which is that of its variable.
    name: String,
    value: String,
}

/// Fault of a file. No message has a value, unless clap refuses it, which accepts every secret.
#[derive(Debug, Error)]
enum FileError {
    #[error("it can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("line {line}: {message}")]
    Syntax { line: usize, message: String },
    #[error("there is no setting `{0}`{similar}", similar = suggestion(.1.as_deref()))]
    Unknown(String, Option<String>),
    #[error("{name} must be {form}")]
    Form { name: String, form: &'static str },
    #[error("{name}: {fault}")]
    Value { name: String, fault: String },
    #[error(
        "{0} is a secret, and every user of this machine may read or change the file; take that away (chmod o-rw), or put the secret into \
         a file of its own and name that in the setting that ends with _FILE"
    )]
    Exposed(String),
}

fn suggestion(name: Option<&str>) -> String {
    name.map(|name| format!("; {name} is similar")).unwrap_or_default()
}

/// Returns the command with the settings of the file as its defaults, and the file, if there is one.
pub(super) fn command_for(arguments: &[OsString]) -> Result<(Command, Option<SettingsFile>), clap::Error> {
    let mut command = Options::command();
    let Some(path) = path(&command, arguments) else { return Ok((command, None)) };
    let file = SettingsFile::read(&path, &command).map_err(|error| {
        let message = format!("the settings in {}: {error}\n", path.display());
        clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(&command)
    })?;
    for Setting { option, value, .. } in &file.settings {
        command = command.mut_arg(option, |argument| {
            // The manual has the defaults of the program; a switch shows none.
            let takes_value = !is_switch(&argument);
            argument.default_value(value.clone()).hide_default_value(takes_value)
        });
    }
    Ok((command, Some(file)))
}

/// Returns the path of the file that the arguments or the variable name, or that of the usual one if it exists.
fn path(command: &Command, arguments: &[OsString]) -> Option<PathBuf> {
    // Errors in other options are reported once the file has been read.
    let matches = command.clone().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    let named = matches.get_one::<PathBuf>("config").filter(|path| path.as_path() != Path::new(""));
    named.cloned().or_else(|| Some(PathBuf::from(USUAL)).filter(|path| path.exists()))
}

impl SettingsFile {
    /// True if the file has this setting.
    pub(super) fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|setting| setting.name == name)
    }

    fn read(path: &Path, command: &Command) -> Result<Self, FileError> {
        let mut file = File::open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let settings = parse(&text, command)?;
        let is_exposed = |setting: &&Setting| !setting.value.is_empty() && is_secret(command, setting);
        if is_open_to_all(&file.metadata()?)
            && let Some(setting) = settings.iter().find(is_exposed)
        {
            return Err(FileError::Exposed(setting.name.clone()));
        }
        Ok(Self { path: path.to_owned(), settings })
    }
}

fn is_secret(command: &Command, setting: &Setting) -> bool {
    let mut options = command.get_arguments().filter(|argument| argument.get_id() == setting.option.as_str());
    setting.name != PUBLIC && options.any(Arg::is_hide_env_values_set)
}

fn parse(text: &str, command: &Command) -> Result<Vec<Setting>, FileError> {
    let table: Table = toml::from_str(text).map_err(|error| {
        // Only the message, because the whole error repeats the line, which may have a secret.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        FileError::Syntax { line: before.matches('\n').count() + 1, message: error.message().to_owned() }
    })?;
    table.iter().map(|(name, value)| setting(name, value, command)).collect()
}

fn setting(name: &str, value: &Value, command: &Command) -> Result<Setting, FileError> {
    let is_named = |argument: &&Arg| name != OWN_NAME && argument.get_env().is_some_and(|own| own == name);
    let argument = command.get_arguments().find(is_named);
    let argument = argument.ok_or_else(|| FileError::Unknown(name.to_owned(), similar(name, command)))?;
    let is_switch = is_switch(argument);
    let value = match value {
        Value::Boolean(value) if is_switch => Some(value.to_string()),
        Value::String(value) if !is_switch => Some(value.clone()),
        Value::Integer(value) if !is_switch => Some(value.to_string()),
        Value::Float(value) if !is_switch => Some(value.to_string()),
        Value::Array(list) if !is_switch => {
            // Keys may contain a comma.
            let between = if ["RELINK_API_KEY", "RELINK_OIDC_SCOPES"].contains(&name) { " " } else { "," };
            list.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|list| list.join(between))
        }
        Value::Boolean(_)
        | Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Array(_)
        | Value::Datetime(_)
        | Value::Table(_) => None,
    };
    let form = if is_switch { "true or false" } else { "a text, a number or a list of texts" };
    let value = value.ok_or_else(|| FileError::Form { name: name.to_owned(), form })?;
    if !is_switch {
        check(argument, &value).map_err(|fault| FileError::Value { name: name.to_owned(), fault })?;
    }
    Ok(Setting { option: argument.get_id().to_string(), name: name.to_owned(), value })
}

fn is_switch(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::SetTrue)
}

/// Lets the option's own parser check the value. The parser takes defaults to be valid.
fn check(argument: &Arg, value: &str) -> Result<(), String> {
    let alone = Command::new("relink-server").no_binary_name(true).arg(argument.clone().global(false));
    let given = format!("--{}={value}", argument.get_long().unwrap_or_default());
    let Err(error) = alone.try_get_matches_from([given]) else { return Ok(()) };
    let text = error.to_string();
    Err(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

/// Returns the setting that was probably meant, also by the name of its flag.
fn similar(name: &str, command: &Command) -> Option<String> {
    let meant = name.to_uppercase().replace('-', "_");
    // Most names begin alike, which says nothing about the rest.
    let short = |name: &str| name.strip_prefix("RELINK_").unwrap_or(name).to_owned();
    let likeness = |known: &str| strsim::jaro_winkler(&short(&meant), &short(known));
    let names = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    let found = names.filter(|known| *known != OWN_NAME).map(|known| (likeness(known), known));
    let best = found.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(likeness, _)| *likeness >= SIMILAR).map(|(_, known)| known.to_owned())
}

#[cfg(test)]
mod tests;
