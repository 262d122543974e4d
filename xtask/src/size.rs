//! `cargo xtask size`: measures how many bytes a browser fetches up to the first screen, and after it.

mod composition;
mod languages;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use relink_figures::JsonFile;
use serde_json::{Value, json};

use self::languages::Languages;
use crate::front_end::{self, BuildMode};
use crate::project::Project;
use crate::{build, compress, element, page_files, project};

/// Budget for everything up to the first screen, in bytes after brotli.
///
/// On slow 4G a round trip takes as long as 100 KB, so customers don't notice a few hundred bytes; see
/// `cargo xtask bench load`.
///
/// The aim is 62,000, as much as React with a Plaid button: docs/decisions/27-leptos-components.md says what is missing.
const FIRST_SCREEN_BUDGET_BYTES: u64 = 94_600;

/// Budget for the loader, which a merchant's page loads even if the element is never seen, in bytes after brotli. The aim
/// is 4,000; sharing tokens among elements takes 1,000, and saves a round trip of 600 ms for each element but the first.
const LOADER_BUDGET_BYTES: u64 = 5_000;

/// Budget for the files after the first screen, in bytes after brotli. Customers wait for them only on slow networks, and
/// 500 bytes take 3 ms on slow 4G.
const LATER_BUDGET_BYTES: u64 = 52_200;

/// Name prefixes of files that belong to other pages than the merchant's.
const OTHER_PAGES: [&str; 1] = ["frame"];

/// Bytes after brotli that alternatives make the browser fetch for a comparable page, measured in the same way.
const PEERS: [(&str, u64); 2] = [("React with one Plaid button", 61_954), ("MX's widget", 442_721)];

/// Measure the bytes that a browser fetches up to the first screen, and after it.
///
/// Builds the front end for release, then prints the sizes of index.html, of every file on its own
/// origin that it or its style sheets name (among them the loader, which has its own budget), and of the
/// largest files of a language: raw, with gzip -9 and with brotli -q 11. All other files are fetched later, if
/// at all: an end-to-end test checks that none is requested before the first screen is shown. Fails if a
/// budget is exceeded, or if one more language would make any other file larger.
///
/// Installs the same tools as `cargo xtask build --release`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(flatten)]
    json: JsonFile,
    /// Print what the first wasm file consists of, too: its crates and its largest functions.
    #[arg(long)]
    composition: bool,
}

/// Size of a file in bytes, uncompressed and compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FileSize {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Files with their sizes, and the budget for their total after brotli.
#[derive(Debug)]
struct SizedFiles {
    files: Vec<(String, FileSize)>,
    budget: u64,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let dist = build::page(project, BuildMode::Release)?;
    let (mut first, mut later, languages) = (first_screen(&dist)?, later(&dist)?, Languages::of(&dist)?);
    languages.ensure_not_named_by(&dist, &first)?;
    let loader = SizedFiles::measure(&dist, vec![element::LOADER.to_owned()], LOADER_BUDGET_BYTES)?;
    later.retain(|file| !languages.has(file) && !OTHER_PAGES.iter().any(|page| file.starts_with(page)));
    let [first_texts, later_texts] = languages.largest()?;
    first.push(first_texts);
    later.push(later_texts);
    let first = SizedFiles::measure(&dist, first, FIRST_SCREEN_BUDGET_BYTES)?;
    let later = SizedFiles::measure(&dist, later, LATER_BUDGET_BYTES)?;
    print!("{}", table([&loader, &first, &later], &languages));
    if args.composition {
        print!("{}", composition::table(&front_end::first_file_with_names(project)?)?);
    }
    args.json.write(&figures([&loader, &first, &later], &languages))?;
    for (name, fetched) in
        [("the loader", loader), ("the first screen", first), ("the rest of the page", later)]
    {
        let over = fetched.total().brotli.saturating_sub(fetched.budget);
        ensure!(over == 0, "{name} is {over} bytes over its budget of {}", fetched.budget);
    }
    Ok(())
}

impl SizedFiles {
    fn measure(dist: &Path, files: Vec<String>, budget: u64) -> Result<Self> {
        let sized = files.into_iter().map(|file| {
            let size = measure(&fs::read(dist.join(&file))?)?;
            Ok((file, size))
        });
        Ok(Self { files: sized.collect::<Result<_>>()?, budget })
    }

    fn total(&self) -> FileSize {
        self.files.iter().fold(FileSize::default(), |sum, (_, size)| FileSize {
            raw: sum.raw + size.raw,
            gzip: sum.gzip + size.gzip,
            brotli: sum.brotli + size.brotli,
        })
    }

    fn figures(&self) -> Value {
        let total = self.total();
        json!({
            "files": self.files.iter().map(row).collect::<Value>(),
            "total": { "raw": total.raw, "gzip": total.gzip, "brotli": total.brotli },
            "budget": self.budget,
            "within_budget": total.brotli <= self.budget,
        })
    }
}

fn row((name, size): &(String, FileSize)) -> Value {
    json!({ "file": name, "raw": size.raw, "gzip": size.gzip, "brotli": size.brotli })
}

/// Returns `index.html` and all files on its own origin that it needs, as paths in `dist`.
fn first_screen(dist: &Path) -> Result<Vec<String>> {
    let mut files = vec!["index.html".to_owned()];
    files.extend(page_files::files_of_html(&project::read(&dist.join("index.html"))?));
    for file in files.clone() {
        if Path::new(&file).extension().is_some_and(|extension| extension == "css") {
            let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            for found in page_files::files_of_css(&project::read(&dist.join(&file))?) {
                let found = format!("{folder}{found}");
                if !files.contains(&found) {
                    files.push(found);
                }
            }
        }
    }
    for file in &files {
        ensure!(dist.join(file).is_file(), "the page asks for {file}, which is not in dist/");
    }
    Ok(files)
}

/// Returns all files in `dist` that the first screen does not need, without the compressed copies.
fn later(dist: &Path) -> Result<Vec<String>> {
    let first = first_screen(dist)?;
    let mut files = Vec::new();
    let mut folders = vec![dist.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.extension().is_some_and(|extension| extension == "br" || extension == "gz") {
                files.push(path.strip_prefix(dist)?.to_string_lossy().into_owned());
            }
        }
    }
    files.retain(|file| !first.contains(file));
    files.sort();
    Ok(files)
}

fn measure(plain: &[u8]) -> Result<FileSize> {
    let length = |bytes: &[u8]| u64::try_from(bytes.len());
    Ok(FileSize {
        raw: length(plain)?,
        gzip: length(&compress::gzip(plain)?)?,
        brotli: length(&compress::brotli(plain)?)?,
    })
}

fn table([loader, first, later]: [&SizedFiles; 3], languages: &Languages) -> String {
    let mut text = String::new();
    write_rows(&mut text, "bytes of the loader", loader);
    write_rows(&mut text, "bytes up to the first screen", first);
    for (name, brotli) in PEERS {
        write_row(&mut text, name, ["", "", &grouped(brotli)]);
    }
    write_rows(&mut text, "bytes after it", later);
    write_row(&mut text, "bytes of each language file", ["raw", "gzip", "brotli"]);
    for (file, size) in languages.all() {
        write_size(&mut text, file, *size);
    }
    write_row(&mut text, "added above by one more language", ["0", "0", "0"]);
    text
}

fn write_rows(text: &mut String, title: &str, fetched: &SizedFiles) {
    write_row(text, title, ["raw", "gzip", "brotli"]);
    let named = fetched.files.iter().map(|(file, size)| (file.as_str(), *size));
    for (name, size) in named.chain([("total", fetched.total())]) {
        write_size(text, name, size);
    }
    write_row(text, "budget", ["", "", &grouped(fetched.budget)]);
}

fn write_size(text: &mut String, name: &str, size: FileSize) {
    write_row(text, name, [&grouped(size.raw), &grouped(size.gzip), &grouped(size.brotli)]);
}

fn write_row(text: &mut String, name: &str, [raw, gzip, brotli]: [&str; 3]) {
    // Writing to a String can't fail.
    let _ok = writeln!(text, "{name:<44}{raw:>12}{gzip:>12}{brotli:>12}");
}

/// Returns the figures of the first screen as JSON, with those of the loader and of the later files in fields of their
/// own.
fn figures([loader, first, later]: [&SizedFiles; 3], languages: &Languages) -> Value {
    let mut figures = first.figures();
    if let Some(figures) = figures.as_object_mut() {
        figures.insert("loader".to_owned(), loader.figures());
        figures.insert("later".to_owned(), later.figures());
        figures.insert("languages".to_owned(), languages.all().map(row).collect());
        let peers = PEERS.map(|(name, brotli)| json!({ "name": name, "brotli": brotli }));
        figures.insert("peers".to_owned(), peers.into());
    }
    figures
}

/// Formats `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FileSize, Languages, SizedFiles, figures, first_screen, grouped, later, table};

    const SILENT: Languages = Languages { first: Vec::new(), later: Vec::new() };

    fn fetched(brotli: &[u64], budget: u64) -> SizedFiles {
        let files = brotli
            .iter()
            .map(|brotli| ("page.js".to_owned(), FileSize { raw: 1500, gzip: 700, brotli: *brotli }));
        SizedFiles { files: files.collect(), budget }
    }

    #[test]
    fn the_first_screen_is_the_page_its_files_and_those_of_its_style_sheets_and_the_rest_is_later() {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir(dist.path().join("s")).unwrap();
        for (file, text) in [
            ("index.html", r#"<link href="/s/a.css"><script src="/page.js"></script>"#),
            ("s/a.css", "a{background:url(b.svg)}"),
            ("s/b.svg", ""),
            ("page.js", ""),
            ("page.js.br", ""),
            ("later.wasm", ""),
            ("s/later.json", ""),
        ] {
            fs::write(dist.path().join(file), text).unwrap();
        }
        assert_eq!(first_screen(dist.path()).unwrap(), ["index.html", "s/a.css", "page.js", "s/b.svg"]);
        assert_eq!(later(dist.path()).unwrap(), ["later.wasm", "s/later.json"]);
        fs::remove_file(dist.path().join("page.js")).unwrap();
        let error = first_screen(dist.path()).unwrap_err();
        assert_eq!(error.to_string(), "the page asks for page.js, which is not in dist/");
    }

    #[test]
    fn each_total_is_compared_with_a_budget_of_its_own() {
        let (loader, first, later) = (fetched(&[2], 1), fetched(&[5, 5], 10), fetched(&[5, 5], 9));
        let figures = figures([&loader, &first, &later], &SILENT);
        assert_eq!(figures["loader"]["within_budget"], false);
        assert_eq!(figures["within_budget"], true);
        assert_eq!(figures["later"]["within_budget"], false);
        assert_eq!(figures["total"]["brotli"], 10, "what comes later is not in it");
    }

    #[test]
    fn the_table_shows_each_file_the_totals_the_budgets_and_the_peers() {
        let (loader, first, later) = (fetched(&[2], 3_000), fetched(&[650], 45_000), fetched(&[2], 19_000));
        let table = table([&loader, &first, &later], &SILENT);
        assert!(
            table
                .contains("page.js                                            1,500         700         650")
        );
        assert_eq!(table.matches("\ntotal  ").count(), 3);
        assert!(
            [" 45,000\n", " 19,000\n", " 442,721\n", " 3,000\n"].iter().all(|number| table.contains(number))
        );
    }

    #[test]
    fn digits_are_grouped_in_threes() {
        assert_eq!([0, 999, 1000, 1_234_056].map(grouped), ["0", "999", "1,000", "1,234,056"]);
    }
}
