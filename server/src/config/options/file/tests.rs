use std::os::unix::fs::PermissionsExt;

use clap::FromArgMatches;
use secrecy::ExposeSecret as _;

use super::*;

/// Reads the options with a file of this content and mode.
fn read(content: &str, mode: u32, arguments: &[&str]) -> Result<Options, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relink.toml");
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let named = ["relink-server", "--config", path.to_str().unwrap()];
    let arguments: Vec<OsString> = named.iter().chain(arguments).map(Into::into).collect();
    let (command, _) = command_for(&arguments).map_err(|error| error.to_string())?;
    let matches = command.try_get_matches_from(arguments).map_err(|error| error.to_string())?;
    Ok(Options::from_arg_matches(&matches).unwrap())
}

fn error(content: &str) -> String {
    read(content, 0o600, &[]).unwrap_err()
}

#[test]
fn a_file_sets_what_no_flag_sets() {
    let content = "
        # A comment.
        RELINK_LISTEN = '127.0.0.1:4444'
        RELINK_MERCHANT_NAME = 'Acme'
        RELINK_ORIGINS = ['https://a.example', 'https://b.example']
        RELINK_STRIPE_RATE = 7
        RELINK_TRACES_SHARE = 0.5
        RELINK_ANY_ACCOUNT = true
        RELINK_WEBHOOK_ALLOW_PRIVATE = false
        RELINK_API_KEY_FILE = '/run/secrets/key'
        RELINK_BATCH_APPROVAL_ABOVE = 50
        RELINK_MANDATE = '''
        { \"en\": \"I agree.\" }'''
    ";
    let options = read(content, 0o644, &["--listen", "127.0.0.1:5555", "backfill"]).unwrap();
    assert_eq!(options.listen.port(), 5555);
    assert_eq!(options.merchant_name.as_deref(), Some("Acme"));
    assert_eq!(options.origins.as_deref(), Some("https://a.example,https://b.example"));
    assert_eq!((options.stripe_rate, options.any_account, options.webhook_allow_private), (7, true, false));
    assert_eq!(options.traces.traces_share.as_deref(), Some("0.5"));
    assert_eq!(options.api_key_file, Some("/run/secrets/key".into()));
    assert_eq!(options.console.batch_approval_above.as_deref(), Some("50"));
    assert_eq!(options.mandate.unwrap().trim(), "{ \"en\": \"I agree.\" }");
    let keys =
        read("RELINK_API_KEY = ['a', 'b']\nRELINK_OIDC_SCOPES = ['openid', 'groups']", 0o600, &[]).unwrap();
    assert_eq!(keys.api_key.unwrap().expose_secret(), "a b", "a key may contain a comma");
    assert_eq!(keys.console.oidc.oidc_scopes.as_deref(), Some("openid groups"));
    assert!(read("RELINK_ANY_ACCOUNT = false", 0o644, &["--any-account"]).unwrap().any_account);
}

#[test]
fn every_setting_can_be_in_the_file() {
    let command = Options::command();
    for argument in command.get_arguments().filter(|argument| argument.get_id() != "config") {
        let name = argument.get_env().unwrap().to_str().unwrap();
        let value = match argument.get_default_values().first() {
            _ if matches!(argument.get_action(), ArgAction::SetTrue) => "true".to_owned(),
            Some(default) => format!("'{}'", default.to_str().unwrap()),
            None => "1".to_owned(),
        };
        read(&format!("{name} = {value}"), 0o600, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_one() {
    for (name, expected) in [
        ("RELINK_MERCHANTNAME", "RELINK_MERCHANT_NAME"),
        ("merchant_name", "RELINK_MERCHANT_NAME"),
        ("merchant-name", "RELINK_MERCHANT_NAME"),
        ("RELINK_DATABASE_URL", "DATABASE_URL"),
        ("STRIPE_SECRETKEY_FILE", "STRIPE_SECRET_KEY_FILE"),
    ] {
        let error = error(&format!("{name} = 'canary'"));
        assert!(error.contains(&format!("there is no setting `{name}`; {expected} is similar")), "{error}");
        assert!(error.contains("relink.toml") && !error.contains("canary"), "{error}");
    }
    assert!(error("colour = 'red'").contains("no setting `colour`\n"), "{}", error("colour = 'red'"));
    assert!(error("RELINK_CONFIG = 'other.toml'").contains("no setting `RELINK_CONFIG`"));
    assert!(error("[server]\nRELINK_LISTEN = '127.0.0.1:1'").contains("no setting `server`"));
}

#[test]
fn a_value_is_checked_like_one_on_the_command_line() {
    for (content, expected) in [
        ("RELINK_LISTEN = 'nowhere'", "RELINK_LISTEN: invalid value 'nowhere'"),
        ("RELINK_STRIPE_RATE = -1", "RELINK_STRIPE_RATE: invalid value '-1'"),
        ("RELINK_ANY_ACCOUNT = 'yes'", "RELINK_ANY_ACCOUNT must be true or false"),
        ("RELINK_MERCHANT_NAME = true", "RELINK_MERCHANT_NAME must be a text"),
        ("RELINK_ORIGINS = [1]", "RELINK_ORIGINS must be a text"),
        ("RELINK_MERCHANT_NAME = { en = 'Acme' }", "RELINK_MERCHANT_NAME must be a text"),
        ("\nRELINK_API_KEY = 'canary", "line 2: "),
        ("RELINK_PURPOSE = 'data'\nRELINK_PURPOSE = 'data'", "line 2: "),
    ] {
        let error = error(content);
        assert!(error.contains(expected) && !error.contains("canary"), "{content}: {error}");
    }
}

#[test]
fn a_secret_is_refused_in_a_file_that_everyone_may_read() {
    for secret in ["RELINK_API_KEY", "DATABASE_URL", "RELINK_OIDC_CLIENT_SECRET"] {
        let content = format!("{secret} = 'canary'");
        for mode in [0o600, 0o640] {
            read(&content, mode, &[]).unwrap();
        }
        let error = read(&content, 0o644, &[]).unwrap_err();
        assert!(error.contains(&format!("{secret} is a secret")) && !error.contains("canary"), "{error}");
        read(&format!("{secret} = ''"), 0o644, &[]).unwrap();
    }
    read("STRIPE_PUBLISHABLE_KEY = 'pk_test_1'", 0o644, &[]).unwrap();
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let arguments: Vec<OsString> =
        ["relink-server", "check", "--config", "/nowhere.toml"].map(Into::into).to_vec();
    let error = command_for(&arguments).unwrap_err().to_string();
    assert!(error.contains("the settings in /nowhere.toml: it can't be read"), "{error}");
    let none: Vec<OsString> = ["relink-server", "--config", ""].map(Into::into).to_vec();
    assert!(command_for(&none).unwrap().1.is_none());
}
