//! The page in the customer's language: its choice, its fallback if a language can't be loaded, and whole journeys.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Rule, Settings, Visit, every_screen, until};
use serde_json::{Value, json};

const LANGUAGE: &str = "return spoken();";

async fn speaks(visit: &Visit, language: &str, direction: &str) -> Result<()> {
    let spoken = visit.page.run(LANGUAGE).await?;
    ensure!(spoken == json!([language, direction]), "the page speaks {spoken}, not {language}");
    Ok(())
}

/// Returns the newest announcement to screen readers, which does not move the focus.
async fn announced(visit: &Visit) -> Result<String> {
    let status = visit.page.run("return root.querySelector('[role=status]').textContent;").await?;
    Ok(status.as_str().unwrap_or_default().to_owned())
}

async fn relink_in(locale: &str, direction: &str, heading: &str, at_the_bank: &str) -> Result<()> {
    let visit = Visit::begin_in(locale, &[]).await?;
    speaks(&visit, locale, direction).await?;
    let title = visit.page.run("return document.title;").await?;
    ensure!(visit.page.screen().await?.heading == heading && title == heading, "{title}");
    let bank = visit.go_to_bank().await?;
    let window = visit.page.run(LANGUAGE).await?;
    ensure!(window == json!([locale, direction]), "Stripe was asked for {window}");
    bank.step_out().await?;
    ensure!(announced(&visit).await? == at_the_bank, "{:?}", announced(&visit).await);
    let bank = bank.step_in().await?;
    visit.connects(bank).await?;
    visit.back_to_accounts("Done").await?;
    let row = visit.page.row(ALDER).await?;
    ensure!(row.text.contains(&visit.page.say("Connected")), "{row:?}");
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_whole_relink_in_spanish() -> Result<()> {
    relink_in("es", "ltr", "Sus cuentas bancarias", "Termine en la ventana del banco").await
}

#[tokio::test]
async fn a_whole_relink_in_arabic_runs_from_the_right() -> Result<()> {
    relink_in("ar", "rtl", "حساباتك البنكية", "أكمل في نافذة البنك").await
}

#[tokio::test]
async fn the_customer_agrees_to_a_mandate_in_their_language() -> Result<()> {
    let any: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
    let visit = Visit::begin_in("de", any).await?;
    visit.relink(ALDER, "Alder Bank", &["2231"]).await?;
    let (heading, next) = ("You connected a different account", "Pay from ••2231");
    let screen = visit.page.arrives("new_account", heading, next).await?;
    let words = "Sie ermächtigen Northwind, Beträge, die Sie Northwind schulden, bei Fälligkeit elektronisch von Ihrem \
                 Bankkonto Alder Bank ••2231 einzuziehen.";
    ensure!(screen.text.contains(words), "{screen:?}");
    visit.page.press(next).await?;
    visit.page.arrives("paid", "You can pay from Alder Bank ••2231 now", "Done").await?;
    visit.end().await
}

#[tokio::test]
async fn the_language_is_the_one_of_the_address_and_else_the_first_of_the_readers_that_there_is() -> Result<()>
{
    let visit = Visit::begin().await?;
    speaks(&visit, "en", "ltr").await?;
    for (locale, language) in [
        ("es", "es"),
        ("es-MX", "es"),
        ("fr-CA", "fr"),
        ("de-AT", "de"),
        ("pt-PT", "pt"),
        ("pt-BR", "pt"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-hans-cn", "zh-Hans"),
        ("ar-EG", "ar"),
        ("EN-gb", "en"),
        ("ja", "en"),
        ("no language at all", "en"),
        ("", "en"),
    ] {
        visit.page.open(&format!("{}/?locale={}", visit.stand.url(), locale.replace(' ', "+"))).await?;
        visit.page.waits_for("browsing").await?;
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        speaks(&visit, language, direction).await?;
    }
    for (languages, language) in [("ja,de-AT,en", "de"), ("ja,ko", "en"), ("pt-PT,en", "pt")] {
        visit.stand.gate.runs_first(&format!(
            "Object.defineProperty(navigator, 'languages', {{ get: () => '{languages}'.split(','), configurable: true }});"
        ));
        visit.page.open(visit.stand.url()).await?;
        visit.page.waits_for("browsing").await?;
        speaks(&visit, language, "ltr").await?;
    }
    visit.end().await
}

#[tokio::test]
async fn where_a_language_can_not_be_had_the_page_is_english_and_where_nothing_can_it_says_so() -> Result<()>
{
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/ar-", Rule::Cut);
    visit.page.open(&format!("{}/?locale=ar", visit.stand.url())).await?;
    let screen = visit.page.shows("browsing", "Your bank accounts").await?;
    speaks(&visit, "en", "ltr").await?;
    ensure!(screen.text.contains("Reconnect"), "{screen:?}");
    visit.end().await?;
    // The browser caches a loaded language, so each of these is a session of its own.
    let visit = Visit::prepare().await?;
    visit.stand.gate.set(".txt", Rule::Cut);
    visit.page.open(&format!("{}/?locale=ar", visit.stand.url())).await?;
    visit.page.shows("not_started", "This part of the page didn't load. Nothing was changed.").await?;
    speaks(&visit, "en", "ltr").await?;
    visit.end().await?;
    let visit = Visit::prepare().await?;
    visit.stand.gate.set(".wasm", Rule::Cut);
    visit.page.open(&format!("{}/?locale=fr", visit.stand.url())).await?;
    let screen = visit.page.shows("not_started", "Cette partie de la page ne s’est pas chargée").await?;
    ensure!(screen.text.contains("Rien n’a été modifié.") && screen.text.contains("Réessayer"), "{screen:?}");
    speaks(&visit, "fr", "ltr").await?;
    visit.end().await
}

#[tokio::test]
async fn one_language_is_fetched_beside_the_program_and_no_other() -> Result<()> {
    let visit = Visit::prepare_in("de", &[]).await?;
    let gate = &visit.stand.gate;
    // A page that waited for the program before requesting the texts would never request them.
    gate.set(".wasm", Rule::Hold);
    let words = async {
        until(async || {
            ensure!(gate.asked(".txt").len() == 1, "no words are asked for");
            Ok(())
        })
        .await
        .map(|()| gate.set(".wasm", Rule::Pass))
    };
    let (opened, words) = tokio::join!(visit.page.open(visit.stand.url()), words);
    opened.and(words)?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let asked = gate.asked(".txt");
    ensure!(asked.len() == 1 && asked[0].path.contains("/de-"), "{asked:?}");
    visit.end().await
}

/// Returns the texts outside of the pseudolocale's brackets, except the names of accounts, which are not translated.
const UNBRACKETED: &str = r"
    const own = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const all = [...root.querySelectorAll('section.card *, [role=status]')].filter(own);
    const named = all.filter((one) => !one.closest('strong, bdi, .shares.broken li'));
    const said = named.map((one) => one.textContent);
    const labels = [...root.querySelectorAll('[aria-label]')].map((one) => one.ariaLabel);
    return [document.title, ...said, ...labels].filter((text) => !/^\s*\[.*\]\s*$/s.test(text));
";

/// Beginning of the mandate, a text of the server's, which has no pseudolocales.
const MANDATE: &str = "You authorize Northwind";

async fn fits(visit: &Visit, name: &str) -> Result<()> {
    visit.browser()?.width(320).await?;
    visit.page.settles().await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.too_wide.is_empty(), "{name} is too wide: {:?}", screen.too_wide);
    Ok(())
}

#[tokio::test]
async fn on_every_screen_all_that_is_said_comes_from_a_language_and_two_fifths_more_has_room() -> Result<()> {
    every_screen("en-XA", async |visit: &Visit, name: &str| {
        fits(visit, name).await?;
        until(async || {
            let unbracketed = visit.page.run(UNBRACKETED).await?;
            let texts = unbracketed.as_array().into_iter().flatten().filter_map(Value::as_str);
            let texts: Vec<&str> = texts.filter(|text| !text.contains(MANDATE)).collect();
            ensure!(texts.is_empty(), "on {name} this is nobody's language: {texts:?}");
            Ok(())
        })
        .await
    })
    .await
}

#[tokio::test]
async fn on_every_screen_german_has_room_at_320_pixels() -> Result<()> {
    every_screen("de", fits).await
}
