//! Tokens that come with the page, and a change of the person who is signed in.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, until};
use serde_json::json;

use super::open_page_with;

/// Makes an element by `make`, which gets the element and a token, and inserts it. Later tokens come from an address
/// that does not exist, so that none but this one can be used.
fn with_token(make: &str) -> String {
    format!(
        r"
        window.isThere = false;
        (async () => {{
            const {{ token }} = await (await fetch('/demo/token')).json();
            const element = document.createElement('bank-relink');
            element.setAttribute('token-url', '/missing');
            ({make})(element, token);
            document.querySelector('main').append(element);
            window.isThere = true;
        }})();
        "
    )
}

/// True if no part of the document has a token.
const IS_CLEAN: &str = "return isThere && !document.documentElement.outerHTML.includes('eyJ');";

#[tokio::test]
async fn a_token_that_comes_with_the_page_is_used_and_taken_out_of_it() -> Result<()> {
    for make in [
        "(element, token) => element.setAttribute('token', token)",
        "(element, token) => { element.token = token; }",
        "(element, token) => {
            element.innerHTML = '<script type=\"application/json\"></script>';
            element.firstChild.textContent = JSON.stringify({ token });
        }",
    ] {
        let session = BrowserSession::prepare().await?;
        open_page_with(&session, "<p>A page.</p>").await?;
        session.page.run(&with_token(make)).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        assert_eq!(session.page.run(IS_CLEAN).await?, json!(true), "{make}");
        assert_eq!(session.environment.proxy.requests("/missing").len(), 0, "{make}");
        session.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_reset_asks_again_who_the_customer_is() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, "").await?;
    let insert = r"
        window.asked = 0;
        const element = document.createElement('bank-relink');
        element.getToken = async () => {
            window.asked += 1;
            return window.asked > 1 ? null : (await (await fetch('/demo/token')).json()).token;
        };
        document.querySelector('main').append(element);
    ";
    session.page.run(insert).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.page.run("document.querySelector('bank-relink').reset();").await?;
    session.page.assert_screen("signed_out", "Please sign in again").await?;
    until(async || {
        let asked = session.page.run("return window.asked;").await?;
        ensure!(asked == json!(2), "asked {asked} times");
        Ok(())
    })
    .await?;
    session.finish().await
}
