//! Commands that do not inherit the caller's settings.

use std::env::vars_os;
use std::path::Path;
use std::process::Command;

/// Prefixes of the environment variables that configure the programs.
const SETTINGS: [&str; 5] = ["DATABASE_URL", "RELINK_", "SANDBOX_", "SHOP_", "STRIPE_"];

/// Creates a command without the caller's own settings, so that no test can reach a real Stripe account or database.
pub fn command_without_settings(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in vars_os().filter(|(name, _)| is_setting(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::is_setting;

    #[test]
    fn settings_of_each_program_are_removed_and_others_stay() {
        for name in ["DATABASE_URL", "RELINK_LOG", "SANDBOX_SMTP", "SHOP_LISTEN", "STRIPE_SECRET_KEY"] {
            assert!(is_setting(name), "{name}");
        }
        for name in ["PATH", "HOME", "CHROMIUM", "MY_STRIPE_KEY"] {
            assert!(!is_setting(name), "{name}");
        }
    }
}
