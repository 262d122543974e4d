//! nginx, HAProxy and Caddy: the server's tests run them with the configurations of `deploy/`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::progress::print_progress;
use crate::tools::{Tools, debian};

/// Debian's packages and the paths of their programs, which the tests use.
const PACKAGES: [(&str, &str); 3] =
    [("nginx", "/usr/sbin/nginx"), ("haproxy", "/usr/sbin/haproxy"), ("caddy", "/usr/bin/caddy")];
/// Program that packages ask whether they may start their service; Debian's container images have one that refuses.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Its exit code if they may not.
const FORBIDDEN: i32 = 101;

/// Installs those that are missing, as root in a container with Debian.
///
/// Elsewhere does nothing, because the packages would start servers on port 80; the tests print that they skip what is
/// not installed. So do they where an installation fails: no other test needs these programs.
pub(crate) fn install_missing(tools: &Tools) -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .into_iter()
        .filter(|(_, program)| !Path::new(program).exists())
        .map(|(name, _)| name)
        .collect();
    if missing.is_empty() || !starting_is_forbidden() {
        return Ok(());
    }
    let _lock = tools.lock()?;
    if let Err(error) = debian::install(&missing, "TLS proxies: the server is tested behind them") {
        print_progress(format!("{error:#}. The tests behind {} are skipped.", missing.join(", ")));
    }
    Ok(())
}

fn starting_is_forbidden() -> bool {
    let asked = Command::new(POLICY).args(["nginx", "start"]).status();
    asked.is_ok_and(|status| status.code() == Some(FORBIDDEN))
}
