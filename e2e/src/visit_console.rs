//! Visit of every page of the operators' console, with a month of history.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::browser_session::BrowserSession;
use crate::environment::{Environment, Settings};
use crate::poll::until;
use crate::visit_every_screen::ScreenVisitor;

const OPERATOR: &str = "ada@northwind.example";
const SETTINGS: Settings = &[
    ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
    ("RELINK_OPERATORS", "ada@northwind.example,grace@northwind.example:viewer"),
    ("RELINK_CUSTOMER_NAMES", "true"),
    ("RELINK_HELP_URL", "https://help.northwind.example/"),
];

/// Pages that an address leads to: the route, the name of the screen, and the rest of the address.
const PAGES: [(&str, &str, &str); 14] = [
    ("/console", "connections", "?size=50"),
    ("/console", "connections_filtered", "?state=broken&cause=access_expired&result=delivered"),
    ("/console", "connections_none", "?q=nobody"),
    ("/console/accounts/{id}", "account", "/accounts/ACCOUNT"),
    ("/console/customers/{id}", "customer", "/customers/CUSTOMER"),
    ("/console/batches", "requests", "/batches"),
    ("/console/batches/{id}", "batch", "/batches/BATCH"),
    ("/console/reports", "reports", "/reports"),
    ("/console/reports", "reports_7_days", "/reports?days=7&show=all&bank=Alder+Bank"),
    ("/console/faults", "failed", "/faults"),
    ("/console/keys", "keys", "/keys"),
    ("/console/sessions", "sessions", "/sessions"),
    ("/console/audit", "audit", "/audit"),
    ("/console/{*rest}", "not_found", "/nowhere"),
];

/// Pages that answer a form, whose route may also be another page's.
const ANSWERS: [(&str, &str); 8] = [
    ("/console/sign-in", "sign_in"),
    ("/console/sign-in", "code"),
    ("/console/code", "wrong_code"),
    ("/console/key", "wrong_key"),
    ("/console/accounts/{id}/link", "link"),
    ("/console", "nothing_chosen"),
    ("/console/preview", "preview"),
    ("/console/language", "language_menu"),
];

/// Routes that are no page: files, redirects, fragments of a page, and the email in the frame of a preview.
#[cfg(test)]
const NO_PAGES: [&str; 15] = [
    "/console/email",
    "/console/oidc",
    "/console/oidc/callback",
    "/console/sign-out",
    "/console/connections.csv",
    "/console/requests/{id}/cancel",
    "/console/batches/{id}/progress",
    "/console/batches/{id}/stop",
    "/console/batches/{id}/approve",
    "/console/session",
    "/console/reports.csv",
    "/console/pictures",
    "/console/faults/work",
    "/console/faults/messages",
    "/console/sessions/end",
];

/// Visits every page of the console in each of these languages.
pub async fn every_console_page(languages: &[&str], visit: impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::prepare_with(SETTINGS, serde_json::Value::Null).await?;
    session.environment.add_history().await?;
    let seen = Mutex::new(BTreeSet::new());
    for language in languages {
        let visit = async |session: &BrowserSession, name: &str| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
            visit(session, &format!("{name}-{language}")).await
        };
        session.browser()?.devtools("Network.clearBrowserCookies", json!({})).await?;
        let tour = Tour { console: format!("{}/console", session.environment.url()), session: &session };
        tour.choose(language).await?;
        tour.sign_in(&visit).await?;
        for (_, name, path) in PAGES {
            tour.open(&tour.address(path)).await?;
            visit(&session, name).await?;
        }
        tour.answers(&visit).await?;
    }
    let names = PAGES.iter().map(|(_, name, _)| *name).chain(ANSWERS.iter().map(|(_, name)| *name));
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missing: Vec<&str> = names.filter(|name| !seen.contains(*name)).collect();
    ensure!(missing.is_empty(), "not visited: {missing:?}");
    session.finish().await
}

/// Visit in one language.
struct Tour<'a> {
    console: String,
    session: &'a BrowserSession,
}

impl Tour<'_> {
    fn address(&self, path: &str) -> String {
        let (account, customer) = Environment::HISTORY_ACCOUNT;
        let path = path.replace("ACCOUNT", account).replace("CUSTOMER", customer);
        let path = path.replace("BATCH", Environment::HISTORY_BATCH);
        [&self.console, path.as_str()].concat()
    }

    async fn open(&self, address: &str) -> Result<()> {
        self.session.go_to(address).await?;
        self.session.page.wait_for_rendering().await
    }

    /// Chooses the language of the console, as its menu does.
    async fn choose(&self, language: &str) -> Result<()> {
        self.open(&format!("{}/sign-in", self.console)).await?;
        self.press(&format!("button[name=language][value='{language}']")).await?;
        self.wait_for(&format!("html:lang({language})")).await
    }

    /// Presses what the selector matches, whether it is in a closed menu or not, and waits for the next page.
    async fn press(&self, selector: &str) -> Result<()> {
        let press = format!(
            "const one = document.querySelector({}); if (one) document.documentElement.dataset.old = ''; one?.click(); return !!one;",
            json!(selector)
        );
        until(async || {
            ensure!(self.session.page.run(&press).await? == true, "there is no {selector}");
            Ok(())
        })
        .await?;
        self.wait_for("html:not([data-old])").await
    }

    async fn wait_for(&self, selector: &str) -> Result<()> {
        let find = format!("return !!document.querySelector({});", json!(selector));
        until(async || {
            ensure!(self.session.page.run(&find).await? == true, "there is no {selector}");
            Ok(())
        })
        .await
    }

    async fn sign_in(&self, visit: &impl ScreenVisitor) -> Result<()> {
        visit(self.session, "sign_in").await?;
        self.submit("#key", "not-a-key").await?;
        visit(self.session, "wrong_key").await?;
        self.open(&format!("{}/sign-in", self.console)).await?;
        let before = self.session.environment.emails().await?.len();
        self.submit("#email", OPERATOR).await?;
        visit(self.session, "code").await?;
        self.submit("#code", "000000000").await?;
        visit(self.session, "wrong_code").await?;
        let code = until(async || {
            let emails = self.session.environment.emails().await?;
            ensure!(emails.len() > before, "there is no email with a code");
            let subject_and_text = format!("{}", emails[0]["text"]);
            let digits: String = subject_and_text.chars().filter(char::is_ascii_digit).take(9).collect();
            (digits.len() == 9).then_some(digits).context("the email has no code")
        })
        .await?;
        self.submit("#code", &code).await?;
        self.wait_for("#connections, .empty").await
    }

    /// Sends the form of a field with this value.
    async fn submit(&self, field: &str, text: &str) -> Result<()> {
        let fill = format!("document.querySelector({}).value = {};", json!(field), json!(text));
        self.wait_for(field).await?;
        self.session.page.run(&fill).await?;
        self.press(&format!("form:has({field}) button")).await
    }

    /// Visits the pages that answer forms of a signed-in operator.
    async fn answers(&self, visit: &impl ScreenVisitor) -> Result<()> {
        self.open(&self.address("/accounts/ACCOUNT")).await?;
        self.press("form[action$='/link'] button").await?;
        visit(self.session, "link").await?;
        self.open(&self.address("?state=broken&size=50")).await?;
        self.session.page.run("document.querySelector('#bar button').click();").await?;
        visit(self.session, "nothing_chosen").await?;
        self.session.page.run("document.querySelector('#all').click();").await?;
        self.press("#bar button").await?;
        visit(self.session, "preview").await?;
        self.open(&self.address("/keys")).await?;
        self.session.page.run("document.querySelector('details.menu').open = true;").await?;
        visit(self.session, "language_menu").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: &str = include_str!("../../server/src/console/mod.rs");

    fn routes() -> BTreeSet<&'static str> {
        ROUTER.split(".route(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
    }

    #[test]
    fn every_route_of_the_console_has_a_screen_or_is_no_page() {
        let screens = PAGES.iter().map(|(route, ..)| *route).chain(ANSWERS.iter().map(|(route, _)| *route));
        let known: BTreeSet<&str> = screens.chain(NO_PAGES).collect();
        assert!(routes().len() > 20, "the router is read wrongly: {:?}", routes());
        assert_eq!(routes(), known);
    }

    #[test]
    fn each_screen_has_a_name_of_its_own() {
        let names = PAGES.iter().map(|(_, name, _)| *name).chain(ANSWERS.iter().map(|(_, name)| *name));
        let names: Vec<&str> = names.collect();
        assert_eq!(names.len(), BTreeSet::from_iter(&names).len());
    }
}
