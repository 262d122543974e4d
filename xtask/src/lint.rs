//! `cargo xtask lint`: static checks.

use anyhow::{Result, bail};

use crate::deny;
use crate::project::Project;
use crate::run::{self, say};
use crate::tidy;
use crate::tools::rust;

/// Arguments that select the packages for the browser.
const WASM: [&str; 4] =
    ["--package=relink", "--package=stripe-js", "--all-targets", "--target=wasm32-unknown-unknown"];

/// Arguments that select the front end in two parts, as in a release build: see `src/lazy.rs`.
const SPLIT: [&str; 4] = [
    "--package=relink",
    "--all-targets",
    "--target=wasm32-unknown-unknown",
    "--config=target.wasm32-unknown-unknown.rustflags=['--cfg=split']",
];

/// Check the code without running it.
///
/// Checks the formatting, runs clippy for this machine and for the browser, builds the documentation
/// without warnings, checks file lengths and module names, and checks dependencies for vulnerabilities,
/// licences, sources and duplicate versions (see deny.toml). The check for vulnerabilities needs a
/// network; without one, lint says so and runs the other checks. Continues after a failure, so that one
/// run shows all problems.
///
/// Installs the wasm32 target, rustfmt, clippy and cargo-deny if they are missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

pub(crate) fn run(project: &Project, _args: &Args) -> Result<()> {
    rust::wasm_target(project)?;
    rust::lint_components(project)?;
    let mut failed = Vec::new();
    let mut check = |name: &str, result: Result<()>| {
        if let Err(error) = result {
            say(format!("{name}: {error:#}"));
            failed.push(name.to_owned());
        }
    };
    check("formatting", run::run(project.command("cargo").args(["fmt", "--all", "--check"])));
    check("clippy", clippy(project, &["--workspace", "--all-targets"]));
    check("clippy for wasm32", clippy(project, &WASM));
    check("clippy for wasm32, in two parts", clippy(project, &SPLIT));
    check("docs", docs(project));
    check("tidy", tidy::check(project));
    check("packages", deny::check(project));
    if !failed.is_empty() {
        bail!("lint failed: {}", failed.join(", "));
    }
    println!("lint passed");
    Ok(())
}

fn clippy(project: &Project, what: &[&str]) -> Result<()> {
    run::run(project.cargo("clippy", what).args(["--", "-D", "warnings"]))
}

fn docs(project: &Project) -> Result<()> {
    let mut doc = project.cargo("doc", &["--workspace", "--no-deps", "--document-private-items"]);
    run::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}
