//! `cargo xtask dev`: work on the front end and see each change at once.

use anyhow::Result;

use crate::front_end::Quality;
use crate::project::Project;
use crate::run::say;
use crate::service::{self, Service, Stop};
use crate::stand::{Ground, Scene};
use crate::tools::trunk;
use crate::{build, demo, probe, stand};

/// Work on the front end: the page reloads itself after each change.
///
/// Serves a debug build on port 8080. The server (4280) and the sandbox (4281) run behind it, as
/// Trunk.toml says: /api and /demo go to the server. A change of theirs needs a restart. Ctrl-C or
/// SIGTERM stops everything. Installs the wasm32 target, wasm-bindgen and trunk if they are missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The page's port
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// What there is to repair, and how
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scene::Payments)]
    scene: Scene,
}

/// Where Trunk.toml says that the server is.
const SERVER_PORT: u16 = 4280;
const SANDBOX_PORT: u16 = 4281;
/// A change there is no reason to reload the page.
const NOT_THE_FRONT_END: [&str; 8] =
    [".ci", ".git", "crates/sandbox", "docs", "drills", "e2e", "server", "xtask"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    probe::port_is_free(args.port, "choose another with --port N")?;
    for port in [SERVER_PORT, SANDBOX_PORT] {
        probe::port_is_free(port, "run `cargo xtask demo`, which takes any free one")?;
    }
    let programs = build::programs(project, Quality::Demo)?;
    let mut trunk = trunk::command(project)?;
    trunk.args(["serve", "--offline"]).arg(format!("--port={}", args.port));
    for folder in NOT_THE_FRONT_END.iter().filter(|folder| project.root.join(folder).exists()) {
        trunk.arg(format!("--ignore={folder}"));
    }

    let stop = Stop::on_signal()?;
    let ground = Ground::new(SERVER_PORT, None)?;
    let (mut sandbox, sandbox_host) = stand::sandbox(&programs, SANDBOX_PORT, &ground, &stop)?;
    let mut page = Service::start("trunk", trunk.stdout(std::io::stderr()))?;
    let host = format!("127.0.0.1:{}", args.port);
    // The server comes after trunk's first build, so that it finds the page's files.
    demo::wait_for_page(&mut page, &host, &stop)?;
    let (mut server, _) =
        stand::server(&programs, &ground, &sandbox_host, (&project.dist(), args.scene), &stop)?;
    println!("ready http://{host}/");

    service::watch(&mut [&mut sandbox, &mut page, &mut server], &stop)?;
    say("Stopping …");
    Ok(())
}
