//! Every setting: flag, environment variable and, for secrets, a file. Reads and decides nothing: that is
//! `domain::settings`.

mod audit;
mod background;
mod console;
mod database;
mod keys;
mod limits;
mod network;
mod requests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::FalseyValueParser;
use clap::{Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::audit::AuditTask;
pub use self::background::BackgroundOptions;
pub use self::console::ConsoleOptions;
pub use self::database::DatabaseOptions;
pub(crate) use self::keys::KeyTask;
pub use self::limits::LimitOptions;
pub use self::network::NetworkOptions;
pub use self::requests::RequestOptions;

/// Repairs broken bank connections inside the merchant's own page: creates relink sessions at Stripe, serves the page,
/// and asks Stripe what came of each attempt.
///
/// Without Stripe keys it talks to the sandbox. Each secret can also come from a file, which is where container
/// platforms put secrets; a secret in a flag can be seen by everyone on the machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "relink-server", version)]
pub struct Options {
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, env = "RELINK_LISTEN", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 4280)))]
    pub listen: SocketAddr,

    /// A proxy in front of this server speaks TLS with the customers. Live keys need it on any address but loopback.
    /// The address of a customer who agrees to a mandate is then the last one in X-Forwarded-For, which must be the one
    /// that your proxy adds; whatever stands before it anyone could have written.
    #[arg(long, env = "RELINK_BEHIND_TLS_PROXY", value_parser = FalseyValueParser::new())]
    pub behind_tls_proxy: bool,

    /// Your name, as your customers know it. In the sandbox: Northwind.
    #[arg(long, env = "RELINK_MERCHANT_NAME")]
    pub merchant_name: Option<String>,

    /// Where you help your customers: an address of the web, or mailto: and a mailbox.
    #[arg(long, env = "RELINK_HELP_URL")]
    pub help_url: Option<String>,

    /// Origins of your own pages that hold the element, separated by commas, such as `https://shop.example`: their browsers
    /// may ask this server, and they may show `/frame` in an iframe. Otherwise only the page of this server's own may.
    #[arg(long, env = "RELINK_ORIGINS")]
    pub origins: Option<String>,

    /// Folder with the built page [default: the page in this program if it was built with one, otherwise dist]
    #[arg(long, env = "RELINK_WEB_ROOT")]
    pub web_root: Option<PathBuf>,

    /// What to log: error, warn, info, debug or trace, or such a level per module.
    #[arg(long, env = "RELINK_LOG", default_value = "info")]
    pub log: String,

    /// What you use your customers' accounts for: `payments`, `payouts` or `data`. Of several, separated by commas, the first
    /// is the default and a customer's token may name another one (claim `purpose`).
    #[arg(long, env = "RELINK_PURPOSE", default_value = "payments")]
    pub purpose: String,

    /// What customers are asked to share when they relink: `payment_method`, `balances`, `ownership`, `transactions`,
    /// separated by commas. Otherwise what the account shares already; for data it must be set. For payments and payouts
    /// `payment_method` is always added. A token may narrow it (claim `permissions`).
    #[arg(long, env = "RELINK_PERMISSIONS")]
    pub permissions: Option<String>,

    /// Which accounts may be linked: for payments and payouts `checking`, `savings` or both (the default); for data
    /// these, `credit_card`, `line_of_credit`, `mortgage` (by default every kind).
    #[arg(long, env = "RELINK_ACCOUNT_SUBCATEGORIES")]
    pub account_subcategories: Option<String>,

    /// Accounts of this country only, as two letters such as US (ISO 3166-1). Otherwise of any country.
    #[arg(long, env = "RELINK_COUNTRY")]
    pub country: Option<String>,

    /// For payments and payouts: a relink takes any eligible account at the same bank from the start. Otherwise it asks
    /// for the very account, and for another one only after the bank did not show that one. A token may insist on the
    /// very account (claim `any_account`: false), which also forbids every other one; do so in links that you mail.
    #[arg(long, env = "RELINK_ANY_ACCOUNT", value_parser = FalseyValueParser::new())]
    pub any_account: bool,

    /// What is fetched anew after a relink, as far as the customer shares it: `balance`, `ownership`,
    /// `transactions`, separated by commas, or `none`. Otherwise all three.
    #[arg(long, env = "RELINK_REFRESH")]
    pub refresh: Option<String>,

    /// What Stripe is to keep up to date by itself after a relink, as far as the customer shares it: `balance`,
    /// `transactions`, separated by commas. Otherwise nothing. Stripe may charge for it.
    #[arg(long, env = "RELINK_SUBSCRIBE")]
    pub subscribe: Option<String>,

    /// What a customer agrees to by paying from a new account. May hold {merchant} for your name and {account} for the
    /// bank and the last digits. For several languages write an object of JSON, English always in it, such as
    /// {"en": "…", "es": "…"}; whoever reads another one is shown the English words. Otherwise a sentence in the customer's
    /// language that authorizes debits until it is revoked; ask your lawyer which one you need.
    #[arg(long, env = "RELINK_MANDATE")]
    pub mandate: Option<String>,

    /// Key of at least 32 characters with which your back end reads balances, owners and transactions, as
    /// Authorization: Bearer. Without it they can't be read here. Never for a browser.
    #[arg(long, env = "RELINK_API_KEY", hide_env_values = true, value_parser = secret)]
    pub api_key: Option<SecretString>,

    /// File that holds that key.
    #[arg(long, env = "RELINK_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,

    /// Where to keep what must survive a restart: `sqlite:` and a file for one server, `postgres://…` for several. The file
    /// is made if it is not there.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        default_value = "sqlite:relink.db",
        hide_env_values = true,
        value_parser = secret
    )]
    pub database_url: SecretString,

    /// Signing secret (`whsec_…`) of the event destination at Stripe that sends to `POST /webhooks/stripe`; of several,
    /// separated by commas, each counts, so that a secret can be rolled. The destination needs the same preview version
    /// as `STRIPE_VERSION`, snapshot payloads, and the events of Financial Connections.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub stripe_webhook_secret: Option<SecretString>,

    /// File that holds that secret.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET_FILE")]
    pub stripe_webhook_secret_file: Option<PathBuf>,

    /// Most calls to Stripe a second, of all servers together; `RELINK_BACKGROUND_SHARE` says how they are shared out. Stripe
    /// allows 25 in test mode and 100 in live mode, for everything that uses your account. Otherwise 20.
    #[arg(long, env = "RELINK_STRIPE_RATE", default_value_t = 20)]
    pub stripe_rate: u32,

    /// Address at your back end that is told when a connection breaks, is about to, or works again, signed after the
    /// Standard Webhooks specification. Without it nothing is sent.
    #[arg(long, env = "RELINK_WEBHOOK_URL")]
    pub webhook_url: Option<String>,

    /// What those are signed with: `whsec_` and 24 to 64 random bytes in Base64. Of several, separated by commas, each
    /// signs, so that a secret can be rolled.
    #[arg(long, env = "RELINK_WEBHOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub webhook_secret: Option<SecretString>,

    /// File that holds that secret.
    #[arg(long, env = "RELINK_WEBHOOK_SECRET_FILE")]
    pub webhook_secret_file: Option<PathBuf>,

    /// Send them to private and loopback addresses, too, and by plain http there. Otherwise an address that leads into
    /// your own network is refused.
    #[arg(long, env = "RELINK_WEBHOOK_ALLOW_PRIVATE", value_parser = FalseyValueParser::new())]
    pub webhook_allow_private: bool,

    /// Secret or, better, restricted key (rk_…) with write access to Financial Connections sessions and accounts and
    /// read access to its authorizations, owners and transactions and to events; for payments also with write access to payment
    /// methods and setup intents and read access to customers, which the backfill needs, too, where Stripe does not list accounts
    /// without a customer.
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true, value_parser = secret)]
    pub stripe_secret_key: Option<SecretString>,

    /// File that holds that key.
    #[arg(long, env = "STRIPE_SECRET_KEY_FILE")]
    pub stripe_secret_key_file: Option<PathBuf>,

    /// Publishable key (pk_…) of the same Stripe account and mode. Every customer's browser gets it.
    #[arg(long, env = "STRIPE_PUBLISHABLE_KEY", hide_env_values = true, value_parser = secret)]
    pub stripe_publishable_key: Option<SecretString>,

    /// A preview version of Stripe's API, YYYY-MM-DD.preview: relink exists in no other.
    #[arg(long, env = "STRIPE_VERSION", default_value = "2026-09-30.preview")]
    pub stripe_version: String,

    /// Where Stripe's API is; only for a stand-in with test keys. Otherwise <https://api.stripe.com>.
    #[arg(long, env = "STRIPE_API_URL")]
    pub stripe_api_url: Option<String>,

    /// Where Stripe.js is. Otherwise <https://js.stripe.com/endive/stripe.js>.
    #[arg(long, env = "STRIPE_JS_URL")]
    pub stripe_js_url: Option<String>,

    /// Where the sandbox is, which is used when there are no Stripe keys.
    #[arg(long, env = "RELINK_SANDBOX_URL", default_value = "http://127.0.0.1:4281")]
    pub sandbox_url: String,

    /// How your back end signs customers' tokens: `HS256`, `ES256` or `EdDSA`. Tokens signed in another way are
    /// refused.
    #[arg(long, env = "RELINK_TOKEN_ALGORITHM")]
    pub token_algorithm: Option<String>,

    /// What tokens are checked with: the shared secret of at least 32 bytes (HS256), or the public key in PEM form.
    #[arg(long, env = "RELINK_TOKEN_KEY", hide_env_values = true, value_parser = secret)]
    pub token_key: Option<SecretString>,

    /// File that holds that key.
    #[arg(long, env = "RELINK_TOKEN_KEY_FILE")]
    pub token_key_file: Option<PathBuf>,

    /// When set, only tokens whose `aud` names this are accepted.
    #[arg(long, env = "RELINK_TOKEN_AUDIENCE")]
    pub token_audience: Option<String>,

    /// Asking customers to come back.
    #[command(flatten)]
    pub requests: RequestOptions,

    /// The operators' console.
    #[command(flatten)]
    pub console: ConsoleOptions,

    /// Background jobs.
    #[command(flatten)]
    pub background: BackgroundOptions,

    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,

    /// Rate limits.
    #[command(flatten)]
    pub limits: LimitOptions,

    /// Connections, proxies and shutdown.
    #[command(flatten)]
    pub network: NetworkOptions,

    /// Gives everyone who opens the page a token of this customer. Only with the sandbox.
    #[arg(long, env = "RELINK_DEMO_CUSTOMER")]
    pub demo_customer: Option<String>,

    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// All that can be done instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Ask the server that listens on this machine (`--listen`) whether it can serve; fails if not. For the health checks of
    /// containers.
    Health,
    #[command(flatten)]
    Task(Task),
}

/// What can be done beside serving. The server may be running meanwhile, except during `import`.
#[derive(Clone, Debug, Subcommand)]
pub enum Task {
    /// Bring the database up to date, before servers of a new version start. A server does the same when it starts, but
    /// leaves indexes on PostgreSQL to the background; here everything is done when the command ends. Servers of the version
    /// before go on meanwhile. `--migration-lock-wait` and `--migration-statement-timeout` limit it.
    Migrate,
    /// Write everything in the database, as it is at one moment, as lines of JSON.
    Export {
        /// The file to write, which must not exist; `-` for standard output.
        file: PathBuf,
    },
    /// Fill an empty database from what `export` wrote, from either kind of database.
    Import {
        /// The file to read; `-` for standard input.
        file: PathBuf,
    },
    /// Read all accounts that Stripe has for you now, and wait until that is done. A server does so by itself at its first
    /// start; this needs the same settings as the server and may run beside it.
    Backfill,
    /// Keys with which your back ends use this server's API.
    #[command(subcommand)]
    Keys(KeyTask),
    /// The audit trail: who did what.
    #[command(subcommand)]
    Audit(AuditTask),
    /// Make a copy as it is at one moment: of SQLite a database file, of PostgreSQL what `export` writes.
    Backup {
        /// The file to write, which must not exist.
        file: PathBuf,
    },
}

impl Options {
    /// Replaces each `…_FILE` setting by what is in the file. An empty setting counts as absent, because that is what
    /// an unset variable of a compose file becomes.
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
        take(&mut self.token_key, self.token_key_file.take(), "RELINK_TOKEN_KEY")
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

#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that clap asks for; a secret is never in an error of its own"
)]
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_manual_explains_every_setting_and_shows_no_secret() {
        Options::command().debug_assert();
        for argument in Options::command().get_arguments() {
            let name = argument.get_id().as_str();
            assert!(argument.get_help().is_some(), "{name} has no explanation");
            assert!(argument.get_env().is_some(), "{name} has no variable");
            assert!(!name.ends_with("key") || argument.is_hide_env_values_set(), "{name} would be shown");
        }
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
