//! The merchant's page, as the customer sees it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::{By, WebDriver, WebElement};

use crate::speech::Speech;
use crate::wait::until;

/// The page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    driver: WebDriver,
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

/// Text without the parts that `leave` matches, and how wide things are.
const LOOK: &str = r"
    const read = (element, leave) => {
        const copy = element.cloneNode(true);
        for (const part of copy.querySelectorAll(leave)) part.remove();
        // Marks of direction are for the eye.
        return copy.textContent.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
    };
    const seen = (element) => read(element, '.spoken');
";

const SCREEN: &str = r"
    const root = document.querySelector('#relink');
    const cards = root ? [...root.querySelectorAll('section.card')] : [];
    const card = cards[0] ?? document.createElement('section');
    const headings = [...document.querySelectorAll('h1')];
    const heading = card.querySelector('h1') ?? document.createElement('h1');
    const buttons = [...card.querySelectorAll('button')];
    const room = document.documentElement.clientWidth;
    const hidden = (element) => element.closest('.spoken') !== null;
    const sticksOut = (element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < -0.5 || right > room + 0.5);
    };
    const wide = [...document.body.querySelectorAll('*')].filter((one) => !hidden(one) && sticksOut(one));
    const scrolls = document.documentElement.scrollWidth > room ? [document.documentElement] : [];
    return {
        name: card.dataset.screen ?? '',
        heading: seen(heading),
        spoken: read(heading, '[aria-hidden=true]'),
        text: seen(card),
        heading_has_focus: document.activeElement === heading,
        primary: buttons.filter((one) => one.matches('.primary')).map(seen),
        buttons: buttons.map(seen),
        cards: cards.length,
        headings: headings.length,
        too_wide: [...scrolls, ...wide].map((one) => one.cloneNode(false).outerHTML),
    };
";

const ROWS: &str = r"
    return [...document.querySelectorAll('li[data-account]')].map((row) => {
        const button = row.querySelector('button');
        return { id: row.dataset.account, text: seen(row), button: button ? seen(button) : null };
    });
";

const BUTTON: &str = r"
    const buttons = document.querySelectorAll('#relink button');
    return [...buttons].find((button) => seen(button) === arguments[0]) ?? null;
";

impl Page {
    pub(crate) fn new(driver: WebDriver, speech: Speech) -> Self {
        Self { driver, speech }
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
        Ok(serde_json::from_value(self.ask(SCREEN, json!(null)).await?)?)
    }

    /// Waits for a screen, whatever is on it.
    pub async fn waits_for(&self, name: &str) -> Result<Screen> {
        until(async || {
            let screen = self.screen().await?;
            ensure!(screen.name == name, "the screen is not {name} but {screen:?}");
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
        Ok(self.button(label).await?.click().await?)
    }

    /// The button with this label, once it is there.
    pub async fn button(&self, label: &str) -> Result<WebElement> {
        let label = self.say(label);
        until(async || {
            let found = self.driver.execute([LOOK, BUTTON].concat(), vec![json!(label)]).await?;
            found.element().with_context(|| format!("there is no button {label:?}"))
        })
        .await
    }

    /// The overview's accounts.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        Ok(serde_json::from_value(self.ask(ROWS, json!(null)).await?)?)
    }

    /// One account of the overview.
    pub async fn row(&self, id: &str) -> Result<Row> {
        let rows = self.rows().await?;
        rows.iter().find(|row| row.id == id).cloned().with_context(|| format!("{id} is not in {rows:?}"))
    }

    /// Presses the button of an account.
    pub async fn choose(&self, id: &str) -> Result<()> {
        let button = format!("li[data-account='{id}'] button");
        let button = until(async || Ok(self.driver.find(By::Css(button.as_str())).await?)).await?;
        Ok(button.click().await?)
    }

    /// Waits until the page has drawn what it was going to draw.
    pub async fn settles(&self) -> Result<()> {
        let two_frames = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]));";
        self.driver.execute_async(two_frames, Vec::new()).await?;
        Ok(())
    }

    /// Runs a script in the page, or in the bank window while the customer is there.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    async fn ask(&self, script: &str, about: Value) -> Result<Value> {
        Ok(self.driver.execute([LOOK, script].concat(), vec![about]).await?.json().clone())
    }
}
