//! `relink-server check`: tries the settings out and prints a table with what to do. Changes nothing, here or at Stripe.

mod at_stripe;
mod from_outside;
mod here;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context, ensure};

use crate::config::options::{Options, Source, given_settings};
use crate::config::secret_files::SecretFiles;
use crate::config::settings::{Config, decide};
use crate::domain::stripe_accounts::StripeAccounts;
use crate::domain::version::ApiVersion;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::stripe::{RateLimiter, Stripe};

/// Result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    subject: String,
    state: State,
    /// State in words or, unless it is good, what to do.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// Works, but should be looked at.
    Doubtful,
    Bad,
    /// Could not be tried.
    Unknown,
}

impl Finding {
    fn new(subject: impl Into<String>, state: State, text: impl Into<String>) -> Self {
        Self { subject: subject.into(), state, text: text.into() }
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "look",
            Self::Bad => "FAIL",
            Self::Unknown => "?",
        }
    }
}

/// Prints the table. Fails if a check failed.
pub(crate) async fn perform(options: Options) -> anyhow::Result<()> {
    let findings = run(options).await;
    io::stdout().write_all(table(&findings).as_bytes()).context("can't write to standard output")?;
    let failures = findings.iter().filter(|finding| finding.state == State::Bad).count();
    ensure!(failures == 0, "{failures} of {} checks failed", findings.len());
    Ok(())
}

/// Returns the table.
pub(super) async fn printed(options: Options) -> String {
    table(&run(options).await)
}

async fn run(mut options: Options) -> Vec<Finding> {
    let file = options.config.clone();
    let mut findings: Vec<Finding> = file.into_iter().map(|file| of_file(&file)).collect();
    findings.extend(SecretFiles::of(&options).exposed().into_iter().map(|(setting, file)| {
        let advice = format!(
            "{setting}: every user of this machine may read or change {}; chmod o-rw",
            file.display()
        );
        Finding::new("secret files", State::Doubtful, advice)
    }));
    let decided = options.read_secret_files().and_then(|()| Ok(decide(options)?));
    match decided {
        Ok(config) => findings.extend(with(&config).await),
        Err(error) => findings.push(Finding::new("settings", State::Bad, format!("{error:#}"))),
    }
    findings
}

/// Names the settings that are from the file, and not from a flag or a variable.
fn of_file(file: &Path) -> Finding {
    let given = given_settings().into_iter().filter(|setting| setting.from == Source::File);
    let names: Vec<String> = given.map(|setting| setting.name).collect();
    Finding::new("settings file", State::Good, format!("{} sets {}", file.display(), names.join(", ")))
}

async fn with(config: &Config) -> Vec<Finding> {
    let mut findings = here::settings(config);
    findings.push(here::database(config).await);
    findings.push(here::mail(config).await);
    findings.extend(here::issuer(config).await);
    findings.extend(at_stripe::all(config).await);
    findings.extend(from_outside::all(config).await);
    findings
}

/// Returns a client of Stripe's for these accounts. It has a budget of its own,
/// because a running server's is in the database.
fn stripe(config: &Config, accounts: StripeAccounts) -> anyhow::Result<Stripe> {
    let budget = RateLimiter::new(None::<Store>, config.stripe_rate, config.limits.background_share);
    let (api, key) = (config.addresses.api.clone(), &config.keys.secret);
    let version: ApiVersion = config.stripe_version;
    Stripe::new(api, key, version, accounts, budget, Metrics::new())
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or_default();
    let mut table = String::new();
    for Finding { subject, state, text } in findings {
        // Writing to a string does not fail.
        let _ = writeln!(table, "{:<4}  {subject:<width$}  {text}", state.word());
    }
    table
}
