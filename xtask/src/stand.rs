//! The sandbox and the server, started together and with nothing but settings of ours.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::build::Programs;
use crate::service::{Service, Stop};
use crate::shop::WORKSHOP;
use crate::{chance, probe};

/// What there is to repair, and how: the server's settings and the sandbox's customer for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scene {
    /// Payments: the very account must come back
    Payments,
    /// Payments: any checking or savings account at the same bank will do
    AnyAccount,
    /// Payouts: the very account must come back
    Payouts,
    /// Data products: every account of a bank login, with permissions that change
    Data,
    /// A customer with an account in each state that there is
    States,
}

impl Scene {
    /// Who everyone is.
    pub(crate) fn customer(self) -> &'static str {
        match self {
            Self::Payments | Self::AnyAccount | Self::Payouts => "cus_SandboxJenny",
            Self::Data => "cus_SandboxData",
            Self::States => "cus_SandboxKai",
        }
    }

    /// Settings of the server's, as variables.
    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Payments | Self::States => &[],
            Self::AnyAccount => &[("RELINK_ANY_ACCOUNT", "true")],
            Self::Payouts => &[("RELINK_PURPOSE", "payouts")],
            Self::Data => &[("RELINK_PURPOSE", "data"), ("RELINK_PERMISSIONS", "balances,transactions")],
        }
    }
}

/// Who may sign in to the demo's console: the code comes to the sandbox's inbox.
pub(crate) const OPERATOR: &str = "operator@northwind.example";

/// What the two need to know of each other, and where the server keeps what it knows. Dropping it removes that, so the
/// server has to be stopped before.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Where the server is going to be.
    host: String,
    /// Where the shop is going to be, if there is one.
    shop: Option<String>,
    /// What customers' tokens are signed with.
    token_key: String,
    /// What a back end asks the server with.
    api_key: String,
    /// Where the sandbox takes mails.
    post: String,
    /// What the sandbox signs its webhooks with.
    webhook_secret: String,
    folder: TempDir,
}

impl Ground {
    /// For a server at `port`, and a shop at another one; 0 = any free one.
    pub(crate) fn new(port: u16, shop: Option<u16>) -> Result<Self> {
        Ok(Self {
            host: address(port)?,
            shop: shop.map(address).transpose()?,
            token_key: chance::key()?,
            api_key: chance::key()?,
            post: format!("127.0.0.1:{}", probe::free_port()?),
            webhook_secret: format!("whsec_{}", chance::key()?),
            folder: tempfile::Builder::new().prefix("relink-").tempdir()?,
        })
    }

    /// Where the shop is going to be.
    pub(crate) fn shop(&self) -> &str {
        self.shop.as_deref().unwrap_or_default()
    }

    /// What a back end asks the server with.
    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// What customers' tokens are signed with.
    pub(crate) fn token_key(&self) -> &str {
        &self.token_key
    }
}

fn address(port: u16) -> Result<String> {
    let port = if port == 0 { probe::free_port()? } else { port };
    Ok(format!("127.0.0.1:{port}"))
}

/// Starts the sandbox, which tells the server of everything that happens; gives its address.
pub(crate) fn sandbox(
    programs: &Programs,
    port: u16,
    ground: &Ground,
    stop: &Stop,
) -> Result<(Service, String)> {
    let mut command = clean(&programs.sandbox);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--webhook", &format!("http://{}/webhooks/stripe", ground.host)]);
    command.env("SANDBOX_WEBHOOK_SECRET", &ground.webhook_secret).env("SANDBOX_SMTP", &ground.post);
    Service::listening("relink-sandbox", &mut command, stop)
}

/// Starts the sandbox on a free port, for tests: it logs only what is wrong.
pub(crate) fn quiet_sandbox(programs: &Programs, stop: &Stop) -> Result<(Service, String)> {
    let mut command = clean(&programs.sandbox);
    command.args(["--listen", "127.0.0.1:0", "--log", "error"]);
    Service::listening("relink-sandbox", &mut command, stop)
}

/// Starts the server in front of the sandbox at `sandbox`; gives its address.
pub(crate) fn server(
    programs: &Programs,
    ground: &Ground,
    sandbox: &str,
    (web_root, scene): (&Path, Scene),
    stop: &Stop,
) -> Result<(Service, String)> {
    let mut command = clean(&programs.server);
    command.args(["--listen", &ground.host, "--token-algorithm", "HS256", "--web-root"]).arg(web_root);
    // A key in an argument could be read by everyone on the machine.
    command.env("RELINK_TOKEN_KEY", &ground.token_key).env("RELINK_API_KEY", &ground.api_key);
    command.env("STRIPE_WEBHOOK_SECRET", &ground.webhook_secret);
    if let Some(shop) = &ground.shop {
        command.env("RELINK_ORIGINS", format!("http://{shop},{WORKSHOP}"));
        command.env("RELINK_RETURN_ORIGINS", format!("http://{shop}"));
    }
    let store = ground.folder.path().join("relink.db");
    command.env("DATABASE_URL", format!("sqlite:{}", store.display()));
    command.env("RELINK_DEMO_CUSTOMER", scene.customer()).envs(scene.settings().iter().copied());
    command.env("RELINK_SANDBOX_URL", format!("http://{sandbox}"));
    command.env("RELINK_PUBLIC_URL", format!("http://{}", ground.host));
    command.env("RELINK_SMTP_URL", format!("smtp://{}", ground.post));
    command.env("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>");
    command.env("RELINK_OPERATORS", OPERATOR);
    Service::listening("relink-server", &mut command, stop)
}

/// A command without the user's own settings: a demo must never reach a real Stripe account.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if is_setting(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn is_setting(name: &str) -> bool {
    name == "DATABASE_URL"
        || ["RELINK_", "SANDBOX_", "SHOP_", "STRIPE_"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::is_setting;

    #[test]
    fn the_users_own_stripe_keys_never_reach_the_demo() {
        assert!(is_setting("STRIPE_SECRET_KEY") && is_setting("RELINK_TOKEN_KEY_FILE"));
        assert!(is_setting("DATABASE_URL"));
        assert!(!is_setting("PATH") && !is_setting("RUST_LOG"));
    }
}
