//! Release archive and its checksum. The archive is reproducible: equal files give equal bytes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

/// Name of the file with checksums, which `sha256sum --check` reads.
pub(super) const SUMS: &str = "SHA256SUMS";
/// Executable files in the root of the archive. All other files are data.
const PROGRAMS: [&str; 2] = ["relink-server", "relink-sandbox"];

/// Packs `folder`, as a folder named `name`, into an archive in `out`. Returns the archive's file name.
pub(super) fn pack(folder: &Path, name: &str, out: &Path) -> Result<String> {
    let file = format!("{name}.tar.gz");
    // Without a timestamp and a file name in the header.
    let gzip = GzBuilder::new().write(File::create(out.join(&file))?, Compression::best());
    let mut archive = Builder::new(gzip);
    for path in files(folder)? {
        let inside = Path::new(name).join(path.strip_prefix(folder)?);
        let is_program = PROGRAMS.iter().any(|program| path == folder.join(program));
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(fs::metadata(&path)?.len());
        header.set_mode(if is_program { 0o755 } else { 0o644 });
        header.set_mtime(0);
        archive
            .append_data(&mut header, inside, File::open(&path)?)
            .with_context(|| format!("could not pack {}", path.display()))?;
    }
    archive.into_inner()?.finish()?;
    Ok(file)
}

/// Returns all files below the folder, sorted by path.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes the checksums of these files in `out` into [`SUMS`].
pub(super) fn write_sums(out: &Path, files: &[&str]) -> Result<()> {
    let mut sums = String::new();
    for file in files {
        for byte in Sha256::digest(fs::read(out.join(file))?) {
            write!(sums, "{byte:02x}")?;
        }
        writeln!(sums, "  {file}")?;
    }
    Ok(fs::write(out.join(SUMS), sums)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::{SUMS, pack, write_sums};
    use crate::command::capture;

    #[test]
    fn what_was_packed_comes_out_again_and_its_checksum_is_right() {
        let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(folder.path().join("page")).unwrap();
        for file in ["relink-server", "page/index.html"] {
            fs::write(folder.path().join(file), file).unwrap();
        }
        let archive = pack(folder.path(), "relink-1", out.path()).unwrap();
        let first = fs::read(out.path().join(&archive)).unwrap();
        assert_eq!(pack(folder.path(), "relink-1", out.path()).unwrap(), archive);
        assert_eq!(fs::read(out.path().join(&archive)).unwrap(), first);
        write_sums(out.path(), &[&archive]).unwrap();
        let mut unpack = Command::new("tar");
        capture(unpack.current_dir(out.path()).args(["-xzf", &archive])).unwrap();
        let mode = |file: &str| {
            fs::metadata(out.path().join("relink-1").join(file)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode("relink-server"), mode("page/index.html")), (0o755, 0o644));
        let sums = fs::read_to_string(out.path().join(SUMS)).unwrap();
        let (sum, named) = sums.trim_end().split_once("  ").unwrap();
        assert_eq!((sum.len(), named), (64, archive.as_str()));
    }
}
