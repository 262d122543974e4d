use super::*;

fn set(change: impl FnOnce(&mut RequestOptions)) -> Result<RequestSettings, ConfigError> {
    let mut options = RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        smtp_url: Some(SecretString::from("smtps://user:p%40ss@mail.example")),
        mail_from: Some("Northwind <billing@northwind.example>".to_owned()),
        ..RequestOptions::default()
    };
    change(&mut options);
    decide(options, Mode::Test, SocketAddr::from(([127, 0, 0, 1], 4280)))
}

#[expect(clippy::unnecessary_wraps, reason = "settings are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_mail_server_is_spoken_to_encrypted_unless_it_is_on_this_machine() {
    for (url, expected) in [
        ("smtps://mail.example", Some((Encryption::FromTheStart, 465))),
        ("smtp://mail.example", Some((Encryption::StartTls, 587))),
        ("smtp://mail.example:2525", Some((Encryption::StartTls, 2525))),
        ("smtp://127.0.0.1:1025", Some((Encryption::Never, 1025))),
        ("smtp://localhost", Some((Encryption::Never, 25))),
        ("http://mail.example", None),
        ("smtp://user@mail.example", None),
        ("mail.example", None),
    ] {
        let settings = set(|options| options.smtp_url = Some(SecretString::from(url)));
        let found = settings.ok().and_then(|settings| settings.mail).map(|mail| (mail.encryption, mail.port));
        assert_eq!(found, expected, "{url}");
    }
    let mail = set(|_| ()).unwrap().mail.unwrap();
    let (user, password) = mail.login.clone().unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("user", "p@ss"));
    assert!(!format!("{mail:?}").contains("p@ss"));
}

#[test]
fn what_contradicts_itself_is_said() {
    type Change = fn(&mut RequestOptions);
    let table: [(Change, ConfigError); 17] = [
        (|options| options.public_url = some("http://reconnect.example"), ConfigError::PublicUrl),
        (|options| options.public_url = some("https://reconnect.example/a?b"), ConfigError::PublicUrl),
        (|options| options.public_url = some("https://reconnect.example/a;b"), ConfigError::PublicUrl),
        (|options| options.public_url = some("https://reconnect.example/a//b"), ConfigError::PublicUrl),
        (|options| options.public_url = some("https://reconnect.example/api"), ConfigError::PublicPath),
        (|options| options.public_url = some("https://reconnect.example/r/x/"), ConfigError::PublicPath),
        (|options| options.public_url = None, ConfigError::MailWithoutLinks),
        (|options| options.mail_from = None, ConfigError::NoMailFrom),
        (|options| options.mail_from = some("billing"), ConfigError::MailFrom),
        (|options| options.return_origins = some("https://a.example,ftp://b"), ConfigError::ReturnOrigins),
        (|options| options.token_url = some("http://shop.example/token"), ConfigError::TokenUrl),
        (|options| options.token_url = some("//shop.example/token"), ConfigError::TokenUrl),
        (|options| options.merchant_color = some("#12345"), ConfigError::MerchantColor),
        (|options| options.remind = some("always"), ConfigError::Remind),
        (|options| options.quiet_hours = some("21-8"), ConfigError::QuietHours),
        (|options| options.time_zone = some("Atlantis"), ConfigError::TimeZone),
        (
            |options| (options.remind, options.smtp_url) = (some("broken"), None),
            ConfigError::RemindWithoutMail,
        ),
    ];
    for (change, expected) in table {
        assert_eq!(set(change).err(), Some(expected));
    }
}

#[test]
fn the_name_of_a_sender_needs_quotes_around_special_characters() {
    let from = |text: &str| {
        let settings = set(|options| {
            options.smtp_url = Some(SecretString::from("smtp://localhost"));
            options.mail_from = some(text);
        });
        settings.map(|settings| {
            let Mailbox { name, email } = settings.mail.unwrap().from;
            (name.unwrap_or_default(), email.to_string())
        })
    };
    let acme = |name: &str| Ok((name.to_owned(), "a@acme.example".to_owned()));
    for (text, expected) in [
        ("a@acme.example", acme("")),
        ("<a@acme.example>", acme("")),
        ("Acme <a@acme.example>", acme("Acme")),
        ("Café Acme <a@acme.example>", acme("Café Acme")),
        (r#""Acme, Inc." <a@acme.example>"#, acme("Acme, Inc.")),
        (r#""Acme (Banking)" <a@acme.example>"#, acme("Acme (Banking)")),
        ("Acme, Inc. <a@acme.example>", Err(ConfigError::MailFromName)),
        ("Acme (Banking) <a@acme.example>", Err(ConfigError::MailFromName)),
        ("Acme: Banking <a@acme.example>", Err(ConfigError::MailFromName)),
        ("Acme", Err(ConfigError::MailFrom)),
    ] {
        assert_eq!(from(text), expected, "{text}");
    }
}

#[test]
fn words_become_settings() {
    let settings = set(|options| {
        options.remind = some("expiring, broken");
        options.quiet_hours = some("21:00-08:30");
        options.time_zone = some("Europe/Berlin");
        options.merchant_color = some("#1553B6");
        options.return_origins = some("https://a.example, https://b.example:8443");
    });
    let settings = settings.unwrap();
    assert!(settings.reminders.broken && settings.reminders.expiring);
    assert_eq!(settings.reminders.quiet.unwrap().to, Time::constant(8, 30, 0, 0));
    assert_eq!(settings.email_zone, TimeZone::get("Europe/Berlin").unwrap());
    assert_eq!(settings.color, Some([0x15, 0x53, 0xb6]));
    assert_eq!(settings.return_origins, ["https://a.example", "https://b.example:8443"]);
    assert!(!set(|options| options.remind = some("off")).unwrap().reminders.is_on());
}

#[test]
fn days_in_emails_are_by_default_too_late_in_no_state() {
    let zone = set(|_| ()).unwrap().email_zone;
    let ends: jiff::Timestamp = "2026-12-04T02:00:00Z".parse().unwrap();
    for state in ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu"] {
        let there = ends.to_zoned(TimeZone::get(state).unwrap()).date();
        assert!(ends.to_zoned(zone.clone()).date() <= there, "{state}");
    }
}

#[test]
fn in_the_sandbox_links_lead_to_where_the_server_listens() {
    let at =
        |port| decide(RequestOptions::default(), Mode::Sandbox, SocketAddr::from(([127, 0, 0, 1], port)));
    assert_eq!(at(4280).unwrap().public_url.unwrap().as_str(), "http://127.0.0.1:4280/");
    assert!(at(0).unwrap().public_url.is_none());
    let test = decide(RequestOptions::default(), Mode::Test, SocketAddr::from(([127, 0, 0, 1], 4280)));
    assert!(test.unwrap().public_url.is_none());
}

#[test]
fn tokens_come_from_a_path_here_or_from_an_address_of_the_shops() {
    let elsewhere = |url: &str| TokenSource::SignIn(Url::parse(url).unwrap());
    let here = |path: &str| TokenSource::Path(path.to_owned());
    for (text, expected) in [
        ("/account/bank-token?a=1", Some(here("/account/bank-token?a=1"))),
        ("https://reconnect.example/token?a=1", Some(here("/token?a=1"))),
        ("https://shop.example/token?a=1", Some(elsewhere("https://shop.example/token?a=1"))),
        ("http://127.0.0.1:4282/token", Some(elsewhere("http://127.0.0.1:4282/token"))),
        ("http://shop.example/token", None),
        ("https://user@shop.example/token", None),
        ("https://user:password@shop.example/token", None),
        ("https://shop.example/token#fragment", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://reconnect.example//evil.example/token", None),
        ("account/bank-token", None),
        ("//shop.example/token", None),
        ("/\\shop.example/token", None),
    ] {
        let settings = set(|options| options.token_url = some(text));
        assert_eq!(settings.ok().and_then(|settings| settings.token_address), expected, "{text}");
    }
}

#[test]
fn the_public_url_may_have_a_path_with_or_without_a_slash_at_its_end() {
    for (given, url, base) in [
        ("https://shop.example", "https://shop.example/", ""),
        ("https://shop.example/relink", "https://shop.example/relink/", "/relink"),
        ("https://shop.example/relink/", "https://shop.example/relink/", "/relink"),
        ("https://shop.example/my/bank/", "https://shop.example/my/bank/", "/my/bank"),
        ("https://shop.example/a/../relink", "https://shop.example/relink/", "/relink"),
        ("https://shop.example/apis", "https://shop.example/apis/", "/apis"),
    ] {
        let settings = set(|options| options.public_url = some(given)).unwrap();
        assert_eq!(settings.public_url.as_ref().map(Url::as_str), Some(url), "{given}");
        assert_eq!(settings.base_path(), base, "{given}");
    }
}
