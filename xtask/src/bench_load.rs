//! `cargo xtask bench load`: builds the pages and starts the measurement.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use relink_figures::JsonFile;

use crate::front_end::BuildMode;
use crate::project::{self, Project};
use crate::service::{Service, StopSignal};
use crate::tools::chromium::Chromium;
use crate::tools::{esbuild, peers};
use crate::{asset_names, build, command, demo_env};

/// Element in the shop's page.
const ELEMENT_HTML: &str = r#"<bank-relink id="bank" token-url="/account/bank-token"></bank-relink>"#;
const BANNER_HTML: &str =
    r#"<bank-relink banner class="{{attention}}" token-url="/account/bank-token"></bank-relink>"#;
/// Only the page that is told everything in advance has this line.
const PRELOAD_HTML: &str =
    r#"<link rel="preload" as="fetch" type="application/wasm" crossorigin href="{{relink}}/relink.wasm" />"#;
const LOADER_HTML: &str = r#"<script async type="module" src="{{relink}}/relink.js"></script>"#;
/// Link of the shop's own that opens the element, for comparison with the peer's button.
const LINK_HTML: &str = r#"<p>Alder Bank ••6789 needs to be reconnected.</p>
<bank-relink id="bank" mode="dialog" account="fca_AlderChecking6789" token-url="/account/bank-token">
  <a class="reconnect" href="{{relink}}/?account=fca_AlderChecking6789">Reconnect</a>
</bank-relink>"#;
/// Peer's script, and the address of the stand-in for Plaid's remote script.
const PEER_HTML: &str =
    r#"<meta name="link" content="{{relink}}" /><script type="module" src="button.js"></script>"#;
/// Script of the shop, which the page that React draws goes without.
const SHOP_SCRIPT: &str = r#"<script type="module" src="shop.js"></script>"#;
/// Module with the HTML that the React page draws around the button.
const BODY_MODULE: &str = "around.js";
/// Address from which react-plaid-link loads Plaid's script.
const PLAID_SCRIPT_URL: &str = "https://cdn.plaid.com/link/v2/stable/link-initialize.js";

/// Builds the pages and the programs, and measures the pages in a browser.
pub(crate) fn measure(project: &Project, runs: u32, round_trip: u32, json: &JsonFile) -> Result<()> {
    let json = json.arguments()?;
    let browser = Chromium::ensure_installed(&project.tools)?;
    let page = build::page(project, BuildMode::Release)?;
    let programs = build::programs(project, BuildMode::Release)?;
    let pages = tempfile::Builder::new().prefix("relink-load-").tempdir()?;
    let [ours, opener, banner, theirs, stand_in] =
        ["ours", "opener", "banner", "theirs", "stand-in"].map(|name| pages.path().join(name));
    write_shop(project, &ours, &[(BANNER_HTML, "")])?;
    write_shop(project, &banner, &[])?;
    write_shop(project, &opener, &[(BANNER_HTML, ""), (ELEMENT_HTML, LINK_HTML)])?;
    // On the shop's origin, because relink-server accepts only that one.
    fs::copy(opener.join("index.html"), ours.join("opener.html"))?;
    fs::copy(banner.join("index.html"), ours.join("banner.html"))?;
    fs::create_dir_all(&stand_in)?;
    fs::copy(
        project.root.join("drills/peers/plaid/link-initialize.js"),
        stand_in.join("link-initialize.js"),
    )?;
    write_shop(
        project,
        &theirs,
        &[(BANNER_HTML, ""), (LOADER_HTML, PEER_HTML), (ELEMENT_HTML, r#"<div id="bank"></div>"#)],
    )?;
    fs::write(theirs.join("button.js"), bundle(project, "button.jsx", pages.path())?)?;
    write_react_page(&theirs, pages.path())?;
    fs::write(theirs.join("page.js"), bundle(project, "page.jsx", pages.path())?)?;
    for page in ["index", "opener", "banner"] {
        inline_styles(&ours.join(page))?;
    }
    for page in ["index", "page"] {
        inline_styles(&theirs.join(page))?;
    }

    let stop = StopSignal::on_signal()?;
    let mut command = demo_env::without_user_settings(Path::new("cargo"));
    command.current_dir(&project.root);
    command.args(["run", "--quiet", "--locked", "--package=relink-e2e", "--features=http2"]);
    command.args(["--example=load", "--"]);
    command.args([&ours, &theirs, &stand_in]).arg(runs.to_string());
    command.arg(round_trip.to_string()).args(json);
    command.env("RELINK_E2E_SERVER", programs.server).env("RELINK_E2E_SANDBOX", programs.sandbox);
    command.env("RELINK_E2E_WEB_ROOT", page);
    command.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Service::start("relink-e2e load", &mut command)?.wait(&stop)
}

/// Writes the shop's page with these replacements.
fn write_shop(project: &Project, folder: &Path, changes: &[(&str, &str)]) -> Result<()> {
    let merchant = project.root.join("examples/merchant");
    fs::create_dir_all(folder)?;
    for file in ["shop.css", "account.css", "shop.js", "leaf.svg"] {
        fs::copy(merchant.join(file), folder.join(file))?;
    }
    let page = project::read(&merchant.join("index.html"))?;
    let page = asset_names::replace_name(&page, PRELOAD_HTML, "")?;
    let page =
        changes.iter().try_fold(page, |page, (from, to)| asset_names::replace_name(&page, from, to))?;
    Ok(fs::write(folder.join("index.html"), page)?)
}

/// Writes a variant of the peer's page with an empty body, whose script draws the body's HTML from [`BODY_MODULE`].
fn write_react_page(folder: &Path, around: &Path) -> Result<()> {
    let html = project::read(&folder.join("index.html"))?;
    let (head, body) = html.split_once("<body>").context("the shop has no <body>")?;
    let (body, _) = body.split_once("</body>").context("the shop's <body> does not end")?;
    fs::write(around.join(BODY_MODULE), ["export default ", &serde_json::to_string(body)?, ";"].concat())?;
    let head = asset_names::replace_name(
        &asset_names::replace_name(head, "button.js", "page.js")?,
        SHOP_SCRIPT,
        "",
    )?;
    Ok(fs::write(folder.join("page.html"), [&head, "<body></body></html>"].concat())?)
}

/// Writes a variant of the page with inline style sheets: `page-styled.html` next to `page.html`.
fn inline_styles(page: &Path) -> Result<()> {
    let html = project::read(&page.with_extension("html"))?;
    let mut parts = html.split(r#"<link rel="stylesheet" href=""#);
    let mut styled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (file, rest) = part.split_once(r#"" />"#).context("unexpected <link> of a style sheet")?;
        let rules = project::read(&page.with_file_name(file))?;
        styled.extend(["<style>", &rules, "</style>", rest]);
    }
    let mut name = page.as_os_str().to_owned();
    name.push("-styled.html");
    Ok(fs::write(name, styled)?)
}

/// Bundles one of the peer's scripts, with the stand-in's address from the page in place of [`PLAID_SCRIPT_URL`].
fn bundle(project: &Project, script: &str, folder: &Path) -> Result<String> {
    let peer = project.root.join("drills/peers/plaid");
    let modules = peers::browser_modules(project, "plaid", "react-plaid-link", &peer)?;
    crate::clients::link_node_modules(&modules, &peer.join("node_modules"))?;
    let out: PathBuf = folder.join("bundle.js");
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.current_dir(&peer).args([script, "--bundle", "--minify", "--format=esm", "--jsx=automatic"]);
    esbuild.arg(format!("--alias:around={}", folder.join(BODY_MODULE).display()));
    esbuild.arg(r#"--define:process.env.NODE_ENV="production""#).arg(format!("--outfile={}", out.display()));
    command::run(&mut esbuild)?;
    let text = project::read(&out)?;
    let (before, after) = text
        .split_once(PLAID_SCRIPT_URL)
        .context("react-plaid-link no longer loads Plaid's script from the expected address")?;
    // The address is a string literal in the bundle, with any kind of quotes.
    let quote = before.chars().next_back().context("no quote")?;
    let address = r#"document.querySelector("meta[name=link]").content+"/link-initialize.js""#;
    let before = before.strip_suffix(quote).unwrap_or(before);
    let after = after.strip_prefix(quote).context("no text of its own")?;
    Ok([before, "(", address, ")", after].concat())
}
