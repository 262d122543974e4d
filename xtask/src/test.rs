//! `cargo xtask test`: every test there is, in two tiers.

mod suite;
mod timings;

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;
use relink_figures::JsonFile;

pub(crate) use self::suite::Suite;
use self::timings::Timings;
use crate::front_end::Quality;
use crate::journeys::{self, Engine};
use crate::package::tried;
use crate::project::Project;
use crate::run::say;
use crate::service::{Service, Stop};
use crate::tools::chromium::Browser;
use crate::tools::postgres::{Durable, Postgres};
use crate::tools::{rust, wasm_bindgen};
use crate::{clients, drills, trunk_serve};

/// Run the tests.
///
/// Two tiers. Without options it is the first: everything that can fail for a reason of ours on one
/// engine, which is all that needs no browser on both databases, the browser packages and whole
/// journeys in headless Chromium, and Stripe's own client libraries against the sandbox. `--all` adds the
/// second, `--rest` runs it alone: the page as it is shipped in Chromium, Firefox and WebKit, the ways
/// into a merchant's page with the npm package in an application, `trunk serve`, and drills that kill the
/// server.
///
/// Goes on after a failure and ends with `N passed, M failed`. A part that can't be built or in which
/// no test runs counts as one failure, and so does each ignored test. Installs the wasm32 target,
/// wasm-bindgen, esbuild, axe-core and Stripe's libraries if they are missing, for the second tier
/// Rust's library source, Binaryen, trunk and geckodriver, too, and on Debian, as root, Chromium with its driver,
/// Python's venv and PostgreSQL, for the second tier Firefox, WebKitGTK's driver and Xvfb; elsewhere it
/// prints the command that does. Node.js has to be there. PostgreSQL runs in a temporary folder, for
/// these tests alone.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Both tiers
    #[arg(long, conflicts_with_all = ["rest", "only"])]
    all: bool,
    /// The second tier alone: what --all adds
    #[arg(long, conflicts_with = "only")]
    rest: bool,
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Walk the journeys, all of them, in this engine instead
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Chromium)]
    engine: Engine,
    /// Print the twenty slowest tests, and how long each part took to build and to run
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    json: JsonFile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Tests that need no browser, the server's on SQLite and on PostgreSQL
    Native,
    /// Tests of the browser packages, in headless Chromium
    Browser,
    /// A customer's whole journeys, from the overview to each outcome, on a page that was quick to build
    Journeys,
    /// Stripe's own libraries for Node.js and Python, and their types, against the sandbox
    Clients,
    /// Second tier: the page as it is shipped, in Chromium, Firefox and WebKit. Without the journeys in which the server
    /// decides and the page only shows it
    Engines,
    /// Second tier: the ways into a merchant's page, in the shop, and the packed package in an application with React
    Package,
    /// Second tier: `trunk serve` in a copy of the clone, and a change that is seen in Chromium
    Serve,
    /// Second tier: the server killed again and again under a stream of webhooks, on SQLite and on PostgreSQL
    Drills,
}

impl Part {
    fn is_in_first_tier(self) -> bool {
        match self {
            Self::Native | Self::Browser | Self::Journeys | Self::Clients => true,
            Self::Engines | Self::Package | Self::Serve | Self::Drills => false,
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

impl Args {
    fn includes(&self, part: Part) -> bool {
        match self.only {
            Some(only) => part == only,
            None => self.all || part.is_in_first_tier() != self.rest,
        }
    }
}

/// A part's suites, and what has to run beside them.
struct Suites {
    suites: Vec<Result<Suite>>,
    _beside: Beside,
}

/// Dropping it stops it.
#[expect(dead_code, reason = "held, so that it runs")]
enum Beside {
    Nothing,
    Service(Service),
    Postgres(Postgres),
}

/// The packages with tests that run inside the browser.
const IN_BROWSER: [&str; 2] = ["stripe-js", "relink"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<ExitCode> {
    // From here on, whatever we have started is stopped before we end.
    let stop = Stop::on_signal()?;
    let mut timings = Timings::new(args.timings || args.json.is_given());
    let (mut passed, mut failed) = (0, 0);
    for part in Part::value_variants().iter().filter(|part| args.includes(**part)) {
        timings.begin(part.name());
        let prepared = timings.building(|| suites(project, *part, args.engine, &stop));
        let suites =
            prepared.unwrap_or_else(|error| Suites { suites: vec![Err(error)], _beside: Beside::Nothing });
        for suite in suites.suites {
            let (well, bad) = suite.and_then(|suite| suite.count(&mut timings)).unwrap_or_else(|error| {
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
    if args.timings {
        print!("{}", timings.table());
    }
    args.json.write(&timings.figures())?;
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Gets everything ready that the part's tests need.
fn suites(project: &Project, part: Part, engine: Engine, stop: &Stop) -> Result<Suites> {
    let alone = |suites| Suites { suites, _beside: Beside::Nothing };
    match part {
        Part::Native => native(project, stop),
        Part::Browser => in_browser(project).map(alone),
        Part::Journeys => Ok(alone(vec![journeys::all_in(project, engine)])),
        Part::Clients => {
            let (suites, sandbox) = clients::suites(project, stop)?;
            Ok(Suites { suites, _beside: Beside::Service(sandbox) })
        }
        Part::Engines => journeys::in_each_engine(project).map(alone),
        Part::Package => tried::suites(project, Quality::Release).map(alone),
        Part::Serve => {
            let (suite, trunk) = trunk_serve::suite(project, stop)?;
            Ok(Suites { suites: vec![Ok(suite)], _beside: Beside::Service(trunk) })
        }
        Part::Drills => {
            let (suite, postgres) = drills::suite(project, stop)?;
            Ok(Suites { suites: vec![Ok(suite)], _beside: Beside::Postgres(postgres) })
        }
    }
}

/// The browser packages are here, too: some of their tests need no browser.
fn native(project: &Project, stop: &Stop) -> Result<Suites> {
    let postgres = Postgres::start(&project.tools, Durable::No, stop)?;
    let without = ["--workspace", "--exclude=relink-e2e", "--exclude=relink-drills", "--no-fail-fast"];
    let mut test = Suite::cargo(project, &without);
    test.env(drills::POSTGRES, &postgres.url);
    // The whole server once more, on the other database. Of the same packages, so that nothing is built another time.
    let mut again = Suite::cargo(project, &[without.as_slice(), &["--test=app"]].concat());
    again.env(drills::POSTGRES, &postgres.url).env("RELINK_TEST_STORE", "postgres");
    Ok(Suites { suites: vec![Ok(test), Ok(again)], _beside: Beside::Postgres(postgres) })
}

fn in_browser(project: &Project) -> Result<Vec<Result<Suite>>> {
    rust::wasm_target(project)?;
    let runner = wasm_bindgen::folder(project)?.join("wasm-bindgen-test-runner");
    let browser = Browser::ready(&project.tools)?;
    let suite = |package: &&str| {
        let package = format!("--package={package}");
        let mut suite =
            Suite::cargo(project, &[&package, "--target=wasm32-unknown-unknown", "--no-fail-fast"]);
        suite.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner);
        suite.env("CHROMEDRIVER", &browser.driver);
        // Without it, a test that doesn't say where it runs would run in Node.js.
        suite.env("WASM_BINDGEN_USE_BROWSER", "1");
        // Seconds: a busy machine may need longer than the 5 and 20 that are usual.
        suite.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30").env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        Ok(suite)
    };
    Ok(IN_BROWSER.iter().map(suite).collect())
}

#[cfg(test)]
mod tests {
    use clap::{Parser, ValueEnum as _};

    use super::{Args, Part};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parts(words: &[&str]) -> Vec<Part> {
        let args = Cli::try_parse_from([["test"].as_slice(), words].concat()).unwrap().args;
        Part::value_variants().iter().copied().filter(|part| args.includes(*part)).collect()
    }

    #[test]
    fn the_two_tiers_are_all_there_is_and_have_nothing_in_common() {
        let (first, rest) = (parts(&[]), parts(&["--rest"]));
        assert!(first.contains(&Part::Journeys) && rest.contains(&Part::Engines));
        assert_eq!([first, rest].concat(), parts(&["--all"]));
        assert_eq!(parts(&["--all"]), Part::value_variants());
        assert_eq!(parts(&["--only=drills"]), [Part::Drills]);
    }
}
