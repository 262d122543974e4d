//! `cargo xtask lint`: static checks.

mod doc_comments;
mod imports;
mod layers;
mod retired_names;
mod sandbox_rows;
mod tested_tables;
mod tokens;
mod typos;

use std::path::Path;

use anyhow::{Result, bail};

use crate::command;
use crate::dependencies_check;
use crate::progress::print_progress;
use crate::project::Project;
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
/// without warnings, and checks dependencies for vulnerabilities, licences, sources and duplicate
/// versions (see deny.toml). Also checks file lengths and module names, the first words of
/// documentation comments, retired names (see xtask/retired-names.txt), the direction of imports (see
/// docs/layers.md), the tests that tables in documents name, and spelling. The checks for vulnerabilities
/// and of spelling need a network, the latter once and with Python; without it, lint says so and runs the
/// other checks. Continues after a failure, so that one run shows all problems.
///
/// Installs the wasm32 target, rustfmt, clippy, cargo-deny and typos if they are missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Run only the checks that need no compiler, which takes seconds.
    #[arg(long)]
    text: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    rust::lint_components(project)?;
    let files = project.files()?;
    let mut failed = Vec::new();
    let mut check = |name: &str, result: Result<()>| {
        if let Err(error) = result {
            print_progress(format!("{name}: {error:#}"));
            failed.push(name.to_owned());
        }
    };
    check("formatting", command::run(project.command("cargo").args(["fmt", "--all", "--check"])));
    check("tidy", tidy::check(project, &files));
    check("first words of comments", doc_comments::check(project, &files));
    check("retired names", retired_names::check(project, &files));
    check("layers", layers::check(project, &files));
    check("tests in documents", tested_tables::check(project));
    check("comparison with Stripe", sandbox_rows::check(project));
    check("spelling", typos::check(project));
    if !args.text {
        rust::wasm_target(project)?;
        check("clippy", clippy(project, &["--workspace", "--all-targets"]));
        check("clippy for wasm32", clippy(project, &WASM));
        check("clippy for wasm32 (split build)", clippy(project, &SPLIT));
        check("docs", docs(project));
        check("dependencies", dependencies_check::check(project));
    }
    if !failed.is_empty() {
        bail!("lint failed: {}", failed.join(", "));
    }
    println!("lint passed");
    Ok(())
}

fn clippy(project: &Project, what: &[&str]) -> Result<()> {
    command::run(project.cargo("clippy", what).args(["--", "-D", "warnings"]))
}

fn docs(project: &Project) -> Result<()> {
    let mut doc = project.cargo("doc", &["--workspace", "--no-deps", "--document-private-items"]);
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// True if the file is Rust source code.
fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

#[cfg(test)]
mod tests {
    use super::{doc_comments, layers, retired_names, sandbox_rows, tested_tables};
    use crate::project::Project;
    use crate::tidy;

    #[test]
    fn the_repository_keeps_the_rules_of_text() {
        let project = Project::open(None).unwrap();
        let files = project.files().unwrap();
        tidy::check(&project, &files).unwrap();
        doc_comments::check(&project, &files).unwrap();
        retired_names::check(&project, &files).unwrap();
        layers::check(&project, &files).unwrap();
        tested_tables::check(&project).unwrap();
        sandbox_rows::check(&project).unwrap();
    }
}
