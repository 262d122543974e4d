//! Starts the sandbox and the server together, without any of the user's own settings.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::build::Programs;
use crate::service::{Service, StopSignal};
use crate::{probe, random};

/// Demo scenario: settings of the server, and a customer of the sandbox with broken accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// Payments: a relink must bring back the same account.
    Payments,
    /// Payments: any checking or savings account at the same bank is accepted.
    AnyAccount,
    /// Payouts: a relink must bring back the same account.
    Payouts,
    /// Data: a relink covers all accounts of a bank login and changes their permissions.
    Data,
    /// One account in each state.
    States,
}

impl Scenario {
    /// Identifier of the customer who is signed in.
    pub(crate) fn customer(self) -> &'static str {
        match self {
            Self::Payments | Self::AnyAccount | Self::Payouts => "cus_SandboxJenny",
            Self::Data => "cus_SandboxData",
            Self::States => "cus_SandboxKai",
        }
    }

    /// Environment variables for the server.
    fn env_vars(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Payments | Self::States => &[],
            Self::AnyAccount => &[("RELINK_ANY_ACCOUNT", "true")],
            Self::Payouts => &[("RELINK_PURPOSE", "payouts")],
            Self::Data => &[("RELINK_PURPOSE", "data"), ("RELINK_PERMISSIONS", "balances,transactions")],
        }
    }
}

/// Origin of the React example's development server, which may call the demo's server, too.
const WORKSHOP: &str = "http://127.0.0.1:5173";

/// Operator of the demo's console. The sign-in code is sent to the sandbox's inbox.
pub(crate) const OPERATOR: &str = "operator@northwind.example";

/// Demo environment: the addresses and keys that the programs share, and the folder of the server's database.
///
/// Dropping it deletes the folder, so the server must be stopped first.
#[derive(Debug)]
pub(crate) struct DemoEnv {
    /// Address of the server.
    host: String,
    /// Address of the shop, if there is one.
    shop: Option<String>,
    /// Key that signs customers' tokens.
    token_key: String,
    /// API key of the merchant's back end.
    api_key: String,
    /// Address at which the sandbox accepts emails by SMTP.
    smtp_address: String,
    /// Secret with which the sandbox signs its webhooks.
    webhook_secret: String,
    folder: TempDir,
}

impl DemoEnv {
    /// Creates an environment with a server at `port` and optionally a shop. Port 0 chooses a free port.
    pub(crate) fn new(port: u16, shop: Option<u16>) -> Result<Self> {
        Ok(Self {
            host: address(port)?,
            shop: shop.map(address).transpose()?,
            token_key: random::key()?,
            api_key: random::key()?,
            smtp_address: format!("127.0.0.1:{}", probe::free_port()?),
            webhook_secret: format!("whsec_{}", random::key()?),
            folder: tempfile::Builder::new().prefix("relink-").tempdir()?,
        })
    }

    /// Returns the address of the shop, or an empty string if there is none.
    pub(crate) fn shop(&self) -> &str {
        self.shop.as_deref().unwrap_or_default()
    }

    /// Returns the API key of the merchant's back end.
    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Returns the key that signs customers' tokens.
    pub(crate) fn token_key(&self) -> &str {
        &self.token_key
    }
}

fn address(port: u16) -> Result<String> {
    let port = if port == 0 { probe::free_port()? } else { port };
    Ok(format!("127.0.0.1:{port}"))
}

/// Starts the sandbox, which sends webhooks to the server. Returns its address.
pub(crate) fn sandbox(
    programs: &Programs,
    port: u16,
    env: &DemoEnv,
    stop: &StopSignal,
) -> Result<(Service, String)> {
    let mut command = without_user_settings(&programs.sandbox);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--webhook", &format!("http://{}/webhooks/stripe", env.host)]);
    command.env("SANDBOX_WEBHOOK_SECRET", &env.webhook_secret).env("SANDBOX_SMTP", &env.smtp_address);
    Service::listening("relink-sandbox", &mut command, stop)
}

/// Starts a sandbox on a free port that logs only errors, for tests.
pub(crate) fn quiet_sandbox(programs: &Programs, stop: &StopSignal) -> Result<(Service, String)> {
    let mut command = without_user_settings(&programs.sandbox);
    command.args(["--listen", "127.0.0.1:0", "--log", "error"]);
    Service::listening("relink-sandbox", &mut command, stop)
}

/// Starts the server with the sandbox at `sandbox` in place of Stripe. Returns its address.
pub(crate) fn server(
    programs: &Programs,
    env: &DemoEnv,
    sandbox: &str,
    page: (&Path, Scenario),
    stop: &StopSignal,
) -> Result<(Service, String)> {
    Service::listening("relink-server", &mut server_command(programs, env, sandbox, page), stop)
}

/// Returns the command that starts the server with the sandbox at `sandbox` in place of Stripe.
pub(crate) fn server_command(
    programs: &Programs,
    env: &DemoEnv,
    sandbox: &str,
    (web_root, scenario): (&Path, Scenario),
) -> Command {
    let mut command = without_user_settings(&programs.server);
    command.args(["--listen", &env.host, "--token-algorithm", "HS256", "--web-root"]).arg(web_root);
    // Keys are passed in the environment, because every user of the machine can read a program's arguments.
    command.env("RELINK_TOKEN_KEY", &env.token_key).env("RELINK_API_KEY", &env.api_key);
    command.env("STRIPE_WEBHOOK_SECRET", &env.webhook_secret);
    if let Some(shop) = &env.shop {
        command.env("RELINK_ORIGINS", format!("http://{shop},{WORKSHOP}"));
        command.env("RELINK_RETURN_ORIGINS", format!("http://{shop}"));
    }
    let store = env.folder.path().join("relink.db");
    command.env("DATABASE_URL", format!("sqlite:{}", store.display()));
    command.env("RELINK_DEMO_CUSTOMER", scenario.customer()).envs(scenario.env_vars().iter().copied());
    command.env("RELINK_SANDBOX_URL", format!("http://{sandbox}"));
    command.env("RELINK_PUBLIC_URL", format!("http://{}", env.host));
    command.env("RELINK_SMTP_URL", format!("smtp://{}", env.smtp_address));
    command.env("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>");
    command.env("RELINK_OPERATORS", OPERATOR);
    command
}

/// Returns a command without the user's own settings, so that a demo never reaches a real Stripe account.
pub(crate) fn without_user_settings(program: &Path) -> Command {
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
