//! `cargo xtask dev`: serves the front end with live reload.

use anyhow::Result;

use crate::demo_env::{DemoEnv, Scenario};
use crate::front_end::BuildMode;
use crate::progress::print_progress;
use crate::project::Project;
use crate::service::{self, Service, StopSignal};
use crate::tools::trunk;
use crate::{build, demo, demo_env, probe};

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
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scenario::Payments)]
    scene: Scenario,
}

/// Port of the server that `Trunk.toml` forwards requests to.
const SERVER_PORT: u16 = 4280;
const SANDBOX_PORT: u16 = 4281;
/// Files and folders that trunk does not watch, because changes there do not affect the page.
const NOT_THE_FRONT_END: [&str; 28] = [
    ".ci",
    ".git",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "crates/figures",
    "crates/sandbox",
    "crates/test-postgres",
    "deny.toml",
    "deploy",
    "docs",
    "drills",
    "e2e",
    "examples",
    "packages",
    "rustfmt.toml",
    "server",
    "tests",
    "typos.toml",
    "webdriver.json",
    "xtask",
];

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    probe::port_is_free(args.port, "choose another with --port N")?;
    for port in [SERVER_PORT, SANDBOX_PORT] {
        probe::port_is_free(port, "run `cargo xtask demo`, which takes any free one")?;
    }
    let programs = build::programs(project, BuildMode::Demo)?;
    let mut trunk = trunk::command(project)?;
    trunk.args(["serve", "--offline"]).arg(format!("--port={}", args.port));
    for path in NOT_THE_FRONT_END.iter().filter(|path| project.root.join(path).exists()) {
        trunk.arg(format!("--ignore={path}"));
    }

    let stop = StopSignal::on_signal()?;
    let env = DemoEnv::new(SERVER_PORT, None)?;
    let (mut sandbox, sandbox_host) = demo_env::sandbox(&programs, SANDBOX_PORT, &env, &stop)?;
    let mut page = Service::start("trunk", trunk.stdout(std::io::stderr()))?;
    let host = format!("127.0.0.1:{}", args.port);
    // The server starts after trunk's first build, because it reads the page's files at start.
    demo::wait_for_page(&mut page, &host, &stop)?;
    let (mut server, _) =
        demo_env::server(&programs, &env, &sandbox_host, (&project.dist(), args.scene), &stop)?;
    println!("ready http://{host}/");

    service::wait_for_stop(&mut [&mut sandbox, &mut page, &mut server], &stop)?;
    print_progress("Stopping …");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::NOT_THE_FRONT_END;
    use crate::project::Project;

    /// Everything else at the top level of the repository.
    const FRONT_END: [&str; 13] = [
        ".cargo",
        "Cargo.lock",
        "Cargo.toml",
        "Trunk.toml",
        "build.rs",
        "crates",
        "element",
        "frame.html",
        "index.html",
        "locales",
        "rust-toolchain.toml",
        "src",
        "style",
    ];

    #[test]
    fn the_whole_top_level_is_either_watched_or_ignored() {
        let files = Project::open(None).unwrap().files().unwrap();
        let top: BTreeSet<&str> = files.iter().filter_map(|file| file.split('/').next()).collect();
        let ignored = NOT_THE_FRONT_END.into_iter().filter(|path| *path != ".git" && !path.contains('/'));
        assert_eq!(top, FRONT_END.into_iter().chain(ignored).collect());
    }
}
