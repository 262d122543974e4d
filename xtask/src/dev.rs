//! `cargo xtask dev`: serves the front end with live reload.

use anyhow::Result;

use crate::front_end::Quality;
use crate::project::Project;
use crate::run::say;
use crate::service::{self, Service, Stop};
use crate::stand::{Ground, Scene};
use crate::tools::trunk;
use crate::{build, demo, probe, stand};

/// Serve the front end with live reload.
///
/// trunk serves a debug build on port 8080 and rebuilds it after each change. The server (port 4280) and
/// the sandbox (port 4281) run behind it: Trunk.toml forwards /api and /demo to the server. Restart this
/// command after changing the server or the sandbox. Ctrl-C or SIGTERM stops everything.
///
/// Installs the wasm32 target, wasm-bindgen, trunk and esbuild if they are missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Port of the page.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Kind of merchant, and the customer whose accounts are broken.
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scene::Payments)]
    scene: Scene,
}

/// Port of the server that `Trunk.toml` forwards requests to.
const SERVER_PORT: u16 = 4280;
const SANDBOX_PORT: u16 = 4281;
/// Folders that trunk does not watch, because changes there do not affect the page.
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
    // The server starts after trunk's first build, because it reads the page's files at start.
    demo::wait_for_page(&mut page, &host, &stop)?;
    let (mut server, _) =
        stand::server(&programs, &ground, &sandbox_host, (&project.dist(), args.scene), &stop)?;
    println!("ready http://{host}/");

    service::watch(&mut [&mut sandbox, &mut page, &mut server], &stop)?;
    say("Stopping …");
    Ok(())
}
