//! How the customer gets at what is on the screen.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use thirtyfour::{Key, TypingData, WebDriver, WebElement};

use crate::page::LOOK;

/// The way a journey is walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// On a wide screen, by mouse.
    #[default]
    Mouse,
    /// On a wide screen, by nothing but keys.
    Keyboard,
    /// By touch or mouse, on the narrowest screen that there is, or at 400 %.
    Narrow,
}

/// Where the focus is.
const FOCUS: &str = r"
    const one = focused();
    const stops = one !== null && one.matches('button, input, summary, a');
    const outlined = (it) => it !== null && getComputedStyle(it).outlineStyle !== 'none';
    const shown = () => one.matches(':focus-visible') && (outlined(one) || outlined(one.closest('label')));
    return {
        found: one === arguments[0],
        beside: one?.type === 'radio' && one.name === arguments[0].name,
        // WebKit outlines no radio button that the arrows have come to; that it is chosen, it shows.
        seen: !stops || one.checked || shown(),
        what: one?.outerHTML.slice(0, 200) ?? '',
    };
";

/// More stops than any screen has.
const STOPS: usize = 40;

#[derive(Debug, Deserialize)]
struct Focus {
    /// It is where it should go.
    found: bool,
    /// It is in the same group of radio buttons, which is one stop.
    beside: bool,
    /// A reader can see where it is.
    seen: bool,
    what: String,
}

/// The customer's hand, on the mouse or on the keys.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    pub(crate) driver: WebDriver,
    pub(crate) way: Way,
}

impl Hand {
    /// Presses a button: what stands out by Enter, the rest by the space bar, so that both are tried.
    pub(crate) async fn press(&self, button: &WebElement) -> Result<()> {
        if self.way != Way::Keyboard {
            return Ok(button.click().await?);
        }
        self.reach(button).await?;
        let stands_out = button.class_name().await?.is_some_and(|classes| classes.contains("primary"));
        let is_link = button.tag_name().await?.eq_ignore_ascii_case("a");
        if stands_out || is_link { self.keys(Key::Enter).await } else { self.keys(" ").await }
    }

    /// Writes into a field.
    pub(crate) async fn write(&self, field: &WebElement, text: &str) -> Result<()> {
        if self.way != Way::Keyboard {
            return Ok(field.send_keys(text).await?);
        }
        self.reach(field).await?;
        self.keys(text).await
    }

    /// Chooses what a label is for.
    pub(crate) async fn choose(&self, label: &WebElement) -> Result<()> {
        if self.way != Way::Keyboard {
            return Ok(label.click().await?);
        }
        let script = "return arguments[0].querySelector('input') ?? arguments[0].control;";
        let field = self.driver.execute(script, vec![label.to_json()?]).await?.element()?;
        self.reach(&field).await?;
        if !field.is_selected().await? {
            self.keys(" ").await?;
        }
        ensure!(field.is_selected().await?, "it can't be chosen by the keyboard");
        Ok(())
    }

    /// Presses these keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys.into()).perform().await?)
    }

    /// Moves the focus there by keys alone, and sees it at every stop.
    async fn reach(&self, element: &WebElement) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..STOPS {
            let found = self.driver.execute([LOOK, FOCUS].concat(), vec![element.to_json()?]).await?;
            let focus: Focus = found.convert().context("where the focus is")?;
            ensure!(focus.seen, "nobody can see that the focus is on {}", focus.what);
            if focus.found {
                return Ok(());
            }
            passed.push(focus.what);
            self.keys(if focus.beside { Key::Down } else { Key::Tab }).await?;
        }
        bail!("it is not among {passed:#?}")
    }
}
