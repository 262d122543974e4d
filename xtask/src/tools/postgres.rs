//! PostgreSQL: a private cluster for one run, in a temporary folder.
//!
//! It listens on the loopback interface only, on a free port and with a random password. A cluster of the system is not
//! touched.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use relink_test_postgres::{Programs, USER, is_ready};
use tempfile::TempDir;

use crate::service::{self, Service, StopSignal};
use crate::tools::{Tools, debian};
use crate::{probe, random};

const PACKAGES: [&str; 2] = ["postgresql", "pgbouncer"];
/// Path of PgBouncer, which the server's tests start in front of PostgreSQL. Without it, they print that they skip
/// this.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
/// Ticks to wait until PostgreSQL is ready: half a minute, longer than it has ever taken.
const TICKS_TO_START: u32 = 600;

/// Durability of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Commits survive a power cut, as in production; for measurements.
    Full,
    /// Commits may be lost in a power cut, which is faster; for tests.
    None,
}

/// Running cluster. Dropping it stops the cluster and deletes its data.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// URL of the database, such as `postgres://postgres:…@127.0.0.1:5433/postgres`.
    pub(crate) url: String,
    /// Dropped before the folder, so that the program has stopped when its data is deleted.
    _service: Service,
    _folder: TempDir,
}

impl Postgres {
    /// Creates and starts a cluster, and waits until it is ready. As root on Debian, installs PostgreSQL if it is
    /// missing.
    pub(crate) fn start(tools: &Tools, durability: Durability, stop: &StopSignal) -> Result<Self> {
        let programs = programs(tools)?;
        let folder = tempfile::Builder::new().prefix("relink-postgres-").tempdir()?;
        let password = random::key()?;
        let data = programs.create(folder.path(), &password)?;
        let port = probe::free_port()?;
        let mut command = programs.server(&data, folder.path(), port);
        if durability == Durability::None {
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

/// Finds PostgreSQL's programs; as root on Debian, installs them if they or PgBouncer are missing.
fn programs(tools: &Tools) -> Result<Programs> {
    let installed = Programs::find()?.filter(|_| Path::new(PGBOUNCER).exists());
    if let Some(programs) = installed {
        return Ok(programs);
    }
    let _lock = tools.lock()?;
    // Installing also creates and starts Debian's own cluster on the default port, which is not used.
    debian::install(&PACKAGES, "PostgreSQL and PgBouncer: the server's store is tested on them")?;
    Programs::find()?.with_context(missing)
}

fn wait_until_ready(service: &mut Service, data: &Path, stop: &StopSignal) -> Result<()> {
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
