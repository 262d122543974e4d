//! The element's size and place, wherever a merchant's page puts it.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, InputMethod, Rule, until};
use serde_json::json;

use super::open_page_with;

const ELEMENT: &str = "<div id='around'><bank-relink token-url='/demo/token'></bank-relink></div>";

/// Moves the element into surroundings whose width comes from their content, one after the other, and returns those in
/// which it or its text has no sensible size. By script, because the page's policy forbids inline styles.
const SURROUNDINGS: &str = r"
    const around = document.getElementById('around');
    const element = document.querySelector('bank-relink');
    const text = document.createElement('p');
    text.textContent = 'A long text beside it, as any page has one. '.repeat(20);
    const wrong = [];
    for (const [kind, style, own, beside] of [
        ['block', '', ''],
        ['block that a page has set', '', 'display: block'],
        ['flex row', 'display: flex', ''],
        ['flex row beside text', 'display: flex', '', text],
        ['flex column with centred items', 'display: flex; flex-direction: column; align-items: center', ''],
        ['grid with centred items', 'display: grid; justify-items: center', ''],
        ['inline-block', 'display: inline-block', ''],
        ['inline-block itself', '', 'display: inline-block'],
        ['float', 'float: left', ''],
        ['float itself', '', 'float: left'],
        ['table cell', 'display: table-cell', ''],
        ['fit-content', 'inline-size: fit-content', ''],
        ['absolute', 'position: absolute', ''],
        ['narrow', 'inline-size: 200px', ''],
    ]) {
        [around.style.cssText, element.style.cssText] = [style, own];
        if (beside) around.append(beside); else text.remove();
        const { width, height } = root.querySelector('.card').getBoundingClientRect();
        const least = kind === 'narrow' ? 200 : 240;
        if (width < least || width > 448 || height > 1200) wrong.push([kind, width, height]);
        const out = element.getBoundingClientRect().right - innerWidth;
        if (out > 0) wrong.push([kind, 'sticks out', out]);
    }
    [around.style.cssText, element.style.cssText] = ['', ''];
    const dialog = document.createElement('dialog');
    document.body.append(dialog);
    dialog.append(element);
    dialog.showModal();
    const { width, height } = root.querySelector('.card')?.getBoundingClientRect() ?? {};
    if (!(width >= 240 && width <= 448 && height < 1200)) wrong.push(['dialog', width, height]);
    return wrong;
";

#[tokio::test]
async fn wherever_the_width_comes_from_the_content_the_element_has_one() -> Result<()> {
    for method in [InputMethod::Mouse, InputMethod::NarrowScreen] {
        let session = BrowserSession::prepare_by(method, &[]).await?;
        open_page_with(&session, ELEMENT).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        assert_eq!(session.page.run(SURROUNDINGS).await?, json!([]), "{method:?}");
        session.finish().await?;
    }
    Ok(())
}

/// Returns the sizes of the text and of the heading, in pixels.
const SIZES: &str = "
    const size = (selector) => parseFloat(getComputedStyle(root.querySelector(selector)).fontSize);
    return [size('.card p'), size('.card h1'), size('.card small')];
";

#[tokio::test]
async fn text_has_the_readers_size_whatever_the_page_has_set_on_its_root() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, ELEMENT).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let sizes = session.page.run(SIZES).await?;
    assert_eq!(sizes, json!([16, 22, 14]));
    for size in ["62.5%", "10px", "200%"] {
        session.page.run(&format!("document.documentElement.style.fontSize = '{size}';")).await?;
        assert_eq!(session.page.run(SIZES).await?, sizes, "{size}");
    }
    session.page.run("document.body.style.setProperty('--relink-font-size', '20px');").await?;
    assert_eq!(session.page.run(SIZES).await?, json!([20, 27.5, 17.5]), "the page's own choice");
    session.finish().await
}

#[tokio::test]
async fn at_twice_the_text_size_the_lines_of_a_button_do_not_overlap() -> Result<()> {
    let session = BrowserSession::prepare_by(InputMethod::NarrowScreen, &[]).await?;
    open_page_with(&session, ELEMENT).await?;
    session.go_to_explanation().await?;
    session.page.run("document.body.style.setProperty('--relink-font-size', '32px');").await?;
    let lines = "
        const button = root.querySelector('.primary');
        const { lineHeight, fontSize } = getComputedStyle(button);
        const text = document.createRange();
        text.selectNodeContents(button);
        const tops = new Set([...text.getClientRects()].map(({ top }) => top));
        return [tops.size > 1, parseFloat(lineHeight) >= 1.2 * parseFloat(fontSize)];
    ";
    assert_eq!(session.page.run(lines).await?, json!([true, true]));
    session.finish().await
}

#[tokio::test]
async fn the_page_holds_the_place_until_the_first_screen_is_there_and_anew_after_a_reset() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/api/accounts", Rule::Hold);
    open_page_with(&session, "<bank-relink banner token-url='/demo/token'></bank-relink>").await?;
    let is_ready = async || {
        session.page.run("return document.querySelector('bank-relink').matches(':state(ready)');").await
    };
    // The styles are there, so the loader has begun.
    until(async || {
        ensure!(
            session.page.run("return !!document.querySelector('bank-relink').shadowRoot;").await? == true
        );
        Ok(())
    })
    .await?;
    assert_eq!(is_ready().await?, json!(false));
    session.environment.proxy.set_rule("/api/accounts", Rule::Forward);
    session.page.find(".banner .primary").await?;
    until(async || {
        ensure!(is_ready().await? == true, "the banner is there, and its place is still held");
        Ok(())
    })
    .await?;
    session.environment.proxy.set_rule("/api/accounts", Rule::Hold);
    session.page.run("document.querySelector('bank-relink').reset();").await?;
    assert_eq!(is_ready().await?, json!(false));
    session.environment.proxy.set_rule("/api/accounts", Rule::Forward);
    until(async || {
        ensure!(is_ready().await? == true, "the place is held after a reset");
        Ok(())
    })
    .await?;
    session.finish().await
}
