//! The sandbox and the server, started together and with nothing but settings of ours.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::build::Programs;
use crate::service::{Service, Stop};

/// The customer whose accounts the demo shows.
const CUSTOMER: &str = "cus_SandboxJenny";

/// Starts the sandbox; gives its address.
pub(crate) fn sandbox(programs: &Programs, port: u16, stop: &Stop) -> Result<(Service, String)> {
    let mut command = clean(&programs.sandbox);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    Service::listening("relink-sandbox", &mut command, stop)
}

/// Starts the server in front of the sandbox at `sandbox`; gives its address.
pub(crate) fn server(
    programs: &Programs,
    port: u16,
    sandbox: &str,
    web_root: &Path,
    stop: &Stop,
) -> Result<(Service, String)> {
    let mut command = clean(&programs.server);
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--token-algorithm", "HS256", "--web-root"]);
    command.arg(web_root);
    // A key in an argument could be read by everyone on the machine.
    command.env("RELINK_TOKEN_KEY", random_key()?);
    command.env("RELINK_DEMO_CUSTOMER", CUSTOMER);
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
