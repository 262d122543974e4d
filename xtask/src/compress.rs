//! Compresses files with brotli and gzip at their highest levels, as browsers receive them.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Extensions of files that compress well: text and wasm. Images and fonts are already compressed.
const EXTENSIONS: [&str; 10] =
    ["css", "html", "ico", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Writes `file.br` and `file.gz` next to each text or wasm file below `folder`, if that is smaller than the file.
pub(crate) fn folder(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let file = entry?.path();
        if file.is_dir() {
            self::folder(&file)?;
        } else if file.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found == *known)) {
            let plain = fs::read(&file)?;
            write_if_smaller(&file, "br", &plain, &brotli(&plain)?)?;
            write_if_smaller(&file, "gz", &plain, &gzip(&plain)?)?;
        }
    }
    Ok(())
}

/// Compresses with brotli: quality 11, a window of 4 MiB.
pub(crate) fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let settings = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut small, &settings)?;
    Ok(small)
}

/// Compresses with gzip: level 9, without a timestamp, so equal input gives equal output.
pub(crate) fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn write_if_smaller(file: &Path, extension: &str, plain: &[u8], small: &[u8]) -> io::Result<()> {
    if small.len() >= plain.len() {
        return Ok(());
    }
    fs::write(file.with_added_extension(extension), small)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use super::{brotli, folder, gzip};

    #[test]
    fn what_was_compressed_comes_back() {
        let plain = "A bank, a bank, a bank. ".repeat(50).into_bytes();
        let mut back = Vec::new();
        brotli::Decompressor::new(&*brotli(&plain).unwrap(), 4096).read_to_end(&mut back).unwrap();
        assert_eq!(back, plain);
        back.clear();
        flate2::read::GzDecoder::new(&*gzip(&plain).unwrap()).read_to_end(&mut back).unwrap();
        assert_eq!(back, plain);
    }

    #[test]
    fn text_is_compressed_beside_itself_in_every_folder_and_the_rest_is_left_alone() {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir(dist.path().join("icons")).unwrap();
        let text = "text ".repeat(99);
        for file in ["app.js", "icons/bank.svg", "photo.png"] {
            fs::write(dist.path().join(file), &text).unwrap();
        }
        fs::write(dist.path().join("tiny.txt"), "x").unwrap();
        folder(dist.path()).unwrap();
        let exists = |file: &str| dist.path().join(file).exists();
        assert!(exists("app.js") && exists("app.js.br") && exists("app.js.gz"));
        assert!(exists("icons/bank.svg.br") && exists("icons/bank.svg.gz"));
        assert!(!exists("photo.png.br") && !exists("tiny.txt.br"));
    }
}
