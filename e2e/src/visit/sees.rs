//! Checks of the screens that a customer sees after the bank window.

use anyhow::{Context, Result, ensure};

use super::Visit;
use crate::page::Screen;

impl Visit {
    /// Checks the success screen.
    pub async fn sees_success(&self) -> Result<()> {
        let screen = self.page.arrives("relinked", "Alder Bank ••6789 is connected", "Done").await?;
        let spoken = format!("Alder Bank {} is connected", self.page.say("account ending in 6789"));
        ensure!(screen.spoken == self.page.say(&spoken), "{screen:?}");
        ensure!(screen.text.contains(&self.page.say("Payments from this account work again.")), "{screen:?}");
        Ok(())
    }

    /// Checks a failure screen: nothing was changed, and there is one next step.
    pub async fn sees_failure(&self, name: &str, heading: &str, next: &str) -> Result<()> {
        let screen = self.page.arrives(name, heading, next).await?;
        ensure!(screen.text.contains(&self.page.say("Nothing was changed.")), "does not say so: {screen:?}");
        ensure!(screen.buttons == [next, "Not now"].map(|label| self.page.say(label)), "{screen:?}");
        Ok(())
    }

    /// Checks a failure screen that shows the request ID for support.
    pub async fn sees_failure_with_support(&self, name: &str, heading: &str) -> Result<()> {
        self.sees_failure(name, heading, "Try again").await?;
        let screen = self.page.screen().await?;
        let before = self.page.say("Request #").replace('#', "");
        let (_, number) =
            screen.text.split_once(before.trim_end_matches(']')).context("no number for support")?;
        let number: String = number.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        ensure!(!number.is_empty() && self.stand.server_log().contains(&number), "{number:?} is not logged");
        Ok(())
    }

    /// Checks the screen for an account that was not shared, with its three next steps.
    pub async fn sees_no_account(&self) -> Result<Screen> {
        let next = "Choose another Alder Bank account";
        let screen = self.page.arrives("no_account", "That account wasn't shared", next).await?;
        ensure!(screen.text.contains(&self.page.say("Nothing was changed.")), "does not say so: {screen:?}");
        let labels = [next, "Add a different bank", "Not now"].map(|label| self.page.say(label));
        ensure!(screen.buttons == labels, "{screen:?}");
        Ok(screen)
    }
}
