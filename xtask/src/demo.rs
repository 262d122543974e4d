//! `cargo xtask demo`: builds and runs the server, the sandbox and a demo shop on this machine.

use anyhow::Result;

use crate::front_end::Quality;
use crate::project::Project;
use crate::run::say;
use crate::service::{self, Service, Stop};
use crate::stand::{Ground, Scene};
use crate::steps::{Step, Steps};
use crate::{build, probe, shop, stand};

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
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scene::Payments)]
    scene: Scene,
    /// Build with optimisations, as for production; takes some minutes longer.
    #[arg(long)]
    release: bool,
}

const START: Step = Step {
    what: "starting the sandbox, the server and the shop",
    remedy: "see the program's last words above; `cargo xtask demo --port 0 --shop-port 0 --sandbox-port 0` takes any \
             free ports",
};

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    // Checked first, so that a taken port fails before the build, not minutes later.
    probe::port_is_free(args.port, "choose another with --port N (0 = any free one)")?;
    probe::port_is_free(args.sandbox_port, "choose another with --sandbox-port N (0 = any free one)")?;
    probe::port_is_free(args.shop_port, "choose another with --shop-port N (0 = any free one)")?;
    shop::node()?;
    let quality = if args.release { Quality::Release } else { Quality::Demo };
    let steps = Steps::new(build::STEPS + 1);
    let (page, programs) = build::all(project, quality, &steps)?;

    let stop = Stop::on_signal()?;
    let ground = Ground::new(args.port, Some(args.shop_port))?;
    let ((mut sandbox, sandbox_host), (mut server, host), (mut merchant, merchant_host)) =
        steps.run(START, || {
            let sandbox = stand::sandbox(&programs, args.sandbox_port, &ground, &stop)?;
            let mut server = stand::server(&programs, &ground, &sandbox.1, (&page, args.scene), &stop)?;
            wait_for_page(&mut server.0, &server.1, &stop)?;
            let merchant = shop::start(project, &ground, (&server.1, &sandbox.1), args.scene, &stop)?;
            Ok((sandbox, server, merchant))
        })?;
    say(format!("The server's own page is at http://{host}/"));
    say(format!("Themes can be tried at http://{merchant_host}/themes/"));
    say(format!(
        "The sandbox's dashboard is at http://{sandbox_host}/, its inbox at http://{sandbox_host}/inbox"
    ));
    say(format!("The console is at http://{host}/console; sign in as {}", stand::OPERATOR));
    say(format!("Its API, as docs/requests.md has it, takes the key {}", ground.api_key()));
    println!("ready http://{merchant_host}/");

    service::watch(&mut [&mut sandbox, &mut server, &mut merchant], &stop)?;
    say("Stopping …");
    Ok(())
}

/// Waits until `GET /` at `host` answers 200. Fails if `service` ends or a stop is requested.
pub(crate) fn wait_for_page(service: &mut Service, host: &str, stop: &Stop) -> Result<()> {
    while probe::status(host) != Some(200) {
        service.check(stop)?;
        std::thread::sleep(service::TICK);
    }
    Ok(())
}
