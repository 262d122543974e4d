//! `cargo xtask test`: every test there is.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::journeys::Engine;
use crate::package::tried;
use crate::project::Project;
use crate::run::{self, say};
use crate::service::{Service, Stop};
use crate::tally::Tally;
use crate::tools::chromium::Browser;
use crate::tools::postgres::{Durable, Postgres};
use crate::tools::{rust, wasm_bindgen};
use crate::{clients, drills, journeys};

/// Run every test: on this machine, in headless Chromium, whole journeys in Chromium, Firefox and WebKit,
/// the ways into a merchant's page, Stripe's own client libraries against the sandbox, and drills that kill
/// the server.
///
/// Goes on after a failure and ends with `N passed, M failed`. A part that can't be built or in which
/// no test runs counts as one failure, and so does each ignored test. Installs the wasm32 target,
/// Rust's library source, wasm-bindgen, trunk, Binaryen, esbuild, geckodriver, axe-core and Stripe's
/// libraries if they are missing, and on Debian, as root, Chromium with its driver, Firefox, WebKitGTK's
/// driver, Xvfb, Python's venv and PostgreSQL; elsewhere it prints the command that does. Node.js has to
/// be there. PostgreSQL runs in a temporary folder, for these tests alone.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Walk the journeys in one engine only, and all of them. Otherwise Firefox and WebKit leave out those in which the
    /// server decides and the page only shows it
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Option<Engine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Tests that need no browser
    Native,
    /// Tests of the browser packages, in headless Chromium
    Browser,
    /// A customer's whole journeys, from the overview to each outcome
    Journeys,
    /// The ways into a merchant's page: the shop, and the packed package in an application with React
    Package,
    /// Stripe's own libraries for Node.js and Python, and their types, against the sandbox
    Clients,
    /// The server killed again and again under a stream of webhooks, on SQLite and on PostgreSQL
    Drills,
}

/// The commands that run a part's tests, and what has to run beside them.
struct Suites {
    commands: Vec<Result<Command>>,
    _beside: Beside,
}

/// Dropping it stops it.
#[expect(dead_code, reason = "held, so that it runs")]
enum Beside {
    Nothing,
    Sandbox(Service),
    Postgres(Postgres),
}

/// The packages with tests that run inside the browser.
const IN_BROWSER: [&str; 2] = ["stripe-js", "relink"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<ExitCode> {
    // From here on, whatever we have started is stopped before we end.
    let stop = Stop::on_signal()?;
    let (mut passed, mut failed) = (0, 0);
    for part in Part::value_variants() {
        if args.only.is_some_and(|only| only != *part) {
            continue;
        }
        let suites = suites(project, *part, args.engine, &stop)
            .unwrap_or_else(|error| Suites { commands: vec![Err(error)], _beside: Beside::Nothing });
        for command in suites.commands {
            let (well, bad) = command.and_then(|mut command| count(&mut command)).unwrap_or_else(|error| {
                say(format!("Error: {error:#}"));
                (0, 1)
            });
            passed += well;
            failed += bad;
            if stop.requested() {
                say("Stopped.");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Gets everything ready that the part's tests need.
fn suites(project: &Project, part: Part, engine: Option<Engine>, stop: &Stop) -> Result<Suites> {
    let alone = |commands| Suites { commands, _beside: Beside::Nothing };
    match part {
        Part::Native => native(project, stop),
        Part::Browser => in_browser(project).map(alone),
        Part::Journeys => journeys::tests(project, engine).map(alone),
        Part::Package => tried::suites(project).map(alone),
        Part::Clients => {
            let (commands, sandbox) = clients::suites(project, stop)?;
            Ok(Suites { commands, _beside: Beside::Sandbox(sandbox) })
        }
        Part::Drills => {
            let (command, postgres) = drills::suite(project, stop)?;
            Ok(Suites { commands: vec![Ok(command)], _beside: Beside::Postgres(postgres) })
        }
    }
}

/// The browser packages are here, too: some of their tests need no browser.
fn native(project: &Project, stop: &Stop) -> Result<Suites> {
    let postgres = Postgres::start(&project.tools, Durable::No, stop)?;
    let without = ["--workspace", "--exclude=relink-e2e", "--exclude=relink-drills", "--no-fail-fast"];
    let mut test = project.cargo("test", &without);
    test.env(drills::POSTGRES, &postgres.url);
    // The whole server once more, on the other database. Of the same packages, so that nothing is built another time.
    let mut again = project.cargo("test", &without);
    again.arg("--test=app");
    again.env(drills::POSTGRES, &postgres.url).env("RELINK_TEST_STORE", "postgres");
    Ok(Suites { commands: vec![Ok(test), Ok(again)], _beside: Beside::Postgres(postgres) })
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
