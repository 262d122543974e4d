//! The programs of `examples/tokens`, each in a language of back ends: the server accepts their tokens.

use std::process::Command;

use relink_server::Options;
use secrecy::SecretString;

use crate::support::TestApp;

/// Programs by file, and a command that fails where the language or its library is missing.
const EXAMPLES: [(&str, &[&str], &[&str]); 5] = [
    ("token.mjs", &["node"], &["node", "--version"]),
    ("customer_token.py", &["python3"], &["python3", "-c", "import jwt, cryptography"]),
    ("token.rb", &["ruby"], &["ruby", "--version"]),
    ("token.php", &["php"], &["php", "-r", "sodium_bin2hex('a');"]),
    ("token.go", &["go", "run"], &["go", "version"]),
];

fn run(arguments: &[&str]) -> Option<String> {
    let output = Command::new(arguments[0]).args(&arguments[1..]).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test]
async fn every_language_that_is_installed_makes_a_token_that_is_accepted() {
    let app = TestApp::with(|options| Options {
        token_algorithm: Some("EdDSA".to_owned()),
        token_key: Some(SecretString::from(include_str!("../keys/eddsa.public.pem"))),
        ..options
    })
    .await;
    let root = env!("CARGO_MANIFEST_DIR");
    let key = format!("{root}/tests/keys/eddsa.private.pem");
    let mut tried = Vec::new();
    for (file, program, is_installed) in EXAMPLES {
        if run(is_installed).is_none() {
            eprintln!("{file} is not tried: {is_installed:?} fails");
            continue;
        }
        let path = format!("{root}/../examples/tokens/{file}");
        let token =
            run(&[program, &[&path, &key, "cus_1", "s1"]].concat()).unwrap_or_else(|| panic!("{file} fails"));
        assert_eq!(app.get("/api/accounts", &token).await.status, 200, "{file}");
        let (text, signature) = token.rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{text}.{other}{}", &signature[1..]);
        assert_eq!(app.get("/api/accounts", &forged).await.status, 401, "{file}");
        tried.push(file);
    }
    assert!(tried.contains(&"token.mjs"), "Node.js is not installed, which the tests need anyway");
}
