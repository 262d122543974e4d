//! The merchant's page, as the customer sees it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::{WebDriver, WebElement};

use crate::hand::Hand;
use crate::speech::Speech;
use crate::wait::until;

/// The page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    pub(crate) driver: WebDriver,
    hand: Hand,
    speech: Speech,
}

/// What can be seen, and heard, of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Screen {
    /// Its name; empty where there is none.
    pub name: String,
    /// As it is seen.
    pub heading: String,
    /// As it is read aloud.
    pub spoken: String,
    /// All of it, as it is seen.
    pub text: String,
    /// Whether the heading has the focus.
    pub heading_has_focus: bool,
    /// The labels of the buttons that stand out.
    pub primary: Vec<String>,
    /// The labels of all buttons.
    pub buttons: Vec<String>,
    /// How many screens and headings there are; one of each.
    cards: usize,
    headings: usize,
    /// What sticks out at the side.
    pub too_wide: Vec<String>,
}

/// An account in the overview.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// The account.
    pub id: String,
    /// All that is said about it.
    pub text: String,
    /// What can be done about it.
    pub button: Option<String>,
}

/// What every script in a page can use: `root`, `focused()`, `read`, `seen`, `everything()`, `spoken()`.
pub(crate) const LOOK: &str = include_str!("page/look.js");
const SCREEN: &str = include_str!("page/screen.js");

const DRAWS: &str = r"
    window.drawn = false;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = true; }));
";

const ROWS: &str = r"
    return [...root.querySelectorAll('li[data-account]')].map((row) => {
        const button = row.querySelector('button');
        return { id: row.dataset.account, text: seen(row), button: button ? seen(button) : null };
    });
";

const BUTTON: &str = r"
    return [...root.querySelectorAll('button')].find((button) => seen(button) === arguments[0]) ?? null;
";

impl Page {
    pub(crate) fn new(hand: Hand, speech: Speech) -> Self {
        Self { driver: hand.driver.clone(), hand, speech }
    }

    /// The customer comes to the page, which is to speak their language.
    pub async fn open(&self, url: &str) -> Result<()> {
        let locale = &self.speech.locale;
        let query = if locale.is_empty() { String::new() } else { format!("/?locale={locale}") };
        Ok(self.driver.goto([url, &query].concat()).await?)
    }

    /// What this is in the customer's language.
    pub fn say(&self, english: &str) -> String {
        self.speech.page.say(english)
    }

    /// The customer reloads it, from wherever they are.
    pub async fn reload(&self) -> Result<()> {
        self.driver.enter_default_frame().await?;
        Ok(self.driver.refresh().await?)
    }

    /// What is on the screen now.
    pub async fn screen(&self) -> Result<Screen> {
        Ok(serde_json::from_value(self.run(SCREEN).await?)?)
    }

    /// Waits for a screen, and until it has words.
    pub async fn waits_for(&self, name: &str) -> Result<Screen> {
        until(async || {
            let screen = self.screen().await?;
            ensure!(screen.name == name, "the screen is not {name} but {screen:?}");
            ensure!(!screen.heading.is_empty(), "{name} has no heading yet");
            Ok(screen)
        })
        .await
    }

    /// Waits for a screen. Every one has one heading and at most one button that stands out.
    pub async fn shows(&self, name: &str, heading: &str) -> Result<Screen> {
        let (screen, heading) = (self.waits_for(name).await?, self.say(heading));
        ensure!(screen.heading == heading, "{name} is headed {:?}, not {heading:?}", screen.heading);
        ensure!(screen.cards == 1 && screen.headings == 1, "not one screen with one heading: {screen:?}");
        ensure!(screen.primary.len() <= 1, "more than one button stands out: {screen:?}");
        ensure!(screen.too_wide.is_empty(), "it does not fit: {screen:?}");
        Ok(screen)
    }

    /// Waits for a screen that the customer's own doing has led to: its heading takes the focus, and one button says
    /// what happens next.
    pub async fn arrives(&self, name: &str, heading: &str, next: &str) -> Result<Screen> {
        let (screen, next) = (self.arrives_without_choice(name, heading).await?, self.say(next));
        ensure!(screen.primary == [next.as_str()], "what stands out is not {next:?}: {screen:?}");
        Ok(screen)
    }

    /// The same for a screen on which nothing stands out: something is under way, or there are several things to do.
    pub async fn arrives_without_choice(&self, name: &str, heading: &str) -> Result<Screen> {
        self.shows(name, heading).await?;
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
        self.hand.press(&self.button(label).await?).await
    }

    /// The button with this label, once it is there.
    pub async fn button(&self, label: &str) -> Result<WebElement> {
        let label = self.say(label);
        self.element(BUTTON, &label).await.with_context(|| format!("there is no button {label:?}"))
    }

    /// What this selector finds, once it is there.
    pub async fn find(&self, selector: &str) -> Result<WebElement> {
        let found = self.element("return root.querySelector(arguments[0]);", selector).await;
        found.with_context(|| format!("there is no {selector}"))
    }

    async fn element(&self, script: &str, about: &str) -> Result<WebElement> {
        until(async || {
            let found = self.driver.execute([LOOK, script].concat(), vec![json!(about)]).await?;
            Ok(found.element()?)
        })
        .await
    }

    /// The overview's accounts.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        Ok(serde_json::from_value(self.run(ROWS).await?)?)
    }

    /// One account of the overview.
    pub async fn row(&self, id: &str) -> Result<Row> {
        let rows = self.rows().await?;
        rows.iter().find(|row| row.id == id).cloned().with_context(|| format!("{id} is not in {rows:?}"))
    }

    /// Presses the button of an account.
    pub async fn choose(&self, id: &str) -> Result<()> {
        self.hand.press(&self.find(&format!("li[data-account='{id}'] button")).await?).await
    }

    /// Waits until the page has drawn what it was going to draw.
    pub async fn settles(&self) -> Result<()> {
        self.run(DRAWS).await?;
        until(async || {
            ensure!(self.run("return window.drawn;").await? == true, "nothing was drawn");
            Ok(())
        })
        .await
    }

    /// Runs a script in the page, or in the bank window while the customer is there. It finds what the page shows in
    /// `root`, what has the focus by `focused()`, and more in `page/look.js`.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.driver.execute([LOOK, script].concat(), Vec::new()).await?.json().clone())
    }
}
