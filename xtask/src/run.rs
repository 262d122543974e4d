//! Runs other programs to their end. Programs that keep running are in [`crate::service`].

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Tells the person at the terminal what is going on. Not on stdout, which is for results.
pub(crate) fn say(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}

/// Runs a command in plain view: its text is shown first, then its output, all on stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(format!("$ {}", shown(command)));
    quietly(command)
}

/// Runs a command unseen and returns its stdout. Its stderr is shown only if it fails.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let text = shown(command);
    let output = command.output().with_context(|| format!("could not start `{text}`"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{text}` failed ({})\n{}", output.status, complaint.trim());
    String::from_utf8(output.stdout).with_context(|| format!("`{text}` wrote something other than text"))
}

/// Runs a command that prints only what is wrong, without announcing it.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let text = shown(command);
    let status =
        command.stdout(std::io::stderr()).status().with_context(|| format!("could not start `{text}`"))?;
    ensure!(status.success(), "`{text}` failed ({status})");
    Ok(())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| match word.to_string_lossy() {
            word if word.contains(' ') => format!("'{word}'"),
            word => word.into_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where `program` is on the user's `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The user's `PATH` with `folders` before everything else.
pub(crate) fn path_with(folders: Vec<PathBuf>) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(all).context("a folder's name has a colon, so that it can't be in PATH")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{find, shown};

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["build", "--config", "a = 1"]);
        assert_eq!(shown(&command), "cargo build --config 'a = 1'");
    }

    #[test]
    fn a_program_that_nobody_has_is_not_found() {
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
