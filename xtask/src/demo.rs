//! `cargo xtask demo`: the whole of Relink on this machine.

use anyhow::Result;

use crate::front_end::Quality;
use crate::project::Project;
use crate::run::say;
use crate::service::{self, Service, Stop};
use crate::stand::{Ground, Scene};
use crate::steps::{Step, Steps};
use crate::{build, probe, shop, stand};

/// Run Relink here: open the printed address and repair a broken bank connection in a shop's own page.
///
/// Builds everything, starts the sandbox (a stand-in for Stripe and the banks), the server and a small
/// shop with a page that holds the element, and prints one line, `ready http://127.0.0.1:PORT/`, when the
/// shop can be visited. The first build takes minutes; each step has a line with what it is for, how long
/// it took and how many are left. The lines before the last say where the server's own page, a page to try
/// themes on and the sandbox's control room are. Ctrl-C or SIGTERM stops everything, and what the server
/// knew is gone. Nothing leaves this machine, and no Stripe account is needed. Installs the wasm32 target
/// and esbuild if they are missing, and for --release Rust's library source and Binaryen; Node.js has to
/// be there.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The server's port; 0 = any free one
    #[arg(long, value_name = "N", default_value_t = 4280)]
    port: u16,
    /// The shop's port; 0 = any free one
    #[arg(long, value_name = "N", default_value_t = 4282)]
    shop_port: u16,
    /// The sandbox's port; 0 = any free one
    #[arg(long, value_name = "N", default_value_t = 4281)]
    sandbox_port: u16,
    /// What there is to repair, and how
    #[arg(long, value_name = "SCENE", value_enum, default_value_t = Scene::Payments)]
    scene: Scene,
    /// Optimise, as for what is shipped: takes minutes more
    #[arg(long)]
    release: bool,
}

const START: Step = Step {
    what: "starting the sandbox, the server and the shop",
    remedy: "see the program's last words above; `cargo xtask demo --port 0 --shop-port 0 --sandbox-port 0` takes any \
             free ports",
};

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    // Before minutes of building rather than after.
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
        "The sandbox's control room is at http://{sandbox_host}/, its inbox at http://{sandbox_host}/inbox"
    ));
    say(format!("The console is at http://{host}/console; sign in as {}", stand::OPERATOR));
    say(format!("Its API, as docs/requests.md has it, takes the key {}", ground.api_key()));
    println!("ready http://{merchant_host}/");

    service::watch(&mut [&mut sandbox, &mut server, &mut merchant], &stop)?;
    say("Stopping …");
    Ok(())
}

/// Waits until `GET /` at `host` answers 200, as long as `service` runs.
pub(crate) fn wait_for_page(service: &mut Service, host: &str, stop: &Stop) -> Result<()> {
    while probe::status(host) != Some(200) {
        service.check(stop)?;
        std::thread::sleep(service::TICK);
    }
    Ok(())
}
