//! Checks of the screens that a customer sees after the bank window.

use anyhow::{Context, Result, ensure};

use super::BrowserSession;
use crate::page::Screen;

impl BrowserSession {
    /// Checks the success screen.
    pub async fn assert_success(&self) -> Result<()> {
        let screen = self.page.assert_arrival("relinked", "Alder Bank ••6789 is connected", "Done").await?;
        let spoken = format!("Alder Bank {} is connected", self.page.translate("account ending in 6789"));
        ensure!(screen.spoken == self.page.translate(&spoken), "{screen:?}");
        ensure!(
            screen.text.contains(&self.page.translate("Payments from this account work again.")),
            "{screen:?}"
        );
        Ok(())
    }

    /// Checks a failure screen: nothing was changed, and there is one next step.
    pub async fn assert_failure(&self, name: &str, heading: &str, next: &str) -> Result<()> {
        let screen = self.page.assert_arrival(name, heading, next).await?;
        ensure!(
            screen.text.contains(&self.page.translate("Nothing was changed.")),
            "does not say so: {screen:?}"
        );
        ensure!(screen.buttons == [next, "Not now"].map(|label| self.page.translate(label)), "{screen:?}");
        Ok(())
    }

    /// Checks a failure screen that shows the request ID for support.
    pub async fn assert_failure_with_support(&self, name: &str, heading: &str) -> Result<()> {
        self.assert_failure(name, heading, "Try again").await?;
        let screen = self.page.screen().await?;
        let before = self.page.translate("Request #").replace('#', "");
        let (_, number) =
            screen.text.split_once(before.trim_end_matches(']')).context("no number for support")?;
        let number: String = number.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        ensure!(
            !number.is_empty() && self.environment.server_log().contains(&number),
            "{number:?} is not logged"
        );
        Ok(())
    }

    /// Checks the screen for an account that was not shared, with its three next steps.
    pub async fn assert_no_account(&self) -> Result<Screen> {
        let next = "Choose another Alder Bank account";
        let screen = self.page.assert_arrival("no_account", "That account wasn't shared", next).await?;
        ensure!(
            screen.text.contains(&self.page.translate("Nothing was changed.")),
            "does not say so: {screen:?}"
        );
        let labels = [next, "Add a different bank", "Not now"].map(|label| self.page.translate(label));
        ensure!(screen.buttons == labels, "{screen:?}");
        Ok(screen)
    }
}
