//! trunk: turns `index.html` and the front end's package into the files of `dist/`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::run;
use crate::tools::{Recipe, rust, wasm_bindgen};

const VERSION: &str = "0.21.14";

/// Stands before cargo while trunk runs. trunk names no package, and cargo would then build the
/// workspace's default members for the browser: the server among them, and not the front end.
const CARGO: &str = r#"#!/bin/sh
if [ "$1 $2" = "build --target=wasm32-unknown-unknown" ]; then
    shift
    set -- build --package=relink "$@"
fi
exec "$XTASK_CARGO" "$@"
"#;

/// Ourselves, for the hook in Trunk.toml.
const XTASK: &str = "#!/bin/sh\nexec \"$XTASK_ITSELF\" \"$@\"\n";

/// No panic messages, no source locations, and `{:?}` prints nothing: for programmers only. And the program in
/// two parts, for which the linker has to say what refers to what.
const RELEASE_FLAGS: [&str; 6] = [
    "-Cpanic=immediate-abort",
    "-Zunstable-options",
    "-Zfmt-debug=none",
    "-Zlocation-detail=none",
    "--cfg=split",
    "-Clink-arg=--emit-relocs",
];

/// `trunk` with everything that it needs installed and first on its `PATH`.
pub(crate) fn command(project: &Project) -> Result<Command> {
    rust::wasm_target(project)?;
    let recipe = Recipe {
        name: "trunk",
        version: VERSION,
        why: "it builds the front end (a few minutes, once)",
        programs: &["bin/trunk"],
        install: &|root| project.tools.cargo_install("trunk", VERSION, root),
    };
    let program = project.tools.ready(&recipe)?.join("bin/trunk");
    let folders = vec![scripts(&project.target)?, wasm_bindgen::folder(project)?];
    // trunk runs offline, so that it takes our tools rather than download others; so cargo is, too.
    run::run(&mut project.cargo("fetch", &[]))?;
    let mut trunk = project.command(program);
    trunk.env("XTASK_CARGO", run::find("cargo").context("cargo is not on PATH")?);
    trunk.env("XTASK_ITSELF", std::env::current_exe()?);
    trunk.env("PATH", run::path_with(folders)?).env("TRUNK_SKIP_VERSION_CHECK", "true");
    if std::env::var_os("NO_COLOR").is_some() {
        // trunk wants `true` or `false` there and fails on the customary `1`.
        trunk.env_remove("NO_COLOR").args(["--color", "never"]);
    }
    Ok(trunk)
}

/// `trunk build`.
pub(crate) fn build(project: &Project) -> Result<Command> {
    let mut trunk = command(project)?;
    trunk.args(["build", "--offline"]);
    Ok(trunk)
}

/// `trunk build --release`, with a standard library built for size.
///
/// The ready-made one has the code that formats panic messages, which no browser shows, and is built
/// for speed: a sixth of the wasm. To build it is not stable yet. `RUSTC_BOOTSTRAP` lets the stable
/// compiler do it, which is sound because the toolchain is pinned: what is unstable can change only
/// with the next version, and then this build fails or `cargo xtask size` shows it.
pub(crate) fn release_build(project: &Project) -> Result<Command> {
    let mut trunk = build(project)?;
    let library = rust::library_source(project)?;
    let mut fetch = project.cargo("fetch", &["--manifest-path"]);
    run::run(fetch.arg(library.join("Cargo.toml")).env("RUSTC_BOOTSTRAP", "1"))?;
    trunk.env("RUSTC_BOOTSTRAP", "1");
    trunk.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    trunk.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
    trunk.env("CARGO_ENCODED_RUSTFLAGS", RELEASE_FLAGS.join("\u{1f}"));
    trunk.arg("--release");
    Ok(trunk)
}

/// A folder with nothing but our `cargo` and `relink-xtask`.
fn scripts(target: &Path) -> Result<PathBuf> {
    let folder = target.join("xtask-cargo");
    fs::create_dir_all(&folder)?;
    for (name, text) in [("cargo", CARGO), ("relink-xtask", XTASK)] {
        // Renamed into place, as another xtask may be running the one that is there.
        let mut script = tempfile::NamedTempFile::new_in(&folder)?;
        script.write_all(text.as_bytes())?;
        fs::set_permissions(script.path(), fs::Permissions::from_mode(0o755))?;
        script.into_temp_path().persist(folder.join(name))?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::scripts;
    use crate::run;

    fn cargo(arguments: &[&str]) -> String {
        let target = tempfile::tempdir().unwrap();
        let mut cargo = Command::new(scripts(target.path()).unwrap().join("cargo"));
        run::capture(cargo.args(arguments).env("XTASK_CARGO", "echo")).unwrap()
    }

    #[test]
    fn trunk_builds_the_front_end_and_not_the_default_members() {
        assert_eq!(
            cargo(&["build", "--target=wasm32-unknown-unknown", "--manifest-path", "/a b/Cargo.toml"]),
            "build --package=relink --target=wasm32-unknown-unknown --manifest-path /a b/Cargo.toml\n"
        );
    }

    #[test]
    fn other_calls_of_cargo_are_left_as_they_are() {
        assert_eq!(cargo(&["metadata", "--format-version", "1"]), "metadata --format-version 1\n");
    }
}
