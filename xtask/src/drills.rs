//! `cargo xtask soak`, `cargo xtask bench` and the drills of `cargo xtask test`: prepares what the package
//! `relink-drills` needs, and runs it.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use relink_figures::JsonFile;

use crate::front_end::BuildMode;
use crate::project::Project;
use crate::service::{Service, StopSignal};
use crate::suite::Suite;
use crate::tools::peers;
use crate::tools::postgres::{Durability, Postgres};
use crate::{bench_lighthouse, bench_load, bench_start, build, clients, demo_env};

/// Environment variable with the URL of a PostgreSQL server for tests.
pub(crate) const POSTGRES: &str = "RELINK_TEST_POSTGRES";
const PEERS: [&str; 2] = ["express", "fastify"];

/// Test the server under kills, overload, slow clients, full disks and wrong clocks.
///
/// Builds the server and the sandbox for release and starts a private PostgreSQL that writes through to
/// the disk. Then runs these parts, or one of them:
///   sqlite    kills the server on SQLite (SIGKILL) 200 times, at random moments, under a stream of
///             signed webhooks
///   postgres  does that on PostgreSQL
///   three     runs three servers on one PostgreSQL and kills one of them each second for two minutes
///   storm     sends 100,000 events in a minute for 50,000 accounts, while Stripe accepts 25 calls a
///             second and a customer repairs an account each second; on SQLite
///   backlog   lets the server catch up with 50,000 undelivered events, of which Stripe returns a page of
///             100 a second, and kills it five times meanwhile; on SQLite
///   disk      fills and frees SQLite's disk three times under webhooks, customers' requests and requests
///             for relink emails; needs root on Linux, to mount a small tmpfs, and is skipped elsewhere
///   clock     steps the server's wall clock by -1 h, -3 s, +1 year and back, then restarts the server
///             with the correct time; needs Linux and a C compiler
///   skew      runs two servers on one PostgreSQL, one with a clock 10 s ahead; needs Linux and a C
///             compiler
///   greedy    lets one customer use 60 connections, next to 200 customers and webhooks, while Stripe
///             accepts 25 calls a second; on SQLite
///   slow      opens 1,000 silent sockets, then half-sent headers, then slow readers from one address,
///             next to customers, webhooks and health checks; on SQLite
/// Prints a line for each figure that has a limit: passed or FAILED, the figure and the limit. Runs all
/// parts even if one fails, and then ends with an error. Takes about 45 minutes.
///
/// Installs PostgreSQL if it is missing, but only as root on Debian.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SoakArgs {
    /// Run one part only.
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<SoakPart>,
    /// Seed of the random choices: repeats an earlier run, which printed its seed.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Run each part for a few seconds only, to check that it works.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    json: JsonFile,
}

/// Part of `relink-drills soak`, which uses the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SoakPart {
    /// One server on SQLite, killed repeatedly.
    Sqlite,
    /// One server on PostgreSQL, killed repeatedly.
    Postgres,
    /// Three servers on one PostgreSQL, killed in turn.
    Three,
    /// More events than Stripe's rate limit allows calls.
    Storm,
    /// A long backlog of undelivered events at a slow Stripe, with kills.
    Backlog,
    /// A full disk.
    Disk,
    /// A wall clock that jumps.
    Clock,
    /// Two servers whose clocks differ.
    Skew,
    /// One customer who sends requests without pause on many connections.
    Greedy,
    /// Slow clients that hold connections open.
    Slow,
}

/// Measure the server, the loading of a page with the element, and the start of the demo.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Measure the throughput of webhooks, compared with Express and Fastify.
    ///
    /// Builds the server for release, installs Express, Fastify, Stripe's Node.js library and better-sqlite3
    /// into Relink's tools folder, and starts a private PostgreSQL that writes through to the disk. After a
    /// warm-up, 64 connections send signed events of 0.9 KB for 12 seconds, each event once: to the server on
    /// SQLite and on PostgreSQL, to Express and to Fastify. All must have an event on the disk before they
    /// answer. The server is measured twice: with events that it only stores, as Express and Fastify do, and
    /// with events after which it also reads the account. Prints events per second, processor time per event,
    /// latencies, memory, and the ratios to the first row. Afterwards checks that the database has one row
    /// for each answer. Takes about 3 minutes. Requires Node.js.
    #[command(verbatim_doc_comment)]
    Webhooks(QuickArgs),
    /// Measure the reading of one customer's accounts, with up to a million accounts stored.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Stores 1,000, 100,000 and 1,000,000
    /// accounts, and reads those of random customers. Prints the latencies on SQLite and on PostgreSQL, and
    /// how much they grow.
    #[command(verbatim_doc_comment)]
    Store(QuickArgs),
    /// Measure how soon a page with the element can be used, compared with react-plaid-link.
    ///
    /// Builds everything for release and six pages: the demo shop with a link that opens the element, the
    /// shop with the element in the page, the same told in advance (the customer's token and a line that
    /// preloads the program), the same with the server behind a path of the shop, the shop with a button of
    /// react-plaid-link, and that one drawn by React. Each has a variant with inline and one with linked style sheets. All are bundled, minified and sent
    /// with brotli, by TLS and HTTP/2 at host names of their own, through a proxy that delays every
    /// connection, handshake and request by a round trip and lets 1.47 Mbit/s through. Headless Chromium
    /// opens one after the other in turn, each time with an empty cache and with the processor slowed down 4
    /// times. Prints the medians of the first paint, the largest paint, the times until the button is there,
    /// until a press takes effect (the element gives feedback, or Plaid Link is called) and until the
    /// element's next screen is there, and the bytes until then, with the ratios to the page that React
    /// draws; then the layout shift (CLS) of each page and of one with a banner.
    ///
    /// One thing distorts the figures: Plaid's remote script is not available here. A stand-in on another
    /// origin, which is tiny and ready at once, favours react-plaid-link.
    #[command(verbatim_doc_comment)]
    Load(LoadArgs),
    /// Measure the console's first page, with up to a million accounts stored.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Stores 1,000, 100,000 and 1,000,000
    /// accounts, and reads the first page of all accounts, of one state, of one bank and of a search. Prints
    /// the latencies on SQLite and on PostgreSQL, and how much they grow. Fails if the median of a page is
    /// above both 1.5 ms and 1.5 times the median with 1,000 accounts: below a millisecond, one more level of
    /// an index is a large ratio. With --quick, the limit is not checked.
    #[command(verbatim_doc_comment)]
    Console(QuickArgs),
    /// Measure one server and one PostgreSQL with ten million accounts.
    ///
    /// Builds the server for release and starts a private PostgreSQL, which needs 25 GB of disk. Stores the
    /// accounts, and prints the size of the database, the time to count them all, the latencies of a customer's
    /// list and of the console's pages, the events that are stored a second, and the server's memory. Takes
    /// about 20 minutes. `relink-server capacity` estimates the calls to Stripe.
    #[command(verbatim_doc_comment)]
    Capacity(QuickArgs),
    /// Measure the cost of open pages and of half-sent requests.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Opens 10,000 pages that receive live
    /// updates, each for another customer, and changes accounts in the database. Prints for SQLite and
    /// PostgreSQL the server's memory per page, its processor time while nothing changes, and how soon a page
    /// receives a change. Then sends 900 requests that stop within their headers, and prints the memory while
    /// they are open and afterwards. Needs a limit of 10,300 open files (`ulimit -n`).
    #[command(verbatim_doc_comment)]
    Pages(QuickArgs),
    /// Measure what a server for each of twenty merchants costs, side by side on one machine.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Starts 20 servers, each with secrets, a
    /// database and 10,000 accounts of its own, and lets 200 customers of each open their page. Prints how long
    /// a server takes to start, the memory of all, their processor time while nothing happens, and their
    /// connections to PostgreSQL. Then sends each merchant's token, API key and webhook to the servers of all
    /// others, and fails if one is accepted. Needs Linux.
    #[command(verbatim_doc_comment)]
    Tenants(QuickArgs),
    /// Measure how soon the demo is ready, on the first and on the second start.
    ///
    /// Clones the committed state into a temporary folder and runs `cargo xtask demo` there twice, with empty
    /// folders for tools, build artifacts and downloads. Only the Rust toolchain is the installed one. Prints
    /// the seconds of each step. Fails if the first start takes more than 6 minutes (2½ with eight or more
    /// processors) or the second more than 15 seconds.
    #[command(verbatim_doc_comment)]
    Start(bench_start::Args),
    /// Measure the demo shop and the standalone page with Lighthouse, as on a phone.
    ///
    /// Builds the page for release, and lets Lighthouse visit each page in headless Chromium with its usual
    /// settings for mobile: a slow 4G network and a processor slowed down 4 times. Prints the scores and the
    /// layout shift (CLS). Fails if the median performance is below 95, accessibility or best practices are
    /// below 100 in any visit, or the shift is above 0.05. Requires Node.js; installs Lighthouse.
    #[command(verbatim_doc_comment)]
    Lighthouse(LighthouseArgs),
}

#[derive(Debug, clap::Args)]
struct LighthouseArgs {
    /// Number of visits to each page.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    #[command(flatten)]
    json: JsonFile,
}

#[derive(Debug, clap::Args)]
struct LoadArgs {
    /// Number of visits to each page.
    #[arg(long, value_name = "N", default_value_t = 9)]
    runs: u32,
    /// Round trip of the network in milliseconds. The default is the delay of a request on Lighthouse's slow 4G.
    #[arg(long, value_name = "MS", default_value_t = 562)]
    round_trip: u32,
    #[command(flatten)]
    json: JsonFile,
}

#[derive(Debug, clap::Args)]
struct QuickArgs {
    /// Run for a few seconds only, to check that it works; the figures mean little.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    json: JsonFile,
}

/// Runs `cargo xtask soak`.
pub(crate) fn soak(project: &Project, args: &SoakArgs) -> Result<()> {
    let mut arguments = vec!["soak".to_owned()];
    if let Some(part) = args.only.and_then(|part| part.to_possible_value()) {
        arguments.extend(["--only".to_owned(), part.get_name().to_owned()]);
    }
    if let Some(seed) = args.seed {
        arguments.extend(["--seed".to_owned(), seed.to_string()]);
    }
    run(project, arguments, args.quick, &args.json)
}

/// Runs `cargo xtask bench …`.
pub(crate) fn bench(project: &Project, args: &BenchArgs) -> Result<()> {
    match &args.bench {
        Bench::Webhooks(QuickArgs { quick, json }) => {
            for name in PEERS {
                let folder = project.root.join("drills/peers").join(name);
                clients::link_node_modules(
                    &peers::server_modules(project, name, &folder)?,
                    &folder.join("node_modules"),
                )?;
            }
            run(project, vec!["bench-webhooks".to_owned()], *quick, json)
        }
        Bench::Store(QuickArgs { quick, json }) => run(project, vec!["bench-store".to_owned()], *quick, json),
        Bench::Start(args) => bench_start::measure(project, args),
        Bench::Load(LoadArgs { runs, round_trip, json }) => {
            bench_load::measure(project, *runs, *round_trip, json)
        }
        Bench::Lighthouse(LighthouseArgs { runs, json }) => bench_lighthouse::measure(project, *runs, json),
        Bench::Console(QuickArgs { quick, json }) => {
            run(project, vec!["bench-console".to_owned()], *quick, json)
        }
        Bench::Capacity(QuickArgs { quick, json }) => {
            run(project, vec!["bench-capacity".to_owned()], *quick, json)
        }
        Bench::Pages(QuickArgs { quick, json }) => run(project, vec!["bench-pages".to_owned()], *quick, json),
        Bench::Tenants(QuickArgs { quick, json }) => {
            run(project, vec!["bench-tenants".to_owned()], *quick, json)
        }
    }
}

/// Returns the tests of `relink-drills`, and the PostgreSQL that must run until they end.
pub(crate) fn suite(project: &Project, stop: &StopSignal) -> Result<(Suite, Postgres)> {
    let programs = build::programs(project, BuildMode::Demo)?;
    let postgres = Postgres::start(&project.tools, Durability::Full, stop)?;
    // One test at a time: parallel streams of webhooks would slow each other down.
    let mut suite = Suite::cargo(project, &["--package=relink-drills", "--all-targets", "--no-fail-fast"]);
    suite.test_args(&["--test-threads=1"]);
    suite.commands().for_each(|command| set_variables(command, &programs, &postgres));
    Ok((suite, postgres))
}

/// Runs the program `relink-drills` until it ends.
fn run(project: &Project, arguments: Vec<String>, quick: bool, json: &JsonFile) -> Result<()> {
    let json = json.arguments()?;
    let programs = build::programs(project, BuildMode::Release)?;
    let drills = build::program(project, "relink-drills")?;
    let stop = StopSignal::on_signal()?;
    let postgres = Postgres::start(&project.tools, Durability::Full, &stop)?;
    let mut command = demo_env::without_user_settings(&drills);
    command.current_dir(&project.root).args(arguments).args(quick.then_some("--quick")).args(json);
    set_variables(&mut command, &programs, &postgres);
    command.env("RELINK_DRILLS_PEERS", project.root.join("drills/peers"));
    Service::start("relink-drills", &mut command)?.wait(&stop)
}

fn set_variables(command: &mut Command, programs: &build::Programs, postgres: &Postgres) {
    let variables: [(&str, &OsStr); 3] = [
        ("RELINK_DRILLS_SERVER", programs.server.as_os_str()),
        ("RELINK_DRILLS_SANDBOX", programs.sandbox.as_os_str()),
        (POSTGRES, postgres.url.as_ref()),
    ];
    command.envs(variables);
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::SoakPart;
    use crate::named_tests::in_tests::read;

    /// Variants of the enum with these first words of its declaration, in lower case, as clap names them.
    fn variants(source: &str, declaration: &str) -> Vec<String> {
        let (_, body) = source.split_once(declaration).unwrap();
        let lines = body.split_once("\n}").unwrap().0.lines().map(str::trim);
        lines.filter_map(|line| line.strip_suffix(',')).map(str::to_lowercase).collect()
    }

    #[test]
    fn the_parts_of_soak_are_those_of_the_program_that_runs_them() {
        let parts = SoakPart::value_variants().iter().filter_map(SoakPart::to_possible_value);
        let names: Vec<String> = parts.map(|part| part.get_name().to_owned()).collect();
        let source = read("drills/src/soak/mod.rs");
        assert_eq!(variants(&source, "enum Part {"), names);
        for name in names {
            assert!(source.contains(&format!("=> \"{name}\",")), "{name}");
        }
    }
}
