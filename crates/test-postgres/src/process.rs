//! A cluster that is started by a test process and ends with it.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::programs::{Programs, USER, is_ready};

/// Environment variable with the URL of another PostgreSQL to use, in which databases can be created.
const GIVEN: &str = "RELINK_TEST_POSTGRES";
const TICK: Duration = Duration::from_millis(50);
/// Time limit for the start, in ticks: half a minute, more than it has ever taken.
const TICKS_TO_START: u32 = 600;

/// Runs the server given by the arguments until stdin closes, which happens when the test process ends in any way. Then
/// stops the server and removes the folder.
const LEASH: &str = r#"
folder="$1"; shift
"$@" >&2 & server=$!
cat > /dev/null
kill -TERM "$server"; wait "$server"
rm -rf "$folder"
"#;

/// Returns the URL of a PostgreSQL for this process's tests: `RELINK_TEST_POSTGRES`, or a private one that the first
/// call starts. Returns `None` if PostgreSQL is not installed.
///
/// # Panics
///
/// If PostgreSQL is installed but can't be started.
pub fn url() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    #[expect(clippy::panic, reason = "for tests, which have no use for an error")]
    URL.get_or_init(|| given_or_started().unwrap_or_else(|error| panic!("{error:#}"))).as_deref()
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its PostgreSQL is")]
fn given_or_started() -> Result<Option<String>> {
    match (env::var(GIVEN), Programs::find()?) {
        (Ok(given), _) => Ok(Some(given)),
        (Err(_), None) => Ok(None),
        (Err(_), Some(programs)) => {
            start(&programs).map(Some).context("could not start a PostgreSQL for tests")
        }
    }
}

/// Starts a cluster that ends with this process, without syncing to disk, which tests don't need.
fn start(programs: &Programs) -> Result<String> {
    // The shell script removes it, because a static value is never dropped.
    let folder = tempfile::Builder::new().prefix("relink-postgres-").disable_cleanup(true).tempdir()?;
    let password = password()?;
    let data = programs.create(folder.path(), &password)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = programs.server(&data, folder.path(), port);
    for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
        server.args(["-c", setting]);
    }
    leashed(&server, folder.path())?;
    for _ in 0..TICKS_TO_START {
        if is_ready(&data) {
            return Ok(format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres"));
        }
        thread::sleep(TICK);
    }
    bail!("it does not become ready; its last words are above")
}

fn leashed(server: &Command, folder: &Path) -> Result<()> {
    let mut leash = Command::new("sh");
    leash.args(["-c", LEASH, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
    leash.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut leash = leash.spawn()?;
    let stdin = leash.stdin.take().context("stdin is piped")?;
    // Keeps stdin open until this process ends.
    std::mem::forget(stdin);
    Ok(())
}

fn password() -> Result<String> {
    let random = fs::read_to_string("/proc/sys/kernel/random/uuid").or_else(|_| {
        let said = Command::new("uuidgen").output()?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&said.stdout).into_owned())
    });
    let password = random.context("no random number for a password")?.trim().to_owned();
    ensure!(password.len() == 36, "no random number for a password");
    Ok(password)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_on_a_leash_ends_and_leaves_nothing_when_its_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("cluster");
        fs::create_dir(&kept).unwrap();
        let mut leash = Command::new("sh");
        leash.args(["-c", LEASH, "sh"]).arg(&kept).args(["sleep", "600"]).stdin(Stdio::piped());
        let mut leash = leash.spawn().unwrap();
        drop(leash.stdin.take());
        leash.wait().unwrap();
        assert!(!kept.exists());
    }

    #[test]
    fn where_postgresql_is_installed_there_is_one_for_the_tests() {
        let Some(programs) = Programs::find().unwrap() else { return };
        let url = start(&programs).unwrap();
        let (_, address) = url.split_once('@').unwrap();
        TcpStream::connect(address.trim_end_matches("/postgres")).unwrap();
    }
}
