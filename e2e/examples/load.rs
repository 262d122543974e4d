//! Time until a page can be used: the shop with the element, beside the same shop with a button of
//! react-plaid-link's, and beside that shop rendered by React.
//!
//! `cargo xtask bench load` builds them and runs this. All sites are reached by TLS at host names of their own, through a
//! proxy that delays every connection. One browser runs after the other, each new and with an empty cache; its developer
//! tools slow down the processor. Each shows another page first, so that no measurement includes the browser's search for
//! its fonts. A press takes effect when the page shows a reaction, when the browser follows a link, or when the function
//! that opens Plaid Link is called.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use relink_e2e::{Conditions, SlowSites, until};
use relink_figures::JsonFile;
use serde_json::{Map, Value, json};

/// Bandwidth of slow 4G in Chrome's developer tools and Lighthouse, in bytes a second.
const DOWN: u32 = 184_320;
const UP: u32 = 84_375;
/// Factor by which the processor is slowed down.
const SLOWER: u32 = 4;

/// Presses the button as soon as there is one, and records the times of the reaction. A load that presses nothing ends
/// a second after there is a button, so that layout shifts have been recorded.
const MEASURE: &str = r"
    window.load = {};
    const record = (entries, name) => { for (const one of entries.getEntries()) load[name] = one.startTime; };
    new PerformanceObserver((entries) => record(entries, 'first')).observe({ type: 'paint', buffered: true });
    new PerformanceObserver((entries) => record(entries, 'largest'))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    load.shift = 0;
    new PerformanceObserver((entries) => { for (const one of entries.getEntries()) load.shift += one.value; })
        .observe({ type: 'layout-shift', buffered: true });
    const button = () => BUTTON;
    const check = () => {
        const there = button();
        if (there && !there.disabled) {
            load.button ??= performance.now();
            if (PRESSES) there.click();
            else setTimeout(() => { load.next = performance.now(); }, 1_000);
        }
        if (REACTED) {
            load.opens ??= performance.now();
            load.works ??= load.opens;
        }
        if (NEXT) load.next = performance.now();
        else if (PRESSES || !load.button) requestAnimationFrame(check);
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
    /// Time in milliseconds from sending a byte until the answer arrives
    round_trip: u64,
    #[command(flatten)]
    json: JsonFile,
}

/// Page to measure.
struct Page {
    url: String,
    /// JavaScript expressions: the button, whether the page has reacted to its press, whether the next screen is there.
    button: String,
    reacted: String,
    next: String,
}

impl Page {
    fn script(&self, presses: bool) -> String {
        let script = MEASURE.replace("BUTTON", &self.button).replace("REACTED", &self.reacted);
        script.replace("NEXT", &self.next).replace("PRESSES", if presses { "true" } else { "false" })
    }
}

/// Pages, in the order of [`variants`].
const COLUMNS: [&str; 6] = [
    "a link that opens the element",
    "the element",
    "… told in advance",
    "… at one origin",
    "Plaid's in the page",
    "a React page",
];
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
    let Arguments { ours, theirs, stand_in, runs, round_trip, json } = Arguments::parse();
    let round_trip = Duration::from_millis(round_trip);
    let conditions = Conditions { round_trip, down: DOWN, up: UP };
    let sites = SlowSites::start(&ours, &theirs, &stand_in, conditions).await?;
    let token = sites.token().await?;
    for end in ENDS {
        write_page_with_token(&ours, end, &token)?;
    }
    let pages = ENDS.map(variants);
    let banners = ENDS.map(banner);
    // Compresses the shop's files, too, at their first request.
    let mut shifts = Vec::new();
    for page in pages.as_flattened().iter().chain(&banners) {
        shifts.push(json!({ "page": page.url, "layout_shift": load(&sites, page, false).await?["shift"] }));
    }
    let mut measured = pages.each_ref().map(|pages| pages.each_ref().map(|_| Vec::new()));
    for _ in 0..runs {
        for (page, into) in pages.as_flattened().iter().zip(measured.as_flattened_mut()) {
            into.push(load(&sites, page, true).await?);
        }
    }
    print(runs, conditions, &measured);
    print_shifts(&shifts);
    let mut figures = figures(runs, conditions, &measured);
    figures["layout_shifts"] = shifts.into();
    json.write(&figures)
}

/// Ends of the file names of pages with the shop's style sheets inline, and linked.
const ENDS: [&str; 2] = ["-styled.html", ".html"];

/// Writes a variant of the page with the element that brings the customer's token along and preloads the program.
fn write_page_with_token(ours: &Path, end: &str, token: &str) -> Result<()> {
    let page = fs::read_to_string(ours.join(format!("index{end}")))?;
    let (before, after) = page.split_once(" token-url=").context("the page has no element")?;
    let page = [before, " token='", token, "' token-url=", after].concat();
    let (before, after) = page.split_once("<head>").context("the page has no head")?;
    let page = [before, "<head>", PRELOAD, after].concat();
    Ok(fs::write(ours.join(format!("token{end}")), page)?)
}

/// Line that docs/embed.md advises for the earliest start.
const PRELOAD: &str =
    r#"<link rel="preload" as="fetch" type="application/wasm" crossorigin href="{{relink}}/relink.wasm" />"#;

fn variants(end: &str) -> [Page; 6] {
    let page = |shop: &str, name: &str, button: &str, reacted: &str, next: &str| Page {
        url: [shop, name, end].concat(),
        button: button.to_owned(),
        reacted: reacted.to_owned(),
        next: next.to_owned(),
    };
    let next = shadow("[data-screen=explaining]");
    let reacted = format!("{} || {next}", shadow("[aria-busy]"));
    let link = "document.querySelector('.reconnect')";
    let element = |shop, name| page(shop, name, &shadow("li[data-account] button"), &reacted, &next);
    // The next screen is Plaid's own, so it counts as soon as it is opened.
    let theirs = |name| page(SlowSites::OTHER_SHOP, name, link, "window.opened", "window.opened");
    [
        // The dialog opens first, and its content is loaded afterwards.
        page(SlowSites::SHOP, "/opener", link, &shadow("dialog[open]"), &next),
        element(SlowSites::SHOP, "/index"),
        element(SlowSites::SHOP, "/token"),
        element(SlowSites::ONE_ORIGIN, "/index"),
        theirs("/index"),
        theirs("/page"),
    ]
}

/// Page with a banner above the element.
fn banner(end: &str) -> Page {
    let button = shadow("li[data-account] button");
    Page {
        url: [SlowSites::SHOP, "/banner", end].concat(),
        button,
        reacted: "false".to_owned(),
        next: "false".to_owned(),
    }
}

fn shadow(selector: &str) -> String {
    format!("document.getElementById('bank')?.shadowRoot?.querySelector('{selector}')")
}

/// Loads a page once, after another page.
async fn load(sites: &SlowSites, page: &Page, presses: bool) -> Result<Value> {
    let browser = sites.browser().await?;
    let driver = browser.driver()?;
    driver.goto(sites.page_outside()).await?;
    let devtools = async |method: &str, parameters: Value| browser.devtools(method, parameters).await;
    devtools("Network.enable", json!({})).await?;
    // The shop's content security policy does not allow inline style sheets.
    devtools("Page.setBypassCSP", json!({ "enabled": true })).await?;
    devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWER })).await?;
    let script = json!({ "source": page.script(presses) });
    devtools("Page.addScriptToEvaluateOnNewDocument", script).await?;
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
fn print(runs: usize, conditions: Conditions, measured: &[[Vec<Value>; 6]; 2]) {
    println!(
        "medians of {runs} visits, a round trip of {} ms, {:.2} Mbit/s, processor {SLOWER} times slower;",
        conditions.round_trip.as_millis(),
        f64::from(DOWN) * 8.0 / 1e6
    );
    println!("in brackets, the ratio to a page that React draws");
    for (place, measured) in STYLE_SHEETS.iter().zip(measured) {
        println!("\nthe shop's style sheets {place}");
        let [opener, rest @ ..] = COLUMNS;
        println!("{:<22}{opener:>30}{}", "", rest.map(|column| format!("{column:>20}")).concat());
        for (name, what) in FIGURES {
            let [opener, ours @ .., theirs, react] = measured.each_ref().map(|loads| median(loads, name));
            let cell = |figure: f64| match name {
                "next" => format!("{figure:.0}"),
                _ => format!("{figure:.0} ({:.2})", figure / react),
            };
            let theirs = match name {
                "next" => ["its own".to_owned(), "its own".to_owned()],
                _ => [cell(theirs), format!("{react:.0}")],
            };
            let cells = ours.into_iter().map(cell).chain(theirs).map(|cell| format!("{cell:>20}"));
            println!("{what:<22}{:>30}{}", cell(opener), cells.collect::<String>());
        }
    }
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn print_shifts(shifts: &[Value]) {
    println!("\nlayout shift (CLS) of a load without a press");
    for one in shifts {
        println!(
            "{:.3}  {}",
            one["layout_shift"].as_f64().unwrap_or(f64::NAN),
            one["page"].as_str().unwrap_or_default()
        );
    }
}

/// Returns the medians: milliseconds, and bytes; null if a page has no such moment.
fn figures(runs: usize, conditions: Conditions, measured: &[[Vec<Value>; 6]; 2]) -> Value {
    let of_page = |(column, loads): (&&str, &Vec<Value>)| {
        let medians: Map<String, Value> =
            FIGURES.iter().map(|(name, _)| ((*name).to_owned(), median(loads, name).into())).collect();
        json!({ "page": column, "medians": medians })
    };
    let of_place = |(place, pages): (&&str, &[Vec<Value>; 6])| {
        let pages: Vec<Value> = COLUMNS.iter().zip(pages).map(of_page).collect();
        json!({ "style_sheets": place, "pages": pages })
    };
    let places: Vec<Value> = STYLE_SHEETS.iter().zip(measured).map(of_place).collect();
    json!({
        "command": "bench load",
        "runs": runs,
        "round_trip_ms": conditions.round_trip.as_millis(),
        "processor_times_slower": SLOWER,
        "places": places,
    })
}

fn median(loads: &[Value], name: &str) -> f64 {
    let mut figures: Vec<f64> = loads.iter().filter_map(|load| load[name].as_f64()).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
