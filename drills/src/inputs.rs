//! Inputs of the drills: the built programs, and a PostgreSQL server.

use std::env::var_os;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Paths and URLs that the drills need.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(crate) server: PathBuf,
    pub(crate) sandbox: PathBuf,
    /// URL of a PostgreSQL server on which databases may be created and dropped.
    pub(crate) postgres: String,
}

impl Inputs {
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
