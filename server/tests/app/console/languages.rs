//! The console in each language: every word on its pages comes from the language's file, or is a name or a term.

use std::collections::BTreeSet;
use std::path::Path;

use relink_server::{ConsoleOptions, Options};
use relink_test_kit::SmtpStub;
use reqwest::Method;
use serde_json::json;

use super::{Browser, OPERATOR, OWN, shop_with};
use crate::objects::{active, broken, session};
use crate::support::TestApp;
use crate::webhooks::event;

/// Words that are the same in every language: names of the merchant, banks, operators and products, and terms.
const NAMES: [&str; 18] = [
    "acme", "ada", "alder", "bank", "birch", "checking", "everyday", "example", "oscar", "shop", "vera",
    "mailbox", "relink", "stripe", "utc", "acct", "cus", "fca",
];
/// Names of months and halves of the day in dates, which English alone has.
const ENGLISH_DATES: [&str; 14] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "am", "pm"];
/// Attributes whose values people see or hear.
const SHOWN: [&str; 12] = [
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "data-name",
    "data-some",
    "data-all",
    "data-none",
    "data-page",
    "data-one",
    "data-two",
    "data-announce",
];
/// Elements without an end tag.
const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];
/// Elements that contain code and keys, which have no language.
const CODE: [&str; 4] = ["script", "style", "code", "kbd"];

/// Words of a language's files.
struct Vocabulary {
    code: String,
    direction: String,
    words: BTreeSet<String>,
}

impl Vocabulary {
    fn all() -> Vec<Self> {
        let read = |folder: &str| {
            relink_messages::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("languages")
        };
        let (console, emails) = (read("locales/console"), read("locales"));
        let languages = console.iter().zip(&emails).map(|(console, emails)| {
            assert_eq!(console.code(), emails.code());
            let texts = console.texts().chain(emails.texts()).map(|(_, text)| text);
            let forms = console.plurals().flat_map(|(_, forms)| forms.values().map(String::as_str));
            Self {
                code: console.code().to_owned(),
                direction: console.text("direction").unwrap_or_default().to_owned(),
                words: texts.chain(forms).flat_map(|text| words(&without_places(text))).collect(),
            }
        });
        languages.collect()
    }

    /// Returns the texts of the page that have a word which is neither the language's nor a name.
    fn foreign(&self, page: &str) -> Vec<String> {
        // Chinese has no spaces between words.
        let is_chinese = |word: &String| {
            self.code == "zh-Hans" && word.chars().all(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
        };
        let is_of_date = |word: &String| self.code == "en" && ENGLISH_DATES.contains(&word.as_str());
        let is_known = |word: &String| {
            self.words.contains(word)
                || NAMES.contains(&word.as_str())
                || is_chinese(word)
                || is_of_date(word)
        };
        let mut texts = texts(page);
        texts.retain(|text| !words(text).iter().all(is_known));
        texts
    }
}

/// Removes the names of placeholders, which are English.
fn without_places(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| before + " " + part.split_once('}').map_or("", |(_, after)| after))
}

/// Returns the words of a text in lower case. What has a digit or an underscore is an identifier.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric() && !['_', '-'].contains(&letter));
    let parts = parts.map(|part| part.trim_matches('-').to_lowercase());
    let is_word = |part: &String| {
        !part.is_empty() && part.chars().all(|letter| letter.is_alphabetic() || letter == '-')
    };
    parts.filter(is_word).collect()
}

/// Returns all texts that people see or hear, without those that are marked as being in a language of their own.
fn texts(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Whether the open elements are left out.
    let mut open = vec![false];
    for piece in page.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            open.pop();
        } else if !tag.starts_with('!') {
            let attributes = attributes(tag);
            let of = |wanted: &str| {
                attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
            };
            let is_marked = name != "html" && of("lang").is_some();
            let is_left_out = open.last() == Some(&true) || is_marked || CODE.contains(&name);
            if !is_left_out {
                let shown = attributes.iter().filter(|(name, _)| SHOWN.contains(name));
                found.extend(shown.map(|(_, value)| unescaped(value)));
            }
            if !VOID.contains(&name) {
                open.push(is_left_out);
            }
        }
        if open.last() == Some(&false) && !text.trim().is_empty() {
            found.push(unescaped(text));
        }
    }
    found
}

fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut rest = tag;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once("=\"") {
        let name = before.rsplit(' ').next().unwrap_or_default();
        let (value, next) = after.split_once('"').unwrap_or((after, ""));
        found.push((name, value));
        rest = next;
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn words_of_another_language_are_found_wherever_they_stand() {
    let german = Vocabulary::all().into_iter().find(|language| language.code == "de").unwrap();
    let page = |content: &str| format!("<!DOCTYPE html><html lang=\"de\"><body>{content}</body></html>");
    for foreign in [
        "<p>Send 1 mail</p>",
        "<p>Abmelden <b>now</b></p>",
        "<a aria-label=\"Choose Alder Bank\">Alder Bank</a>",
        "<input placeholder=\"Customer\"><p>Abmelden</p>",
        "<code>x</code> for all",
        "<time title=\"Monday\">2026</time>",
    ] {
        assert_eq!(german.foreign(&page(foreign)).len(), 1, "{foreign}");
    }
    for own in [
        "<p>Abmelden</p><p>••6789 Alder Bank, cus_1</p>",
        "<script>for all</script><code>keys</code><bdi lang=\"en\">refused</bdi>",
        "<option lang=\"fr\" value=\"all\">Tout</option>",
    ] {
        assert_eq!(german.foreign(&page(own)), Vec::<String>::new(), "{own}");
    }
}

/// Starts a shop in which every page of the console has something to show.
async fn busy_shop(office: &SmtpStub) -> TestApp {
    let app = shop_with(
        office,
        &format!("{OPERATOR}, oscar@shop.example:operator, vera@shop.example:viewer"),
        |options| Options {
            permissions: Some("payment_method,balances,ownership".to_owned()),
            console: ConsoleOptions { batch_approval_above: Some("1".to_owned()), ..options.console },
            ..options
        },
    )
    .await;
    let mut lost = broken("fca_3", Some("cus_1"));
    lost["status_details"]["inactive"] = json!({"action": "none", "cause": "account_closed"});
    let mut elsewhere = broken("fca_4", None);
    elsewhere["institution_name"] = json!("Birch Bank");
    elsewhere["status_details"]["inactive"]["cause"] = json!("unspecified");
    let mut ending = active("fca_5", Some("cus_1"));
    let date = crate::support::now() + 5 * 24 * 60 * 60;
    ending["status_details"] =
        json!({"active": {"action": "relink_required", "expected_deactivation_date": date}});
    let mut gone = active("fca_6", Some("cus_1"));
    gone["status"] = json!("disconnected");
    for account in [active("fca_2", Some("cus_1")), lost, elsewhere, ending, gone] {
        app.stripe_has_account(account);
    }
    for n in 1..=6 {
        app.tell(&event(&format!("evt_{n}"), &format!("fca_{n}"))).await;
    }
    crate::requests::keys::create(&app, "audit:read");
    relink_server::work_until_idle(&app.app).await;
    for statement in [
        "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, last_error, created_at) \
         VALUES ('account:fca_9', 'account', 'fca_9', 0, 1, 0, 0, 9, 0, 5, 'no use', 0)",
        "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, failed_at, last_error) \
         VALUES ('msg_1', 'connection.broken', 'fca_1', '{}', 0, 0, 9, 0, 5, 'no use')",
        "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
         VALUES ('tally:', 'tally', '', 0, 1, 0, 0, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET due = 0",
    ] {
        app.database.run(statement).await;
    }
    relink_server::work_until_idle(&app.app).await;
    app
}

/// Begins a batch that is finished, one that runs, and one that waits. Returns the paths of their pages.
async fn batches(app: &TestApp, browser: &mut Browser) -> Vec<String> {
    let form = browser.form(app).await;
    let mut paths = Vec::new();
    for accounts in [vec!["fca_1"], vec!["fca_2"], vec!["fca_3", "fca_4"]] {
        let chosen = accounts.into_iter().map(|account| ("account", account));
        let fields: Vec<_> = chosen.chain([("form", form.as_str())]).collect();
        let begun = browser.post(app, "/console/batches", &fields).await;
        paths.push(begun.headers["location"].to_str().unwrap().to_owned());
        if paths.len() == 1 {
            relink_server::work_until_idle(&app.app).await;
        }
    }
    let all = [("form", form.as_str()), ("all", "1"), ("state", "broken"), ("from", "2020-01-01")];
    let begun = browser.post(app, "/console/batches", &all).await;
    paths.push(begun.headers["location"].to_str().unwrap().to_owned());
    app.stripe_makes(session("fcsess_1", "fca_1", &serde_json::Value::Null)).await;
    assert_eq!(app.begin(&crate::support::token("cus_1"), "fca_1").await.status, 200);
    paths
}

/// Addresses of the pages, those with errors included.
const PAGES: [&str; 23] = [
    "/console",
    "/console?state=broken&cause=access_expired&none_chosen=1&order=urgent",
    "/console?permissions=missing",
    "/console?q=cus_2",
    "/console?q=nobody",
    "/console?q=bank",
    "/console?state=asleep",
    "/console?from=1.11.",
    "/console/accounts/fca_1",
    "/console/accounts/fca_2",
    "/console/accounts/fca_3",
    "/console/accounts/fca_5",
    "/console/accounts/fca_6",
    "/console/customers/cus_1",
    "/console/reports?days=7&show=all",
    "/console/reports?bank=Birch+Bank",
    "/console/reports?from=2026-11-20&to=2026-11-10",
    "/console/faults",
    "/console/keys",
    "/console/sessions",
    "/console/audit",
    "/console/audit?subject=nobody",
    "/console/nowhere",
];

async fn speak(app: &TestApp, browser: &mut Browser, code: &str) {
    let fields = [("language", code), ("then", "/console/reports")];
    let answer = browser.post(app, "/console/language", &fields).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["location"]),
        (303, &"/console/reports".parse().unwrap())
    );
}

/// Returns every page of the console in a language, with its address.
async fn walk(
    app: &TestApp,
    browsers: &mut [Browser; 2],
    batches: &[String],
    code: &str,
) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let [ada, vera] = browsers;
    speak(app, ada, code).await;
    speak(app, vera, code).await;
    let parts = batches.iter().flat_map(|path| [path.clone(), format!("{path}?result=never_asked")]);
    let progress = batches.iter().map(|path| format!("{path}/progress"));
    let all = PAGES.map(str::to_owned).into_iter().chain(["/console/batches".to_owned()]);
    for path in all.chain(parts).chain(progress) {
        pages.push((path.clone(), ada.get(app, &path).await.text));
    }
    pages.push(("as a viewer".to_owned(), vera.get(app, "/console/accounts/fca_1").await.text));
    let form = vera.form(app).await;
    let refused = vera.post(app, "/console/preview", &[("form", &form)]).await;
    pages.push(("as a viewer /console/preview".to_owned(), refused.text));
    let form = ada.form(app).await;
    let form = ("form", form.as_str());
    let own = format!("{}/approve", batches[2]);
    for (path, fields) in [
        ("/console/preview", vec![form, ("account", "fca_1"), ("account", "fca_3"), ("account", "fca_5")]),
        ("/console/preview", vec![form, ("all", "1"), ("reason", "permissions_changed")]),
        ("/console/accounts/fca_3/link", vec![form, ("delivery", "email")]),
        ("/console/accounts/fca_5/link", vec![form, ("delivery", "link")]),
        ("/console/sign-out", vec![("form", "x")]),
        (&own, vec![form]),
        ("/console/key", vec![("key", "rk_wrong")]),
    ] {
        pages.push((path.to_owned(), ada.post(app, path, &fields).await.text));
    }
    let mut guest = Browser::default();
    speak(app, &mut guest, code).await;
    pages.push(("/console/sign-in".to_owned(), guest.get(app, "/console/sign-in").await.text));
    for (path, field) in
        [("/console/sign-in", "x"), ("/console/sign-in", "a@b.example"), ("/console/code", "1")]
    {
        let fields = [("email", field), ("code", field)];
        pages.push((path.to_owned(), guest.post(app, path, &fields).await.text));
    }
    pages
}

#[tokio::test]
async fn every_page_speaks_each_language_and_no_other() {
    let office = SmtpStub::start().await.unwrap();
    let app = busy_shop(&office).await;
    let ada = Browser::with_code(&app, &office).await;
    let mut browsers = [ada, Browser::with_code_of(&app, &office, "vera@shop.example").await];
    let batches = batches(&app, &mut browsers[0]).await;
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).unwrap().unwrap();
    let user = format!("{} (uid {})", user.name, user.uid);
    // Places are filled by the script.
    let identifiers = ["a@b.example", "account:fca_9", "{chosen}", "{total}", user.as_str()];
    let mut foreign = Vec::new();
    for language in Vocabulary::all() {
        let Vocabulary { code, direction, .. } = &language;
        for (path, page) in walk(&app, &mut browsers, &batches, code).await {
            let root = format!("<html lang=\"{code}\" dir=\"{direction}\"");
            assert!(page.contains(&root) || path.ends_with("/progress"), "{code} {path}: {page}");
            let page = identifiers.iter().fold(page, |page, identifier| page.replace(identifier, ""));
            let page = if path.ends_with("/progress") { format!("{root}>{page}") } else { page };
            foreign.extend(language.foreign(&page).into_iter().map(|text| format!("{code} {path}: {text}")));
        }
    }
    assert!(foreign.is_empty(), "{} texts: {:#?}", foreign.len(), foreign);
}

#[tokio::test]
async fn the_browser_chooses_the_language_until_the_operator_does() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop_with(&office, OPERATOR, |options| options).await;
    let mut browser = Browser::default();
    let headers = [OWN[0], ("accept-language", "ja, fr-CH;q=0.9, en;q=0.5")];
    let page = browser.go(&app, Method::GET, "/console/sign-in", None, &headers).await.text;
    assert!(
        page.contains("<html lang=\"fr\"")
            && page.contains("lang=\"fr\" aria-current=\"true\">Français</button>"),
        "{page}"
    );
    assert_eq!(
        browser
            .go(&app, Method::POST, "/console/language", Some(&[("language", "xx")]), &headers)
            .await
            .status,
        404
    );
    let fields = [("email", OPERATOR)];
    browser.go(&app, Method::POST, "/console/sign-in", Some(&fields), &headers).await;
    loop {
        if let Some(mail) = office.emails().first() {
            break assert!(mail.contains("est votre code pour la console"), "{mail}");
        }
        tokio::task::yield_now().await;
    }
    speak(&app, &mut browser, "ar").await;
    let page = browser.go(&app, Method::GET, "/console/sign-in", None, &headers).await.text;
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\""), "{page}");
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let answer =
        browser.go(&app, Method::POST, "/console/language", Some(&[("language", "de")]), &elsewhere).await;
    assert_eq!(answer.status, 403);
}
