//! Saves a screenshot of every screen, light and dark, at four widths, and a page that shows them all.
//!
//! `cargo xtask screens` calls it with the folder, and with the groups or the locale that were asked for. Without a locale,
//! the screens are in English, left to right and right to left; pages of the console and emails are in Arabic instead.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Parser, ValueEnum};
use relink_e2e::{
    Browser, BrowserSession, every_console_page, every_email, every_sandbox_page, every_screen,
    every_shop_page,
};
use serde_json::{Value, json};

const STYLE: &str = "
    body { margin: 24px; font: 14px/1.5 system-ui, sans-serif; background: #8b93a1; }
    table { border-spacing: 8px; }
    th { position: sticky; inset-inline-start: 0; text-align: start; vertical-align: top; min-inline-size: 160px; }
    td { vertical-align: top; }
    img { display: block; inline-size: 200px; max-block-size: 360px; object-fit: cover; object-position: top; }
";

/// Returns the rectangle of the whole page; in a frame or with a dialog nothing, because their window is what is seen.
const CLIP: &str = r"
    const roots = [document, ...[...document.querySelectorAll('bank-relink')].map((one) => one.shadowRoot)];
    if (window !== top || roots.some((one) => one?.querySelector(':modal'))) return null;
    const bottom = Math.ceil(document.body.getBoundingClientRect().bottom + scrollY);
    return { x: 0, y: 0, width: innerWidth, height: Math.min(Math.max(bottom, 320), 5000), scale: 1 };
";
/// Sets the direction of the page and of all elements in it to `direction`.
const TURN: &str = r"
    document.dir = direction;
    for (const { shadowRoot } of document.querySelectorAll('bank-relink')) {
        const content = shadowRoot?.querySelector('[dir]');
        if (content) content.dir = direction;
    }
";
const SCHEMES: [&str; 2] = ["light", "dark"];
const WIDTHS: [u32; 4] = [320, 390, 768, 1280];

#[derive(Debug, Parser)]
struct Args {
    folder: PathBuf,
    #[arg(long)]
    locale: Option<String>,
    #[arg(long, value_enum)]
    only: Vec<Group>,
}

/// Screens that are visited one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// The customer's page and that of a link.
    Page,
    /// The operators' console, with a month of history.
    Console,
    /// Emails as HTML.
    Emails,
    /// The sandbox: bank window, dashboard and inbox.
    Sandbox,
}

impl Group {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Console => "console",
            Self::Emails => "emails",
            Self::Sandbox => "sandbox",
        }
    }
}

/// Made-up languages that show texts which are not translated, or don't turn.
const PSEUDO: [&str; 2] = ["en-XA", "ar-XB"];

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let all = Group::value_variants().to_vec();
    let groups = if args.only.is_empty() { all } else { args.only };
    let locale = args.locale.unwrap_or_default();
    // Only the page has made-up languages.
    let groups = if PSEUDO.contains(&&*locale) { vec![Group::Page] } else { groups };
    for group in &groups {
        let folder = args.folder.join(group.name());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
    }
    // The page has as many screens as the others together, and another browser.
    let (page, others): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(|group| *group == Group::Page);
    tokio::try_join!(take(&page, &args.folder, &locale), take(&others, &args.folder, &locale))?;
    fs::write(args.folder.join("index.html"), contact_sheet(&args.folder)?)?;
    Ok(())
}

/// Takes the screenshots of these groups.
async fn take(groups: &[Group], folder: &Path, locale: &str) -> Result<()> {
    let flips: &[&str] = if locale.is_empty() { &["ltr", "rtl"] } else { &[""] };
    let languages: &[&str] = if locale.is_empty() { &["en", "ar"] } else { &[locale] };
    let of_emails: &[&str] = if locale.is_empty() { &["en", "de", "ar"] } else { languages };
    for group in groups {
        let album = Album::new(folder.join(group.name()));
        let visit = async |session: &BrowserSession, name: &str| album.add(session, name, flips).await;
        let as_is = async |session: &BrowserSession, name: &str| album.add(session, name, &[""]).await;
        match group {
            Group::Page => {
                every_shop_page(visit).await?;
                every_screen(locale, visit).await?;
            }
            Group::Console => every_console_page(languages, as_is).await?,
            Group::Emails => every_email(of_emails, as_is).await?,
            Group::Sandbox => every_sandbox_page(visit).await?,
        }
    }
    Ok(())
}

/// Folder of a group, whose screens are numbered in the order of their visit.
struct Album {
    folder: PathBuf,
    screens: AtomicUsize,
}

impl Album {
    fn new(folder: PathBuf) -> Self {
        Self { folder, screens: AtomicUsize::new(1) }
    }

    /// Adds the open screen in every variant.
    async fn add(&self, session: &BrowserSession, name: &str, directions: &[&str]) -> Result<()> {
        let number = self.screens.fetch_add(1, Ordering::Relaxed);
        // Neither scrollbars nor what the pointer happens to be over.
        let browser = session.browser()?;
        browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await?;
        browser.devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": 0, "y": 0 })).await?;
        for direction in directions {
            for width in WIDTHS {
                for scheme in SCHEMES {
                    session.browser()?.width(width).await?;
                    set_appearance(session, scheme, direction).await?;
                    let file = format!("{number:02}-{name}_{scheme}-{width}{direction}.png");
                    fs::write(self.folder.join(file), screenshot(session, width).await?)?;
                }
            }
        }
        session.browser()?.width(900).await?;
        set_appearance(session, "light", directions.first().copied().unwrap_or_default()).await
    }
}

/// Sets the colour scheme, and the text direction unless it is empty.
async fn set_appearance(session: &BrowserSession, scheme: &str, direction: &str) -> Result<()> {
    let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await?;
    if !direction.is_empty() {
        session.page.run(&format!("const direction = '{direction}';{TURN}")).await?;
    }
    session.page.wait_for_rendering().await
}

async fn screenshot(session: &BrowserSession, width: u32) -> Result<Vec<u8>> {
    let clip = session.page.run(CLIP).await?;
    // In a window that is as high as the page, what sticks to its edges covers nothing.
    if let Some(height) = clip.get("height").and_then(Value::as_u64).filter(|height| *height > 900) {
        session.browser()?.set_size_in_chromium(width, u32::try_from(height)?).await?;
        session.page.wait_for_rendering().await?;
    }
    let options = if clip.is_null() { json!({}) } else { json!({ "clip": clip }) };
    capture(session.browser()?, options).await
}

async fn capture(browser: &Browser, options: Value) -> Result<Vec<u8>> {
    let shot = browser.devtools("Page.captureScreenshot", options).await?;
    Ok(BASE64_STANDARD.decode(shot.get("data").and_then(Value::as_str).context("no screenshot")?)?)
}

/// Returns the page that shows all screenshots in the folder, also those of earlier runs: a row for each screen.
fn contact_sheet(folder: &Path) -> Result<String> {
    let mut page =
        format!("<!doctype html><meta charset=utf-8><title>Every screen</title><style>{STYLE}</style>");
    for group in Group::value_variants().iter().map(|group| group.name()) {
        let Ok(files) = fs::read_dir(folder.join(group)) else { continue };
        let names = files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned()));
        let mut names: Vec<String> = names.collect::<Result<_>>()?;
        names.sort();
        write!(page, "\n<h1>{group}</h1><table>")?;
        let mut row = "";
        for name in &names {
            let (screen, variant) = name.rsplit_once('_').context("a file of another program")?;
            if screen != row {
                write!(page, "\n<tr><th>{screen}")?;
                row = screen;
            }
            let alt = variant.trim_end_matches(".png");
            write!(page, "<td>{alt}<a href={group}/{name}><img loading=lazy src={group}/{name} alt=''></a>")?;
        }
        page.push_str("</table>");
    }
    Ok(page)
}
