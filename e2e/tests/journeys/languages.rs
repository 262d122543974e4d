//! The page in the customer's language: its choice, its fallback if a language can't be loaded, and whole journeys.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Rule, Settings, every_screen, until};
use serde_json::{Value, json};

const LANGUAGE: &str = "return spoken();";

async fn speaks(session: &BrowserSession, language: &str, direction: &str) -> Result<()> {
    let spoken = session.page.run(LANGUAGE).await?;
    ensure!(spoken == json!([language, direction]), "the page speaks {spoken}, not {language}");
    Ok(())
}

/// Returns the newest announcement to screen readers, which does not move the focus.
async fn announced(session: &BrowserSession) -> Result<String> {
    let status = session.page.run("return root.querySelector('[role=status]').textContent;").await?;
    Ok(status.as_str().unwrap_or_default().to_owned())
}

/// Relinks in a language of the page, with the bank window in the language that the sandbox shows for it.
async fn relink_in(
    locale: &str,
    [at_bank, direction]: [&str; 2],
    heading: &str,
    at_the_bank: &str,
) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[]).await?;
    speaks(&session, locale, direction).await?;
    let title = session.page.run("return document.title;").await?;
    ensure!(session.page.screen().await?.heading == heading && title == heading, "{title}");
    let bank = session.go_to_bank().await?;
    let window = session.page.run(LANGUAGE).await?;
    ensure!(window == json!([at_bank, direction]), "Stripe was asked for {window}");
    bank.leave_frame().await?;
    ensure!(announced(&session).await? == at_the_bank, "{:?}", announced(&session).await);
    let bank = bank.enter_frame().await?;
    session.connect(bank).await?;
    session.back_to_accounts("Done").await?;
    let row = session.page.row(ALDER).await?;
    ensure!(row.text.contains(&session.page.translate("Connected")), "{row:?}");
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_whole_relink_in_spanish() -> Result<()> {
    relink_in("es", ["es", "ltr"], "Sus cuentas bancarias", "Termine en la ventana del banco").await
}

#[tokio::test]
async fn a_whole_relink_in_arabic_runs_from_the_right() -> Result<()> {
    relink_in("ar", ["ar", "rtl"], "حساباتك البنكية", "أكمل في نافذة البنك").await
}

#[tokio::test]
async fn a_whole_relink_in_brazilian_portuguese() -> Result<()> {
    relink_in("pt-BR", ["en", "ltr"], "Suas contas bancárias", "Termine na janela do banco").await
}

#[tokio::test]
async fn the_customer_agrees_to_a_mandate_in_their_language() -> Result<()> {
    let any: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
    let session = BrowserSession::begin_in("de", any).await?;
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    let (heading, next) = ("Pay from ••2231 instead?", "Pay from ••2231");
    let screen = session.page.assert_arrival("new_account", heading, next).await?;
    let words = "Mit der Auswahl von „Von ••2231 zahlen“ ermächtigen Sie Northwind, Ihr Girokonto Alder Bank ••2231 \
                 elektronisch zu belasten";
    ensure!(screen.text.contains(words), "{screen:?}");
    session.page.press(next).await?;
    session.page.assert_arrival("paid", "You can pay from Alder Bank ••2231 now", "Done").await?;
    session.finish().await
}

#[tokio::test]
async fn the_language_comes_from_the_url_or_the_browsers_preferences() -> Result<()> {
    let session = BrowserSession::begin().await?;
    speaks(&session, "en", "ltr").await?;
    for (locale, language) in [
        ("es", "es"),
        ("es-MX", "es"),
        ("fr-CA", "fr"),
        ("de-AT", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-hans-cn", "zh-Hans"),
        ("ar-EG", "ar"),
        ("EN-gb", "en"),
        ("pt_BR", "pt-BR"),
        ("DE_at.UTF-8", "de"),
        ("fr_FR@euro", "fr"),
        ("POSIX", "en"),
        ("ja", "en"),
        ("no language at all", "en"),
        ("", "en"),
    ] {
        session
            .page
            .open(&format!("{}/?locale={}", session.environment.url(), locale.replace(' ', "+")))
            .await?;
        session.page.wait_for_screen("browsing").await?;
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        speaks(&session, language, direction).await?;
    }
    for (languages, language) in [("ja,de-AT,en", "de"), ("ja,ko", "en"), ("pt-PT,en", "pt-BR")] {
        session.environment.proxy.inject_script(&format!(
            "Object.defineProperty(navigator, 'languages', {{ get: () => '{languages}'.split(','), configurable: true }});"
        ));
        session.page.open(session.environment.url()).await?;
        session.page.wait_for_screen("browsing").await?;
        speaks(&session, language, "ltr").await?;
    }
    session.finish().await
}

#[tokio::test]
async fn where_a_language_can_not_be_had_the_page_is_english_and_where_nothing_can_it_says_so() -> Result<()>
{
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/ar-", Rule::Disconnect);
    session.page.open(&format!("{}/?locale=ar", session.environment.url())).await?;
    let screen = session.page.assert_screen("browsing", "Your bank accounts").await?;
    speaks(&session, "en", "ltr").await?;
    ensure!(screen.text.contains("Reconnect"), "{screen:?}");
    session.finish().await?;
    // The browser caches a loaded language, so each of these is a session of its own.
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".txt", Rule::Disconnect);
    session.page.open(&format!("{}/?locale=ar", session.environment.url())).await?;
    session
        .page
        .assert_screen("not_started", "This part of the page didn't load. Nothing was changed.")
        .await?;
    speaks(&session, "en", "ltr").await?;
    session.finish().await?;
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Disconnect);
    session.page.open(&format!("{}/?locale=fr", session.environment.url())).await?;
    let screen =
        session.page.assert_screen("not_started", "Cette partie de la page ne s’est pas chargée").await?;
    ensure!(screen.text.contains("Rien n’a été modifié.") && screen.text.contains("Réessayer"), "{screen:?}");
    speaks(&session, "fr", "ltr").await?;
    session.finish().await
}

#[tokio::test]
async fn one_language_is_fetched_beside_the_program_and_no_other() -> Result<()> {
    let session = BrowserSession::prepare_in("de", &[]).await?;
    let proxy = &session.environment.proxy;
    // A page that waited for the program before requesting the texts would never request them.
    proxy.set_rule(".wasm", Rule::Hold);
    let words = async {
        until(async || {
            ensure!(proxy.requests(".txt").len() == 1, "no texts are requested");
            Ok(())
        })
        .await
        .map(|()| proxy.set_rule(".wasm", Rule::Forward))
    };
    let (opened, words) = tokio::join!(session.page.open(session.environment.url()), words);
    opened.and(words)?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    // With the texts of the later screens.
    until(async || {
        let requests = proxy.requests(".txt");
        let names = requests.iter().filter_map(|request| request.path.rsplit('/').next());
        ensure!(names.eq(["de-Latn.txt", "de-Latn-later.txt"]), "{requests:?}");
        Ok(())
    })
    .await?;
    session.finish().await
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

/// Part of the mandate, a text of the server's, which has no pseudolocales.
const MANDATE: &str = "you authorize Northwind";

async fn assert_fits(session: &BrowserSession, name: &str) -> Result<()> {
    session.browser()?.width(320).await?;
    session.page.wait_for_rendering().await?;
    let screen = session.page.screen().await?;
    ensure!(screen.overflowing.is_empty(), "{name} is too wide: {:?}", screen.overflowing);
    Ok(())
}

#[tokio::test]
async fn on_every_screen_all_that_is_said_comes_from_a_language_and_two_fifths_more_has_room() -> Result<()> {
    every_screen("en-XA", async |session: &BrowserSession, name: &str| {
        assert_fits(session, name).await?;
        until(async || {
            let unbracketed = session.page.run(UNBRACKETED).await?;
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
    every_screen("de", assert_fits).await
}
