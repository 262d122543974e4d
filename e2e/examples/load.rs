//! Time until a page can be used: the shop with the element, beside the same shop with a button of
//! react-plaid-link's, and beside that shop rendered by React.
//!
//! `cargo xtask bench load` builds them and runs this. One browser runs after the other, each new and with an empty
//! cache; its developer tools slow down the network and the processor. Each shows another page first, so that no
//! measurement includes the browser's search for its fonts. A press takes effect when the page shows a reaction, when
//! the browser follows a link, or when the function that opens Plaid Link is called.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use relink_e2e::{Browser, Environment, Shop, until};
use relink_figures::JsonFile;
use serde_json::{Map, Value, json};

/// Slow 4G as in Chrome's developer tools and Lighthouse: milliseconds until a response begins, for a round trip of
/// 150 ms and the connections to be opened; and bytes per second.
const LATENCY: f64 = 562.5;
const DOWN: f64 = 1_638_400.0 * 0.9 / 8.0;
const UP: f64 = 750_000.0 * 0.9 / 8.0;
/// Factor by which the processor is slowed down.
const SLOWER: u32 = 4;

/// Presses the button as soon as there is one, and records the times of the reaction.
const MEASURE: &str = r"
    window.load = {};
    const record = (entries, name) => { for (const one of entries.getEntries()) load[name] = one.startTime; };
    new PerformanceObserver((entries) => record(entries, 'first')).observe({ type: 'paint', buffered: true });
    new PerformanceObserver((entries) => record(entries, 'largest'))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    const button = () => BUTTON;
    const check = () => {
        const there = button();
        if (there && !there.disabled) {
            load.button ??= performance.now();
            there.click();
        }
        if (REACTED) {
            load.opens ??= performance.now();
            load.works ??= load.opens;
        }
        if (NEXT) load.next = performance.now();
        else requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
    // A link without a handler navigates.
    addEventListener('click', (event) => {
        if (event.defaultPrevented || !event.target.closest('a')) return;
        load.works ??= performance.now();
        event.preventDefault();
    });
";

/// Command line of the example, as `cargo xtask bench load` calls it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the shop with the element
    ours: PathBuf,
    /// Folder of the shop with the peer's button
    theirs: PathBuf,
    /// Folder of the stub for the peer's remote script
    stand_in: PathBuf,
    /// Number of loads of each page
    runs: usize,
    #[command(flatten)]
    json: JsonFile,
}

/// Page to measure.
struct Page {
    url: String,
    script: String,
}

/// Pages, in the order of [`variants`].
const COLUMNS: [&str; 4] =
    ["a link that opens the element", "the element in the page", "Plaid's in the page", "a React page"];
/// Placement of the shop's style sheets, in the order of [`pages`].
const STYLE_SHEETS: [&str; 2] = ["in the page itself", "linked from it"];

/// Figures of one page load: milliseconds, and bytes over the network.
const FIGURES: [(&str, &str); 7] = [
    ("first", "first paint"),
    ("largest", "largest paint"),
    ("button", "the button is there"),
    ("works", "a press takes effect"),
    ("opens", "in-page reaction"),
    ("next", "the next screen"),
    ("bytes", "bytes"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { ours, theirs, stand_in, runs, json } = Arguments::parse();
    let (session, ours) = Shop::prepare_with_relink_url(&ours, Environment::url_without_proxy).await?;
    let stand_in = Shop::start_another(&session, &stand_in, session.environment.url_without_proxy()).await?;
    let theirs = Shop::start_another(&session, &theirs, stand_in.url()).await?;
    let pages = pages(&ours, &theirs);
    let before = session.environment.sandbox_url();
    // The shop compresses its files at the first request, so request all once.
    for page in pages.as_flattened() {
        measure(page, before).await?;
    }
    let mut measured = pages.each_ref().map(|pages| pages.each_ref().map(|_| Vec::new()));
    for _ in 0..runs {
        for (page, into) in pages.as_flattened().iter().zip(measured.as_flattened_mut()) {
            into.push(measure(page, before).await?);
        }
    }
    print(runs, &measured);
    json.write(&figures(runs, &measured))?;
    session.finish().await
}

/// Returns the pages: with the shop's style sheets inline, and linked.
fn pages(ours: &Shop, theirs: &Shop) -> [[Page; 4]; 2] {
    ["-styled.html", ".html"].map(|end| variants(ours.url(), theirs.url(), end))
}

fn variants(ours: &str, theirs: &str, end: &str) -> [Page; 4] {
    let script = |button: &str, reacted: &str, next: &str| {
        MEASURE.replace("BUTTON", button).replace("REACTED", reacted).replace("NEXT", next)
    };
    let shadow =
        |selector: &str| format!("document.getElementById('bank')?.shadowRoot?.querySelector('{selector}')");
    let next = shadow("[data-screen=explaining]");
    let reacted = format!("{} || {next}", shadow("[aria-busy]"));
    let button = "document.querySelector('.reconnect')";
    let page = |shop: &str, name: &str, script| Page { url: [shop, name, end].concat(), script };
    // The next screen is Plaid's own, so it counts as soon as it is opened.
    let opened = script(button, "window.opened", "window.opened");
    [
        // The dialog opens first, and its content is loaded afterwards.
        page(ours, "/opener", script(button, &shadow("dialog[open]"), &next)),
        page(ours, "/index", script(&shadow("li[data-account] button"), &reacted, &next)),
        page(theirs, "/index", opened.clone()),
        page(theirs, "/page", opened),
    ]
}

/// Loads a page once, after another page.
async fn measure(page: &Page, before: &str) -> Result<Value> {
    let browser = Browser::start().await?;
    let driver = browser.driver()?;
    driver.goto(before).await?;
    let devtools = async |method: &str, parameters: Value| browser.devtools(method, parameters).await;
    devtools("Network.enable", json!({})).await?;
    let network =
        json!({ "offline": false, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP });
    // The shop's content security policy does not allow inline style sheets.
    devtools("Page.setBypassCSP", json!({ "enabled": true })).await?;
    devtools("Network.emulateNetworkConditions", network).await?;
    devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWER })).await?;
    devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": page.script })).await?;
    // Discard the requests of the browser's own first tab.
    browser.network().await?;
    driver.goto(&page.url).await?;
    let mut figures = until(async || {
        let load = driver.execute("return window.load;", Vec::new()).await?.json().clone();
        load["next"].as_f64().with_context(|| format!("{} does not work yet: {load}", page.url))?;
        Ok(load)
    })
    .await?;
    let events = browser.network().await?;
    let finished = events.iter().filter(|event| event["method"] == "Network.loadingFinished");
    let bytes: f64 = finished.filter_map(|event| event["params"]["encodedDataLength"].as_f64()).sum();
    figures["bytes"] = json!(bytes);
    browser.quit().await?;
    Ok(figures)
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn print(runs: usize, measured: &[[Vec<Value>; 4]; 2]) {
    println!(
        "medians of {runs} visits, an answer begins after {LATENCY} ms, {:.1} Mbit/s, processor {SLOWER} times slower;",
        DOWN * 8.0 / 1e6
    );
    println!("in brackets, the ratio to a page that React draws");
    for (place, measured) in STYLE_SHEETS.iter().zip(measured) {
        println!("\nthe shop's style sheets {place}");
        let [opener, accounts, button, react] = COLUMNS;
        println!("{:<22}{opener:>30}{accounts:>25}{button:>20}{react:>20}", "");
        for (name, what) in FIGURES {
            let [opener, accounts, button, react] = measured.each_ref().map(|loads| median(loads, name));
            if name == "next" {
                println!("{what:<22}{opener:>30.0}{accounts:>25.0}{:>20}{:>20}", "its own", "its own");
                continue;
            }
            let with_ratio = |figure: f64| format!("{figure:.0} ({:.2})", figure / react);
            println!(
                "{what:<22}{:>30}{:>25}{:>20}{react:>20.0}",
                with_ratio(opener),
                with_ratio(accounts),
                with_ratio(button)
            );
        }
    }
}

/// Returns the medians: milliseconds, and bytes; null if a page has no such moment.
fn figures(runs: usize, measured: &[[Vec<Value>; 4]; 2]) -> Value {
    let of_page = |(column, loads): (&&str, &Vec<Value>)| {
        let medians: Map<String, Value> =
            FIGURES.iter().map(|(name, _)| ((*name).to_owned(), median(loads, name).into())).collect();
        json!({ "page": column, "medians": medians })
    };
    let of_place = |(place, pages): (&&str, &[Vec<Value>; 4])| {
        let pages: Vec<Value> = COLUMNS.iter().zip(pages).map(of_page).collect();
        json!({ "style_sheets": place, "pages": pages })
    };
    let places: Vec<Value> = STYLE_SHEETS.iter().zip(measured).map(of_place).collect();
    json!({ "command": "bench load", "runs": runs, "processor_times_slower": SLOWER, "places": places })
}

fn median(loads: &[Value], name: &str) -> f64 {
    let mut figures: Vec<f64> = loads.iter().filter_map(|load| load[name].as_f64()).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
