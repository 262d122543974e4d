//! What the package `relink-drills` runs, with everything ready that it needs: `cargo xtask soak`, `cargo xtask bench`
//! and the drills of `cargo xtask test`.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use relink_figures::JsonFile;

use crate::front_end::Quality;
use crate::project::Project;
use crate::service::{Service, Stop};
use crate::test::Suite;
use crate::tools::peers;
use crate::tools::postgres::{Durable, Postgres};
use crate::{build, clients, load, stand, start};

/// Where tests find PostgreSQL.
pub(crate) const POSTGRES: &str = "RELINK_TEST_POSTGRES";
const PEERS: [&str; 2] = ["express", "fastify"];

/// Kill the server, storm it, attack it and break its surroundings, for many minutes.
///
/// Builds the server and the sandbox for release and starts a private PostgreSQL that writes through to
/// the disk. Then runs these parts, or one of them:
///   sqlite    the server on SQLite killed (SIGKILL) 200 times at random moments under a stream of
///             signed webhooks
///   postgres  the same on PostgreSQL
///   three     three servers on one PostgreSQL, one of them killed each second for two minutes
///   storm     100,000 events in a minute for 50,000 accounts, while Stripe takes 25 calls a second and
///             a customer repairs an account each second; on SQLite
///   backlog   50,000 undelivered events, of which Stripe gives a page of 100 a second, and five kills while
///             the server catches up; on SQLite
///   disk      SQLite's disk filled and freed three times under webhooks, customers and requests for
///             mails; needs root on Linux, to mount a small tmpfs, and is skipped elsewhere
///   clock     the server's wall clock stepped by -1 h, -3 s, +1 year and back, and a restart with the
///             right time; needs Linux and a C compiler
///   skew      two servers on one PostgreSQL, the clock of one 10 s ahead; needs the same
///   greedy    one customer's program with 60 connections beside 200 customers and webhooks, while
///             Stripe takes 25 calls a second; on SQLite
///   slow      1,000 silent sockets, then half-sent headers, then slow readers from one address, beside
///             customers, webhooks and health checks; on SQLite
/// Each figure that has a limit gets a line: passed or FAILED, the figure, the limit. Ends with an error
/// if one failed, after all parts have run. Takes about 45 minutes. On Debian, as root, installs PostgreSQL
/// if it is missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SoakArgs {
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<SoakPart>,
    /// Repeats a run: the number that it printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A few seconds of each, to see that it works
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    json: JsonFile,
}

/// The parts of `relink-drills soak`, by the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SoakPart {
    /// One server on SQLite, killed
    Sqlite,
    /// One server on PostgreSQL, killed
    Postgres,
    /// Three servers on one PostgreSQL, killed in turn
    Three,
    /// More events than Stripe lets us look into
    Storm,
    /// A long list of undelivered events at a slow Stripe, and kills meanwhile
    Backlog,
    /// A full disk
    Disk,
    /// A wall clock that jumps
    Clock,
    /// Two servers whose clocks differ
    Skew,
    /// One customer who takes all they can get
    Greedy,
    /// Connections that hold on to what a server has
    Slow,
}

/// Measure the server, how soon a page with the element can be used, and how soon the demo can.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Webhooks taken and kept, beside Express and Fastify doing the same.
    ///
    /// Builds the server for release, installs Express, Fastify, Stripe's own Node.js library and
    /// better-sqlite3 into the folder of tools, and starts a private PostgreSQL that writes through to the
    /// disk. 64 connections send signed events of 0.9 KB, each once, for 12 seconds after a warm-up, to the
    /// server on SQLite and on PostgreSQL, to Express and to Fastify; each has to have an event on the disk
    /// before it answers. The server is measured twice: with events that it only keeps, as the others do,
    /// and with events that it follows up. Prints events a second, processor time for each, waiting times,
    /// memory, and the ratios to the first row. Counts rows afterwards: one for each answer. Node.js has to
    /// be there. Takes about 3 minutes.
    #[command(verbatim_doc_comment)]
    Webhooks(Quick),
    /// Reading one customer's accounts, with more and more accounts stored.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Stores 1,000, 100,000 and 1,000,000
    /// accounts, and reads those of random customers. Prints the waiting times on both engines, and how much
    /// they grow.
    #[command(verbatim_doc_comment)]
    Store(Quick),
    /// How soon a page can be used, beside React with react-plaid-link.
    ///
    /// Builds everything for release and four pages: the demo's shop with a button that opens the element, with the
    /// element in its place, with a button of react-plaid-link's instead, and the last drawn by React. All are
    /// bundled, minified, and sent brotli. New headless Chromiums with empty caches open one after the other in
    /// turn, on slow 4G as the browser's own tools have it (562.5 ms until an answer begins, 1.5 Mbit/s), and with
    /// a processor 4 times slower. Prints medians of the first and the largest paint, when the button is there,
    /// when a press takes effect (the element shows that it was felt; Plaid Link is called) and when the element's
    /// next screen is there, and the bytes until then, with the ratios to the page that React draws. Plaid's remote
    /// script can't be had here: a stand-in on another origin answers, which weighs next to nothing and is ready at
    /// once, so that the figures flatter the button. The browser's tools do not delay the question that goes before
    /// a request to another origin (CORS), which flatters the element by a round trip.
    #[command(verbatim_doc_comment)]
    Load(Runs),
    /// The console's first page, with more and more accounts stored.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Stores 1,000, 100,000 and 1,000,000
    /// accounts, and reads the first page of all, of a state, of a bank and of a search. Prints the waiting
    /// times on both engines, and how much they grow. Fails where half of the reads of a page take longer than
    /// 1.5 times the median with 1,000 accounts, or 1.5 ms if that is more: below a millisecond, one more step
    /// of an index is a large ratio.
    #[command(verbatim_doc_comment)]
    Console(Quick),
    /// Open pages, and clients that send half a request.
    ///
    /// Builds the server for release and starts a private PostgreSQL. Opens 10,000 pages that hear of changes,
    /// each of another customer, and changes accounts in the database. Prints on both engines the server's memory
    /// for each page, its processor time while nothing changes, and how soon a page hears of a change. Then sends
    /// 900 requests that end within their headers, and prints the memory while they are open and after. Needs a
    /// limit of 10,300 open files (`ulimit -n`).
    #[command(verbatim_doc_comment)]
    Pages(Quick),
    /// How long a newcomer waits for the demo, the first time and the second.
    ///
    /// Clones what is committed into a temporary folder and runs `cargo xtask demo` there twice, with empty
    /// folders for tools, build and downloads. Rust's toolchain is the user's own. Prints the seconds of each
    /// step; fails above 6 minutes (2½ on eight processors) the first time, or 15 seconds the second.
    #[command(verbatim_doc_comment)]
    Start(start::Args),
}

#[derive(Debug, clap::Args)]
struct Runs {
    /// Visits of each page
    #[arg(long, value_name = "N", default_value_t = 9)]
    runs: u32,
    #[command(flatten)]
    json: JsonFile,
}

#[derive(Debug, clap::Args)]
struct Quick {
    /// A few seconds in all, to see that it works: the figures mean little
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    json: JsonFile,
}

/// `cargo xtask soak`
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

/// `cargo xtask bench …`
pub(crate) fn bench(project: &Project, args: &BenchArgs) -> Result<()> {
    match &args.what {
        Bench::Webhooks(Quick { quick, json }) => {
            for name in PEERS {
                let folder = project.root.join("drills/peers").join(name);
                clients::link(&peers::node_modules(project, name, &folder)?, &folder.join("node_modules"))?;
            }
            run(project, vec!["bench-webhooks".to_owned()], *quick, json)
        }
        Bench::Store(Quick { quick, json }) => run(project, vec!["bench-store".to_owned()], *quick, json),
        Bench::Start(args) => start::measure(project, args),
        Bench::Load(Runs { runs, json }) => load::measure(project, *runs, json),
        Bench::Console(Quick { quick, json }) => run(project, vec!["bench-console".to_owned()], *quick, json),
        Bench::Pages(Quick { quick, json }) => run(project, vec!["bench-pages".to_owned()], *quick, json),
    }
}

/// The drills among the tests, and the PostgreSQL that has to run beside them.
pub(crate) fn suite(project: &Project, stop: &Stop) -> Result<(Suite, Postgres)> {
    let programs = build::programs(project, Quality::Release)?;
    let postgres = Postgres::start(&project.tools, Durable::Yes, stop)?;
    // One after the other: two streams of webhooks at once would only make each slower.
    let mut suite = Suite::cargo(project, &["--package=relink-drills", "--no-fail-fast"]);
    suite.test_args(&["--test-threads=1"]);
    suite.commands().for_each(|command| tell(command, &programs, &postgres));
    Ok((suite, postgres))
}

/// Runs the drills' own program to its end.
fn run(project: &Project, arguments: Vec<String>, quick: bool, json: &JsonFile) -> Result<()> {
    let json = json.arguments()?;
    let programs = build::programs(project, Quality::Release)?;
    let drills = build::program(project, "relink-drills")?;
    let stop = Stop::on_signal()?;
    let postgres = Postgres::start(&project.tools, Durable::Yes, &stop)?;
    let mut command = stand::clean(&drills);
    command.current_dir(&project.root).args(arguments).args(quick.then_some("--quick")).args(json);
    tell(&mut command, &programs, &postgres);
    command.env("RELINK_DRILLS_PEERS", project.root.join("drills/peers"));
    Service::start("relink-drills", &mut command)?.finish(&stop)
}

fn tell(command: &mut Command, programs: &build::Programs, postgres: &Postgres) {
    let told: [(&str, &OsStr); 3] = [
        ("RELINK_DRILLS_SERVER", programs.server.as_os_str()),
        ("RELINK_DRILLS_SANDBOX", programs.sandbox.as_os_str()),
        (POSTGRES, postgres.url.as_ref()),
    ];
    command.envs(told);
}
