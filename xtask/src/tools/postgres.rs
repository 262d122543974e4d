//! PostgreSQL: a private cluster for one run, in a temporary folder.
//!
//! It listens on the loopback only, at a port of its own, and has a password of its own. The system's own cluster, if
//! there is one, is left alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::service::{self, Service, Stop};
use crate::tools::{Tools, debian};
use crate::{chance, probe, run};

const PACKAGES: [&str; 2] = ["postgresql", "pgbouncer"];
/// The server's tests start it as a pooler in front of PostgreSQL; without it they say that they did not.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
/// Where Debian's packages put the programs, in a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root; Debian's package has this user for it.
const USER: &str = "postgres";
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
        let programs = Programs::ready(tools)?;
        let folder = tempfile::Builder::new().prefix("relink-postgres-").tempdir()?;
        let password = chance::key()?;
        let data = programs.create(folder.path(), &password)?;
        let port = probe::free_port()?;
        let mut command = programs.command(&programs.postgres);
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(folder.path());
        // More than the servers and tests of one run ever have.
        command.args(["-c", "max_connections=200", "-c", "log_min_messages=fatal"]);
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

/// The two programs, and as whom they run.
#[derive(Debug)]
struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
    /// The user's and group's number, if we are root.
    other: Option<(u32, u32)>,
}

impl Programs {
    fn ready(tools: &Tools) -> Result<Self> {
        if folder(Path::new(DEBIAN)).is_none() || !Path::new(PGBOUNCER).exists() {
            let _lock = tools.lock()?;
            // Debian starts a cluster of its own on the usual port when it installs: we have no use for that one.
            debian::install(&PACKAGES, "PostgreSQL and PgBouncer: the server's store is tested on them")?;
        }
        let Some(folder) = folder(Path::new(DEBIAN)) else { bail!(missing()) };
        let other = if is_root()? { Some((id_of_user("-u")?, id_of_user("-g")?)) } else { None };
        Ok(Self { initdb: folder.join("initdb"), postgres: folder.join("postgres"), other })
    }

    /// Runs as the other user, in the very process that we start, so that our signals reach it.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self.other {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([
                    &format!("--reuid={user}"),
                    &format!("--regid={group}"),
                    "--clear-groups",
                    "--",
                ]);
                command.arg(program);
                command
            }
        };
        // It complains if it can't enter the folder that we are in.
        command.current_dir("/");
        command
    }

    /// Makes the cluster's files; gives their folder.
    fn create(&self, folder: &Path, password: &str) -> Result<PathBuf> {
        let file = folder.join("password");
        fs::write(&file, password)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        if let Some((user, group)) = self.other {
            for path in [folder, &file] {
                chown(path, Some(user), Some(group))
                    .with_context(|| format!("could not give {} to {USER}", path.display()))?;
            }
        }
        let data = folder.join("data");
        let mut initdb = self.command(&self.initdb);
        initdb.arg("-D").arg(&data).arg(format!("--pwfile={}", file.display()));
        initdb.args(["-U", USER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        run::capture(&mut initdb)?;
        fs::remove_file(file)?;
        Ok(data)
    }
}

/// The folder that has both programs: the newest of Debian's, or one on `PATH`.
fn folder(debian: &Path) -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let folders = fs::read_dir(debian).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = folders.filter(|folder| has_both(&folder.join("bin"))).max_by_key(version);
    let on_path = || run::find("postgres")?.parent().map(Path::to_owned).filter(|folder| has_both(folder));
    newest.map(|folder| folder.join("bin")).or_else(on_path)
}

fn has_both(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn is_root() -> Result<bool> {
    Ok(run::capture(Command::new("id").arg("-u"))?.trim() == "0")
}

fn id_of_user(kind: &str) -> Result<u32> {
    let id = run::capture(Command::new("id").args([kind, USER]))
        .with_context(|| format!("PostgreSQL does not run as root, and there is no user {USER} for it"))?;
    Ok(id.trim().parse()?)
}

/// It takes calls earlier than it answers them; in this file it says when it does.
fn wait_until_ready(service: &mut Service, data: &Path, stop: &Stop) -> Result<()> {
    for _ in 0..TICKS_TO_START {
        service.check(stop)?;
        let said = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if said.lines().any(|line| line.trim() == "ready") {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::folder;

    #[test]
    fn of_several_versions_the_newest_that_is_whole_is_taken() {
        let debian = tempfile::tempdir().unwrap();
        for (version, programs) in [("9", 2), ("15", 2), ("17", 1)] {
            let bin = debian.path().join(version).join("bin");
            fs::create_dir_all(&bin).unwrap();
            for program in ["initdb", "postgres"].iter().take(programs) {
                fs::write(bin.join(program), "").unwrap();
            }
        }
        assert_eq!(folder(debian.path()), Some(debian.path().join("15/bin")));
    }
}
