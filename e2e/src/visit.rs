//! A customer's visit: a stand and a browser of its own, and whatever it takes to find out why it went wrong.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::bank::BankWindow;
use crate::browser::Browser;
use crate::page::{Page, Screen};
use crate::speech::Speech;
use crate::stand::{ALDER, Settings, Stand};
use crate::wait::until;

/// More browsers than that only wait for each other on a small machine.
static SEATS: Semaphore = Semaphore::const_new(2);

/// A merchant's back end that answers the page with this token in the place of the demo's.
const BACK_END: &str = r"
    const ask = window.fetch;
    window.fetch = (request, options) =>
        new URL(request.url ?? request, location.href).pathname === '/demo/token'
            ? Promise.resolve(Response.json({ token: 'TOKEN' }))
            : ask(request, options);
";

/// One customer in front of one browser. Call [`Visit::end`] when all went well; else the logs are printed.
#[derive(Debug)]
pub struct Visit {
    /// What drives the page.
    pub page: Page,
    /// The browser; `None` once closed.
    browser: Option<Browser>,
    /// The sandbox and the server.
    pub stand: Stand,
    speech: Speech,
    _seat: SemaphorePermit<'static>,
}

impl Visit {
    /// Starts everything. The page is not open yet.
    pub async fn prepare() -> Result<Self> {
        Self::prepare_with(&[], Value::Null).await
    }

    /// The same, with settings for the server and claims in customers' tokens.
    pub async fn prepare_with(settings: Settings, claims: Value) -> Result<Self> {
        Self::prepare_speaking(Speech::default(), settings, claims).await
    }

    /// The same for a customer who reads that language.
    pub async fn prepare_in(locale: &str, settings: Settings) -> Result<Self> {
        Self::prepare_speaking(Speech::of(locale)?, settings, Value::Null).await
    }

    async fn prepare_speaking(speech: Speech, settings: Settings, claims: Value) -> Result<Self> {
        let seat = SEATS.acquire().await?;
        let stand = Stand::with(settings, claims).await?;
        let browser = Browser::start().await?;
        if stand.has_claims() {
            let script = json!({ "source": BACK_END.replace("TOKEN", &stand.token().await?) });
            browser.devtools("Page.addScriptToEvaluateOnNewDocument", script).await?;
        }
        let page = Page::new(browser.driver()?.clone(), speech.clone());
        Ok(Self { speech, page, browser: Some(browser), stand, _seat: seat })
    }

    /// Starts everything, opens the page, and waits for the accounts.
    pub async fn begin() -> Result<Self> {
        Self::begin_with(&[]).await
    }

    /// The same for a customer who reads that language.
    pub async fn begin_in(locale: &str, settings: Settings) -> Result<Self> {
        let visit = Self::prepare_in(locale, settings).await?;
        visit.page.open(visit.stand.url()).await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
        Ok(visit)
    }

    /// The same, with settings for the server.
    pub async fn begin_with(settings: Settings) -> Result<Self> {
        Self::begin_claiming(settings, Value::Null).await
    }

    /// The same, where the merchant's back end claims this in the customer's tokens, too.
    pub async fn begin_claiming(settings: Settings, claims: Value) -> Result<Self> {
        let visit = Self::prepare_with(settings, claims).await?;
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
        self.explain_account(ALDER, "Alder Bank").await.map(drop)
    }

    /// The same for another account, at this bank.
    pub async fn explain_account(&self, account: &str, bank: &str) -> Result<Screen> {
        self.page.choose(account).await?;
        let heading = format!("Reconnect your {bank} account");
        self.page.arrives("explaining", &heading, &format!("Continue to {bank}")).await
    }

    /// From the overview through the bank window, with these accounts shared.
    pub async fn relink(&self, account: &str, bank: &str, last4: &[&str]) -> Result<()> {
        self.explain_account(account, bank).await?;
        self.page.press(&format!("Continue to {bank}")).await?;
        self.share(bank, last4).await
    }

    /// Through the bank window, once it opens.
    pub async fn share(&self, bank: &str, last4: &[&str]) -> Result<()> {
        let window = self.bank().await?;
        window.sign_in_at(bank).await?;
        window.share(last4).await?;
        window.leave_by("Done").await
    }

    /// From the overview through the bank window, with another account shared than the one that was asked for.
    pub async fn shares_a_wrong_account(&self) -> Result<()> {
        let window = self.go_to_bank().await?;
        window.sign_in().await?;
        window.choose("2231").await?;
        window.shows("wrong-account").await?;
        window.leave_by("Close").await
    }

    /// The same, up to the screen that says so.
    pub async fn shares_another_account(&self) -> Result<()> {
        self.shares_a_wrong_account().await?;
        self.sees_no_account().await.map(drop)
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
        self.go_to_bank_for(ALDER, "Alder Bank").await
    }

    /// The same for another account.
    pub async fn go_to_bank_for(&self, id: &str, bank: &str) -> Result<BankWindow> {
        self.explain_account(id, bank).await?;
        self.press_into_bank(&format!("Continue to {bank}")).await
    }

    /// Presses a button that leads into the bank window.
    pub async fn press_into_bank(&self, label: &str) -> Result<BankWindow> {
        self.page.press(label).await?;
        self.bank().await
    }

    /// From the bank window to success.
    pub async fn connects(&self, bank: BankWindow) -> Result<()> {
        bank.connect().await?;
        bank.leave_by("Done").await?;
        self.sees_success().await
    }

    /// Waits for the bank window.
    pub async fn bank(&self) -> Result<BankWindow> {
        self.page.shows("at_bank", "Finish in the bank window").await?;
        BankWindow::enter(self.browser()?.driver()?.clone(), self.speech.bank.clone()).await
    }

    /// The screen that says it worked.
    pub async fn sees_success(&self) -> Result<()> {
        let screen = self.page.arrives("relinked", "Alder Bank ••6789 is connected", "Done").await?;
        let spoken = format!("Alder Bank {} is connected", self.page.say("account ending in 6789"));
        ensure!(screen.spoken == self.page.say(&spoken), "{screen:?}");
        ensure!(screen.text.contains(&self.page.say("Payments from this account work again.")), "{screen:?}");
        Ok(())
    }

    /// A failure's screen: nothing was changed, and there is one thing to do next.
    pub async fn sees_failure(&self, name: &str, heading: &str, next: &str) -> Result<()> {
        let screen = self.page.arrives(name, heading, next).await?;
        ensure!(screen.text.contains(&self.page.say("Nothing was changed.")), "does not say so: {screen:?}");
        ensure!(screen.buttons == [next, "Not now"].map(|label| self.page.say(label)), "{screen:?}");
        Ok(())
    }

    /// A failure's screen with the number that support needs.
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

    /// The screen that says that the account was not among those shared, with its three ways on.
    pub async fn sees_no_account(&self) -> Result<Screen> {
        let next = "Choose another Alder Bank account";
        let screen = self.page.arrives("no_account", "That account wasn't shared", next).await?;
        ensure!(screen.text.contains(&self.page.say("Nothing was changed.")), "does not say so: {screen:?}");
        let labels = [next, "Add a different bank", "Not now"].map(|label| self.page.say(label));
        ensure!(screen.buttons == labels, "{screen:?}");
        Ok(screen)
    }

    /// Leaves by this button, and sees the accounts.
    pub async fn back_to_accounts(&self, label: &str) -> Result<()> {
        self.page.press(label).await?;
        self.page.arrives_without_choice("browsing", "Your bank accounts").await?;
        Ok(())
    }

    /// What must be true of every session for the very account, and how each of them ended: `null`, or Stripe's reason
    /// for a failure.
    pub async fn recorded(&self, endings: &[(&str, Value)]) -> Result<()> {
        let asked_for = json!({
            "relink_options": { "authorization": "fcauth_AlderJenny", "account": ALDER },
            "account_holder": { "type": "customer", "customer": "cus_SandboxJenny" },
            "permissions": ["payment_method", "balances"],
            "filters": { "account_subcategories": ["checking", "savings"] },
            "limits": { "accounts": 1 },
        });
        self.asked_for(&vec![asked_for; endings.len()]).await?;
        self.ended(endings).await
    }

    /// What each session was made with, and that each had one window.
    pub async fn asked_for(&self, expected: &[Value]) -> Result<()> {
        let sessions = self.stand.sessions().await?;
        ensure!(sessions.len() == expected.len(), "{} sessions: {sessions:?}", sessions.len());
        for (session, expected) in sessions.iter().zip(expected) {
            for (field, value) in expected.as_object().context("no object")? {
                ensure!(session[field] == *value, "{field} is {}, not {value}", session[field]);
            }
            ensure!(session["windows_opened"] == 1, "{session}");
        }
        Ok(())
    }

    /// How each session ended: its status, and Stripe's reason for a failure.
    pub async fn ended(&self, endings: &[(&str, Value)]) -> Result<()> {
        let sessions = self.stand.sessions().await?;
        let ending = |session: &Value| {
            let status = session["status"].as_str().unwrap_or_default().to_owned();
            (status, session["relink_result"]["failure_reason"].clone())
        };
        let ended: Vec<_> = sessions.iter().map(ending).collect();
        let is_so = |((status, reason), (expected, why)): (&(String, Value), &(&str, Value))| {
            status == expected && reason == why
        };
        let all = ended.len() == endings.len() && ended.iter().zip(endings).all(is_so);
        ensure!(all, "the sessions ended like this: {ended:?}");
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
        self.accounts_are(&[ALDER], status).await
    }

    /// The same of other accounts.
    pub async fn accounts_are(&self, ids: &[&str], status: &str) -> Result<()> {
        for id in ids {
            let account = self.stand.account(id).await?;
            ensure!(account["status"] == status, "{account}");
        }
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
