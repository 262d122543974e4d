//! Inputs of the drills: the built programs, and a PostgreSQL server.

use std::env::{var_os, vars_os};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

/// Paths and URLs that the drills need.
#[derive(Clone, Debug)]
pub struct Given {
    pub(crate) server: PathBuf,
    pub(crate) sandbox: PathBuf,
    /// URL of a PostgreSQL server on which databases may be created and dropped.
    pub(crate) postgres: String,
}

impl Given {
    /// Reads the environment variables that `cargo xtask` sets.
    pub fn read() -> Result<Self> {
        let postgres = variable("RELINK_TEST_POSTGRES")?;
        Ok(Self {
            server: variable("RELINK_DRILLS_SERVER")?.into(),
            sandbox: variable("RELINK_DRILLS_SANDBOX")?.into(),
            postgres: postgres.into_string().ok().context("RELINK_TEST_POSTGRES is no text")?,
        })
    }
}

/// Returns the folder of the servers that ours is compared with.
pub(crate) fn peers() -> Result<PathBuf> {
    variable("RELINK_DRILLS_PEERS").map(Into::into)
}

fn variable(name: &str) -> Result<OsString> {
    var_os(name).with_context(|| {
        format!("{name} is not set: run cargo xtask test, soak or bench, which build what the drills need")
    })
}

/// Creates a command without the caller's own settings, so that no drill can reach a real Stripe account or database.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    let prefixes = ["RELINK_", "SANDBOX_", "STRIPE_", "DATABASE_URL"];
    let ours = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}
