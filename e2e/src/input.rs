//! Input by which the customer operates a screen.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use thirtyfour::{Key, TypingData, WebDriver, WebElement};

use crate::page::HELPERS;

/// Input method of a journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputMethod {
    /// Mouse on a wide screen.
    #[default]
    Mouse,
    /// Keyboard alone on a wide screen.
    Keyboard,
    /// Touch or mouse on the narrowest screen, or at 400 % zoom.
    NarrowScreen,
}

/// Describes the focused element.
const FOCUS: &str = r"
    const one = focused();
    const stops = one !== null && one.matches('button, input, summary, a');
    const outlined = (it) => it !== null && getComputedStyle(it).outlineStyle !== 'none';
    const shown = () => one.matches(':focus-visible') && (outlined(one) || outlined(one.closest('label')));
    return {
        on_target: one === arguments[0],
        in_same_group: one?.type === 'radio' && one.name === arguments[0].name,
        // WebKit shows no outline on a radio button that the arrow keys have reached, but shows it as checked.
        visible: !stops || one.checked || shown(),
        html: one?.outerHTML.slice(0, 200) ?? '',
    };
";

/// Maximum number of tab stops. No screen has as many.
const MAX_TAB_STOPS: usize = 40;

#[derive(Debug, Deserialize)]
struct Focus {
    /// True if the focus is on the wanted element.
    on_target: bool,
    /// True if it is in the same group of radio buttons, which is a single tab stop.
    in_same_group: bool,
    /// True if the focus is visible.
    visible: bool,
    html: String,
}

/// Customer's input: mouse or keyboard.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) driver: WebDriver,
    pub(crate) method: InputMethod,
}

impl Input {
    /// Presses a button. By keyboard, a primary button is pressed with Enter and any other with the space bar, to
    /// test both.
    pub(crate) async fn press(&self, button: &WebElement) -> Result<()> {
        if self.method != InputMethod::Keyboard {
            return Ok(button.click().await?);
        }
        self.reach(button).await?;
        let is_primary = button.class_name().await?.is_some_and(|classes| classes.contains("primary"));
        let is_link = button.tag_name().await?.eq_ignore_ascii_case("a");
        if is_primary || is_link { self.keys(Key::Enter).await } else { self.keys(" ").await }
    }

    /// Types into a field.
    pub(crate) async fn write(&self, field: &WebElement, text: &str) -> Result<()> {
        if self.method != InputMethod::Keyboard {
            return Ok(field.send_keys(text).await?);
        }
        self.reach(field).await?;
        self.keys(text).await
    }

    /// Selects the field of a label.
    pub(crate) async fn choose(&self, label: &WebElement) -> Result<()> {
        if self.method != InputMethod::Keyboard {
            return Ok(label.click().await?);
        }
        let script = "return arguments[0].querySelector('input') ?? arguments[0].control;";
        let field = self.driver.execute(script, vec![label.to_json()?]).await?.element()?;
        self.reach(&field).await?;
        if !field.is_selected().await? {
            self.keys(" ").await?;
        }
        ensure!(field.is_selected().await?, "it can't be selected by keyboard");
        Ok(())
    }

    /// Presses these keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys.into()).perform().await?)
    }

    /// Moves the focus to an element by keys alone, and checks that it is visible at every stop.
    async fn reach(&self, element: &WebElement) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..MAX_TAB_STOPS {
            let found = self.driver.execute([HELPERS, FOCUS].concat(), vec![element.to_json()?]).await?;
            let focus: Focus = found.convert().context("where the focus is")?;
            ensure!(focus.visible, "the focus is not visible on {}", focus.html);
            if focus.on_target {
                return Ok(());
            }
            passed.push(focus.html);
            self.keys(if focus.in_same_group { Key::Down } else { Key::Tab }).await?;
        }
        bail!("the element is not among the tab stops {passed:#?}")
    }
}
