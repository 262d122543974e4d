use super::*;

const ISSUER: &str = "https://login.shop.example/realms/staff";

fn options() -> OidcOptions {
    OidcOptions {
        oidc_issuer: Some(ISSUER.to_owned()),
        oidc_client_id: Some("relink".to_owned()),
        oidc_client_secret: Some(SecretString::from("secret")),
        oidc_roles: Some("staff:viewer".to_owned()),
        ..OidcOptions::default()
    }
}

fn decided(change: impl FnOnce(&mut OidcOptions)) -> Result<Option<OidcSettings>, OidcSettingsError> {
    let mut options = options();
    change(&mut options);
    let public = Url::parse("https://shop.example/relink/").unwrap();
    decide(options, Some(&public))
}

fn error(change: impl FnOnce(&mut OidcOptions)) -> OidcSettingsError {
    decided(change).unwrap_err()
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a setting")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_issuer_needs_a_client_and_roles_and_nothing_else() {
    assert!(decide(OidcOptions::default(), None).unwrap().is_none());
    let settings = decided(|_| ()).unwrap().unwrap();
    assert_eq!(settings.redirect_url.as_str(), "https://shop.example/relink/console/oidc/callback");
    assert_eq!(settings.name, "login.shop.example");
    assert_eq!(settings.scopes, "openid email");
    assert_eq!(
        (settings.roles.name.as_str(), settings.session, settings.only),
        ("roles", USUAL_SESSION, false)
    );
}

#[test]
fn what_is_missing_is_named() {
    use OidcSettingsError::Missing;
    assert_eq!(error(|o| o.oidc_issuer = None), Missing("RELINK_OIDC_ISSUER"));
    assert_eq!(error(|o| o.oidc_client_id = text(" ")), Missing("RELINK_OIDC_CLIENT_ID"));
    assert_eq!(error(|o| o.oidc_client_secret = None), Missing("RELINK_OIDC_CLIENT_SECRET"));
    assert_eq!(error(|o| o.oidc_roles = None), Missing("RELINK_OIDC_ROLES"));
    let only = OidcOptions { oidc_only: true, ..OidcOptions::default() };
    assert_eq!(decide(only, None).unwrap_err(), Missing("RELINK_OIDC_ISSUER"), "nobody could sign in");
}

#[test]
fn an_issuer_is_reached_over_tls_and_named_as_it_names_itself() {
    for good in [ISSUER, "https://login.shop.example/", "http://127.0.0.1:8080", "http://localhost/realms/a"]
    {
        assert_eq!(decided(|o| o.oidc_issuer = text(good)).unwrap().unwrap().issuer, good);
    }
    for bad in [
        "login.shop.example",
        "http://login.shop.example",
        "https://me@login.shop.example",
        "https://login.shop.example/?realm=staff",
        "https://login.shop.example/#staff",
        "http://login.localhost",
    ] {
        assert_eq!(error(|o| o.oidc_issuer = text(bad)), OidcSettingsError::Issuer, "{bad}");
    }
}

#[test]
fn a_value_may_have_colons_and_every_role_is_known() {
    let settings = decided(|o| o.oidc_roles = text("urn:a:boss:admin, staff : viewer")).unwrap().unwrap();
    let expected = [("urn:a:boss".to_owned(), Role::Admin), ("staff".to_owned(), Role::Viewer)];
    assert_eq!(settings.roles.roles, expected);
    let settings = decided(|o| {
        (o.oidc_roles, o.oidc_roles_claim) = (text("Ada@Shop.example:admin"), text("email"));
    });
    assert_eq!(settings.unwrap().unwrap().roles.roles, [("ada@shop.example".to_owned(), Role::Admin)]);
    let no_address =
        |o: &mut OidcOptions| (o.oidc_roles_claim, o.oidc_roles) = (text("email"), text("ada:admin"));
    assert_eq!(error(no_address), OidcSettingsError::Roles);
    for bad in ["staff", "staff:owner", ":viewer", "staff:viewer,", "staff:Viewer"] {
        assert_eq!(error(|o| o.oidc_roles = text(bad)), OidcSettingsError::Roles, "{bad}");
    }
}

#[test]
fn the_browser_is_sent_back_to_the_console() {
    let callback = |url: &str| decided(|o| o.oidc_redirect_url = text(url)).map(|s| s.unwrap().redirect_url);
    for good in [
        "https://in.example/relink/console/oidc/callback",
        "http://relink.localhost:4280/relink/console/oidc/callback",
    ] {
        assert_eq!(callback(good).unwrap().as_str(), good);
    }
    for bad in [
        "https://in.example/",
        "http://in.example/relink/console/oidc/callback",
        "https://in.example/relink/console/oidc/callback?a=b",
        // The console's cookies, which have the path of the public URL, would not be sent there.
        "https://in.example/console/oidc/callback",
        "https://in.example/other/console/oidc/callback",
        "https://in.example/relink/other/console/oidc/callback",
        "/console/oidc/callback",
    ] {
        assert_eq!(callback(bad), Err(OidcSettingsError::RedirectUrl), "{bad}");
    }
    assert_eq!(decide(options(), None).unwrap_err(), OidcSettingsError::RedirectUrl);
}

#[test]
fn a_session_has_from_five_minutes_to_half_a_day() {
    for (given, minutes) in [("5m", 5), ("2h", 120), ("12h", 720)] {
        let settings = decided(|o| o.oidc_session = text(given)).unwrap().unwrap();
        assert_eq!(settings.session, SignedDuration::from_mins(minutes), "{given}");
    }
    for bad in ["4m", "13h", "1d", "60", "h"] {
        assert_eq!(error(|o| o.oidc_session = text(bad)), OidcSettingsError::Session, "{bad}");
    }
    assert_eq!(error(|o| o.oidc_scopes = text("email profile")), OidcSettingsError::Scopes);
}
