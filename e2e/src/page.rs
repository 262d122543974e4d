//! The merchant's page as the customer sees it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::{WebDriver, WebElement};

use crate::input::Input;
use crate::poll::until;
use crate::translations::Translations;

/// Page in a browser.
#[derive(Clone, Debug)]
pub struct Page {
    pub(crate) driver: WebDriver,
    input: Input,
    translations: Translations,
}

/// Screen as it is displayed, and as a screen reader announces it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Screen {
    /// Name of the screen; empty if there is none.
    pub name: String,
    /// Heading as it is displayed.
    pub heading: String,
    /// Heading as it is read aloud.
    pub spoken: String,
    /// Whole text as it is displayed.
    pub text: String,
    /// True if the heading has the focus.
    pub heading_has_focus: bool,
    /// Labels of the primary buttons.
    pub primary: Vec<String>,
    /// Labels of all buttons.
    pub buttons: Vec<String>,
    /// Number of screens and number of headings; both have to be 1.
    screens: usize,
    headings: usize,
    /// Elements that extend beyond the sides of the page.
    pub overflowing: Vec<String>,
}

/// Row of the account list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Identifier of the account.
    pub id: String,
    /// Whole text of the row.
    pub text: String,
    /// Label of the row's button, if it has one.
    pub button: Option<String>,
}

/// Helpers for every script in a page: `root`, `focused()`, `read`, `seen`, `everything()`, `spoken()`.
pub(crate) const HELPERS: &str = include_str!("page/helpers.js");
const SCREEN: &str = include_str!("page/screen.js");

const RENDERED: &str = r"
    window.rendered = false;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.rendered = true; }));
";

const ROWS: &str = r"
    return [...root.querySelectorAll('li[data-account]')].map((row) => {
        const button = row.querySelector('button');
        return { id: row.dataset.account, text: seen(row), button: button ? seen(button) : null };
    });
";

const BUTTON: &str = r"
    const shown = [...root.querySelectorAll('button')].filter((button) => button.getClientRects().length);
    return shown.find((button) => seen(button) === arguments[0]) ?? null;
";

impl Page {
    pub(crate) fn new(input: Input, translations: Translations) -> Self {
        Self { driver: input.driver.clone(), input, translations }
    }

    /// Opens the page in the customer's language.
    pub async fn open(&self, url: &str) -> Result<()> {
        let locale = &self.translations.locale;
        let query = if locale.is_empty() { String::new() } else { format!("/?locale={locale}") };
        Ok(self.driver.goto([url, &query].concat()).await?)
    }

    /// Opens the page about one account, as a link to it does.
    pub async fn go_to_account(&self, url: &str, account: &str) -> Result<()> {
        let locale = &self.translations.locale;
        Ok(self.driver.goto(format!("{url}/?account={account}&locale={locale}")).await?)
    }

    /// Translates a text of the page from English into the customer's language.
    pub fn translate(&self, english: &str) -> String {
        self.translations.page.translate(english)
    }

    /// Reloads the page, also from within the bank window.
    pub async fn reload(&self) -> Result<()> {
        self.driver.enter_default_frame().await?;
        Ok(self.driver.refresh().await?)
    }

    /// Returns the current screen.
    pub async fn screen(&self) -> Result<Screen> {
        Ok(serde_json::from_value(self.run(SCREEN).await?)?)
    }

    /// Waits for a screen and its heading.
    pub async fn wait_for_screen(&self, name: &str) -> Result<Screen> {
        until(async || {
            let screen = self.screen().await?;
            ensure!(screen.name == name, "the screen is not {name} but {screen:?}");
            ensure!(!screen.heading.is_empty(), "{name} has no heading yet");
            Ok(screen)
        })
        .await
    }

    /// Waits for a screen, and checks that it fits and has one heading and at most one primary button.
    pub async fn assert_screen(&self, name: &str, heading: &str) -> Result<Screen> {
        let (screen, heading) = (self.wait_for_screen(name).await?, self.translate(heading));
        ensure!(screen.heading == heading, "{name} is headed {:?}, not {heading:?}", screen.heading);
        ensure!(screen.screens == 1 && screen.headings == 1, "not one screen with one heading: {screen:?}");
        ensure!(screen.primary.len() <= 1, "more than one primary button: {screen:?}");
        ensure!(screen.overflowing.is_empty(), "it does not fit: {screen:?}");
        Ok(screen)
    }

    /// Waits for a screen that the customer's own action has led to: its heading takes the focus, and one primary
    /// button names the next step.
    pub async fn assert_arrival(&self, name: &str, heading: &str, next: &str) -> Result<Screen> {
        let (screen, next) =
            (self.assert_arrival_without_primary(name, heading).await?, self.translate(next));
        ensure!(screen.primary == [next.as_str()], "the primary button is not {next:?}: {screen:?}");
        Ok(screen)
    }

    /// Like [`Page::assert_arrival`], for a screen without a primary button: work is in progress, or there are several
    /// choices.
    pub async fn assert_arrival_without_primary(&self, name: &str, heading: &str) -> Result<Screen> {
        self.assert_screen(name, heading).await?;
        until(async || {
            let screen = self.screen().await?;
            let is_announced = screen.name == name && screen.heading_has_focus;
            ensure!(is_announced, "the heading of {name} does not have the focus: {screen:?}");
            Ok(screen)
        })
        .await
    }

    /// Presses the button with this label.
    pub async fn press(&self, label: &str) -> Result<()> {
        self.input.press(&self.button(label).await?).await
    }

    /// Waits for the button with this label and returns it.
    pub async fn button(&self, label: &str) -> Result<WebElement> {
        let label = self.translate(label);
        self.element(BUTTON, &label).await.with_context(|| format!("there is no button {label:?}"))
    }

    /// Waits for the element that the selector matches and returns it.
    pub async fn find(&self, selector: &str) -> Result<WebElement> {
        let found = self.element("return root.querySelector(arguments[0]);", selector).await;
        found.with_context(|| format!("there is no {selector}"))
    }

    async fn element(&self, script: &str, argument: &str) -> Result<WebElement> {
        until(async || {
            let found = self.driver.execute([HELPERS, script].concat(), vec![json!(argument)]).await?;
            Ok(found.element()?)
        })
        .await
    }

    /// Returns the rows of the account list.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        Ok(serde_json::from_value(self.run(ROWS).await?)?)
    }

    /// Returns the row of one account.
    pub async fn row(&self, id: &str) -> Result<Row> {
        let rows = self.rows().await?;
        rows.iter().find(|row| row.id == id).cloned().with_context(|| format!("{id} is not in {rows:?}"))
    }

    /// Presses the button of an account.
    pub async fn open_account(&self, id: &str) -> Result<()> {
        self.input.press(&self.find(&format!("li[data-account='{id}'] button")).await?).await
    }

    /// Waits until the page has rendered its pending changes.
    pub async fn wait_for_rendering(&self) -> Result<()> {
        self.run(RENDERED).await?;
        until(async || {
            ensure!(self.run("return window.rendered;").await? == true, "nothing was rendered");
            Ok(())
        })
        .await
    }

    /// Runs a script in the page, or in the bank window while the customer is there.
    ///
    /// The script finds the element's content in `root` and the focused element with `focused()`; `page/helpers.js` has
    /// more.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.driver.execute([HELPERS, script].concat(), Vec::new()).await?.json().clone())
    }
}
