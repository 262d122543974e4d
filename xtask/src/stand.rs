//! The sandbox and the server, started together and with nothing but settings of ours.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::build::Programs;
use crate::service::{Service, Stop};

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
    /// Settings of the server's, as variables.
    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Payments => &[("RELINK_DEMO_CUSTOMER", "cus_SandboxJenny")],
            Self::AnyAccount => {
                &[("RELINK_DEMO_CUSTOMER", "cus_SandboxJenny"), ("RELINK_ANY_ACCOUNT", "true")]
            }
            Self::Payouts => &[("RELINK_DEMO_CUSTOMER", "cus_SandboxJenny"), ("RELINK_PURPOSE", "payouts")],
            Self::Data => &[
                ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
                ("RELINK_PURPOSE", "data"),
                ("RELINK_PERMISSIONS", "balances,transactions"),
            ],
            Self::States => &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")],
        }
    }
}

/// Starts the sandbox; gives its address.
pub(crate) fn sandbox(programs: &Programs, port: u16, stop: &Stop) -> Result<(Service, String)> {
    let mut command = clean(&programs.sandbox);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
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
    port: u16,
    sandbox: &str,
    (web_root, scene): (&Path, Scene),
    stop: &Stop,
) -> Result<(Service, String)> {
    let mut command = clean(&programs.server);
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--token-algorithm", "HS256", "--web-root"]);
    command.arg(web_root);
    // A key in an argument could be read by everyone on the machine.
    command.env("RELINK_TOKEN_KEY", random_key()?);
    command.envs(scene.settings().iter().copied());
    command.env("RELINK_SANDBOX_URL", format!("http://{sandbox}"));
    Service::listening("relink-server", &mut command, stop)
}

/// A command without the user's own settings: a demo must never reach a real Stripe account.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if is_setting(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn is_setting(name: &str) -> bool {
    ["RELINK_", "SANDBOX_", "STRIPE_"].iter().any(|prefix| name.starts_with(prefix))
}

/// 256 bits for this run only, as hexadecimal digits.
fn random_key() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("could not read /dev/urandom")?;
    let digit = |four: u8| char::from_digit(u32::from(four), 16);
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::{is_setting, random_key};

    #[test]
    fn a_key_has_256_bits_and_differs_each_time() {
        let key = random_key().unwrap();
        assert_eq!(key.len(), 64);
        assert_ne!(key, random_key().unwrap());
    }

    #[test]
    fn the_users_own_stripe_keys_never_reach_the_demo() {
        assert!(is_setting("STRIPE_SECRET_KEY") && is_setting("RELINK_TOKEN_KEY_FILE"));
        assert!(!is_setting("PATH") && !is_setting("RUST_LOG"));
    }
}
