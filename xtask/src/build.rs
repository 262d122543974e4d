//! `cargo xtask build`: builds the front end into `dist/`, and the server and the sandbox.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use crate::asset_names::hash;
use crate::command;
use crate::front_end::{self, BuildMode};
use crate::progress::{Progress, Step};
use crate::project::Project;
use crate::tools::{esbuild, rust};

/// Build the front end into dist/, the server and the sandbox.
///
/// Prints the paths of the three. With --release, the front end is optimised for size, and each text
/// and wasm file in dist/ gets a brotli (.br) and a gzip (.gz) copy if that is smaller. The server
/// sends the copy to browsers that accept it.
///
/// Installs the wasm32 target and esbuild if they are missing; for --release also Rust's library
/// source and Binaryen.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Build with optimisations, as for production.
    #[arg(long)]
    release: bool,
}

/// Paths of the built server and sandbox.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    pub(crate) sandbox: PathBuf,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let mode = if args.release { BuildMode::Release } else { BuildMode::Demo };
    front_end::build(project, mode, &project.dist())?;
    let programs = programs(project, mode)?;
    println!("front end  {}", project.dist().display());
    println!("server     {}", programs.server.display());
    println!("sandbox    {}", programs.sandbox.display());
    Ok(())
}

/// Build modes of the page and of the programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modes {
    pub(crate) page: BuildMode,
    pub(crate) programs: BuildMode,
}

/// Number of steps that [`all`] reports.
pub(crate) const STEPS: usize = 3;
const TOOLS: Step = Step {
    name: "tools and Rust's wasm32 library, needed to build the page",
    remedy: "see the error at the end of this line; most often rustup, npm or the network is missing. Then run the \
             command again: what is done is kept",
};
const PAGE: Step = Step {
    name: "the page (wasm) that customers see",
    remedy: "see the compiler's errors above; where a download failed, run the command again: what is done is kept",
};
const PROGRAMS: Step = Step {
    name: "the server and the sandbox, which stands in for Stripe",
    remedy: "see the compiler's errors above; a C compiler is needed (Debian: apt-get install -y gcc libc6-dev; macOS: \
             xcode-select --install)",
};

/// Builds the page and the programs in parallel, because each of the two uses only one processor for part of the time.
pub(crate) fn all(project: &Project, modes: Modes, progress: &Progress) -> Result<(PathBuf, Programs)> {
    std::thread::scope(|scope| {
        let page = scope.spawn(|| {
            progress.run(TOOLS, || {
                rust::wasm_target(project)?;
                esbuild::program(project).map(drop)
            })?;
            progress.run(PAGE, || page(project, modes.page))
        });
        let programs = progress.run(PROGRAMS, || programs(project, modes.programs));
        let page = page.join().map_err(|_| anyhow!("the build of the page panicked"))?;
        Ok((page?, programs?))
    })
}

/// Builds the page and returns its folder. A demo build does not replace `dist/`, which may hold a release build.
pub(crate) fn page(project: &Project, mode: BuildMode) -> Result<PathBuf> {
    let folder = match mode {
        // The hash of the clone's path keeps clones apart that share one build folder.
        BuildMode::Demo => {
            project.target.join(format!("page-{}", hash(project.root.as_os_str().as_encoded_bytes())))
        }
        BuildMode::Release => project.dist(),
    };
    front_end::build(project, mode, &folder)?;
    Ok(folder)
}

/// Builds the server and the sandbox. A demo build uses the same profile as `cargo test`, so both share its artifacts.
pub(crate) fn programs(project: &Project, mode: BuildMode) -> Result<Programs> {
    programs_with(project, mode, &[])
}

/// Builds like [`programs`], with these environment variables for build scripts.
pub(crate) fn programs_with(
    project: &Project,
    mode: BuildMode,
    variables: &[(&str, &OsStr)],
) -> Result<Programs> {
    let mut cargo =
        project.cargo("build", &["--quiet", "--package=relink-server", "--package=relink-sandbox"]);
    cargo.envs(variables.iter().copied());
    if mode == BuildMode::Release {
        cargo.arg("--release");
    }
    let messages = messages(cargo.arg("--message-format=json-render-diagnostics"))?;
    let program = |name: &str| {
        executable(&messages, name).with_context(|| format!("cargo built no program named {name}"))
    };
    Ok(Programs { server: program("relink-server")?, sandbox: program("relink-sandbox")? })
}

/// Builds another program in release mode and returns its path.
pub(crate) fn program(project: &Project, package: &str) -> Result<PathBuf> {
    let mut cargo = project.cargo("build", &["--release", &format!("--package={package}")]);
    let messages = messages(cargo.arg("--message-format=json-render-diagnostics"))?;
    executable(&messages, package).with_context(|| format!("cargo built no program named {package}"))
}

fn messages(cargo: &mut Command) -> Result<String> {
    let text = command::display(cargo);
    let output = cargo.stderr(Stdio::inherit()).output().context("could not start cargo")?;
    ensure!(output.status.success(), "`{text}` failed ({})", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").and_then(Value::as_str) == Some(name))
        .find_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::executable;

    const MESSAGES: &str = r#"{"reason":"compiler-artifact","target":{"name":"relink_server"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"relink-server"},"executable":"/t/release/relink-server"}
{"reason":"build-finished","success":true}
"#;

    #[test]
    fn a_program_is_where_cargo_says_it_is() {
        assert_eq!(executable(MESSAGES, "relink-server"), Some(PathBuf::from("/t/release/relink-server")));
    }

    #[test]
    fn a_library_is_no_program() {
        assert_eq!(executable(MESSAGES, "relink_server"), None);
    }
}
