//! What whoever starts the drills has to give: the built programs, and a PostgreSQL.

use std::env::{var_os, vars_os};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

/// Where everything is that the drills need.
#[derive(Clone, Debug)]
pub struct Given {
    pub(crate) server: PathBuf,
    pub(crate) sandbox: PathBuf,
    /// The address of a PostgreSQL where databases may be made and dropped.
    pub(crate) postgres: String,
}

impl Given {
    /// Reads the variables that `cargo xtask` sets.
    pub fn read() -> Result<Self> {
        let postgres = variable("RELINK_TEST_POSTGRES")?;
        Ok(Self {
            server: variable("RELINK_DRILLS_SERVER")?.into(),
            sandbox: variable("RELINK_DRILLS_SANDBOX")?.into(),
            postgres: postgres.into_string().ok().context("RELINK_TEST_POSTGRES is no text")?,
        })
    }
}

/// The folder of the servers that ours is measured beside.
pub(crate) fn peers() -> Result<PathBuf> {
    variable("RELINK_DRILLS_PEERS").map(Into::into)
}

fn variable(name: &str) -> Result<OsString> {
    var_os(name).with_context(|| {
        format!("{name} is not set: run cargo xtask test, soak or bench, which build what the drills need")
    })
}

/// A command without the settings of whoever runs the drills: none may reach a real Stripe account or database.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    let prefixes = ["RELINK_", "SANDBOX_", "STRIPE_", "DATABASE_URL"];
    let ours = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}
