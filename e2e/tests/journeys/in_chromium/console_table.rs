//! Layout of the console: density of the table of connections, and what stays together in every width.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, Settings, until};
use serde_json::json;

use crate::relink_requests::{OPERATOR, prepare_with_email, wait_for_text};

const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ar"];
const NAMES: Settings = &[("RELINK_CUSTOMER_NAMES", "true")];

/// Returns the number of rows that are seen as a whole, between the head of the table and the bar below it, and whether
/// the page is wider than its window.
const SEEN: &str = "
    const bar = document.querySelector('#bar').getBoundingClientRect().top;
    const rows = [...document.querySelectorAll('#connections tbody tr')];
    const shown = rows.filter((row) => row.getBoundingClientRect().bottom <= bar);
    return [shown.length, document.documentElement.scrollWidth > innerWidth];";

async fn choose(session: &BrowserSession, language: &str) -> Result<()> {
    let button = json!(format!("button[name=language][value='{language}']"));
    session.page.run(&format!("document.querySelector({button}).click();")).await?;
    until(async || {
        let chosen = session.page.run("return document.documentElement.lang;").await?;
        ensure!(chosen == language, "the page is in {chosen}");
        Ok(())
    })
    .await
}

/// Signs in to the console with a month of history, and returns its address.
async fn sign_in(session: &BrowserSession) -> Result<String> {
    session.environment.add_history().await?;
    let console = format!("{}/console", session.environment.url());
    session.go_to(&format!("{console}/sign-in")).await?;
    session.submit("#email", OPERATOR).await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(session, "Connections").await?;
    Ok(console)
}

#[tokio::test]
async fn in_every_language_a_window_of_1280_by_900_shows_20_rows() -> Result<()> {
    let (session, _merchant) = prepare_with_email(NAMES).await?;
    let console = sign_in(&session).await?;
    session.browser()?.width(1280).await?;
    // A command of this kind keeps the browser, and the language in its cookies, from the next journey.
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await?;
    let mut seen = Vec::new();
    for language in LANGUAGES {
        choose(&session, language).await?;
        for page in ["?size=50", "?size=50&state=broken", "?size=50&order=urgent"] {
            session.go_to(&[&console, page].concat()).await?;
            session.page.wait_for_rendering().await?;
            seen.push((language, page, session.page.run(SEEN).await?));
        }
    }
    let few = seen.iter().filter(|(.., seen)| seen[0].as_u64() < Some(20) || seen[1] == true);
    let few: Vec<_> = few.collect();
    ensure!(few.is_empty(), "rows, and whether the page is too wide: {few:#?}");
    session.finish().await
}

/// Checks of a page at a width, each of which returns what is wrong.
const LAYOUTS: [(&str, u32, &str); 8] = [
    ("?size=50", 1280, DATES),
    ("?size=50", 1280, CHIPS),
    ("?size=50", 768, CHIPS),
    ("?size=50", 320, DIGITS),
    ("?size=50", 768, MENU),
    ("/faults", 1280, BUTTONS),
    ("/reports", 1280, NUMBERS),
    ("/reports?days=7", 1280, FIGURES),
];

/// Rows of chips, the shortest of which has only what was left over.
const CHIPS: &str = "
    const chips = [...document.querySelectorAll('.states > *')].map((chip) => chip.getBoundingClientRect());
    const rows = Object.values(Object.groupBy(chips, ({ top }) => Math.round(top)));
    const wide = rows.map((row) => Math.max(...row.map(({ right }) => right)) - Math.min(...row.map(({ left }) => left)));
    return Math.min(...wide) < Math.max(...wide) / 2 ? wide : [];";

/// Days that are cut off.
const DATES: &str = "
    const cells = [...document.querySelectorAll('.dense td')].filter((cell) => cell.querySelector(':scope > time'));
    if (!cells.length) return ['no days'];
    const cut = cells.filter((cell) => cell.scrollWidth > cell.clientWidth && !cell.querySelector('.small'));
    return cut.map((cell) => cell.textContent);";

/// Last digits of accounts that are broken into lines.
const DIGITS: &str = "
    const digits = [...document.querySelectorAll('.named > :not(:first-child)')];
    if (!digits.length) return ['no digits'];
    const lines = (one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    return digits.filter((one) => lines(one) > 1).map((one) => one.textContent);";

/// An operator's menu that is not beside the merchant.
const MENU: &str = "
    const [brand, menu] = ['.brand', '.menu'].map((one) => document.querySelector(one).getBoundingClientRect());
    return menu.top < brand.bottom ? [] : [brand, menu];";

/// Buttons in tables whose words are on two lines.
const BUTTONS: &str = "
    const buttons = [...document.querySelectorAll('td button')];
    if (!buttons.length) return ['no buttons'];
    return buttons.filter((one) => one.getBoundingClientRect().height > 50).map((one) => one.textContent);";

/// Columns of numbers whose units are not below each other.
const NUMBERS: &str = "
    const right = (cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return Math.round(range.getBoundingClientRect().right);
    };
    const columns = [...document.querySelectorAll('table')].flatMap((table) => Object.values(
        Object.groupBy(table.querySelectorAll('tbody td.number'), (cell) => cell.cellIndex)));
    if (!columns.length) return ['no numbers'];
    const uneven = columns.map((cells) => cells.map(right)).filter((rights) => new Set(rights).size > 1);
    return uneven;";

/// Figures of one row whose numbers are not on one line.
const FIGURES: &str = "
    const tops = [...document.querySelectorAll('.figures strong')].map((one) => Math.round(one.getBoundingClientRect().top));
    if (!tops.length) return ['no figures'];
    return new Set(tops).size > 1 ? tops : [];";

#[tokio::test]
async fn what_belongs_together_stays_together() -> Result<()> {
    let (session, _merchant) = prepare_with_email(NAMES).await?;
    let console = sign_in(&session).await?;
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await?;
    let mut wrong = Vec::new();
    for language in ["en", "de", "ar"] {
        choose(&session, language).await?;
        for (page, width, check) in LAYOUTS {
            session.browser()?.width(width).await?;
            session.go_to(&[&console, page].concat()).await?;
            session.page.wait_for_rendering().await?;
            let found = session.page.run(check).await?;
            if found != json!([]) {
                wrong.push((language, page, width, found));
            }
        }
    }
    ensure!(wrong.is_empty(), "{wrong:#?}");
    session.finish().await
}
