//! Why the server does not start, each as one sentence that says what to do. None repeats a value: it may be a secret.

use thiserror::Error;

/// Settings that are missing, or can't be true together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Contradiction {
    /// One of the two Stripe keys.
    #[error(
        "STRIPE_PUBLISHABLE_KEY is set but STRIPE_SECRET_KEY is not; set both, or neither to use the sandbox"
    )]
    NoSecretKey,
    /// The other one.
    #[error(
        "STRIPE_SECRET_KEY is set but STRIPE_PUBLISHABLE_KEY is not; set both, or neither to use the sandbox"
    )]
    NoPublishableKey,
    /// The keys were swapped, or the publishable one was pasted twice.
    #[error(
        "STRIPE_SECRET_KEY holds a publishable key; put the restricted (rk_…) or secret key (sk_…) there"
    )]
    PublishableAsSecret,
    /// Would be sent to every customer's browser.
    #[error(
        "STRIPE_PUBLISHABLE_KEY holds a secret key, which every customer would get; put the publishable key (pk_…) \
         there"
    )]
    SecretAsPublishable,
    /// Not one of Stripe's forms.
    #[error("STRIPE_SECRET_KEY is not a Stripe key; it begins with rk_test_, rk_live_, sk_test_ or sk_live_")]
    NotASecretKey,
    /// Not one of Stripe's forms.
    #[error("STRIPE_PUBLISHABLE_KEY is not a Stripe key; it begins with pk_test_ or pk_live_")]
    NotAPublishableKey,
    /// A page in one mode can't use a session of the other.
    #[error("one Stripe key is for test mode and the other for live mode; take both from the same mode")]
    MixedModes,
    /// The sandbox is used without keys.
    #[error(
        "STRIPE_API_URL or STRIPE_JS_URL is set but no Stripe keys are; set both keys, or use RELINK_SANDBOX_URL"
    )]
    AddressWithoutKeys,
    /// A key that moves money goes to Stripe only.
    #[error(
        "the Stripe keys are live but STRIPE_API_URL or STRIPE_JS_URL is not Stripe's; remove these settings, or use \
         test keys"
    )]
    LiveKeyElsewhere,
    /// Whoever else could embed the page might also read what it answers.
    #[error(
        "RELINK_ORIGINS is not one or several origins separated by commas, such as https://shop.example: https and a host \
         without a path, no wildcard; plain http is for this machine only"
    )]
    Origins,
    /// Not usable as an address.
    #[error(
        "STRIPE_API_URL, STRIPE_JS_URL and RELINK_SANDBOX_URL are https addresses without user, query or fragment, \
         for example https://api.stripe.com; the first and the last have no path either"
    )]
    NotAnAddress,
    /// The key would travel in the clear.
    #[error("a Stripe address with plain http must be on this machine; write https or use 127.0.0.1")]
    PlainHttp,
    /// The relink fields are in preview versions only.
    #[error(
        "STRIPE_VERSION is not a preview version with relink; set one from 2026-01-28.preview on, for example \
         2026-09-30.preview"
    )]
    NoPreviewVersion,
    /// Nobody's word for a customer could be checked.
    #[error(
        "RELINK_TOKEN_KEY is not set; set the key that your back end signs customers' tokens with (its public half \
         for ES256 and EdDSA)"
    )]
    NoTokenKey,
    /// The algorithm is never taken from the token.
    #[error(
        "RELINK_TOKEN_ALGORITHM is not one of HS256, ES256, EdDSA; set the one that your back end signs with"
    )]
    NoTokenAlgorithm,
    /// Could be guessed.
    #[error(
        "RELINK_TOKEN_KEY is too short for HS256; use at least 32 random bytes, such as `openssl rand -hex 32` prints"
    )]
    TokenKeyTooShort,
    /// A public key as a shared secret would let anyone sign.
    #[error(
        "RELINK_TOKEN_KEY is a PEM key but RELINK_TOKEN_ALGORITHM is HS256; set ES256 or EdDSA, or a shared secret"
    )]
    PemAsSharedSecret,
    /// The key and the algorithm don't fit.
    #[error(
        "RELINK_TOKEN_KEY is not a public key for RELINK_TOKEN_ALGORITHM; give the PUBLIC KEY in PEM form (P-256 for \
         ES256, Ed25519 for EdDSA), never the private one"
    )]
    NotATokenKey,
    /// Every token would be refused, and nobody would know why.
    #[error(
        "RELINK_TOKEN_KEY is not a key on the curve P-256, which ES256 needs (OpenSSL calls it prime256v1; `openssl pkey \
         -pubin -noout -text` names the curve of yours); make one with `openssl ecparam -name prime256v1 -genkey -noout`"
    )]
    NotP256,
    /// Not `cus_…`.
    #[error("RELINK_DEMO_CUSTOMER is not a customer; it begins with cus_")]
    DemoCustomer,
    /// Everyone would be let in as that customer.
    #[error(
        "RELINK_DEMO_CUSTOMER lets everyone in, so it works with the sandbox only; remove it or the Stripe keys"
    )]
    DemoWithKeys,
    /// The demo signs tokens itself.
    #[error(
        "RELINK_DEMO_CUSTOMER needs RELINK_TOKEN_ALGORITHM=HS256, because the server signs the tokens itself"
    )]
    DemoAlgorithm,
    /// Not one of the two.
    #[error(
        "DATABASE_URL is not sqlite: and a file, such as sqlite:relink.db, nor postgres://…; set one of the two"
    )]
    DatabaseUrl,
    /// Too few for the background beside requests, or more than PostgreSQL can take.
    #[error("RELINK_DATABASE_CONNECTIONS is not 2 to 1000")]
    DatabaseConnections,
    /// Not a word that we know.
    #[error("RELINK_DATABASE_POOLING is not one of auto, session, transaction")]
    DatabasePooling,
    /// Requests would fail at once, or wait without end.
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
    /// Copied in part, or something else.
    #[error("STRIPE_WEBHOOK_SECRET is not one or several signing secrets (whsec_…) separated by commas")]
    WebhookSecret,
    /// Links are built from it.
    #[error(
        "RELINK_PUBLIC_URL is not an https address without path, query and fragment, such as \
         https://reconnect.northwind.example; plain http is for 127.0.0.1 only"
    )]
    PublicUrl,
    /// Not a list of origins.
    #[error(
        "RELINK_RETURN_ORIGINS is not a list of https addresses without path, separated by commas, such as \
         https://northwind.example"
    )]
    ReturnOrigins,
    /// Neither of the two forms.
    #[error(
        "RELINK_TOKEN_URL is neither a path at this server's host name, such as /account/bank-token, nor an https address \
         of yours without user and fragment, such as https://northwind.example/account/bank-sign-in; plain http is for \
         127.0.0.1 only"
    )]
    TokenUrl,
    /// Not a mail server.
    #[error(
        "RELINK_SMTP_URL is not the address of a mail server; write smtps://USER:PASSWORD@HOST, or smtp:// for STARTTLS"
    )]
    SmtpUrl,
    /// Mails are from somebody.
    #[error("RELINK_SMTP_URL is set but RELINK_MAIL_FROM is not; set who your mails are from")]
    NoMailFrom,
    /// Not a mailbox.
    #[error("RELINK_MAIL_FROM is not a mailbox, such as `Northwind <billing@northwind.example>`")]
    MailFrom,
    /// A mail without a link asks for nothing.
    #[error("RELINK_SMTP_URL is set but RELINK_PUBLIC_URL is not; set where the links in your mails lead")]
    MailWithoutLinks,
    /// Not a colour.
    #[error("RELINK_MERCHANT_COLOR is not # and six hexadecimal digits, such as #1553b6")]
    MerchantColor,
    /// Not one of the words.
    #[error("RELINK_REMIND is not `off`, nor `broken`, `expiring` or both separated by a comma")]
    Remind,
    /// Nothing could be sent.
    #[error("RELINK_REMIND is on but RELINK_SMTP_URL is not set; set the mail server, or RELINK_REMIND=off")]
    RemindWithoutMail,
    /// Not two times of day.
    #[error("RELINK_QUIET_HOURS is not two different times of day, such as 21:00-08:00")]
    QuietHours,
    /// Not in the list of time zones.
    #[error("RELINK_TIME_ZONE is not the name of a time zone, such as America/New_York")]
    TimeZone,
    /// Not mailboxes.
    #[error("RELINK_OPERATORS is not a list of mailboxes separated by commas, such as ada@northwind.example")]
    Operators,
    /// No code could be sent.
    #[error(
        "RELINK_OPERATORS is set but RELINK_SMTP_URL is not; set the mail server, or sign in with an API key"
    )]
    OperatorsWithoutMail,
    /// Nothing, or more than Stripe takes.
    #[error("RELINK_STRIPE_RATE is not between 1 and 100 calls a second")]
    StripeRate,
    /// Not a duration, too short or too long.
    #[error("RELINK_RECHECK_EVERY is not a number with m, h or d from 1h to 30d, such as 24h")]
    RecheckEvery,
    /// Too few for a person, or no limit at all.
    #[error("RELINK_CUSTOMER_RATE is not between 10 and 100,000 requests a minute")]
    CustomerRate,
    /// Would starve one of the two.
    #[error("RELINK_BACKGROUND_SHARE is not between 5 and 80 percent")]
    BackgroundShare,
    /// Not usable as an address, or not safe.
    #[error(
        "RELINK_WEBHOOK_URL is not an https address without user and fragment; plain http is for private addresses \
         with RELINK_WEBHOOK_ALLOW_PRIVATE=true"
    )]
    MerchantWebhookUrl,
    /// Nobody could tell our messages from somebody else's.
    #[error(
        "RELINK_WEBHOOK_URL is set and RELINK_WEBHOOK_SECRET is not; set what `openssl rand -base64 32` prints, with \
         whsec_ before it"
    )]
    NoMerchantWebhookSecret,
    /// Could be guessed, or is not in the form of Standard Webhooks.
    #[error(
        "RELINK_WEBHOOK_SECRET is not whsec_ and 24 to 64 bytes in Base64, or several of these separated by commas"
    )]
    MerchantWebhookSecret,
    /// Customers must know whose page it is.
    #[error("RELINK_MERCHANT_NAME is not set; set your name as your customers know it")]
    NoMerchantName,
    /// Tokens and client secrets would travel in the clear.
    #[error(
        "the Stripe keys are live and RELINK_LISTEN is not a loopback address; listen on 127.0.0.1, or put a proxy \
         with TLS in front and set RELINK_BEHIND_TLS_PROXY=true"
    )]
    LiveWithoutTls,
    /// Not addresses.
    #[error(
        "RELINK_TRUSTED_PROXIES is not one or several IP addresses or networks separated by commas, such as \
         10.0.0.5,192.168.8.0/24, or the word private"
    )]
    TrustedProxies,
    /// Anybody could then name any address as their own.
    #[error("RELINK_TRUSTED_PROXIES has a network of all addresses; name your proxies, or write private")]
    TrustsEveryone,
    /// Not an address.
    #[error("RELINK_MANAGEMENT_LISTEN is not an IP address and a port, such as 127.0.0.1:9280")]
    ManagementListen,
    /// Two listeners can't share one port.
    #[error("RELINK_MANAGEMENT_LISTEN and RELINK_LISTEN are the same; use another port for health checks")]
    ManagementListenIsTaken,
    /// Not one of the three words.
    #[error("RELINK_HSTS is not host, subdomains or off")]
    Hsts,
    /// Requests would find no connection.
    #[error(
        "RELINK_MAX_OPEN_PAGES is not less than RELINK_MAX_CONNECTIONS; each open page holds a connection, and \
         requests need some, too"
    )]
    OpenPages,
    /// Not a number, or too small or too large.
    #[error("{name} is not a whole number from {least} to {most}")]
    Number {
        /// The setting's variable.
        name: &'static str,
        /// The smallest number that is allowed.
        least: u64,
        /// The largest one.
        most: u64,
    },
    /// Nothing, or something else than the three.
    #[error("RELINK_PURPOSE is not payments, payouts or data, or several of these separated by commas")]
    Purpose,
    /// Not Stripe's words.
    #[error(
        "RELINK_PERMISSIONS holds something else than payment_method, balances, ownership and transactions, separated \
         by commas"
    )]
    Permissions,
    /// The customer is asked for no more than the merchant names.
    #[error(
        "RELINK_PURPOSE has data and RELINK_PERMISSIONS is not set; name what you need, such as \
         balances,transactions, because customers are asked for nothing that you do not name"
    )]
    DataWithoutPermissions,
    /// Not Stripe's words.
    #[error(
        "RELINK_ACCOUNT_SUBCATEGORIES holds something else than checking, savings, credit_card, line_of_credit and \
         mortgage, separated by commas"
    )]
    Subcategories,
    /// Stripe moves no money on them.
    #[error(
        "RELINK_ACCOUNT_SUBCATEGORIES has kinds of accounts that no money moves on; for payments and payouts only \
         checking and savings are possible: remove the others, or set RELINK_PURPOSE to data alone"
    )]
    SubcategoriesWithoutMoney,
    /// Not a country.
    #[error("RELINK_COUNTRY is not a country's two letters of ISO 3166-1, such as US")]
    Country,
    /// Not what can be fetched.
    #[error(
        "RELINK_REFRESH is not balance, ownership, transactions, several of these separated by commas, or none"
    )]
    Refresh,
    /// Not what Stripe keeps up to date.
    #[error("RELINK_SUBSCRIBE is not balance, transactions, or both separated by a comma")]
    Subscribe,
    /// Would never happen.
    #[error(
        "RELINK_REFRESH or RELINK_SUBSCRIBE names what RELINK_PERMISSIONS does not ask for; add balances, ownership \
         or transactions there, or remove it here"
    )]
    FollowUpNotPermitted,
    /// Would be no use to a customer.
    #[error(
        "RELINK_HELP_URL is not an https address or mailto: and a mailbox; plain http is for this machine only"
    )]
    HelpUrl,
    /// The customer would read the braces.
    #[error(
        "RELINK_MANDATE has something else in braces than {{merchant}} and {{account}}, is longer than 2,000 characters, \
         or names several languages and not English (en), or one that the page does not speak (en, ar, de, es, fr, pt, \
         zh-Hans)"
    )]
    Mandate,
    /// Could be guessed, or not be sent.
    #[error(
        "RELINK_API_KEY is not a key of at least 32 printable characters without spaces; use what `openssl rand -hex \
         32` prints"
    )]
    ApiKey,
    /// Whoever reads account data could sign customers in, and the other way round.
    #[error("RELINK_API_KEY and RELINK_TOKEN_KEY are the same; use another key for each")]
    ApiKeyIsTokenKey,
}
