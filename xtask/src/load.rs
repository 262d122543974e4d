//! `cargo xtask bench load`: builds the pages and starts the measurement.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use relink_figures::JsonFile;

use crate::front_end::Quality;
use crate::project::{self, Project};
use crate::service::{Service, Stop};
use crate::tools::chromium::Browser;
use crate::tools::{esbuild, peers};
use crate::{asset_names, build, run, stand};

/// Element in the shop's page.
const ELEMENT: &str = r#"<bank-relink id="bank" token-url="/account/bank-token"></bank-relink>"#;
const BANNER: &str = r#"<bank-relink banner token-url="/account/bank-token"></bank-relink>"#;
const LOADER: &str = r#"<script async type="module" src="{{relink}}/relink.js"></script>"#;
/// Link of the shop's own that opens the element, for comparison with the peer's button.
const OPENER: &str = r#"<p>Alder Bank ••6789 needs you to sign in again.</p>
<bank-relink id="bank" mode="dialog" account="fca_AlderChecking6789" token-url="/account/bank-token">
  <a class="reconnect" href="{{relink}}/?account=fca_AlderChecking6789">Reconnect</a>
</bank-relink>"#;
/// Peer's script, and the address of the stand-in for Plaid's remote script.
const BUTTON: &str =
    r#"<meta name="link" content="{{relink}}" /><script type="module" src="button.js"></script>"#;
/// Script of the shop, which the page that React draws goes without.
const SHOP: &str = r#"<script type="module" src="shop.js"></script>"#;
/// Module with the HTML that the React page draws around the button.
const AROUND: &str = "around.js";
/// Address from which react-plaid-link loads Plaid's script.
const REMOTE: &str = "https://cdn.plaid.com/link/v2/stable/link-initialize.js";

/// Builds the pages and the programs, and measures the pages in a browser.
pub(crate) fn measure(project: &Project, runs: u32, json: &JsonFile) -> Result<()> {
    let json = json.arguments()?;
    let browser = Browser::ready(&project.tools)?;
    let page = build::page(project, Quality::Release)?;
    let programs = build::programs(project, Quality::Release)?;
    let pages = tempfile::Builder::new().prefix("relink-load-").tempdir()?;
    let [ours, opener, theirs, stand_in] =
        ["ours", "opener", "theirs", "stand-in"].map(|name| pages.path().join(name));
    shop(project, &ours, &[(BANNER, "")])?;
    shop(project, &opener, &[(BANNER, ""), (ELEMENT, OPENER)])?;
    // On the shop's origin, because relink-server accepts only that one.
    fs::copy(opener.join("index.html"), ours.join("opener.html"))?;
    fs::create_dir_all(&stand_in)?;
    fs::copy(
        project.root.join("drills/peers/plaid/link-initialize.js"),
        stand_in.join("link-initialize.js"),
    )?;
    shop(project, &theirs, &[(BANNER, ""), (LOADER, BUTTON), (ELEMENT, r#"<div id="bank"></div>"#)])?;
    fs::write(theirs.join("button.js"), bundle(project, "button.jsx", pages.path())?)?;
    drawn(&theirs, pages.path())?;
    fs::write(theirs.join("page.js"), bundle(project, "page.jsx", pages.path())?)?;
    for page in [ours.join("index"), ours.join("opener"), theirs.join("index"), theirs.join("page")] {
        styled(&page)?;
    }

    let stop = Stop::on_signal()?;
    let mut command = stand::clean(Path::new("cargo"));
    command.current_dir(&project.root);
    command.args(["run", "--quiet", "--locked", "--package=relink-e2e", "--example=load", "--"]);
    command.args([&ours, &theirs, &stand_in]).arg(runs.to_string()).args(json);
    command.env("RELINK_E2E_SERVER", programs.server).env("RELINK_E2E_SANDBOX", programs.sandbox);
    command.env("RELINK_E2E_WEB_ROOT", page);
    command.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Service::start("the measurement", &mut command)?.finish(&stop)
}

/// Writes the shop's page with these replacements.
fn shop(project: &Project, folder: &Path, changes: &[(&str, &str)]) -> Result<()> {
    let merchant = project.root.join("examples/merchant");
    fs::create_dir_all(folder)?;
    for file in ["shop.css", "account.css", "shop.js", "leaf.svg"] {
        fs::copy(merchant.join(file), folder.join(file))?;
    }
    let page = project::read(&merchant.join("index.html"))?;
    let page = changes.iter().try_fold(page, |page, (from, to)| asset_names::replaced(&page, from, to))?;
    Ok(fs::write(folder.join("index.html"), page)?)
}

/// Writes a variant of the peer's page with an empty body, whose script draws the body's HTML from [`AROUND`].
fn drawn(folder: &Path, around: &Path) -> Result<()> {
    let html = project::read(&folder.join("index.html"))?;
    let (head, body) = html.split_once("<body>").context("the shop has no <body>")?;
    let (body, _) = body.split_once("</body>").context("the shop's <body> does not end")?;
    fs::write(around.join(AROUND), ["export default ", &serde_json::to_string(body)?, ";"].concat())?;
    let head = asset_names::replaced(&asset_names::replaced(head, "button.js", "page.js")?, SHOP, "")?;
    Ok(fs::write(folder.join("page.html"), [&head, "<body></body></html>"].concat())?)
}

/// Writes a variant of the page with inline style sheets: `page-styled.html` next to `page.html`.
fn styled(page: &Path) -> Result<()> {
    let html = project::read(&page.with_extension("html"))?;
    let mut parts = html.split(r#"<link rel="stylesheet" href=""#);
    let mut styled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (file, rest) = part.split_once(r#"" />"#).context("a style sheet's link is written otherwise")?;
        let rules = project::read(&page.with_file_name(file))?;
        styled.extend(["<style>", &rules, "</style>", rest]);
    }
    let mut name = page.as_os_str().to_owned();
    name.push("-styled.html");
    Ok(fs::write(name, styled)?)
}

/// Bundles one of the peer's scripts, with the stand-in's address from the page in place of [`REMOTE`].
fn bundle(project: &Project, script: &str, folder: &Path) -> Result<String> {
    let peer = project.root.join("drills/peers/plaid");
    let modules = peers::modules(project, "plaid", "react-plaid-link", &peer)?;
    crate::clients::link(&modules, &peer.join("node_modules"))?;
    let out: PathBuf = folder.join("bundle.js");
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.current_dir(&peer).args([script, "--bundle", "--minify", "--format=esm", "--jsx=automatic"]);
    esbuild.arg(format!("--alias:around={}", folder.join(AROUND).display()));
    esbuild.arg(r#"--define:process.env.NODE_ENV="production""#).arg(format!("--outfile={}", out.display()));
    run::run(&mut esbuild)?;
    let text = project::read(&out)?;
    let (before, after) =
        text.split_once(REMOTE).context("react-plaid-link has its script from elsewhere now")?;
    // The address is a string literal in the bundle, with any kind of quotes.
    let quote = before.chars().next_back().context("no quote")?;
    let address = r#"document.querySelector("meta[name=link]").content+"/link-initialize.js""#;
    let before = before.strip_suffix(quote).unwrap_or(before);
    let after = after.strip_prefix(quote).context("no text of its own")?;
    Ok([before, "(", address, ")", after].concat())
}
