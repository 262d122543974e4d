//! Settings for relink requests.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use super::secret;

/// Links, emails and reminders of relink requests.
#[derive(Clone, Debug, Default, Args)]
pub struct RequestOptions {
    /// Address at which customers reach this server, such as <https://reconnect.northwind.example>, or with a path
    /// at your shop's own host name, such as <https://northwind.example/relink/> (docs/operations.md, "Behind a path").
    /// Links are built from it, never from request headers. Without it no links can be created. In the
    /// sandbox: the address it listens on.
    #[arg(long, env = "RELINK_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Your origins to which a relink request may return customers, separated by commas, such
    /// as <https://northwind.example>.
    #[arg(long, env = "RELINK_RETURN_ORIGINS")]
    pub return_origins: Option<String>,

    /// Address at your back end that issues tokens for the signed-in customer: a path at this server's host name that
    /// answers like the element's `token-url`, such as /account/bank-token, or an address of your shop that redirects
    /// the browser back here with a token, such as <https://northwind.example/account/bank-sign-in> (docs/embed.md,
    /// "Standalone page"). This server's own page gets its tokens there; without it that page refers customers to you.
    /// If it is a path, the page of a link requests a token, too, and opens no link that belongs to another customer.
    #[arg(long, env = "RELINK_TOKEN_URL")]
    pub token_url: Option<String>,

    /// Mail server for emails to your customers: `smtps://USER:PASSWORD@HOST`, or `smtp://` for a connection that is
    /// upgraded to TLS (STARTTLS); on this machine also without encryption. Without it no emails are sent.
    #[arg(long, env = "RELINK_SMTP_URL", hide_env_values = true, value_parser = secret)]
    pub smtp_url: Option<SecretString>,

    /// File that contains the address of the mail server.
    #[arg(long, env = "RELINK_SMTP_URL_FILE")]
    pub smtp_url_file: Option<PathBuf>,

    /// Sender of these emails, such as `Northwind <billing@northwind.example>`.
    #[arg(long, env = "RELINK_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// Colour of the buttons in emails, such as #1553b6. The colour of their text is chosen for contrast.
    #[arg(long, env = "RELINK_MERCHANT_COLOR")]
    pub merchant_color: Option<String>,

    /// File with your logo, a PNG or SVG of at most 64 KB: shown on the pages that this server hosts, and in emails if it
    /// is a PNG, because most mail programs show no SVG. Otherwise your name is shown.
    #[arg(long, env = "RELINK_MERCHANT_LOGO")]
    pub merchant_logo: Option<PathBuf>,

    /// Reminders that are emailed automatically: `broken` when an account has broken, `expiring` 30, 7 and 1
    /// days before it expires, both separated by commas, or `off`. Otherwise off. Never more than one email
    /// about an account in 48 hours.
    #[arg(long, env = "RELINK_REMIND")]
    pub remind: Option<String>,

    /// Quiet hours in which no reminder is sent, such as 21:00-08:00.
    #[arg(long, env = "RELINK_QUIET_HOURS")]
    pub quiet_hours: Option<String>,

    /// Time zone of the quiet hours and of the days in emails, such as `America/New_York`. Otherwise quiet hours are in
    /// UTC, and a day is the one in Hawaii, so that a last day is too late nowhere in the United States.
    #[arg(long, env = "RELINK_TIME_ZONE")]
    pub time_zone: Option<String>,
}
