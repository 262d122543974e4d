//! The sandbox as a program.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    process::{Command, Stdio},
};

#[test]
fn it_prints_its_address_first_and_stops_cleanly_when_told() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_relink-sandbox"))
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();
    // Browsers keep sockets open that never say anything; they may not hold up the end.
    let silent = TcpStream::connect(address).unwrap();

    let killed = Command::new("kill").args(["-TERM", &program.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(program.wait().unwrap().success());
    assert!(lines.next().is_none(), "nothing else on stdout");
    let mut log = String::new();
    program.stderr.unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("stopping"), "{log}");
    drop(silent);
}
