//! Settings for asking customers to come back.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use super::secret;

/// Where links lead, how mails go, and what is asked for by itself.
#[derive(Clone, Debug, Default, Args)]
pub struct RequestOptions {
    /// The address at which customers reach this server, such as <https://reconnect.northwind.example>. Links are built
    /// from it, never from what a browser says. Without it no links can be made. In the sandbox: where it listens.
    #[arg(long, env = "RELINK_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Origins of yours, separated by commas, to which a relink request may lead customers back, such as
    /// <https://northwind.example>.
    #[arg(long, env = "RELINK_RETURN_ORIGINS")]
    pub return_origins: Option<String>,

    /// Address at which your back end says who is signed in: a path at this server's host name that answers like the
    /// element's `token-url`, such as /account/bank-token, or an address of your shop's that leads the browser back here
    /// with a token, such as <https://northwind.example/account/bank-sign-in> (docs/embed.md, "Standalone page"). This
    /// server's own page gets its tokens there; without it that page leads customers to you. The page of a link asks at
    /// a path, too, and opens no link that is for somebody else.
    #[arg(long, env = "RELINK_TOKEN_URL")]
    pub token_url: Option<String>,

    /// Mail server that takes mails to your customers: `smtps://USER:PASSWORD@HOST`, or `smtp://` where the connection is
    /// encrypted after it began (STARTTLS); on this machine also without encryption. Without it no mails are sent.
    #[arg(long, env = "RELINK_SMTP_URL", hide_env_values = true, value_parser = secret)]
    pub smtp_url: Option<SecretString>,

    /// File that holds that address.
    #[arg(long, env = "RELINK_SMTP_URL_FILE")]
    pub smtp_url_file: Option<PathBuf>,

    /// Who these mails are from, such as `Northwind <billing@northwind.example>`.
    #[arg(long, env = "RELINK_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// The colour of your buttons in mails, such as #1553b6. What is written on them is chosen to be legible.
    #[arg(long, env = "RELINK_MERCHANT_COLOR")]
    pub merchant_color: Option<String>,

    /// Mails that go by themselves: `broken` when an account has broken, `expiring` 30, 7 and 1 days before it will, both
    /// separated by commas, or `off`. Otherwise off. Never more than one mail about an account in 48 hours.
    #[arg(long, env = "RELINK_REMIND")]
    pub remind: Option<String>,

    /// Hours in which none of these goes, such as 21:00-08:00.
    #[arg(long, env = "RELINK_QUIET_HOURS")]
    pub quiet_hours: Option<String>,

    /// Where these hours are, such as `America/New_York`. Otherwise UTC.
    #[arg(long, env = "RELINK_TIME_ZONE")]
    pub time_zone: Option<String>,
}
