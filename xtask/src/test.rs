//! `cargo xtask test`: runs all tests, in two tiers.

use std::process::ExitCode;
use std::thread::available_parallelism;

use anyhow::Result;
use clap::ValueEnum;
use relink_figures::JsonFile;

use crate::api_tests::Servers;
use crate::journeys::{self, Engine};
use crate::package::smoke_test;
use crate::progress::print_progress;
use crate::project::Project;
use crate::service::{Service, StopSignal};
use crate::suite::Suite;
use crate::suite::timings::Timings;
use crate::tools::chromium::Chromium;
use crate::tools::postgres::{Durability, Postgres};
use crate::tools::{rust, tls_proxies, wasm_bindgen};
use crate::trunk_serve::{self, Trunk};
use crate::{api_tests, clients, drills};

/// Run the tests.
///
/// There are two tiers. Without options, only the first tier runs:
///   - tests that need no browser, those of the server on SQLite and on PostgreSQL
///   - tests of the browser packages, and end-to-end tests (journeys), in headless Chromium
///   - Stripe's own client libraries against the sandbox
///
/// `--rest` runs only the second tier, `--all` runs both:
///   - end-to-end tests of the release build of the page in Chromium, Firefox and WebKit
///   - every way to embed the element, among them the npm package in a React application; and Stripe's packages for
///     React against the sandbox
///   - `trunk serve`
///   - the HTTP API against its description, with schemathesis
///   - drills that kill the server
///
/// Continues after a failure; the last line is `N passed, M failed`. Each ignored test counts as a
/// failure. A part that can't be built, or in which no test runs, counts as one failure.
///
/// PostgreSQL runs in a temporary folder, for these tests only. Requires Node.js. Installs if missing:
///   - the wasm32 target, wasm-bindgen, esbuild, axe-core and Stripe's libraries; for the second tier
///     also Rust's library source, Binaryen, trunk, geckodriver and schemathesis
///   - as root on Debian: Chromium with its driver, Python's venv, Java, PostgreSQL and PgBouncer; for the second
///     tier also Firefox, WebKitGTK's driver and Xvfb; elsewhere prints the command to install them
///   - where the registries of Go, PHP and Ruby can be reached: Stripe's libraries for them, Go, and as root on Debian
///     PHP and Ruby. Otherwise says which are left out
///   - as root in a container with Debian: nginx, HAProxy and Caddy. Elsewhere the tests behind those that
///     are missing are skipped, and say so, because Debian starts nginx on port 80 when it is installed
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Run both tiers.
    #[arg(long, conflicts_with_all = ["rest", "only"])]
    all: bool,
    /// Run only the second tier, that is, what --all adds.
    #[arg(long, conflicts_with = "only")]
    rest: bool,
    /// Run one part only.
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Run all journeys of the part `journeys` in this engine.
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Chromium)]
    engine: Engine,
    /// Print the twenty slowest tests, and how long each part took to build and to run.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    json: JsonFile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Tests that need no browser; those of the server on SQLite and on PostgreSQL.
    Native,
    /// Tests of the browser packages, in headless Chromium.
    Browser,
    /// End-to-end tests of a demo build, from the account list to each outcome.
    Journeys,
    /// Stripe's libraries for Node.js and Python, and their types, against the sandbox; those for Go, PHP and Ruby where
    /// their registries can be reached, and recipes for each of them and for Java.
    #[value(name = "clients")]
    StripeClients,
    /// Second tier: end-to-end tests of the release build of the page in Chromium, Firefox and WebKit, without those that
    /// test the server's decisions rather than the engine.
    Engines,
    /// Second tier: every way to embed the element, in the demo shop, and the npm package in a React application; and
    /// Stripe's packages for React against the sandbox.
    Package,
    /// Second tier: `trunk serve` in a copy of the clone, and its reload in Chromium after a change.
    #[value(name = "serve")]
    TrunkServe,
    /// Second tier: requests made up by schemathesis from the description of the HTTP API, to a server with the sandbox.
    Api,
    /// Second tier: the server killed repeatedly under a stream of webhooks, on SQLite and on PostgreSQL.
    Drills,
}

impl Part {
    fn is_in_first_tier(self) -> bool {
        match self {
            Self::Native | Self::Browser | Self::Journeys | Self::StripeClients => true,
            Self::Engines | Self::Package | Self::TrunkServe | Self::Api | Self::Drills => false,
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

/// Test suites of a part, and the program that must run until they end.
struct Suites {
    suites: Vec<Result<Suite>>,
    _companion: Companion,
}

/// Program that runs beside the tests. Dropping it stops the program.
#[expect(dead_code, reason = "held, so that it runs")]
enum Companion {
    Nothing,
    Service(Service),
    Postgres(Postgres),
    Trunk(Trunk),
    Servers(Servers),
}

/// Packages with tests that run inside the browser.
const IN_BROWSER: [&str; 2] = ["stripe-js", "relink"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<ExitCode> {
    // From here on, a signal stops every started program before xtask ends.
    let stop = StopSignal::on_signal()?;
    let mut timings = Timings::new(args.timings || args.json.is_given());
    let (mut passed, mut failed) = (0, 0);
    for part in Part::value_variants().iter().filter(|part| args.includes(**part)) {
        timings.begin(part.name());
        let prepared = timings.building(|| suites(project, *part, args.engine, &stop));
        let suites = prepared
            .unwrap_or_else(|error| Suites { suites: vec![Err(error)], _companion: Companion::Nothing });
        for suite in suites.suites {
            let (suite_passed, suite_failed) =
                suite.and_then(|suite| suite.count(&mut timings)).unwrap_or_else(|error| {
                    print_progress(format!("Error: {error:#}"));
                    (0, 1)
                });
            passed += suite_passed;
            failed += suite_failed;
            if stop.requested() {
                print_progress("Stopped.");
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

/// Builds, installs and starts everything that the part's tests need.
fn suites(project: &Project, part: Part, engine: Engine, stop: &StopSignal) -> Result<Suites> {
    let alone = |suites| Suites { suites, _companion: Companion::Nothing };
    match part {
        Part::Native => native(project, stop),
        Part::Browser => in_browser(project).map(alone),
        Part::Journeys => Ok(alone(vec![journeys::all_in(project, engine)])),
        Part::StripeClients => {
            let (suites, sandbox) = clients::suites(project, stop)?;
            Ok(Suites { suites, _companion: Companion::Service(sandbox) })
        }
        Part::Engines => journeys::in_each_engine(project).map(alone),
        Part::Package => smoke_test::suites(project).map(alone),
        Part::TrunkServe => {
            let (suite, trunk) = trunk_serve::suite(project, stop)?;
            Ok(Suites { suites: vec![Ok(suite)], _companion: Companion::Trunk(trunk) })
        }
        Part::Api => {
            let (suite, servers) = api_tests::suite(project, stop)?;
            Ok(Suites { suites: vec![Ok(suite)], _companion: Companion::Servers(servers) })
        }
        Part::Drills => {
            let (suite, postgres) = drills::suite(project, stop)?;
            Ok(Suites { suites: vec![Ok(suite)], _companion: Companion::Postgres(postgres) })
        }
    }
}

/// Variable in which Rust's test programs read how many tests to run at once.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// Number of native tests to run at once.
///
/// Those of the server wait most of the time, for a socket, a clock or PostgreSQL: with one per core, the test program
/// `app` uses 77 % of one of two cores, and takes 1.6 times as long as with two per core. Three per core save little more,
/// and some of the unit tests then wait too long for a connection to PostgreSQL.
fn test_threads() -> usize {
    2 * available_parallelism().map_or(1, usize::from)
}

/// Returns the tests that need no browser, which includes some of the browser packages' tests.
fn native(project: &Project, stop: &StopSignal) -> Result<Suites> {
    tls_proxies::install_missing(&project.tools)?;
    let postgres = Postgres::start(&project.tools, Durability::None, stop)?;
    let without = ["--workspace", "--exclude=relink-e2e", "--exclude=relink-drills", "--no-fail-fast"];
    let threads = test_threads().to_string();
    let mut test = Suite::cargo(project, &[without.as_slice(), &["--all-targets"]].concat());
    test.env(drills::POSTGRES, &postgres.url).env(TEST_THREADS, &threads);
    let docs = Suite::command(project.cargo("test", &[without.as_slice(), &["--doc"]].concat()));
    // Runs the server's tests again on PostgreSQL. The same packages are selected, so that nothing is rebuilt.
    let mut again = Suite::cargo(project, &[without.as_slice(), &["--test=app"]].concat());
    again.env(drills::POSTGRES, &postgres.url).env("RELINK_TEST_STORE", "postgres");
    again.env(TEST_THREADS, &threads);
    Ok(Suites { suites: vec![Ok(test), Ok(docs), Ok(again)], _companion: Companion::Postgres(postgres) })
}

fn in_browser(project: &Project) -> Result<Vec<Result<Suite>>> {
    rust::wasm_target(project)?;
    let runner = wasm_bindgen::folder(project)?.join("wasm-bindgen-test-runner");
    let browser = Chromium::ensure_installed(&project.tools)?;
    let suite = |package: &&str| {
        let package = format!("--package={package}");
        let mut suite =
            Suite::cargo(project, &[&package, "--target=wasm32-unknown-unknown", "--no-fail-fast"]);
        suite.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner);
        suite.env("CHROMEDRIVER", &browser.driver);
        // Without this, tests that are not configured to run in a browser would run in Node.js.
        suite.env("WASM_BINDGEN_USE_BROWSER", "1");
        // In seconds. A busy machine may need more than the defaults of 5 and 20.
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
    fn the_two_tiers_partition_all_parts() {
        let (first, rest) = (parts(&[]), parts(&["--rest"]));
        assert!(first.contains(&Part::Journeys) && rest.contains(&Part::Engines));
        assert_eq!([first, rest].concat(), parts(&["--all"]));
        assert_eq!(parts(&["--all"]), Part::value_variants());
        assert_eq!(parts(&["--only=drills"]), [Part::Drills]);
    }
}
