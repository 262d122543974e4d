//! Errors in the settings. Each message says what to do, and none repeats a value, because it may be a secret.

use std::path::PathBuf;

use thiserror::Error;

use super::{ConnectError, ConsoleError, OidcSettingsError, TokenKeysError, TracesError};
use crate::domain::data_keys::DataKeysError;
use crate::domain::language::Language;

/// Settings that are missing, invalid or contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The secret key is missing.
    #[error(
        "STRIPE_PUBLISHABLE_KEY is set but STRIPE_SECRET_KEY is not; set both, or neither to use the sandbox"
    )]
    NoSecretKey,
    /// The publishable key is missing.
    #[error(
        "STRIPE_SECRET_KEY is set but STRIPE_PUBLISHABLE_KEY is not; set both, or neither to use the sandbox"
    )]
    NoPublishableKey,
    /// The keys were swapped, or the publishable key was entered twice.
    #[error(
        "STRIPE_SECRET_KEY holds a publishable key; put the restricted (rk_…) or secret key (sk_…) there"
    )]
    PublishableAsSecret,
    /// The secret key would be sent to every customer's browser.
    #[error(
        "STRIPE_PUBLISHABLE_KEY holds a secret key, which every customer would get; put the publishable key (pk_…) \
         there"
    )]
    SecretAsPublishable,
    /// Not a key of Stripe's form.
    #[error("STRIPE_SECRET_KEY is not a Stripe key; it begins with rk_test_, rk_live_, sk_test_ or sk_live_")]
    NotASecretKey,
    /// Not a key of Stripe's form.
    #[error("STRIPE_PUBLISHABLE_KEY is not a Stripe key; it begins with pk_test_ or pk_live_")]
    NotAPublishableKey,
    /// A page in one mode can't use a session of the other.
    #[error("one Stripe key is for test mode and the other for live mode; take both from the same mode")]
    MixedModes,
    /// Without keys the sandbox is used.
    #[error(
        "STRIPE_API_URL or STRIPE_JS_URL is set but no Stripe keys are; set both keys, or use RELINK_SANDBOX_URL"
    )]
    AddressWithoutKeys,
    /// A live key must be sent to Stripe only.
    #[error(
        "the Stripe keys are live but STRIPE_API_URL or STRIPE_JS_URL is not Stripe's; remove these settings, or use \
         test keys"
    )]
    LiveKeyElsewhere,
    /// The key file can't be read, or is not in the form of one.
    #[error("RELINK_DATA_KEY_FILE ({path}) can't be used: {1}", path = .0.display())]
    DataKeys(PathBuf, DataKeysError),
    /// Not a list of origins. A wildcard would let foreign pages embed the element and read its responses.
    #[error(
        "RELINK_ORIGINS is not one or several origins separated by commas, such as https://shop.example: https and a host \
         without a path, no wildcard; plain http is for this machine only"
    )]
    Origins,
    /// Not a usable address.
    #[error(
        "STRIPE_API_URL, STRIPE_JS_URL and RELINK_SANDBOX_URL are https addresses without user, query or fragment, \
         for example https://api.stripe.com; the first and the last have no path either"
    )]
    NotAnAddress,
    /// The key would be sent unencrypted.
    #[error("a Stripe address with plain http must be on this machine; write https or use 127.0.0.1")]
    PlainHttp,
    /// Only preview versions have the relink fields.
    #[error(
        "STRIPE_VERSION is not a preview version with relink; set one from 2026-01-28.preview on, for example \
         2026-09-30.preview"
    )]
    NoPreviewVersion,
    /// Customers' tokens could not be verified.
    #[error(
        "RELINK_TOKEN_KEY is not set; set the key that your back end signs customers' tokens with (its public half, \
         unless it is a shared secret), or RELINK_TOKEN_KEYS_DIR, or RELINK_TOKEN_JWKS_URL"
    )]
    NoTokenKey,
    /// The algorithm must be configured, because it is never taken from the token.
    #[error(
        "RELINK_TOKEN_ALGORITHM is not one of HS256, ES256, EdDSA, RS256, PS256, nor several of the last four; set the one \
         that your back end signs with"
    )]
    NoTokenAlgorithm,
    /// Several token keys, or their source.
    #[error(transparent)]
    TokenKeys(#[from] TokenKeysError),
    /// The key could be guessed.
    #[error(
        "RELINK_TOKEN_KEY is too short for HS256; use at least 32 random bytes, such as `openssl rand -hex 32` prints"
    )]
    TokenKeyTooShort,
    /// A public key as a shared secret would let anyone sign tokens.
    #[error(
        "RELINK_TOKEN_KEY is a PEM key but RELINK_TOKEN_ALGORITHM is HS256; set the algorithm of the key, or a \
         shared secret"
    )]
    PemAsSharedSecret,
    /// The key does not fit the algorithm.
    #[error(
        "RELINK_TOKEN_KEY is not a public key for RELINK_TOKEN_ALGORITHM; give the PUBLIC KEY in PEM form (P-256 for \
         ES256, Ed25519 for EdDSA, RSA for RS256 and PS256), never the private one"
    )]
    NotATokenKey,
    /// The newlines of the key were written as two characters each.
    #[error(
        "RELINK_TOKEN_KEY is a PEM key with the two characters \\n in place of newlines, as JSON and some settings files \
         need them; write real newlines, or put the key into a file and set RELINK_TOKEN_KEY_FILE"
    )]
    EscapedPem,
    /// Only the first key would be used.
    #[error(
        "RELINK_TOKEN_KEY holds more than one PEM block; keep the one PUBLIC KEY that your back end signs with, because \
         only one is used"
    )]
    SeveralKeys,
    /// The key is on another curve than P-256, so every token would be refused.
    #[error(
        "RELINK_TOKEN_KEY is not a key on the curve P-256, which ES256 needs (OpenSSL calls it prime256v1; `openssl pkey \
         -pubin -noout -text` names the curve of yours); make one with `openssl ecparam -name prime256v1 -genkey -noout`"
    )]
    NotP256,
    /// Neither `cus_…` nor `acct_…`.
    #[error("RELINK_DEMO_CUSTOMER is not a customer; it begins with cus_ or acct_")]
    DemoCustomer,
    /// Every visitor would be signed in as that customer.
    #[error(
        "RELINK_DEMO_CUSTOMER lets everyone in, so it works with the sandbox only; remove it or the Stripe keys"
    )]
    DemoWithKeys,
    /// The demo signs tokens itself, which needs a shared secret.
    #[error(
        "RELINK_DEMO_CUSTOMER needs RELINK_TOKEN_ALGORITHM=HS256, because the server signs the tokens itself"
    )]
    DemoAlgorithm,
    /// Neither a SQLite nor a PostgreSQL URL.
    #[error(
        "DATABASE_URL is not sqlite: and a file, such as sqlite:relink.db, nor postgres://…; set one of the two"
    )]
    DatabaseUrl,
    /// Not a time for which data can be kept.
    #[error(
        "one of RELINK_KEEP_EVENT_PAYLOADS, RELINK_KEEP_EVENTS, RELINK_KEEP_DELIVERIES, RELINK_KEEP_ATTEMPTS, \
         RELINK_KEEP_REQUESTS and RELINK_KEEP_STATISTICS is not a number of days within its limits, such as 90d; --help \
         has the limits of each"
    )]
    Keep,
    /// The content would be forgotten with its identifier.
    #[error(
        "RELINK_KEEP_EVENT_PAYLOADS is longer than RELINK_KEEP_EVENTS; the content of an event is kept no longer than it"
    )]
    KeepPayloads,
    /// Too few for requests and background jobs, or more than PostgreSQL accepts.
    #[error("RELINK_DATABASE_CONNECTIONS is not 2 to 1000")]
    DatabaseConnections,
    /// Unknown pooling mode.
    #[error("RELINK_DATABASE_POOLING is not one of auto, session, transaction")]
    DatabasePooling,
    /// Requests would fail at once, or wait indefinitely.
    #[error(
        "a time limit of the database is out of bounds: RELINK_DATABASE_ACQUIRE_TIMEOUT is 1 to 60 seconds, \
         RELINK_DATABASE_STATEMENT_TIMEOUT and RELINK_DATABASE_LOCK_TIMEOUT 1 to 3600, RELINK_MIGRATION_LOCK_WAIT and \
         RELINK_MIGRATION_STATEMENT_TIMEOUT 0 to 86400"
    )]
    DatabaseTimeout,
    /// Anyone could send events.
    #[error(
        "STRIPE_WEBHOOK_SECRET is not set; set the signing secret (whsec_…) of your event destination at Stripe, or of \
         the sandbox (its --webhook-secret)"
    )]
    NoWebhookSecret,
    /// Incomplete, or not a signing secret.
    #[error("STRIPE_WEBHOOK_SECRET is not one or several signing secrets (whsec_…) separated by commas")]
    WebhookSecret,
    /// Not a usable address for links.
    #[error("RELINK_PUBLIC_URL is not an https address without query (http is for 127.0.0.1 only)")]
    PublicUrl,
    /// The path can't be told from this server's own ones.
    #[error("RELINK_PUBLIC_URL has a path that begins like the server's own; choose another, like /relink/")]
    PublicPath,
    /// Not a list of origins.
    #[error(
        "RELINK_RETURN_ORIGINS is not a list of https addresses without path, separated by commas, such as \
         https://northwind.example"
    )]
    ReturnOrigins,
    /// Neither a path nor an address.
    #[error(
        "RELINK_TOKEN_URL is neither a path at this server's host name, such as /account/bank-token, nor an https address \
         of yours without user and fragment, such as https://northwind.example/account/bank-sign-in; plain http is for \
         127.0.0.1 only"
    )]
    TokenUrl,
    /// Not the address of a mail server.
    #[error(
        "RELINK_SMTP_URL is not the address of a mail server; write smtps://USER:PASSWORD@HOST, or smtp:// for STARTTLS"
    )]
    SmtpUrl,
    /// Emails need a sender.
    #[error("RELINK_SMTP_URL is set but RELINK_MAIL_FROM is not; set who your mails are from")]
    NoMailFrom,
    /// Not an email address.
    #[error("RELINK_MAIL_FROM is not a mailbox, such as `Northwind <billing@northwind.example>`")]
    MailFrom,
    /// The name has a character that needs quotes (RFC 5322).
    #[error(
        "the name in RELINK_MAIL_FROM has a comma, a parenthesis or another special character; put it into double quotes, \
         such as `\"Northwind, Inc.\" <billing@northwind.example>`"
    )]
    MailFromName,
    /// Emails need a link.
    #[error("RELINK_SMTP_URL is set but RELINK_PUBLIC_URL is not; set where the links in your mails lead")]
    MailWithoutLinks,
    /// Not a colour.
    #[error("RELINK_MERCHANT_COLOR is not # and six hexadecimal digits, such as #1553b6")]
    MerchantColor,
    /// Not a picture that pages and emails can show.
    #[error("RELINK_MERCHANT_LOGO is not the path of a readable PNG or SVG file of at most 64 KB")]
    MerchantLogo,
    /// Unknown kind of reminder.
    #[error("RELINK_REMIND is not `off`, nor `broken`, `expiring` or both separated by a comma")]
    Remind,
    /// Reminders need a mail server.
    #[error("RELINK_REMIND is on but RELINK_SMTP_URL is not set; set the mail server, or RELINK_REMIND=off")]
    RemindWithoutMail,
    /// Not two different times of day.
    #[error("RELINK_QUIET_HOURS is not two different times of day, such as 21:00-08:00")]
    QuietHours,
    /// Not a time zone of the IANA database.
    #[error("RELINK_TIME_ZONE is not the name of a time zone, such as America/New_York")]
    TimeZone,
    /// Operators of the console.
    #[error(transparent)]
    Console(#[from] ConsoleError),
    /// No calls at all, or more than Stripe allows.
    #[error("RELINK_STRIPE_RATE is not between 1 and 100 calls a second")]
    StripeRate,
    /// Not a duration, or too short or too long.
    #[error("RELINK_RECHECK_EVERY is not a number with m, h or d from 1h to 30d, such as 24h")]
    RecheckEvery,
    /// Not a duration, or too short or too long.
    #[error("RELINK_EXPIRING_WITHIN is not a number with h or d from 1d to 365d, such as 30d")]
    ExpiringWithin,
    /// Too few for one customer, or practically unlimited.
    #[error("RELINK_CUSTOMER_RATE is not between 10 and 100,000 requests a minute")]
    CustomerRate,
    /// Would starve customers or background work.
    #[error("RELINK_BACKGROUND_SHARE is not between 5 and 80 percent")]
    BackgroundShare,
    /// Not a usable address, or not a safe one.
    #[error(
        "RELINK_WEBHOOK_URL is not an https address without user and fragment; plain http is for private addresses \
         with RELINK_WEBHOOK_ALLOW_PRIVATE=true"
    )]
    MerchantWebhookUrl,
    /// The merchant could not tell Relink's webhooks from forged ones.
    #[error(
        "RELINK_WEBHOOK_URL is set and RELINK_WEBHOOK_SECRET is not; set what `openssl rand -base64 32` prints, with \
         whsec_ before it"
    )]
    NoMerchantWebhookSecret,
    /// Could be guessed, or does not have the form of Standard Webhooks.
    #[error(
        "RELINK_WEBHOOK_SECRET is not whsec_ and 24 to 64 bytes in Base64, or several of these separated by commas"
    )]
    MerchantWebhookSecret,
    /// Customers must see whose page it is.
    #[error("RELINK_MERCHANT_NAME is not set; set your name as your customers know it")]
    NoMerchantName,
    /// Tokens and client secrets would be sent unencrypted.
    #[error(
        "the Stripe keys are live and RELINK_LISTEN is not a loopback address; listen on 127.0.0.1, or put a proxy \
         with TLS in front and set RELINK_BEHIND_TLS_PROXY=true"
    )]
    LiveWithoutTls,
    /// Not IP addresses or networks.
    #[error(
        "RELINK_TRUSTED_PROXIES is not one or several IP addresses or networks separated by commas, such as \
         10.0.0.5,192.168.8.0/24, or the word private"
    )]
    TrustedProxies,
    /// Every client could then forge its address.
    #[error(
        "RELINK_TRUSTED_PROXIES has a network that is wider than 10.0.0.0/8 or fc00::/7, so customers could be in it and \
         forge their addresses; name the addresses or networks of your proxies alone, or write private"
    )]
    TrustsEveryone,
    /// Not an IP address and a port.
    #[error("RELINK_MANAGEMENT_LISTEN is not an IP address and a port, such as 127.0.0.1:9280")]
    ManagementListen,
    /// Two listeners can't share a port.
    #[error("RELINK_MANAGEMENT_LISTEN and RELINK_LISTEN are the same; use another port for health checks")]
    ManagementListenIsTaken,
    /// Unknown form in which the log names customers.
    #[error("RELINK_LOG_CUSTOMERS is not hash, id or off")]
    LogCustomers,
    /// Unknown extent of `Strict-Transport-Security`.
    #[error("RELINK_HSTS is not host, subdomains or off")]
    Hsts,
    /// Open pages could use all connections, leaving none for requests.
    #[error(
        "RELINK_MAX_OPEN_PAGES is not less than RELINK_MAX_CONNECTIONS; each open page holds a connection, and \
         requests need some, too"
    )]
    OpenPages,
    /// Not a number, or out of range.
    #[error("{name} is not a whole number from {least} to {most}")]
    Number {
        /// Environment variable of the setting.
        name: &'static str,
        /// Smallest allowed number.
        least: u64,
        /// Largest allowed number.
        most: u64,
    },
    /// Empty, or an unknown purpose.
    #[error("RELINK_PURPOSE is not payments, payouts or data, or several of these separated by commas")]
    Purpose,
    /// Unknown permission.
    #[error(
        "RELINK_PERMISSIONS holds something else than payment_method, balances, ownership and transactions, separated \
         by commas"
    )]
    Permissions,
    /// Data needs explicit permissions, because customers are asked for nothing that the merchant does not name.
    #[error(
        "RELINK_PURPOSE has data and RELINK_PERMISSIONS is not set; name what you need, such as \
         balances,transactions, because customers are asked for nothing that you do not name"
    )]
    DataWithoutPermissions,
    /// Unknown kind of account.
    #[error(
        "RELINK_ACCOUNT_SUBCATEGORIES holds something else than checking, savings, credit_card, line_of_credit and \
         mortgage, separated by commas"
    )]
    Subcategories,
    /// Stripe does not move money on these kinds of accounts.
    #[error(
        "RELINK_ACCOUNT_SUBCATEGORIES has kinds of accounts that no money moves on; for payments and payouts only \
         checking and savings are possible: remove the others, or set RELINK_PURPOSE to data alone"
    )]
    SubcategoriesWithoutMoney,
    /// Not a country code.
    #[error("RELINK_COUNTRY is not a country's two letters of ISO 3166-1, such as US")]
    Country,
    /// Unknown feature.
    #[error(
        "RELINK_REFRESH is not balance, ownership, transactions, several of these separated by commas, or none"
    )]
    Refresh,
    /// Not a feature that Stripe can subscribe to.
    #[error("RELINK_SUBSCRIBE is not balance, transactions, or both separated by a comma")]
    Subscribe,
    /// The follow-up would never happen.
    #[error(
        "RELINK_REFRESH or RELINK_SUBSCRIBE names what RELINK_PERMISSIONS does not ask for; add balances, ownership \
         or transactions there, or remove it here"
    )]
    FollowUpNotPermitted,
    /// Not an address that a customer can use.
    #[error(
        "RELINK_HELP_URL is not an https address or mailto: and a mailbox; plain http is for this machine only"
    )]
    HelpUrl,
    /// The customer would see the braces.
    #[error(
        "RELINK_MANDATE has something else in braces than {{merchant}}, {{contact}}, {{account}}, {{kind}} and \
         {{button}}, is longer than 2,000 characters, or names several languages and not English (en), or one that the \
         page does not speak ({})",
        Language::codes()
    )]
    Mandate,
    /// Could be guessed, or can't be sent in a header.
    #[error(
        "RELINK_API_KEY is not a key of at least 32 printable characters, or several with spaces between them; use what \
         `openssl rand -hex 32` prints"
    )]
    ApiKey,
    /// The holder of either key could do what the other one is for: read account data, or sign customers in.
    #[error("RELINK_API_KEY and RELINK_TOKEN_KEY are the same; use another key for each")]
    ApiKeyIsTokenKey,
    /// Connected accounts.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Operators can't sign in at the issuer.
    #[error(transparent)]
    Oidc(#[from] OidcSettingsError),
    /// Traces can't be sent.
    #[error(transparent)]
    Traces(#[from] TracesError),
}
