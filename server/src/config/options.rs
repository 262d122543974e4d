//! All settings as they are read: flags, environment variables and, for secrets, files.

mod audit;
mod background;
mod capacity;
mod command;
mod connect;
mod console;
mod customer;
mod data_key;
mod database;
mod file;
mod given;
mod keys;
mod limits;
mod network;
mod oidc;
mod payments;
mod quotes;
mod reference;
mod requests;
mod retention;
mod secret_files;
mod token_keys;
mod traces;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Parser;
use clap::builder::FalseyValueParser;
use secrecy::SecretString;

pub(crate) use self::audit::AuditCommand;
pub use self::background::BackgroundOptions;
pub(crate) use self::capacity::CapacityOptions;
pub(crate) use self::command::{Command, Task};
pub use self::connect::ConnectOptions;
pub use self::console::ConsoleOptions;
pub(crate) use self::customer::CustomerCommand;
pub(crate) use self::data_key::DataKeyCommand;
pub use self::database::DatabaseOptions;
pub(crate) use self::given::{GivenSetting, Source, given_settings};
pub(crate) use self::keys::ApiKeyCommand;
pub use self::limits::RateOptions;
pub use self::network::NetworkOptions;
pub use self::oidc::OidcOptions;
pub use self::payments::PaymentOptions;
pub(crate) use self::reference::markdown as settings_page;
pub use self::requests::RequestOptions;
pub use self::retention::RetentionOptions;
pub(crate) use self::secret_files::DATA_KEY_FILE;
pub use self::token_keys::{TokenKeyFile, TokenKeyOptions};
pub use self::traces::TraceOptions;

/// Repairs broken bank connections inside the merchant's own page: creates relink sessions at Stripe, serves the page,
/// and reads the result of each attempt from Stripe.
///
/// Without Stripe keys the server talks to the sandbox. Each secret can also be read from a file, as container
/// platforms provide secrets; a secret in a flag is visible to everyone on the machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "relink-server", version)]
pub struct Options {
    /// File of settings, by the names of their variables, for those that neither a flag nor a variable sets. Otherwise
    /// `relink.toml` in the working folder, if there is one.
    #[arg(long, global = true, env = "RELINK_CONFIG")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, env = "RELINK_LISTEN", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 4280)))]
    pub listen: SocketAddr,

    /// The server is behind a proxy that terminates TLS for customers. Required for live keys on any address but
    /// loopback. The address of a customer who agrees to a mandate is then the last one in X-Forwarded-For, which your
    /// proxy must add; anything before it can be forged by the client.
    #[arg(long, env = "RELINK_BEHIND_TLS_PROXY", value_parser = FalseyValueParser::new())]
    pub behind_tls_proxy: bool,

    /// Your name, as your customers know it. In the sandbox: Northwind.
    #[arg(long, env = "RELINK_MERCHANT_NAME")]
    pub merchant_name: Option<String>,

    /// Address of your customer support: a web address, or mailto: and an email address.
    #[arg(long, env = "RELINK_HELP_URL")]
    pub help_url: Option<String>,

    /// Origins of your own pages that hold the element, separated by commas, such as
    /// `https://shop.example`: pages of these origins may call this server and may embed `/frame` in an
    /// iframe. Plain http is for this machine: a loopback address, `localhost`, or a name below it such as
    /// `http://shop.localhost:3000`. Otherwise only this server's own page may.
    #[arg(long, env = "RELINK_ORIGINS")]
    pub origins: Option<String>,

    /// Folder that contains the built page [default: the page in this program if it was built with one, otherwise dist]
    #[arg(long, env = "RELINK_WEB_ROOT")]
    pub web_root: Option<PathBuf>,

    /// Log level: error, warn, info, debug or trace, or a level per module.
    #[arg(long, env = "RELINK_LOG", default_value = "info")]
    pub log: String,

    /// Customer in the log line of a request: `hash`, the first 16 digits of the SHA-256 of the identifier; `id`, the
    /// identifier itself; `off`. Otherwise `hash`.
    #[arg(long, env = "RELINK_LOG_CUSTOMERS")]
    pub log_customers: Option<String>,

    /// Purpose of your customers' accounts: `payments`, `payouts` or `data`. Of several, separated by commas, the first
    /// is the default and a customer's token may name another one (claim `purpose`).
    #[arg(long, env = "RELINK_PURPOSE", default_value = "payments")]
    pub purpose: String,

    /// Permissions that customers are asked to share when they relink: `payment_method`, `balances`, `ownership`,
    /// `transactions`, separated by commas. Otherwise those that the account shares already; required for `data`. For
    /// payments and payouts `payment_method` is always added. A token may narrow it (claim `permissions`).
    #[arg(long, env = "RELINK_PERMISSIONS")]
    pub permissions: Option<String>,

    /// Kinds of accounts that may be linked: for payments and payouts `checking`, `savings` or both (the default); for
    /// data also `credit_card`, `line_of_credit`, `mortgage` (by default every kind).
    #[arg(long, env = "RELINK_ACCOUNT_SUBCATEGORIES")]
    pub account_subcategories: Option<String>,

    /// Country of the accounts that may be linked, as two letters such as US (ISO 3166-1). Otherwise any country.
    #[arg(long, env = "RELINK_COUNTRY")]
    pub country: Option<String>,

    /// For payments and payouts: a relink accepts any eligible account at the same bank from the start. Otherwise
    /// it requests the broken account itself, and another one only after the bank did not offer that account. A
    /// token may require the broken account (claim `any_account`: false), which also excludes every other one; use
    /// that for links that you email.
    #[arg(long, env = "RELINK_ANY_ACCOUNT", value_parser = FalseyValueParser::new())]
    pub any_account: bool,

    /// Data that is refreshed after a relink, as far as the customer shares it: `balance`, `ownership`, `transactions`,
    /// separated by commas, or `none`. Otherwise all three.
    #[arg(long, env = "RELINK_REFRESH")]
    pub refresh: Option<String>,

    /// Data that Stripe keeps up to date after a relink (subscription), as far as the customer shares it: `balance`,
    /// `transactions`, separated by commas. Otherwise none. Stripe may charge for it.
    #[arg(long, env = "RELINK_SUBSCRIBE")]
    pub subscribe: Option<String>,

    /// Mandate that a customer agrees to by paying from a new account. May contain {merchant} for your name, {contact}
    /// for it with your help address, {account} for the bank and the last digits, {kind} for the kind of account, such
    /// as "checking account", and {button} for the label of the button. Empty lines are left out. For several languages
    /// write a JSON object that always contains English, such as {"en": "…", "es": "…"}; customers with any other
    /// language get the English text. Otherwise a standing authorization in the customer's language, until it is revoked. That is a text to
    /// start from; your lawyer decides which one you need.
    #[arg(long, env = "RELINK_MANDATE")]
    pub mandate: Option<String>,

    /// Key of at least 32 characters with which your back end reads balances, owners and transactions, as
    /// Authorization: Bearer. Of several, separated by white space, each is accepted, so that a key can be rolled.
    /// Without it they can't be read here. Never give it to a browser.
    #[arg(long, env = "RELINK_API_KEY", hide_env_values = true, value_parser = secret)]
    pub api_key: Option<SecretString>,

    /// File that contains the API key.
    #[arg(long, env = "RELINK_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,

    /// Database URL: `sqlite:` and a file for one server, `postgres://…` for several. The SQLite file is
    /// created if it does not exist.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        default_value = "sqlite:relink.db",
        hide_env_values = true,
        value_parser = secret
    )]
    pub database_url: SecretString,

    /// Signing secret (`whsec_…`) of the event destination at Stripe that sends to `POST /webhooks/stripe`. Of several,
    /// separated by commas, each is accepted, so that a secret can be rolled. The destination needs the same preview
    /// version as `STRIPE_VERSION`, snapshot payloads, and the events of Financial Connections.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub stripe_webhook_secret: Option<SecretString>,

    /// File that contains the signing secret of Stripe's events.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET_FILE")]
    pub stripe_webhook_secret_file: Option<PathBuf>,

    /// Maximum number of calls to Stripe per second, of all servers together; `RELINK_BACKGROUND_SHARE`
    /// reserves a share for background work. Stripe allows 25 in test mode and 100 in live mode, for everything
    /// that uses your account. Otherwise 20.
    #[arg(long, env = "RELINK_STRIPE_RATE", default_value_t = 20)]
    pub stripe_rate: u32,

    /// Webhook address at your back end that receives an event when a connection breaks, is about to break, or works
    /// again, signed according to the Standard Webhooks specification. Without it no webhooks are sent.
    #[arg(long, env = "RELINK_WEBHOOK_URL")]
    pub webhook_url: Option<String>,

    /// Secret that signs webhooks: `whsec_` and 24 to 64 random bytes in Base64. Of several, separated by commas, each
    /// signs, so that a secret can be rolled.
    #[arg(long, env = "RELINK_WEBHOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub webhook_secret: Option<SecretString>,

    /// File that contains the secret that signs webhooks.
    #[arg(long, env = "RELINK_WEBHOOK_SECRET_FILE")]
    pub webhook_secret_file: Option<PathBuf>,

    /// Send webhooks to private and loopback addresses, too, where plain http is also allowed. Otherwise an address
    /// inside your own network is refused.
    #[arg(long, env = "RELINK_WEBHOOK_ALLOW_PRIVATE", value_parser = FalseyValueParser::new())]
    pub webhook_allow_private: bool,

    /// Secret key or, better, restricted key (rk_…) with write access to Financial Connections sessions and accounts
    /// and read access to its authorizations, owners and transactions and to events. Payments also need write access to
    /// payment methods and setup intents and read access to customers; so does the backfill (customers) if Stripe does
    /// not list accounts without a customer.
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true, value_parser = secret)]
    pub stripe_secret_key: Option<SecretString>,

    /// File that contains the secret key.
    #[arg(long, env = "STRIPE_SECRET_KEY_FILE")]
    pub stripe_secret_key_file: Option<PathBuf>,

    /// Publishable key (pk_…) of the same Stripe account and mode. It is sent to every customer's browser.
    #[arg(long, env = "STRIPE_PUBLISHABLE_KEY", hide_env_values = true, value_parser = secret)]
    pub stripe_publishable_key: Option<SecretString>,

    /// Preview version of Stripe's API, YYYY-MM-DD.preview; relink exists in preview versions only.
    #[arg(long, env = "STRIPE_VERSION", default_value = "2026-09-30.preview")]
    pub stripe_version: String,

    /// Base URL of Stripe's API; change it only for a stand-in with test keys. Otherwise <https://api.stripe.com>.
    #[arg(long, env = "STRIPE_API_URL")]
    pub stripe_api_url: Option<String>,

    /// URL of Stripe.js. Otherwise <https://js.stripe.com/endive/stripe.js>.
    #[arg(long, env = "STRIPE_JS_URL")]
    pub stripe_js_url: Option<String>,

    /// URL of the sandbox, which is used if no Stripe keys are set.
    #[arg(long, env = "RELINK_SANDBOX_URL", default_value = "http://127.0.0.1:4281")]
    pub sandbox_url: String,

    /// Algorithm with which your back end signs customers' tokens: `HS256`, `ES256`, `EdDSA`, `RS256` or `PS256`, or
    /// several of the last four, separated by commas. Tokens signed with another algorithm are refused.
    #[arg(long, env = "RELINK_TOKEN_ALGORITHM")]
    pub token_algorithm: Option<String>,

    /// Key that verifies tokens: the shared secret of at least 32 bytes (HS256), or the public key in PEM form, one
    /// key with real newlines; an RSA key has at least 2,048 bits. For several keys see `RELINK_TOKEN_KEYS_DIR` and
    /// `RELINK_TOKEN_JWKS_URL`.
    #[arg(long, env = "RELINK_TOKEN_KEY", hide_env_values = true, value_parser = secret)]
    pub token_key: Option<SecretString>,

    /// File that contains the token key.
    #[arg(long, env = "RELINK_TOKEN_KEY_FILE")]
    pub token_key_file: Option<PathBuf>,

    /// Accepted audience: if set, only tokens whose `aud` contains this value are accepted.
    #[arg(long, env = "RELINK_TOKEN_AUDIENCE")]
    pub token_audience: Option<String>,

    /// Seconds by which the clocks of your back end and of this server may differ: tokens are accepted for so much longer,
    /// and so much earlier. At most 300. Otherwise 60.
    #[arg(long, env = "RELINK_TOKEN_LEEWAY")]
    pub token_leeway: Option<String>,

    /// Several token keys.
    #[command(flatten)]
    pub token_keys: TokenKeyOptions,

    /// Relink requests.
    #[command(flatten, next_help_heading = "Relink requests")]
    pub requests: RequestOptions,

    /// The operators' console.
    #[command(flatten, next_help_heading = "Console")]
    pub console: ConsoleOptions,

    /// Background jobs.
    #[command(flatten, next_help_heading = "Background jobs")]
    pub background: BackgroundOptions,

    /// Connected accounts.
    #[command(flatten)]
    pub connect: ConnectOptions,

    /// Payment methods.
    #[command(flatten)]
    pub payments: PaymentOptions,

    /// Retention.
    #[command(flatten, next_help_heading = "Retention")]
    pub retention: RetentionOptions,

    /// The database.
    #[command(flatten, next_help_heading = "Database")]
    pub database: DatabaseOptions,

    /// Rate limits.
    #[command(flatten, next_help_heading = "Rate limits")]
    pub limits: RateOptions,

    /// Connections, proxies and shutdown.
    #[command(flatten, next_help_heading = "Connections, proxies and shutdown")]
    pub network: NetworkOptions,

    /// OpenTelemetry traces.
    #[command(flatten, next_help_heading = "Traces")]
    pub traces: TraceOptions,

    /// Gives every visitor of the page a token of this customer. Only with the sandbox.
    #[arg(long, env = "RELINK_DEMO_CUSTOMER")]
    pub demo_customer: Option<String>,

    /// Command to run instead of the server.
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result; a secret is never in an error")]
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
}
