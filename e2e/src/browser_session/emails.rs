//! Emails as their recipient reads them in the sandbox's inbox.

use anyhow::{Context, Result, ensure};
use thirtyfour::By;

use super::BrowserSession;
use crate::poll::until;

impl BrowserSession {
    /// Waits for an email with this in its subject, opens it in the inbox, and presses its button. The customer
    /// continues in the tab that this opens.
    pub async fn follow_email(&self, subject: &str) -> Result<()> {
        self.follow_email_at(self.environment.sandbox_url(), subject).await
    }

    /// Like [`BrowserSession::follow_email`], with the inbox at another address of the sandbox.
    pub async fn follow_email_at(&self, sandbox: &str, subject: &str) -> Result<()> {
        self.page.open(&format!("{sandbox}/inbox")).await?;
        let driver = &self.page.driver;
        until(async || {
            for row in driver.find_all(By::Css("#mails button")).await? {
                if row.text().await?.contains(subject) {
                    return Ok(row.click().await?);
                }
            }
            anyhow::bail!("there is no mail {subject:?}")
        })
        .await?;
        until(async || Ok(driver.find(By::Css("#mail iframe")).await?)).await?.enter_frame().await?;
        until(async || Ok(driver.find(By::Css("a")).await?)).await?.click().await?;
        let before = driver.window().await?;
        let opened = until(async || {
            let tabs = driver.windows().await?;
            tabs.into_iter().find(|tab| *tab != before).context("no tab has opened")
        })
        .await?;
        Ok(driver.switch_to_window(opened).await?)
    }

    /// Opens an address as it is, such as a link that names its language itself.
    pub async fn go_to(&self, address: &str) -> Result<()> {
        Ok(self.page.driver.goto(address).await?)
    }

    /// Opens a relink request's link, and switches its page from the request's language to the customer's.
    pub async fn open_link(&self, link: &str) -> Result<()> {
        self.go_to(link).await?;
        self.page.wait_for_screen("explaining").await?;
        if !self.translations.locale.is_empty() {
            let locale = serde_json::to_string(&self.translations.locale)?;
            self.page.run(&format!("document.querySelector('bank-relink').locale = {locale};")).await?;
        }
        Ok(())
    }

    /// Returns the nine digits of the newest sign-in code for the console.
    pub async fn emailed_code(&self) -> Result<String> {
        until(async || {
            let mails = self.environment.emails().await?;
            let texts = mails.iter().filter_map(|mail| mail["text"].as_str());
            let code = texts.filter_map(|text| text.split_once(" is your code")).map(|(code, _)| code).next();
            let code = code.context("there is no mail with a code")?;
            ensure!(code.len() == 9, "{code:?}");
            Ok(code.to_owned())
        })
        .await
    }

    /// Fills in a field of a page outside the element, and presses the first button of its form.
    pub async fn submit(&self, field: &str, text: &str) -> Result<()> {
        let found = self.page.find(field).await?;
        self.input.write(&found, text).await?;
        self.input.press(&self.page.find(&format!("form:has({field}) button")).await?).await
    }
}
