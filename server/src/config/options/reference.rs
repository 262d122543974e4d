//! Reference of all settings, docs/configuration.md, written from the options themselves.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use super::Options;

/// Version in which each setting appeared, for those that are not of the first version.
const LATER: &[(&str, &str)] = &[
    ("RELINK_CONFIG", "0.2.0"),
    ("RELINK_DATA_KEY_FILE", "0.2.0"),
    ("RELINK_CUSTOMER_NAMES", "0.2.0"),
    ("RELINK_BATCH_APPROVAL_ABOVE", "0.2.0"),
    ("RELINK_CONNECTED_ACCOUNTS", "0.2.0"),
    ("RELINK_STRIPE_ACCOUNT", "0.2.0"),
    ("RELINK_OIDC_ISSUER", "0.2.0"),
    ("RELINK_OIDC_CLIENT_ID", "0.2.0"),
    ("RELINK_OIDC_CLIENT_SECRET", "0.2.0"),
    ("RELINK_OIDC_CLIENT_SECRET_FILE", "0.2.0"),
    ("RELINK_OIDC_ROLES", "0.2.0"),
    ("RELINK_OIDC_ROLES_CLAIM", "0.2.0"),
    ("RELINK_OIDC_SCOPES", "0.2.0"),
    ("RELINK_OIDC_NAME", "0.2.0"),
    ("RELINK_OIDC_REDIRECT_URL", "0.2.0"),
    ("RELINK_OIDC_SESSION", "0.2.0"),
    ("RELINK_OIDC_ONLY", "0.2.0"),
    ("RELINK_TRACES_URL", "0.2.0"),
    ("RELINK_TRACES_SHARE", "0.2.0"),
];
const FIRST: &str = "0.1.0";

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by the program: cargo run -p relink-server -- settings > docs/configuration.md -->

relink-server reads each setting from the flag of the same name, from an environment variable, or from a file, in this
order, when it starts; a change needs a restart, unless it is a file with a secret, which is read again when it changes
([Keys and secrets](operations.md#keys-and-secrets)). Boolean settings are set by `true` and unset by `false` or nothing. The column \"if not set\" has what
applies otherwise; `—` where the meaning says it, or where nothing does.

A secret is never printed, not by `--help` either. Put it into a file and name that in the variable that ends with
`_FILE`: an environment can be read by more programs than a file, and a flag by everyone on the machine. `docker run
--env-file` keeps quotes, so write values there without them; the server refuses a value in quotes.

## The file

`relink.toml` in the working folder, or the file that `--config` or `RELINK_CONFIG` names, has settings by the names of their
variables, in TOML without sections:

```toml
RELINK_MERCHANT_NAME = \"Acme\"
RELINK_ORIGINS = [\"https://shop.example\", \"https://www.shop.example\"]   # or one text with commas
RELINK_STRIPE_RATE = 40
RELINK_BEHIND_TLS_PROXY = true
STRIPE_SECRET_KEY_FILE = \"/run/secrets/stripe-key\"
```

An unknown name is an error that says which one is similar. A setting that is marked as secret below may be in the file
only if not every user of the machine can read it (`chmod o-r relink.toml`); `STRIPE_PUBLISHABLE_KEY` is no secret.
A variable counts even if it is empty. Secrets in this file are not read again while the server runs, unlike files of one
secret.

`relink-server check` tries the settings out and names those of the file; `relink-server doctor` lists the source of each.
";

const COLUMNS: &str = "| setting | if not set | secret | since | meaning |\n|---|---|---|---|---|";

/// Returns the page as Markdown.
pub(crate) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut command = Options::command();
    command.build();
    let mut heading = None;
    for argument in settings(&command) {
        let its_heading = argument.get_help_heading().unwrap_or("General");
        if heading != Some(its_heading) {
            heading = Some(its_heading);
            // Writing to a string does not fail.
            let _ = writeln!(page, "\n## {its_heading}\n\n{COLUMNS}");
        }
        page.push_str(&row(argument));
    }
    page
}

/// Returns the options that have a variable, those of each heading together.
fn settings(command: &Command) -> Vec<&Arg> {
    let all: Vec<&Arg> = command.get_arguments().filter(|argument| argument.get_env().is_some()).collect();
    let mut headings = vec![None];
    for argument in &all {
        if !headings.contains(&argument.get_help_heading()) {
            headings.push(argument.get_help_heading());
        }
    }
    let of = |heading| all.iter().copied().filter(move |argument| argument.get_help_heading() == heading);
    headings.into_iter().flat_map(of).collect()
}

fn row(argument: &Arg) -> String {
    let name = argument.get_env().unwrap_or_default().to_string_lossy().into_owned();
    let flag = argument.get_long().unwrap_or_default();
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let (meaning, otherwise) = without_default(&help);
    let meaning = meaning.trim_end_matches('.');
    let default = otherwise.unwrap_or_else(|| default_value(argument));
    let secret = if argument.is_hide_env_values_set() { "yes" } else { "" };
    let since = LATER.iter().find(|(later, _)| *later == name).map_or(FIRST, |(_, version)| version);
    format!("| `{name}`<br>`--{flag}` | {default} | {secret} | {since} | {meaning} |\n")
}

fn default_value(argument: &Arg) -> String {
    let values: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if values.is_empty() { "—".to_owned() } else { values.join(", ") }
}

/// Returns the explanation without its sentence `Otherwise …`, or without the `[default: …]` at its end, and what that says.
fn without_default(help: &str) -> (String, Option<String>) {
    if let Some((before, default)) = help.split_once(" [default: ") {
        return (before.to_owned(), Some(default.trim_end_matches(']').to_owned()));
    }
    let (before, rest) = match help.strip_prefix(OTHERWISE) {
        Some(rest) => ("", rest),
        None => match help.split_once(&format!(". {OTHERWISE}")) {
            Some((before, rest)) => (before, rest),
            None => return (help.to_owned(), None),
        },
    };
    let (otherwise, after) = match rest.split_once(". ") {
        Some((otherwise, after)) => (otherwise, format!(" {after}")),
        None => (rest.trim_end_matches('.'), String::new()),
    };
    (format!("{before}.{after}"), Some(otherwise.to_owned()))
}

const OTHERWISE: &str = "Otherwise ";

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/configuration.md");

    #[test]
    fn the_page_that_is_checked_in_is_that_of_the_program() {
        assert!(
            markdown() == PAGE,
            "docs/configuration.md is out of date; renew it: \
             cargo run -p relink-server -- settings > docs/configuration.md"
        );
    }

    #[test]
    fn every_setting_is_in_one_row() {
        let page = markdown();
        for argument in Options::command().get_arguments() {
            let Some(name) = argument.get_env() else { continue };
            assert_eq!(page.matches(&format!("| `{}`<br>", name.to_string_lossy())).count(), 1, "{name:?}");
        }
        let settings: Vec<&str> = LATER.iter().map(|(name, _)| *name).collect();
        assert!(settings.iter().all(|name| page.contains(name)), "{settings:?}");
    }

    #[test]
    fn every_setting_of_the_first_steps_exists() {
        let page = include_str!("../../../../docs/going-live.md");
        let assigned = page.lines().filter_map(|line| Some(line.split_once('=')?.0));
        let is_variable =
            |name: &&str| name.contains('_') && name.bytes().all(|c| c.is_ascii_uppercase() || c == b'_');
        let names: Vec<&str> = assigned.filter(is_variable).collect();
        assert!(names.len() > 10, "{names:?}");
        let reference = markdown();
        let unknown: Vec<&&str> =
            names.iter().filter(|name| !reference.contains(&format!("| `{name}`<br>"))).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_default_is_taken_out_of_the_explanation() {
        for (help, meaning, otherwise) in [
            ("Most connections. Otherwise 12.", "Most connections.", Some("12")),
            ("Most. Otherwise 5; 0 in the sandbox. More.", "Most. More.", Some("5; 0 in the sandbox")),
            ("Folder [default: dist]", "Folder", Some("dist")),
            ("Nothing else.", "Nothing else.", None),
        ] {
            assert_eq!(without_default(help), (meaning.to_owned(), otherwise.map(str::to_owned)));
        }
    }
}
