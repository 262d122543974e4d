//! The program under the name that a merchant's page preloads.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{Rule, Shop};

/// Line of the shop, which docs/embed.md advises.
const PRELOAD: &str =
    r#"<link rel="preload" as="fetch" type="application/wasm" crossorigin href="{{relink}}/relink.wasm" />"#;

/// Opens the shop with these tags in its head, and returns how often the program was requested: under its short name, and
/// under its full one.
async fn requests_of_the_program(tags: &str, short_name: Rule) -> Result<(usize, usize)> {
    let merchant = Shop::examples().join("merchant");
    let pages = tempfile::tempdir()?;
    for file in ["shop.css", "account.css", "shop.js", "leaf.svg"] {
        fs::copy(merchant.join(file), pages.path().join(file))?;
    }
    let index = fs::read_to_string(merchant.join("index.html"))?;
    let (before, after) = index.split_once(PRELOAD).context("the shop preloads nothing")?;
    fs::write(pages.path().join("index.html"), [before, tags, after].concat())?;
    fs::write(pages.path().join("other-version.js"), OTHER_VERSION)?;

    let (session, shop) = Shop::prepare(pages.path()).await?;
    session.environment.proxy.set_rule("/relink.wasm", short_name);
    session.page.open(shop.url()).await?;
    session.page.find(".banner .primary").await?;
    let requests = session.environment.proxy.requests(".wasm");
    let (short, full): (Vec<_>, Vec<_>) =
        requests.iter().filter(|one| !one.path.contains("later")).partition(|one| one.path == "/relink.wasm");
    let counts = (short.len(), full.len());
    session.finish().await?;
    Ok(counts)
}

/// Lets the loader believe that the response is the program of another version.
const OTHER_VERSION: &str = "
    const { get } = Headers.prototype;
    Headers.prototype.get = function (name) {
        return name === 'relink-file' ? 'relink-00000000.wasm' : get.call(this, name);
    };";

#[tokio::test]
async fn a_program_that_the_page_preloads_is_requested_once() -> Result<()> {
    let counts = requests_of_the_program(PRELOAD, Rule::Forward).await?;
    ensure!(counts == (1, 0), "{counts:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_preload_the_program_is_requested_under_its_full_name_only() -> Result<()> {
    let counts = requests_of_the_program("", Rule::Forward).await?;
    ensure!(counts == (0, 1), "{counts:?}");
    Ok(())
}

#[tokio::test]
async fn a_preloaded_program_of_another_version_is_not_run() -> Result<()> {
    let other = r#"<script src="other-version.js"></script>"#;
    let counts = requests_of_the_program(&[PRELOAD, other].concat(), Rule::Forward).await?;
    ensure!(counts == (1, 1), "{counts:?}");
    // A server of an older version has no such name.
    let (_, full) = requests_of_the_program(PRELOAD, Rule::NotFound).await?;
    ensure!(full == 1, "{full}");
    Ok(())
}
