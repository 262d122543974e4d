//! PostgreSQL: a private cluster for one run, in a temporary folder.
//!
//! It listens on the loopback only, at a port of its own, and has a password of its own. The system's own cluster, if
//! there is one, is left alone.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use relink_test_postgres::{Programs, USER, is_ready};
use tempfile::TempDir;

use crate::service::{self, Service, Stop};
use crate::tools::{Tools, debian};
use crate::{chance, probe};

const PACKAGES: [&str; 2] = ["postgresql", "pgbouncer"];
/// The server's tests start it as a pooler in front of PostgreSQL; without it they say that they did not.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
/// Longer than it ever took to be ready, in ticks: half a minute.
const TICKS_TO_START: u32 = 600;

/// Whether what was committed survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durable {
    /// It does, as in production: what is measured must be paid for.
    Yes,
    /// It does not, which is faster; nobody keeps the data of tests.
    No,
}

/// A running cluster. Dropping it stops it and removes its data.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// Such as `postgres://postgres:…@127.0.0.1:5433/postgres`.
    pub(crate) url: String,
    /// Before the folder, so that it has stopped when its data goes.
    _service: Service,
    _folder: TempDir,
}

impl Postgres {
    /// Installs PostgreSQL for root on Debian if it is missing, makes a cluster, and waits until it answers.
    pub(crate) fn start(tools: &Tools, durable: Durable, stop: &Stop) -> Result<Self> {
        let programs = programs(tools)?;
        let folder = tempfile::Builder::new().prefix("relink-postgres-").tempdir()?;
        let password = chance::key()?;
        let data = programs.create(folder.path(), &password)?;
        let port = probe::free_port()?;
        let mut command = programs.server(&data, folder.path(), port);
        if durable == Durable::No {
            for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
                command.args(["-c", setting]);
            }
        }
        let mut service = Service::start("postgres", command.stdout(std::io::stderr()))?;
        wait_until_ready(&mut service, &data, stop)?;
        let url = format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { url, _service: service, _folder: folder })
    }
}

/// Installs the programs for root on Debian if they are missing.
fn programs(tools: &Tools) -> Result<Programs> {
    let installed = Programs::find()?.filter(|_| Path::new(PGBOUNCER).exists());
    if let Some(programs) = installed {
        return Ok(programs);
    }
    let _lock = tools.lock()?;
    // Debian starts a cluster of its own on the usual port when it installs: we have no use for that one.
    debian::install(&PACKAGES, "PostgreSQL and PgBouncer: the server's store is tested on them")?;
    Programs::find()?.with_context(missing)
}

fn wait_until_ready(service: &mut Service, data: &Path, stop: &Stop) -> Result<()> {
    for _ in 0..TICKS_TO_START {
        service.check(stop)?;
        if is_ready(data) {
            return Ok(());
        }
        std::thread::sleep(service::TICK);
    }
    bail!("PostgreSQL does not become ready")
}

fn missing() -> String {
    let command = if cfg!(target_os = "macos") {
        "brew install postgresql@17".to_owned()
    } else {
        debian::command(&PACKAGES)
    };
    format!(
        "PostgreSQL (initdb and postgres) is missing: the server's store is tested on it. Run this first:\n  {command}"
    )
}
