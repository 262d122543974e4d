//! PgBouncer between the server and PostgreSQL.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use relink_test_kit::ReservedPort;

use crate::database::{Database, postgres};
use crate::process::{Process, finish};

/// PgBouncer on a free port of this machine, stopped on drop.
struct PgBouncer {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts PgBouncer with three connections to PostgreSQL, so that clients share them. Returns `None` if it is not
    /// installed.
    async fn start(mode: &str, ignored: &str, server: &str) -> Option<Self> {
        let server = reqwest::Url::parse(server).unwrap();
        let (host, port) = (server.host_str().unwrap(), server.port().unwrap_or(5432));
        let user = server.username();
        let password = server.password().map(|password| format!(" password={password}")).unwrap_or_default();
        let folder = tempfile::tempdir().unwrap();
        let reserved = ReservedPort::new().unwrap();
        let listen = reserved.port();
        let settings = folder.path().join("pgbouncer.ini");
        std::fs::write(
            &settings,
            format!(
                "[databases]\n* = host={host} port={port} user={user}{password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {listen}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 3\n\
                 ignore_startup_parameters = {ignored}\n"
            ),
        )
        .unwrap();
        let child = pgbouncer(folder.path(), &settings)?;
        let bouncer = Self { child, port: listen, _folder: folder };
        while std::net::TcpStream::connect(("127.0.0.1", listen)).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(bouncer)
    }

    /// Returns the URL of a PostgreSQL database through PgBouncer.
    fn url(&self, database: &str) -> String {
        let (_, name) = database.rsplit_once('/').unwrap();
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

/// Returns Debian's path, which is in `PATH` only for root.
fn program() -> &'static str {
    const DEBIAN: &str = "/usr/sbin/pgbouncer";
    if Path::new(DEBIAN).exists() { DEBIAN } else { "pgbouncer" }
}

/// Starts PgBouncer. It refuses to run as root, who has to name another user.
fn pgbouncer(folder: &Path, settings: &Path) -> Option<Child> {
    let start = |arguments: &[&str]| {
        Command::new(program())
            .args(arguments)
            .arg(settings)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
    };
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let _ = Command::new("chmod").arg("-R").arg("a+rX").arg(folder).status();
        start(&["-q", "-u", "nobody"]).ok()
    } else {
        start(&["-q"]).ok()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Startup parameter that the driver sets and PgBouncer does not know.
const IGNORED: &str = "extra_float_digits";

async fn in_mode(mode: &str, ignored: &str) -> Option<(PgBouncer, Database)> {
    let Some(server) = postgres() else {
        eprintln!("NOT TESTED HERE: PgBouncer, because PostgreSQL is not installed");
        return None;
    };
    let Some(bouncer) = PgBouncer::start(mode, ignored, server).await else {
        eprintln!("NOT TESTED HERE: PgBouncer, because it is not installed (apt-get install pgbouncer)");
        return None;
    };
    let database = Database::in_postgres(server).await;
    Some((bouncer, database))
}

#[tokio::test]
async fn through_a_pooler_in_transaction_mode_two_servers_start_and_keep_every_event() {
    let Some((bouncer, database)) = in_mode("transaction", IGNORED).await else { return };
    let url = bouncer.url(&database.url);
    let servers = [Process::start(&url, "").await, Process::start(&url, "").await];
    let mut telling = tokio::task::JoinSet::new();
    for n in 0..60 {
        let sent = servers[n % 2].telling(&format!("evt_{n:02}"));
        telling.spawn(sent);
    }
    while let Some(status) = telling.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    for server in &servers {
        assert_eq!(server.get("/readyz").await, 200);
        assert_eq!(server.get("/api/accounts").await, 401);
    }
    assert_eq!(database.texts("SELECT CAST(COUNT(*) AS TEXT) FROM events").await, ["60"]);
    let settings = database.texts("SELECT current_setting('statement_timeout')").await;
    assert_eq!(settings, ["0"], "no setting of ours stays on a connection that others use");
    assert!(finish(&url, &["keys", "create", "shop", "--scopes", "console"]).0);
    let (is_done, said) = finish(&url, &["keys", "list"]);
    assert!(is_done && said.contains("shop"), "{said}");
    let (is_done, said) = finish(&url, &["export", "-"]);
    assert!(is_done && said.contains("\"evt_59\""), "{said}");
}

#[tokio::test]
async fn through_a_pooler_in_session_mode_the_server_works_as_without() {
    let Some((bouncer, database)) = in_mode("session", IGNORED).await else { return };
    let url = format!("{}?application_name=relink", bouncer.url(&database.url));
    // As many connections as the pooler has: in session mode each client keeps one.
    let server = Process::start_with(&url, "", &[("RELINK_DATABASE_CONNECTIONS", "2")]).await;
    assert_eq!((server.tell("evt_1").await, server.get("/readyz").await), (200, 200));
}

#[tokio::test]
async fn a_pooler_that_refuses_the_driver_is_named_with_the_setting_that_it_needs() {
    let Some((bouncer, database)) = in_mode("transaction", "").await else { return };
    let (is_done, said) = finish(&bouncer.url(&database.url), &["migrate"]);
    assert!(!is_done && said.contains("ignore_startup_parameters = extra_float_digits"), "{said}");
}
