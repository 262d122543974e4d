//! PostgreSQL's programs that are installed on this machine.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// User that runs PostgreSQL, which refuses to run as root; Debian's package creates it. Also the database's user.
pub const USER: &str = "postgres";
/// Folder of the programs in Debian's packages, with a subfolder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs `initdb` and `postgres`, and the user that runs them.
#[derive(Debug)]
pub struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
    /// User and group id to run as, if this process is root.
    other: Option<(u32, u32)>,
}

impl Programs {
    /// Finds the newest version that is installed.
    ///
    /// # Errors
    ///
    /// Fails if the programs can't be run, because this process is root and there is no user for them.
    pub fn find() -> Result<Option<Self>> {
        let Some(folder) = folder(Path::new(DEBIAN)) else { return Ok(None) };
        let other = if id(&["-u"])? == 0 { Some((id_of_user("-u")?, id_of_user("-g")?)) } else { None };
        Ok(Some(Self { initdb: folder.join("initdb"), postgres: folder.join("postgres"), other }))
    }

    /// Creates a cluster's files below `folder`, and returns their folder.
    pub fn create(&self, folder: &Path, password: &str) -> Result<PathBuf> {
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
        capture(&mut initdb)?;
        fs::remove_file(file)?;
        Ok(data)
    }

    /// Returns the command of the server on these files, at a port of the loopback interface, with its socket in
    /// `folder`.
    #[must_use]
    pub fn server(&self, data: &Path, folder: &Path, port: u16) -> Command {
        let mut command = self.command(&self.postgres);
        command.arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"]).arg(folder);
        // More than the servers and tests of one run ever use.
        command.args(["-c", "max_connections=400", "-c", "log_min_messages=fatal"]);
        command
    }

    /// Runs as the other user in the same process, so that signals reach it.
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
        // PostgreSQL complains if it can't enter the working directory.
        command.current_dir("/");
        command
    }
}

/// True if the server on these files is ready. It accepts connections before it can serve them, so this reads its
/// status file.
#[must_use]
pub fn is_ready(data: &Path) -> bool {
    let said = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    said.lines().any(|line| line.trim() == "ready")
}

/// Returns the folder that has both programs: the newest of Debian's, or one on `PATH`.
fn folder(debian: &Path) -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let folders = fs::read_dir(debian).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = folders.filter(|folder| has_both(&folder.join("bin"))).max_by_key(version);
    let path = env::var_os("PATH").unwrap_or_default();
    newest
        .map(|folder| folder.join("bin"))
        .or_else(|| env::split_paths(&path).find(|folder| has_both(folder)))
}

fn has_both(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn id_of_user(kind: &str) -> Result<u32> {
    id(&[kind, USER])
        .with_context(|| format!("PostgreSQL does not run as root, and there is no user {USER} for it"))
}

fn id(arguments: &[&str]) -> Result<u32> {
    Ok(capture(Command::new("id").args(arguments))?.trim().parse()?)
}

/// Returns the command's stdout; an error contains its stderr.
fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("could not start {command:?}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed ({})\n{}", output.status, complaint.trim());
    Ok(String::from_utf8(output.stdout)?)
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
