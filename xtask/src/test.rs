//! `cargo xtask test`: every test there is.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::build;
use crate::clients::{self, Sandbox};
use crate::project::Project;
use crate::run::{self, say};
use crate::tally::Tally;
use crate::tools::chromium::Browser;
use crate::tools::{rust, wasm_bindgen};

/// Run every test: on this machine, in headless Chromium, whole journeys in a real browser, and Stripe's
/// own client libraries against the sandbox.
///
/// Goes on after a failure and ends with `N passed, M failed`. A part that can't be built or in which
/// no test runs counts as one failure, and so does each ignored test. Installs the wasm32 target,
/// Rust's library source, wasm-bindgen, trunk, Binaryen, esbuild and Stripe's libraries if they are
/// missing, and on Debian, as root, Chromium with its driver and Python's venv; elsewhere it prints the
/// command that does. Node.js has to be there.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Tests that need no browser
    Native,
    /// Tests of the browser packages, in headless Chromium
    Browser,
    /// A customer's whole journeys, from the overview to each outcome
    Journeys,
    /// Stripe's own libraries for Node.js and Python, and their types, against the sandbox
    Clients,
}

/// The packages with tests that run inside the browser.
const IN_BROWSER: [&str; 2] = ["stripe-js", "relink"];

pub(crate) fn run(project: &Project, args: &Args) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for part in Part::value_variants() {
        if args.only.is_some_and(|only| only != *part) {
            continue;
        }
        let (suites, sandbox) = suites(project, *part).unwrap_or_else(|error| (vec![Err(error)], None));
        for suite in suites {
            let (well, bad) = suite.and_then(|mut command| count(&mut command)).unwrap_or_else(|error| {
                say(format!("Error: {error:#}"));
                (0, 1)
            });
            passed += well;
            failed += bad;
            if sandbox.as_ref().is_some_and(Sandbox::is_to_stop) {
                say("Stopped.");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The commands that run a part's tests, once everything that they need is there, and the sandbox that they share.
fn suites(project: &Project, part: Part) -> Result<(Vec<Result<Command>>, Option<Sandbox>)> {
    match part {
        Part::Native => Ok((vec![Ok(native(project))], None)),
        Part::Browser => Ok((in_browser(project)?, None)),
        Part::Journeys => Ok((vec![journeys(project)], None)),
        Part::Clients => clients::suites(project).map(|(suites, sandbox)| (suites, Some(sandbox))),
    }
}

/// The browser packages are here, too: some of their tests need no browser.
fn native(project: &Project) -> Command {
    project.cargo("test", &["--workspace", "--exclude=relink-e2e", "--no-fail-fast"])
}

fn in_browser(project: &Project) -> Result<Vec<Result<Command>>> {
    rust::wasm_target(project)?;
    let runner = wasm_bindgen::folder(project)?.join("wasm-bindgen-test-runner");
    let browser = Browser::ready(&project.tools)?;
    let suite = |package: &&str| {
        let package = format!("--package={package}");
        let mut test =
            project.cargo("test", &[&package, "--target=wasm32-unknown-unknown", "--no-fail-fast"]);
        test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner);
        test.env("CHROMEDRIVER", &browser.driver);
        // Without it, a test that doesn't say where it runs would run in Node.js.
        test.env("WASM_BINDGEN_USE_BROWSER", "1");
        // Seconds: a busy machine may need longer than the 5 and 20 that are usual.
        test.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30").env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        Ok(test)
    };
    Ok(IN_BROWSER.iter().map(suite).collect())
}

fn journeys(project: &Project) -> Result<Command> {
    let browser = Browser::ready(&project.tools)?;
    build::front_end(project, true)?;
    let programs = build::programs(project, true)?;
    let mut test = project.cargo("test", &["--package=relink-e2e", "--no-fail-fast"]);
    test.env("RELINK_E2E_SERVER", programs.server);
    test.env("RELINK_E2E_SANDBOX", programs.sandbox);
    test.env("RELINK_E2E_WEB_ROOT", project.dist());
    test.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Ok(test)
}

/// Runs tests in plain view and counts them: passed and failed.
fn count(command: &mut Command) -> Result<(u64, u64)> {
    let text = run::shown(command);
    say(format!("$ {text}"));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{text}`"))?;
    let mut tally = Tally::default();
    let stdout = child.stdout.take().context("stdout is not piped")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let well = child.wait()?.success();
    let (passed, failed) = tally.verdict(well);
    if tally.ignored > 0 {
        say(format!("{} ignored tests count as failed: `{text}`", tally.ignored));
    } else if failed > tally.failed {
        say(format!("Counted as one failure: `{text}` {}", if well { "ran no test" } else { "failed" }));
    }
    Ok((passed, failed))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::count;

    fn shell(script: &str) -> (u64, u64) {
        count(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn results_are_counted_while_they_stream_past() {
        assert_eq!(shell("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'"), (2, 0));
    }

    #[test]
    fn a_command_that_fails_without_a_result_is_one_failure() {
        assert_eq!(shell("exit 101"), (0, 1));
    }

    #[test]
    fn a_command_that_can_not_be_started_is_an_error() {
        assert!(count(&mut Command::new("/no/such/program")).is_err());
    }
}
