//! A customer's visit: a stand and a browser of its own, and whatever it takes to find out why it went wrong.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::bank::BankWindow;
use crate::browser::Browser;
use crate::page::Page;
use crate::stand::{ALDER, Stand};
use crate::wait::until;

/// More browsers than that only wait for each other on a small machine.
static SEATS: Semaphore = Semaphore::const_new(2);

/// One customer in front of one browser. Call [`Visit::end`] when all went well; else the logs are printed.
#[derive(Debug)]
pub struct Visit {
    /// What drives the page.
    pub page: Page,
    /// The browser; `None` once closed.
    browser: Option<Browser>,
    /// The sandbox and the server.
    pub stand: Stand,
    _seat: SemaphorePermit<'static>,
}

impl Visit {
    /// Starts everything. The page is not open yet.
    pub async fn prepare() -> Result<Self> {
        let seat = SEATS.acquire().await?;
        let stand = Stand::start().await?;
        let browser = Browser::start().await?;
        let page = Page::new(browser.driver()?.clone());
        Ok(Self { page, browser: Some(browser), stand, _seat: seat })
    }

    /// Starts everything, opens the page, and waits for the accounts.
    pub async fn begin() -> Result<Self> {
        let visit = Self::prepare().await?;
        visit.page.open(visit.stand.url()).await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
        Ok(visit)
    }

    /// The browser.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("the visit is over")
    }

    /// From the overview to the explanation.
    pub async fn explain(&self) -> Result<()> {
        self.page.choose(ALDER).await?;
        let heading = "Reconnect your Alder Bank account";
        self.page.arrives("explaining", heading, "Continue to Alder Bank").await?;
        Ok(())
    }

    /// The same while Stripe.js is blocked: for the two tries while the customer reads, which are over then, and for
    /// the two when they go on.
    pub async fn explain_while_stripe_is_blocked(&self) -> Result<()> {
        self.stand.fault("GET /stripe.js", 404, 4).await?;
        self.explain().await?;
        let tags = "return document.querySelectorAll('script[src$=\"/stripe.js\"]').length;";
        until(async || {
            let (calls, tags) = (self.stand.calls("GET /stripe.js").await?, self.page.run(tags).await?);
            ensure!(calls == 2 && tags == 0, "{calls} calls for Stripe.js, {tags} tags in the page");
            Ok(())
        })
        .await
    }

    /// From the overview into the bank window.
    pub async fn go_to_bank(&self) -> Result<BankWindow> {
        self.explain().await?;
        self.page.press("Continue to Alder Bank").await?;
        self.bank().await
    }

    /// Waits for the bank window.
    pub async fn bank(&self) -> Result<BankWindow> {
        self.page.shows("at_bank", "Finish in the bank window").await?;
        BankWindow::enter(self.browser()?.driver()?.clone()).await
    }

    /// The screen that says it worked.
    pub async fn sees_success(&self) -> Result<()> {
        let screen = self.page.arrives("relinked", "Alder Bank ••6789 is connected", "Done").await?;
        ensure!(screen.spoken == "Alder Bank account ending in 6789 is connected", "{screen:?}");
        ensure!(screen.text.contains("Payments from this account work again."), "{screen:?}");
        Ok(())
    }

    /// A failure's screen: nothing was changed, and there is one thing to do next.
    pub async fn sees_failure(&self, name: &str, heading: &str, next: &str) -> Result<()> {
        let screen = self.page.arrives(name, heading, next).await?;
        ensure!(screen.text.contains("Nothing was changed."), "does not say so: {screen:?}");
        ensure!(screen.buttons == [next, "Not now"], "{screen:?}");
        Ok(())
    }

    /// A failure's screen with the number that support needs.
    pub async fn sees_failure_with_support(&self, name: &str, heading: &str) -> Result<()> {
        self.sees_failure(name, heading, "Try again").await?;
        let screen = self.page.screen().await?;
        let (_, number) = screen.text.split_once("Request ").context("no number for support")?;
        let number: String = number.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        ensure!(!number.is_empty() && self.stand.server_log().contains(&number), "{number:?} is not logged");
        Ok(())
    }

    /// What must be true of every session, and how each of them ended: `null`, or Stripe's reason for a failure.
    pub async fn recorded(&self, endings: &[(&str, Value)]) -> Result<()> {
        let state = self.stand.state().await?;
        let sessions = state["sessions"].as_array().context("no sessions")?;
        let mut ended = Vec::new();
        for session in sessions {
            let asked_for = json!({ "authorization": "fcauth_AlderJenny", "account": ALDER });
            ensure!(session["relink_options"] == asked_for, "{session}");
            ensure!(session["account_holder"]["customer"] == "cus_SandboxJenny", "{session}");
            ensure!(session["permissions"] == json!(["payment_method", "balances"]), "{session}");
            let kinds = json!(["checking", "savings"]);
            ensure!(session["filters"]["account_subcategories"] == kinds, "{session}");
            ensure!(session["limits"]["accounts"] == 1, "{session}");
            ensure!(session["windows_opened"] == 1, "{session}");
            let status = session["status"].as_str().unwrap_or_default();
            ended.push((status, session["relink_result"]["failure_reason"].clone()));
        }
        ensure!(ended == endings, "the sessions ended like this: {ended:?}");
        Ok(())
    }

    /// How often Stripe was asked for a session, however it answered.
    pub async fn sessions_were_asked_for(&self, times: u32) -> Result<()> {
        let state = self.stand.state().await?;
        ensure!(state["session_posts"] == times, "{} times", state["session_posts"]);
        Ok(())
    }

    /// Whether Stripe has the account as `active` or `inactive`.
    pub async fn account_is(&self, status: &str) -> Result<()> {
        let account = self.stand.account(ALDER).await?;
        ensure!(account["status"] == status, "{account}");
        Ok(())
    }

    /// The outcomes that the server gave, in order.
    pub fn server_gave(&self, outcomes: &[&str]) -> Result<()> {
        let given = self.stand.outcomes()?;
        ensure!(given == outcomes, "the server gave {given:?}, not {outcomes:?}");
        Ok(())
    }

    /// All went well: closes everything.
    pub async fn end(mut self) -> Result<()> {
        self.browser.take().context("the visit is over")?.quit().await
    }
}

impl Drop for Visit {
    #[expect(clippy::print_stderr, reason = "shown with a test that failed, and with no other")]
    fn drop(&mut self) {
        if self.browser.is_some() {
            eprintln!("The server's log:\n{}", self.stand.server_log());
            eprintln!("The sandbox's log:\n{}", self.stand.sandbox.log());
        }
    }
}
