//! A customer's browser session: a test environment, a browser, and the logs that explain a failure.

mod post;
mod records;
mod sees;

use std::sync::LazyLock;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::bank::BankWindow;
use crate::browser::Browser;
use crate::engine::Engine;
use crate::hand::{Hand, Way};
use crate::page::{Page, Screen};
use crate::speech::Speech;
use crate::stand::{ALDER, Settings, Stand};
use crate::wait::until;

/// Maximum number of browsers: one per processor, and at least two. More would only wait for each other.
static SEATS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, |cores| cores.get().max(2))));

/// Script that gives the page `TOKEN` instead of the demo's token, like a merchant's back end.
const BACK_END: &str = r"
    const ask = window.fetch;
    window.fetch = (request, options) =>
        new URL(request.url ?? request, location.href).pathname === '/demo/token'
            ? Promise.resolve(Response.json({ token: 'TOKEN' }))
            : ask(request, options);
";

/// Customer with a browser. Call [`Visit::end`] on success; otherwise the logs are printed on drop.
#[derive(Debug)]
pub struct Visit {
    /// Page in the browser.
    pub page: Page,
    /// Browser; `None` once it is closed.
    browser: Option<Browser>,
    /// Test environment: the sandbox and the server.
    pub stand: Stand,
    hand: Hand,
    speech: Speech,
    _seat: SemaphorePermit<'static>,
}

impl Visit {
    /// Starts everything without opening the page.
    pub async fn prepare() -> Result<Self> {
        Self::prepare_with(&[], Value::Null).await
    }

    /// Like [`Visit::prepare`], with settings for the server and claims in the customer's tokens.
    pub async fn prepare_with(settings: Settings, claims: Value) -> Result<Self> {
        Self::prepare_speaking(Speech::default(), Way::Mouse, settings, claims).await
    }

    /// Like [`Visit::prepare`], for a customer who reads that language.
    pub async fn prepare_in(locale: &str, settings: Settings) -> Result<Self> {
        Self::prepare_speaking(Speech::of(locale)?, Way::Mouse, settings, Value::Null).await
    }

    async fn prepare_speaking(speech: Speech, way: Way, settings: Settings, claims: Value) -> Result<Self> {
        let seat = SEATS.acquire().await?;
        let stand = Stand::with(settings, claims).await?;
        let browser = Browser::start().await?;
        if stand.has_claims() {
            stand.gate.runs_first(&BACK_END.replace("TOKEN", &stand.token().await?));
        }
        if way == Way::Narrow {
            browser.width(320).await?;
        }
        let hand = Hand { driver: browser.driver()?.clone(), way };
        let page = Page::new(hand.clone(), speech.clone());
        Ok(Self { speech, hand, page, browser: Some(browser), stand, _seat: seat })
    }

    /// Starts everything, opens the page, and waits for the accounts.
    pub async fn begin() -> Result<Self> {
        Self::begin_with(&[]).await
    }

    /// Like [`Visit::begin`], for a customer who reads that language.
    pub async fn begin_in(locale: &str, settings: Settings) -> Result<Self> {
        let visit = Self::prepare_in(locale, settings).await?;
        visit.page.open(visit.stand.url()).await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
        Ok(visit)
    }

    /// Like [`Visit::begin`], with settings for the server.
    pub async fn begin_with(settings: Settings) -> Result<Self> {
        Self::begin_claiming(settings, Value::Null).await
    }

    /// Like [`Visit::begin_with`], with claims that the merchant's back end adds to the customer's tokens.
    pub async fn begin_claiming(settings: Settings, claims: Value) -> Result<Self> {
        let visit = Self::prepare_with(settings, claims).await?;
        visit.page.open(visit.stand.url()).await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
        Ok(visit)
    }

    /// Starts everything for a customer who uses this input method, without opening the page.
    pub async fn prepare_by(way: Way, settings: Settings) -> Result<Self> {
        Self::prepare_speaking(Speech::default(), way, settings, Value::Null).await
    }

    /// Like [`Visit::prepare_by`], with the accounts on the screen.
    pub async fn begin_by(way: Way, settings: Settings) -> Result<Self> {
        let visit = Self::prepare_by(way, settings).await?;
        visit.page.open(visit.stand.url()).await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
        Ok(visit)
    }

    /// Returns the browser; fails once it is closed.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("the visit is over")
    }

    /// Turns off the timeouts of the page's requests, from the next page on.
    pub fn gives_nothing_up(&self) {
        self.stand.gate.runs_first("AbortSignal.timeout = () => new AbortController().signal;");
    }

    /// Records the page's errors, policy violations and console messages, from the next page on.
    pub fn listen(&self) {
        self.stand.gate.runs_first(include_str!("complaints.js"));
    }

    /// Returns the complaints recorded since the page was opened, with Chromium's console messages since they were
    /// last read.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let mut complaints: Vec<String> =
            serde_json::from_value(self.page.run("return window.complaints;").await?)?;
        if self.browser()?.engine() == Engine::Chromium {
            let entries = self.browser()?.console().await?;
            complaints.extend(entries.into_iter().map(|entry| entry.message));
        }
        Ok(complaints)
    }

    /// Cuts the browser off from the network, or connects it again.
    pub async fn network_is(&self, there: bool) -> Result<()> {
        self.stand.gate.network_is(there);
        self.browser()?.believes_in_a_network(there).await
    }

    /// Goes from the account list to the explanation.
    pub async fn explain(&self) -> Result<()> {
        self.explain_account(ALDER, "Alder Bank").await.map(drop)
    }

    /// Like [`Visit::explain`], for another account, which is at this bank.
    pub async fn explain_account(&self, account: &str, bank: &str) -> Result<Screen> {
        self.page.choose(account).await?;
        let heading = format!("Reconnect your {bank} account");
        self.page.arrives("explaining", &heading, &format!("Continue to {bank}")).await
    }

    /// Goes from the account list through the bank window, and shares these accounts there.
    pub async fn relink(&self, account: &str, bank: &str, last4: &[&str]) -> Result<()> {
        self.explain_account(account, bank).await?;
        self.page.press(&format!("Continue to {bank}")).await?;
        self.share(bank, last4).await
    }

    /// Goes through the bank window once it opens, and shares these accounts there.
    pub async fn share(&self, bank: &str, last4: &[&str]) -> Result<()> {
        let window = self.bank().await?;
        window.sign_in_at(bank).await?;
        window.share(last4).await?;
        window.leave_by("Done").await
    }

    /// Goes from the account list through the bank window, and shares another account than the requested one.
    pub async fn shares_a_wrong_account(&self) -> Result<()> {
        let window = self.go_to_bank().await?;
        window.sign_in().await?;
        window.choose("2231").await?;
        window.shows("wrong-account").await?;
        window.leave_by("Close").await
    }

    /// Like [`Visit::shares_a_wrong_account`], up to the screen that says so.
    pub async fn shares_another_account(&self) -> Result<()> {
        self.shares_a_wrong_account().await?;
        self.sees_no_account().await.map(drop)
    }

    /// Goes to the explanation while Stripe.js is blocked: for two attempts while the customer reads, which have
    /// failed on return, and for the two attempts after they continue.
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

    /// Waits until the page has loaded Stripe.js, which it does while the customer reads the explanation.
    pub async fn stripe_is_there(&self) -> Result<()> {
        until(async || {
            let is_there = self.page.run("return typeof window.Stripe === 'function';").await?;
            ensure!(is_there == true, "Stripe.js has not come");
            Ok(())
        })
        .await
    }

    /// Goes from the account list into the bank window.
    pub async fn go_to_bank(&self) -> Result<BankWindow> {
        self.go_to_bank_for(ALDER, "Alder Bank").await
    }

    /// Like [`Visit::go_to_bank`], for another account.
    pub async fn go_to_bank_for(&self, id: &str, bank: &str) -> Result<BankWindow> {
        self.explain_account(id, bank).await?;
        self.press_into_bank(&format!("Continue to {bank}")).await
    }

    /// Presses a button that leads into the bank window.
    pub async fn press_into_bank(&self, label: &str) -> Result<BankWindow> {
        self.page.press(label).await?;
        self.bank().await
    }

    /// Goes from the bank window to success.
    pub async fn connects(&self, bank: BankWindow) -> Result<()> {
        bank.connect().await?;
        bank.leave_by("Done").await?;
        self.sees_success().await
    }

    /// Waits for the bank window.
    pub async fn bank(&self) -> Result<BankWindow> {
        self.page.shows("at_bank", "Finish in the bank window").await?;
        BankWindow::enter(self.hand.clone(), self.speech.bank.clone()).await
    }

    /// Leaves the screen by this button, and waits for the account list.
    pub async fn back_to_accounts(&self, label: &str) -> Result<()> {
        self.page.press(label).await?;
        self.page.arrives_without_choice("browsing", "Your bank accounts").await?;
        Ok(())
    }

    /// Ends a successful journey and returns the browser to the pool.
    pub async fn end(mut self) -> Result<()> {
        self.browser.take().context("the visit is over")?.leave().await
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
