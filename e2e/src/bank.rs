//! The sandbox's bank window, in a frame in front of the page.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use thirtyfour::{By, Key, WebDriver};

use crate::input::{Input, InputMethod};
use crate::poll::until;
use crate::translations::Templates;

/// Open bank window. While the customer is in it, scripts do not reach the page behind it.
#[derive(Clone, Debug)]
pub struct BankWindow {
    driver: WebDriver,
    input: Input,
    templates: Templates,
}

/// Selector of the window's frame.
pub(crate) const FRAME: &str = "iframe[name='sandbox-bank']";

impl BankWindow {
    /// Waits until the window is open.
    pub(crate) async fn enter(input: Input, templates: Templates) -> Result<Self> {
        let window = Self { driver: input.driver.clone(), input, templates }.enter_frame().await?;
        window.wait_for_screen("consent").await?;
        Ok(window)
    }

    /// Switches back from the page to the window.
    pub async fn enter_frame(self) -> Result<Self> {
        let frame = until(async || Ok(self.driver.find(By::Css(FRAME)).await?)).await?;
        frame.enter_frame().await?;
        Ok(self)
    }

    /// Waits for one of the window's screens.
    pub async fn wait_for_screen(&self, name: &str) -> Result<()> {
        until(async || {
            let screen = self.driver.find(By::Css("#screen")).await?.attr("data-screen").await?;
            ensure!(screen.as_deref() == Some(name), "the bank shows {screen:?}, not {name}");
            Ok(())
        })
        .await?;
        self.fits().await
    }

    /// Checks the width: the window isn't ours, but a customer can't finish if it does not fit.
    async fn fits(&self) -> Result<()> {
        let out = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        let out = self.driver.execute(out, Vec::new()).await?;
        ensure!(
            self.input.method != InputMethod::NarrowScreen || out.json() == 0,
            "the bank window is too wide"
        );
        Ok(())
    }

    /// Presses the button with this label.
    pub async fn press(&self, label: &str) -> Result<()> {
        let label = self.templates.translate(label);
        let find = r"
            const seen = (one) => one.textContent.replace(/[\u2066-\u2069]/g, '').trim();
            return [...document.querySelectorAll('button')].find((one) => seen(one) === arguments[0]) ?? null;
        ";
        let button = until(async || {
            let found = self.driver.execute(find, vec![json!(label)]).await?;
            found.element().with_context(|| format!("the bank has no button {label:?}"))
        })
        .await?;
        self.input.press(&button).await
    }

    /// Goes to the sign-in.
    pub async fn go_to_sign_in(&self) -> Result<()> {
        self.go_to_sign_in_at("Alder Bank").await
    }

    /// Goes to the sign-in at this bank, which is the only one, or is found by search.
    async fn go_to_sign_in_at(&self, bank: &str) -> Result<()> {
        self.press("Agree and continue").await?;
        self.wait_for_screen("institution").await?;
        match self.driver.find(By::Css("input[name=search]")).await {
            Ok(search) => {
                self.input.write(&search, bank).await?;
                self.press(bank).await?;
            }
            Err(_) => self.press(&format!("Continue to {bank}")).await?,
        }
        self.wait_for_screen("login").await
    }

    /// Signs in.
    pub async fn sign_in(&self) -> Result<()> {
        self.sign_in_at("Alder Bank").await
    }

    /// Signs in at this bank.
    pub async fn sign_in_at(&self, bank: &str) -> Result<()> {
        self.go_to_sign_in_at(bank).await?;
        for (field, text) in [("username", "jenny"), ("password", "correct")] {
            let field = self.driver.find(By::Css(format!("input[name={field}]"))).await?;
            self.input.write(&field, text).await?;
        }
        self.press("Sign in").await?;
        self.wait_for_screen("choice").await
    }

    /// Searches for a bank that opens its own window, and shares the account there that ends in these digits.
    pub async fn share_in_pop_up(&self, bank: &str, last4: &str) -> Result<()> {
        self.press("Agree and continue").await?;
        self.wait_for_screen("institution").await?;
        self.driver.find(By::Css("input[name=search]")).await?.send_keys(bank).await?;
        self.press(bank).await?;
        self.wait_for_screen("pop-up").await?;
        self.press(&format!("Open {bank}")).await?;
        let page = self.driver.window().await?;
        let own = until(async || {
            let windows = self.driver.windows().await?;
            windows.into_iter().find(|window| *window != page).context("the bank opened no window")
        })
        .await?;
        self.driver.switch_to_window(own).await?;
        self.wait_for_screen("login").await?;
        self.driver.find(By::Css("button[type=submit]")).await?.click().await?;
        self.wait_for_screen("accounts").await?;
        self.driver.find(By::Css(format!("label[data-last4='{last4}']"))).await?.click().await?;
        // The window may be gone before the driver answers, so check that it is closed instead of the result.
        let pressed = self.driver.find(By::Css("button[type=submit]")).await?.click().await;
        until(async || {
            ensure!(
                self.driver.windows().await?.len() == 1,
                "the bank's own window is still open: {pressed:?}"
            );
            Ok(())
        })
        .await?;
        self.driver.switch_to_window(page).await?;
        self.clone().enter_frame().await?.wait_for_screen("done").await
    }

    /// Signs in at a bank that has no account to share, and leaves.
    pub async fn sign_in_without_accounts(self, bank: &str) -> Result<()> {
        self.go_to_sign_in_at(bank).await?;
        self.press("Sign in").await?;
        self.wait_for_screen("nothing").await?;
        self.close_with("Close").await
    }

    /// Chooses only the account that ends in these digits.
    pub async fn choose(&self, last4: &str) -> Result<()> {
        let row = format!("label[data-last4='{last4}']");
        self.input.choose(&self.driver.find(By::Css(row)).await?).await?;
        self.press("Connect account").await
    }

    /// Shares only the accounts that end in these digits; digits that are given twice are those of two accounts. The
    /// window's last screen stays open.
    pub async fn share(&self, last4: &[&str]) -> Result<()> {
        for (place, digits) in last4.iter().enumerate() {
            let rows = self.driver.find_all(By::Css(format!("label[data-last4='{digits}']"))).await?;
            let before = last4.iter().take(place).filter(|other| *other == digits).count();
            let row = rows.get(before).with_context(|| format!("the bank has no account ••{digits}"))?;
            self.input.choose(row).await?;
        }
        self.input.press(&self.driver.find(By::Css("#screen button.primary")).await?).await?;
        self.wait_for_screen("done").await
    }

    /// Returns the last digits of the accounts on offer.
    pub async fn offers(&self) -> Result<Vec<String>> {
        let mut offered = Vec::new();
        for row in self.driver.find_all(By::Css("label[data-last4]")).await? {
            offered.push(row.attr("data-last4").await?.unwrap_or_default());
        }
        Ok(offered)
    }

    /// Signs in and shares the requested account. The window's last screen stays open.
    pub async fn connect(&self) -> Result<()> {
        self.sign_in().await?;
        self.choose("6789").await?;
        self.wait_for_screen("done").await
    }

    /// Presses the button that closes the window, and waits until it is gone.
    pub async fn close_with(self, label: &str) -> Result<()> {
        // The frame may be gone before the driver answers, so check that it is closed instead of the result.
        let pressed = self.press(label).await;
        self.closed().await.with_context(|| format!("{label} gave {pressed:?}"))
    }

    /// Closes the window with the cross in its corner.
    pub async fn close(self) -> Result<()> {
        let pressed = self.input.press(&self.driver.find(By::Id("close")).await?).await;
        self.closed().await.with_context(|| format!("the cross gave {pressed:?}"))
    }

    /// Closes the window with the Escape key.
    pub async fn escape(self) -> Result<()> {
        let pressed = self.input.keys(Key::Escape).await;
        self.closed().await.with_context(|| format!("Escape gave {pressed:?}"))
    }

    /// Waits until the window is gone after an action of the customer's that closes it.
    pub async fn is_gone(self) -> Result<()> {
        self.closed().await
    }

    /// Switches to the page, whether the window is open or not.
    pub async fn leave_frame(&self) -> Result<()> {
        Ok(self.driver.enter_default_frame().await?)
    }

    async fn closed(&self) -> Result<()> {
        self.leave_frame().await?;
        until(async || {
            let frames = self.driver.find_all(By::Css(FRAME)).await?.len();
            ensure!(frames == 0, "the bank window is open");
            Ok(())
        })
        .await
    }
}
