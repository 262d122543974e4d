//! `cargo xtask demo`: builds and runs the server, the sandbox and a demo shop on this machine.

use anyhow::Result;

use crate::demo_env::{DemoEnv, Scenario};
use crate::front_end::BuildMode;
use crate::progress::print_progress;
use crate::progress::{Progress, Step};
use crate::project::Project;
use crate::service::{self, Service, StopSignal};
use crate::{build, demo_env, probe, shop};

/// Run a demo shop in which you can repair broken bank connections.
///
/// Builds everything and starts three programs: the sandbox, which stands in for Stripe and the banks;
/// the server; and a small shop whose account page contains the element `<bank-relink>`. When the shop can
/// be opened, the last line is `ready http://127.0.0.1:PORT/`. The lines before it have the addresses of
/// the server's own page, of the theme editor, of the sandbox's dashboard and email inbox, and of the
/// console, and an API key.
///
/// The first build takes minutes. Each step prints what it builds, how long it took and how many steps
/// are left. Ctrl-C or SIGTERM stops everything and deletes the server's data. No data leaves this
/// machine, and no Stripe account is needed.
///
/// Installs the wasm32 target and esbuild if they are missing; for --release also Rust's library source
/// and Binaryen. Requires Node.js.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Port of the server; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 4280)]
    port: u16,
    /// Port of the shop; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 4282)]
    shop_port: u16,
    /// Port of the sandbox; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 4281)]
    sandbox_port: u16,
    /// Kind of merchant, and the customer whose accounts are broken.
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scenario::Payments)]
    scene: Scenario,
    /// Build with optimisations, as for production; takes some minutes longer.
    #[arg(long)]
    release: bool,
}

const START: Step = Step {
    name: "starting the sandbox, the server and the shop",
    remedy: "see the program's output above; `cargo xtask demo --port 0 --shop-port 0 --sandbox-port 0` takes any \
             free ports",
};

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    // Checked first, so that a taken port fails before the build, not minutes later.
    probe::port_is_free(args.port, "choose another with --port N (0 = any free one)")?;
    probe::port_is_free(args.sandbox_port, "choose another with --sandbox-port N (0 = any free one)")?;
    probe::port_is_free(args.shop_port, "choose another with --shop-port N (0 = any free one)")?;
    shop::node()?;
    let mode = if args.release { BuildMode::Release } else { BuildMode::Demo };
    let progress = Progress::new(build::STEPS + 1);
    let (page, programs) = build::all(project, build::Modes { page: mode, programs: mode }, &progress)?;

    let stop = StopSignal::on_signal()?;
    let env = DemoEnv::new(args.port, Some(args.shop_port))?;
    let ((mut sandbox, sandbox_host), (mut server, host), (mut merchant, merchant_host)) =
        progress.run(START, || {
            let sandbox = demo_env::sandbox(&programs, args.sandbox_port, &env, &stop)?;
            let mut server = demo_env::server(&programs, &env, &sandbox.1, (&page, args.scene), &stop)?;
            wait_for_page(&mut server.0, &server.1, &stop)?;
            let merchant = shop::start(project, &env, (&server.1, &sandbox.1), args.scene, &stop)?;
            Ok((sandbox, server, merchant))
        })?;
    print_progress(format!("The server's own page is at http://{host}/"));
    print_progress(format!("Themes can be tried at http://{merchant_host}/themes/"));
    print_progress(format!(
        "The sandbox's dashboard is at http://{sandbox_host}/, its inbox at http://{sandbox_host}/inbox"
    ));
    print_progress(format!("The console is at http://{host}/console; sign in as {}", demo_env::OPERATOR));
    print_progress(format!("The API key of the merchant's back end (docs/requests.md) is {}", env.api_key()));
    println!("ready http://{merchant_host}/");

    service::wait_for_stop(&mut [&mut sandbox, &mut server, &mut merchant], &stop)?;
    print_progress("Stopping …");
    Ok(())
}

/// Waits until `GET /` at `host` answers 200. Fails if `service` ends or a stop is requested.
pub(crate) fn wait_for_page(service: &mut Service, host: &str, stop: &StopSignal) -> Result<()> {
    while probe::status(host) != Some(200) {
        service.check(stop)?;
        std::thread::sleep(service::TICK);
    }
    Ok(())
}
