//! Tests `deploy/Containerfile` and `deploy/compose.yaml` without a container engine: runs the first stage's commands
//! in a folder in place of the root, and checks that the files which the second stage names exist afterwards.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::archive;
use crate::command::capture;

fn deployed(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file);
    fs::read_to_string(path).unwrap()
}

/// Returns the instructions of the stage with their arguments.
fn stage(number: usize) -> Vec<(String, String)> {
    let text = deployed("Containerfile").replace("\\\n", "");
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let mut stages: Vec<Vec<(String, String)>> = Vec::new();
    for (instruction, arguments) in lines {
        if instruction == "FROM" {
            stages.push(Vec::new());
        }
        stages.last_mut().unwrap().push((instruction.to_owned(), arguments.to_owned()));
    }
    stages.swap_remove(number)
}

fn argument(stage: &[(String, String)], instruction: &str) -> String {
    stage.iter().find(|(found, _)| found == instruction).unwrap().1.clone()
}

/// Packs a release with empty files for the programs. Returns its folder.
fn release(folder: &Path) -> PathBuf {
    let (source, out) = (folder.join("source"), folder.join("out"));
    fs::create_dir_all(&source).unwrap();
    for file in ["relink-server", "relink-sandbox"] {
        fs::write(source.join(file), "").unwrap();
    }
    fs::create_dir_all(&out).unwrap();
    let packed = archive::pack(&source, "relink-0.1.0-linux-x86_64", &out).unwrap();
    archive::write_sums(&out, &[&packed]).unwrap();
    out
}

/// Runs the first stage's commands with `root` in place of `/`.
fn unpacked(context: &Path, root: &Path) {
    for (instruction, arguments) in stage(0) {
        let arguments = arguments.replace("/archive", &format!("{}/archive", root.display()));
        let arguments = arguments.replace("/root-of-image", &format!("{}/root-of-image", root.display()));
        let command = match instruction.as_str() {
            "COPY" => {
                let (_, to) = arguments.rsplit_once(' ').unwrap();
                format!("mkdir -p {to} && cp {arguments}")
            }
            "RUN" => arguments,
            "FROM" => continue,
            other => panic!("an instruction that is not tried here: {other}"),
        };
        let is_roots = command.starts_with("chown");
        let mut shell = Command::new("sh");
        let ran = capture(shell.current_dir(context).args(["-ec", &command]));
        assert!(ran.is_ok() || is_roots, "{ran:?}");
    }
}

#[test]
fn the_image_is_made_of_the_archive_and_holds_what_it_starts() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    unpacked(&release(folder.path()), &root);
    let image = stage(1);
    let [from, to] = ["/root-of-image/", "/"];
    assert_eq!(argument(&image, "COPY"), format!("--from=unpacked {from} {to}"));
    let root = root.join("root-of-image");
    let entry = argument(&image, "ENTRYPOINT");
    for program in [entry.trim_matches(['[', ']', '"']), "/relink/relink-sandbox"] {
        let file = root.join(program.trim_start_matches('/'));
        assert_ne!(fs::metadata(&file).unwrap().permissions().mode() & 0o111, 0, "{}", file.display());
    }
    assert!(argument(&image, "HEALTHCHECK").ends_with(r#"CMD ["/relink/relink-server", "health"]"#));
}

#[test]
fn nothing_in_the_image_runs_as_root_and_its_user_can_write_its_data() {
    let user = argument(&stage(1), "USER");
    let (id, group) = user.split_once(':').unwrap();
    assert!(id.parse::<u32>().unwrap() > 0 && group.parse::<u32>().unwrap() > 0);
    assert!(stage(0).contains(&("RUN".to_owned(), format!("chown {user} /root-of-image/data"))));
    let folder = tempfile::tempdir().unwrap();
    unpacked(&release(folder.path()), &folder.path().join("root"));
    let data = fs::metadata(folder.path().join("root/root-of-image/data")).unwrap();
    // Only root can change the owner of a folder.
    if capture(Command::new("id").arg("-u")).unwrap().trim() == "0" {
        assert_eq!(data.uid().to_string(), id);
    }
}

#[test]
fn a_changed_archive_makes_no_image() {
    let folder = tempfile::tempdir().unwrap();
    let out = release(folder.path());
    let check = stage(0).into_iter().map(|(_, arguments)| arguments).find(|line| line.contains("sha256sum"));
    let check = check.unwrap().replace("/archive", &out.display().to_string());
    let run = || capture(Command::new("sh").args(["-ec", &check]));
    run().unwrap();
    fs::write(out.join("relink-0.1.0-linux-x86_64.tar.gz"), "other").unwrap();
    assert!(run().is_err());
}

#[test]
fn every_setting_in_the_compose_file_is_one_that_its_program_knows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = ["server/src/config/options.rs", "crates/sandbox/src/main.rs", "examples/backend/server.js"];
    let groups = fs::read_dir(root.join("server/src/config/options")).unwrap();
    let groups = groups.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let files = files.into_iter().map(|file| root.join(file)).chain(groups);
    let known: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    let compose = deployed("compose.yaml");
    let names = compose.lines().filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name);
    let settings: Vec<&str> =
        names.filter(|name| name.contains('_') && name.to_uppercase() == **name).collect();
    assert!(settings.len() > 10, "{settings:?}");
    for name in settings {
        assert!(known.contains(&format!("\"{name}\"")), "nobody knows {name}");
    }
}

#[test]
fn every_container_of_ours_has_a_root_that_is_read_only_and_no_privileges() {
    let compose = deployed("compose.yaml");
    let ours = compose.split("x-relink: &relink").nth(1).unwrap().split("\n\n").next().unwrap();
    for promise in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(ours.contains(promise), "{promise}");
    }
    for service in ["  sandbox:\n", "  server:\n"] {
        let (_, rest) = compose.split_once(service).unwrap();
        assert!(rest.starts_with("    <<: *relink\n"), "{service}");
    }
}
