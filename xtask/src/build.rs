//! `cargo xtask build`: the front end into `dist/`, and the server and the sandbox.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;
use crate::run::{self, say};
use crate::tools::{self, trunk};
use crate::{compress, shrink};

/// Build the front end into dist/, and the server and the sandbox.
///
/// Prints where the programs are. With --release the front end is optimised for size, and each text
/// and wasm file of dist/ gets a .br and a .gz beside it, which the server sends to browsers that take
/// them. Installs the wasm32 target, wasm-bindgen and trunk if they are missing, and for --release
/// Rust's library source, Binaryen and esbuild.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Optimise
    #[arg(long)]
    release: bool,
}

/// The programs that make a running Relink.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    pub(crate) sandbox: PathBuf,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    front_end(project, args.release)?;
    let programs = programs(project, args.release)?;
    println!("front end  {}", project.dist().display());
    println!("server     {}", programs.server.display());
    println!("sandbox    {}", programs.sandbox.display());
    Ok(())
}

/// Builds `dist/`.
pub(crate) fn front_end(project: &Project, release: bool) -> Result<()> {
    let mut trunk = if release { trunk::release_build(project)? } else { trunk::build(project)? };
    // The folders themselves are locked (two clones may share one build folder): no file to leave behind.
    let _dist = tools::lock(File::open(&project.root)?, "another cargo xtask that is building dist/")?;
    fs::create_dir_all(&project.target)?;
    let _target = tools::lock(File::open(&project.target)?, "another clone's cargo xtask")?;
    // wasm-bindgen leaves snippets of earlier builds there, and trunk would ship them.
    let leftovers = project.target.join("wasm-bindgen");
    if leftovers.exists() {
        fs::remove_dir_all(leftovers)?;
    }
    run::run(&mut trunk)?;
    if release {
        shrink::front_end(project)?;
        say("Compressing the files of dist/ …");
        compress::folder(&project.dist())?;
    }
    Ok(())
}

/// Builds the server and the sandbox and says where they are.
pub(crate) fn programs(project: &Project, release: bool) -> Result<Programs> {
    let mut cargo = project.cargo("build", &["--package=relink-server", "--package=relink-sandbox"]);
    if release {
        cargo.arg("--release");
    }
    let messages = messages(cargo.arg("--message-format=json-render-diagnostics"))?;
    let program = |name: &str| {
        executable(&messages, name).with_context(|| format!("cargo built no program named {name}"))
    };
    Ok(Programs { server: program("relink-server")?, sandbox: program("relink-sandbox")? })
}

/// Builds one more program for release and says where it is.
pub(crate) fn program(project: &Project, package: &str) -> Result<PathBuf> {
    let mut cargo = project.cargo("build", &["--release", &format!("--package={package}")]);
    let messages = messages(cargo.arg("--message-format=json-render-diagnostics"))?;
    executable(&messages, package).with_context(|| format!("cargo built no program named {package}"))
}

fn messages(cargo: &mut Command) -> Result<String> {
    let text = run::shown(cargo);
    say(format!("$ {text}"));
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
