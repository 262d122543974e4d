//! A customer's browser session: a test environment, a browser, and the logs that explain a failure.

mod assertions;
mod emails;
mod recorded;

use std::sync::LazyLock;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::bank::BankWindow;
use crate::browser::Browser;
use crate::engine::Engine;
use crate::environment::{ALDER, Environment, Settings};
use crate::input::{Input, InputMethod};
use crate::page::{Page, Screen};
use crate::poll::until;
use crate::translations::Translations;

/// Maximum number of browsers: one per processor, and at least two. More would only wait for each other.
static BROWSER_PERMITS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, |cores| cores.get().max(2))));

/// Script that gives the page `TOKEN` instead of the demo's token, like a merchant's back end.
const BACK_END: &str = r"
    const ask = window.fetch;
    window.fetch = (request, options) =>
        new URL(request.url ?? request, location.href).pathname === '/demo/token'
            ? Promise.resolve(Response.json({ token: 'TOKEN' }))
            : ask(request, options);
";

/// Customer with a browser. Call [`BrowserSession::finish`] on success; otherwise the logs are printed on drop.
#[derive(Debug)]
pub struct BrowserSession {
    /// Page in the browser.
    pub page: Page,
    /// Browser; `None` once it is closed.
    browser: Option<Browser>,
    /// Test environment: the sandbox and the server.
    pub environment: Environment,
    input: Input,
    translations: Translations,
    _permit: SemaphorePermit<'static>,
}

impl BrowserSession {
    /// Starts everything without opening the page.
    pub async fn prepare() -> Result<Self> {
        Self::prepare_with(&[], Value::Null).await
    }

    /// Like [`BrowserSession::prepare`], with settings for the server and claims in the customer's tokens.
    pub async fn prepare_with(settings: Settings, claims: Value) -> Result<Self> {
        Self::prepare_customer(Translations::default(), InputMethod::Mouse, settings, claims).await
    }

    /// Like [`BrowserSession::prepare`], for a customer who reads that language.
    pub async fn prepare_in(locale: &str, settings: Settings) -> Result<Self> {
        Self::prepare_customer(Translations::load(locale)?, InputMethod::Mouse, settings, Value::Null).await
    }

    async fn prepare_customer(
        translations: Translations,
        method: InputMethod,
        settings: Settings,
        claims: Value,
    ) -> Result<Self> {
        let permit = BROWSER_PERMITS.acquire().await?;
        let environment = Environment::with(settings, claims).await?;
        let browser = Browser::start().await?;
        if environment.has_claims() {
            environment.proxy.inject_script(&BACK_END.replace("TOKEN", &environment.token().await?));
        }
        if method == InputMethod::NarrowScreen {
            browser.width(320).await?;
        }
        Self::new(environment, browser, translations, method, permit)
    }

    /// Signs another customer in: pages that are opened from now on have tokens with these claims.
    pub async fn sign_in_as(&mut self, claims: Value) -> Result<()> {
        self.environment.set_claims(claims);
        let back_end = BACK_END.replace("TOKEN", &self.environment.token().await?);
        self.environment.proxy.inject_script(&back_end);
        Ok(())
    }

    /// Starts everything in a browser that `start` starts once the programs run, and returns its companion, too.
    pub(crate) async fn prepare_in_own_browser<T>(
        settings: Settings,
        start: impl AsyncFnOnce(&Environment) -> Result<(Browser, T)>,
    ) -> Result<(Self, T)> {
        let permit = BROWSER_PERMITS.acquire().await?;
        let environment = Environment::with(settings, Value::Null).await?;
        let (browser, companion) = start(&environment).await?;
        let session = Self::new(environment, browser, Translations::default(), InputMethod::Mouse, permit)?;
        Ok((session, companion))
    }

    fn new(
        environment: Environment,
        browser: Browser,
        translations: Translations,
        method: InputMethod,
        permit: SemaphorePermit<'static>,
    ) -> Result<Self> {
        let input = Input { driver: browser.driver()?.clone(), method };
        let page = Page::new(input.clone(), translations.clone());
        Ok(Self { translations, input, page, browser: Some(browser), environment, _permit: permit })
    }

    /// Starts everything, opens the page, and waits for the accounts.
    pub async fn begin() -> Result<Self> {
        Self::begin_with(&[]).await
    }

    /// Like [`BrowserSession::begin`], for a customer who reads that language.
    pub async fn begin_in(locale: &str, settings: Settings) -> Result<Self> {
        let session = Self::prepare_in(locale, settings).await?;
        session.page.open(session.environment.url()).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        Ok(session)
    }

    /// Like [`BrowserSession::begin`], with settings for the server.
    pub async fn begin_with(settings: Settings) -> Result<Self> {
        Self::begin_with_claims(settings, Value::Null).await
    }

    /// Like [`BrowserSession::begin_with`], with claims that the merchant's back end adds to the customer's tokens.
    pub async fn begin_with_claims(settings: Settings, claims: Value) -> Result<Self> {
        let session = Self::prepare_with(settings, claims).await?;
        session.page.open(session.environment.url()).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        Ok(session)
    }

    /// Starts everything for a customer who uses this input method, without opening the page.
    pub async fn prepare_by(method: InputMethod, settings: Settings) -> Result<Self> {
        Self::prepare_customer(Translations::default(), method, settings, Value::Null).await
    }

    /// Like [`BrowserSession::prepare_by`], with the accounts on the screen.
    pub async fn begin_by(method: InputMethod, settings: Settings) -> Result<Self> {
        let session = Self::prepare_by(method, settings).await?;
        session.page.open(session.environment.url()).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        Ok(session)
    }

    /// Returns the browser; fails once it is closed.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("the session is over")
    }

    /// Turns off the timeouts of the page's requests, from the next page on.
    pub fn disable_timeouts(&self) {
        self.environment.proxy.inject_script("AbortSignal.timeout = () => new AbortController().signal;");
    }

    /// Records the page's errors, policy violations and console messages, from the next page on.
    pub fn record_complaints(&self) {
        self.environment.proxy.inject_script(include_str!("console_recorder.js"));
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
    pub async fn set_online(&self, online: bool) -> Result<()> {
        self.environment.proxy.set_online(online);
        self.browser()?.set_online(online).await
    }

    /// Goes from the account list to the explanation.
    pub async fn go_to_explanation(&self) -> Result<()> {
        self.go_to_explanation_for(ALDER, "Alder Bank").await.map(drop)
    }

    /// Like [`BrowserSession::go_to_explanation`], for another account, which is at this bank.
    pub async fn go_to_explanation_for(&self, account: &str, bank: &str) -> Result<Screen> {
        self.page.open_account(account).await?;
        let heading = format!("Reconnect your {bank} account");
        self.page.assert_arrival("explaining", &heading, &format!("Continue to {bank}")).await
    }

    /// Goes from the account list through the bank window, and shares these accounts there.
    pub async fn relink(&self, account: &str, bank: &str, last4: &[&str]) -> Result<()> {
        self.go_to_explanation_for(account, bank).await?;
        self.page.press(&format!("Continue to {bank}")).await?;
        self.share_accounts(bank, last4).await
    }

    /// Goes through the bank window once it opens, and shares these accounts there.
    pub async fn share_accounts(&self, bank: &str, last4: &[&str]) -> Result<()> {
        let window = self.bank().await?;
        window.sign_in_at(bank).await?;
        window.share(last4).await?;
        window.close_with("Done").await
    }

    /// Goes from the account list through the bank window, and shares another account than the requested one.
    pub async fn share_wrong_account(&self) -> Result<()> {
        let window = self.go_to_bank().await?;
        window.sign_in().await?;
        window.choose("2231").await?;
        window.wait_for_screen("wrong-account").await?;
        window.close_with("Close").await
    }

    /// Like [`BrowserSession::share_wrong_account`], up to the screen that says so.
    pub async fn share_wrong_account_and_see_it(&self) -> Result<()> {
        self.share_wrong_account().await?;
        self.assert_no_account().await.map(drop)
    }

    /// Goes to the explanation while Stripe.js is blocked: for two attempts while the customer reads, which have
    /// failed on return, and for the two attempts after they continue.
    pub async fn go_to_explanation_while_stripe_is_blocked(&self) -> Result<()> {
        self.environment.fail_next("GET /stripe.js", 404, 4).await?;
        self.go_to_explanation().await?;
        let tags = "return document.querySelectorAll('script[src$=\"/stripe.js\"]').length;";
        until(async || {
            let (calls, tags) = (self.environment.calls("GET /stripe.js").await?, self.page.run(tags).await?);
            ensure!(calls == 2 && tags == 0, "{calls} calls for Stripe.js, {tags} tags in the page");
            Ok(())
        })
        .await
    }

    /// Waits until the page has loaded Stripe.js, which it does while the customer reads the explanation.
    pub async fn wait_for_stripe_js(&self) -> Result<()> {
        until(async || {
            let is_there = self.page.run("return typeof window.Stripe === 'function';").await?;
            ensure!(is_there == true, "Stripe.js is not loaded");
            Ok(())
        })
        .await
    }

    /// Goes from the account list into the bank window.
    pub async fn go_to_bank(&self) -> Result<BankWindow> {
        self.go_to_bank_for(ALDER, "Alder Bank").await
    }

    /// Like [`BrowserSession::go_to_bank`], for another account.
    pub async fn go_to_bank_for(&self, id: &str, bank: &str) -> Result<BankWindow> {
        self.go_to_explanation_for(id, bank).await?;
        self.press_into_bank(&format!("Continue to {bank}")).await
    }

    /// Presses a button that leads into the bank window.
    pub async fn press_into_bank(&self, label: &str) -> Result<BankWindow> {
        self.page.press(label).await?;
        self.bank().await
    }

    /// Goes from the bank window to success.
    pub async fn connect(&self, bank: BankWindow) -> Result<()> {
        bank.connect().await?;
        bank.close_with("Done").await?;
        self.assert_success().await
    }

    /// Waits for the bank window.
    pub async fn bank(&self) -> Result<BankWindow> {
        self.page.assert_screen("at_bank", "Finish in the bank window").await?;
        self.bank_of_another_page().await
    }

    /// Waits for the bank window in front of a page that is not Relink's.
    pub async fn bank_of_another_page(&self) -> Result<BankWindow> {
        BankWindow::enter(self.input.clone(), self.translations.bank.clone()).await
    }

    /// Leaves the screen by this button, and waits for the account list.
    pub async fn back_to_accounts(&self, label: &str) -> Result<()> {
        self.page.press(label).await?;
        self.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
        Ok(())
    }

    /// Ends a successful journey and returns the browser to the pool.
    pub async fn finish(mut self) -> Result<()> {
        self.browser.take().context("the session is over")?.return_to_pool().await
    }
}

impl Drop for BrowserSession {
    #[expect(clippy::print_stderr, reason = "shown with a test that failed, and with no other")]
    fn drop(&mut self) {
        if self.browser.is_some() {
            eprintln!("The server's log:\n{}", self.environment.server_log());
            eprintln!("The sandbox's log:\n{}", self.environment.sandbox.log());
        }
    }
}
