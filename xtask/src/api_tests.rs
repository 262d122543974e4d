//! Tests of the HTTP API against its description, with schemathesis: `cargo xtask test --only api`.

use std::fs;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::build;
use crate::demo_env::{self, DemoEnv, Scenario};
use crate::front_end::BuildMode;
use crate::project::Project;
use crate::service::{Service, StopSignal};
use crate::suite::Suite;
use crate::tools::python;

/// The server and its sandbox. Dropping it stops them and deletes the database.
#[derive(Debug)]
pub(crate) struct Servers {
    _server: Service,
    _sandbox: Service,
    _env: DemoEnv,
    _page: TempDir,
}

/// Settings that let one client send thousands of requests, and make merchant events, which nobody takes at port 9.
const SETTINGS: [(&str, &str); 5] = [
    ("RELINK_CUSTOMER_RATE", "100000"),
    ("RELINK_STRIPE_RATE", "100"),
    ("RELINK_WEBHOOK_URL", "http://127.0.0.1:9/"),
    ("RELINK_WEBHOOK_SECRET", "whsec_bm9ib2R5LW5vYm9keS1ub2JvZHktbm9ib2R5LTAx"),
    ("RELINK_WEBHOOK_ALLOW_PRIVATE", "true"),
];

/// Starts a server with the sandbox, and returns it with the tests that call it.
pub(crate) fn suite(project: &Project, stop: &StopSignal) -> Result<(Suite, Servers)> {
    let programs = build::programs(project, BuildMode::Demo)?;
    let folder = project.root.join("server/tests/schemathesis");
    let python = python::environment(project, &folder, "schemathesis", "the HTTP API is tested with it")?;
    let env = DemoEnv::new(0, None)?;
    let page = tempfile::tempdir()?;
    fs::write(page.path().join("index.html"), "<bank-relink></bank-relink>\n")?;
    let (sandbox, address) = demo_env::sandbox(&programs, 0, &env, stop)?;
    let mut command = demo_env::server_command(&programs, &env, &address, (page.path(), Scenario::States));
    command.args(["--log", "warn"]).envs(SETTINGS);
    let (server, address) = Service::listening("relink-server", &mut command, stop)?;
    let mut test = Command::new(python);
    test.current_dir(&folder).arg("all.py").env("PYTHONDONTWRITEBYTECODE", "1");
    test.env("SERVER_URL", format!("http://{address}")).env("SERVER_API_KEY", env.api_key());
    let servers = Servers { _server: server, _sandbox: sandbox, _env: env, _page: page };
    Ok((Suite::command(test), servers))
}
