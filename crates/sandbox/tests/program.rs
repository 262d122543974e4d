//! The sandbox as a program.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpStream,
    process::{self, Child, ChildStdout, Command, Stdio},
};

/// Starts a sandbox; returns its process and its lines on stdout.
fn started(arguments: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    run(&[&["--listen", "127.0.0.1:0"], arguments].concat())
}

fn run(arguments: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_relink-sandbox"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines();
    (program, lines)
}

/// Stops the sandbox and returns its log.
fn stopped(mut program: Child) -> String {
    let killed = Command::new("kill").args(["-TERM", &program.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(program.wait().unwrap().success());
    let mut log = String::new();
    program.stderr.unwrap().read_to_string(&mut log).unwrap();
    log
}

#[test]
fn it_prints_its_address_first_and_stops_cleanly_when_told() {
    let (program, mut lines) = started(&[]);
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();
    // Browsers keep idle sockets open, which must not delay the shutdown.
    let silent = TcpStream::connect(address).unwrap();

    let log = stopped(program);
    assert!(lines.next().is_none(), "nothing else on stdout");
    assert!(log.contains("stopping"), "{log}");
    drop(silent);
}

#[test]
fn a_webhook_secret_is_announced_unless_it_was_given() {
    let (program, mut lines) = started(&["--webhook", "http://127.0.0.1:9/hook"]);
    lines.next().unwrap().unwrap();
    let line = lines.next().unwrap().unwrap();
    assert!(line.starts_with("webhook secret whsec_"), "{line}");
    let log = stopped(program);
    assert!(!log.contains("whsec_"), "{log}");

    let given = ["--webhook", "http://127.0.0.1:9/hook", "--webhook-secret", "whsec_given"];
    let (program, mut lines) = started(&given);
    lines.next().unwrap().unwrap();
    stopped(program);
    assert!(lines.next().is_none(), "nothing else on stdout");
}

/// Sends a GET request with more header lines and returns the whole response.
fn get(address: &str, path: &str, headers: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_clock_of_the_options_stands_still_in_every_world() {
    let (program, mut lines) = started(&["--clock", "1800000000"]);
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();
    for world in ["", "Sandbox-World: a\r\n"] {
        let answer = get(address, "/_sandbox/clock", world);
        assert!(answer.contains(r#""now":1800000000,"stopped":true"#), "{answer}");
    }
    stopped(program);
}

#[test]
fn a_recording_prints_its_address_and_where_the_sandbox_differs() {
    let (stripe, mut lines) = started(&[]);
    let upstream = lines.next().unwrap().unwrap().replace("listening on ", "");
    let file = env::temp_dir().join(format!("relink-sandbox-{}.jsonl", process::id()));
    let path = file.to_str().unwrap();
    let arguments = ["record", "--listen", "127.0.0.1:0", "--stripe", &upstream, "--file", path];
    let (program, mut lines) = run(&arguments);
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("recording on http://").unwrap();
    let answer = get(address, "/v1/customers", "Authorization: Bearer sk_test_sandbox_expired\r\n");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let difference = lines.next().unwrap().unwrap();
    assert_eq!(difference, "GET /v1/customers: HTTP status: Stripe has 401, the sandbox 200");
    let recorded = fs::read_to_string(&file).unwrap();
    assert!(recorded.starts_with('{') && !recorded.contains("sk_test_"), "{recorded}");
    for program in [program, stripe] {
        let log = stopped(program);
        assert!(!log.contains("sk_test_"), "{log}");
    }
    fs::remove_file(&file).unwrap();
}

#[test]
fn invalid_options_stop_the_start() {
    let file = env::temp_dir().join(format!("relink-sandbox-{}.json", process::id()));
    fs::write(&file, "{}").unwrap();
    let scenario = file.to_str().unwrap();
    for (arguments, why) in [
        (["--webhook", "example.com"], "must begin with http"),
        (["--scenario", scenario], "expected relink-sandbox/1"),
        (["--scenario", "/nowhere/at/all.json"], "can't read"),
        (["--clock", "9223372036854775807"], "is not in"),
    ] {
        let (program, _) = started(&arguments);
        let output = program.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
    }
    fs::remove_file(&file).unwrap();
}
