//! `cargo xtask lint`: everything that can be said about the code without running it.

use anyhow::{Result, bail};

use crate::deny;
use crate::project::Project;
use crate::run::{self, say};
use crate::tidy;
use crate::tools::rust;

/// What compiles for the browser.
const WASM: [&str; 4] =
    ["--package=relink", "--package=stripe-js", "--all-targets", "--target=wasm32-unknown-unknown"];

/// The front end as the release build has it: see `src/later.rs`.
const SPLIT: [&str; 4] = [
    "--package=relink",
    "--all-targets",
    "--target=wasm32-unknown-unknown",
    "--config=target.wasm32-unknown-unknown.rustflags=['--cfg=split']",
];

/// Check the code without running it.
///
/// Formatting, clippy for this machine and for the browser, docs without warnings, our conventions
/// about file lengths and names, and the packages that we use: known faults, licences, where they come
/// from, and duplicates (deny.toml). Known faults need a network; without one it says so and checks the
/// rest. Goes on after a failure, so that one run shows all there is to mend.
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
