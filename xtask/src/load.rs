//! `cargo xtask bench load`: what is to be measured, made ready.

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

/// What stands in the shop's page, and what stands there instead for the peer.
const ELEMENT: &str = r#"<bank-relink id="bank" token-url="/account/bank-token"></bank-relink>"#;
const BANNER: &str = r#"<bank-relink banner token-url="/account/bank-token"></bank-relink>"#;
const LOADER: &str = r#"<script async type="module" src="{{relink}}/relink.js"></script>"#;
/// As the peer has it: one thing to press, which is the page's own.
const OPENER: &str = r#"<p>Alder Bank ••6789 needs you to sign in again.</p>
<bank-relink id="bank" mode="dialog" account="fca_AlderChecking6789" token-url="/account/bank-token">
  <a class="reconnect" href="{{relink}}/?account=fca_AlderChecking6789">Reconnect</a>
</bank-relink>"#;
/// The peer's script, and where its own comes from.
const BUTTON: &str =
    r#"<meta name="link" content="{{relink}}" /><script type="module" src="button.js"></script>"#;
/// What is for the page as it is written.
const SHOP: &str = r#"<script type="module" src="shop.js"></script>"#;
/// What a page of React's draws around the button.
const AROUND: &str = "around.js";
/// Where react-plaid-link has its script from.
const REMOTE: &str = "https://cdn.plaid.com/link/v2/stable/link-initialize.js";

/// Builds the pages and whatever they need, and has a browser measure them.
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
    // Of the same origin, which relink-server answers to.
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

/// The shop's page, changed.
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

/// The peer's page once more, with nothing in it: its script draws what was there, which goes into a file for that.
fn drawn(folder: &Path, around: &Path) -> Result<()> {
    let html = project::read(&folder.join("index.html"))?;
    let (head, body) = html.split_once("<body>").context("the shop has no <body>")?;
    let (body, _) = body.split_once("</body>").context("the shop's <body> does not end")?;
    fs::write(around.join(AROUND), ["export default ", &serde_json::to_string(body)?, ";"].concat())?;
    let head = asset_names::replaced(&asset_names::replaced(head, "button.js", "page.js")?, SHOP, "")?;
    Ok(fs::write(folder.join("page.html"), [&head, "<body></body></html>"].concat())?)
}

/// The page once more, with its style sheets in itself: `page.html` becomes `page-styled.html`, too.
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

/// One of the peer's scripts in one file, with the address of the stand-in, which the page knows, in the place of the remote one.
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
    // The name is a text of its own in the bundle, whichever quotes it has.
    let quote = before.chars().next_back().context("no quote")?;
    let address = r#"document.querySelector("meta[name=link]").content+"/link-initialize.js""#;
    let before = before.strip_suffix(quote).unwrap_or(before);
    let after = after.strip_prefix(quote).context("no text of its own")?;
    Ok([before, "(", address, ")", after].concat())
}
