//! Runs other programs until they end. See [`crate::service`] for programs that keep running.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::progress::print_progress;

/// Prints the command and runs it, with all of its output on stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    print_progress(format!("$ {}", display(command)));
    run_unannounced(command)
}

/// Runs a command silently and returns its stdout. If it fails, the error contains its stderr.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let text = display(command);
    let output = command.output().with_context(|| format!("could not start `{text}`"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{text}` failed ({})\n{}", output.status, complaint.trim());
    String::from_utf8(output.stdout).with_context(|| format!("`{text}` wrote something other than text"))
}

/// Runs a command without printing it, with all of its output on stderr.
pub(crate) fn run_unannounced(command: &mut Command) -> Result<()> {
    let text = display(command);
    let status =
        command.stdout(std::io::stderr()).status().with_context(|| format!("could not start `{text}`"))?;
    ensure!(status.success(), "`{text}` failed ({status})");
    Ok(())
}

/// Formats the command as in a shell.
pub(crate) fn display(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| match word.to_string_lossy() {
            word if word.contains(' ') => format!("'{word}'"),
            word => word.into_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the path of `program` if it is on the user's `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Returns the user's `PATH` with `folders` in front.
pub(crate) fn prepend_path(folders: Vec<PathBuf>) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(all).context("a folder name contains a colon and can't be in PATH")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{display, find};

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["build", "--config", "a = 1"]);
        assert_eq!(display(&command), "cargo build --config 'a = 1'");
    }

    #[test]
    fn a_program_that_nobody_has_is_not_found() {
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
