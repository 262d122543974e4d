//! Page of a link in a browser that blocks cookies.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, until};
use serde_json::{Value, json};

use crate::relink_requests::prepare_with_email;

#[tokio::test]
async fn a_link_without_cookies_asks_for_them_and_works_once_they_are_allowed() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    let (_, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    let block = async |disabled: bool| {
        session
            .browser()?
            .devtools("Emulation.setDocumentCookieDisabled", json!({ "disabled": disabled }))
            .await
    };
    block(true).await?;
    session.go_to(&link).await?;
    let shown = "return document.querySelector('#cookies:not([hidden])')?.innerText;";
    until(async || {
        let shown = session.page.run(shown).await?;
        let says = shown.as_str().is_some_and(|text| text.contains("This page needs cookies"));
        ensure!(says && shown.as_str().is_some_and(|text| text.contains("Your link still works")), "{shown}");
        Ok(())
    })
    .await?;
    block(false).await?;
    session.page.run("document.querySelector('#cookies button').click();").await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    session.finish().await
}
