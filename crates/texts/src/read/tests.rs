use super::*;

const ENGLISH_TEXTS: &str =
    r#"{"language": "en", "direction": "ltr", "done": "Done", "hello": "{bank} of {name}"}"#;

fn read_files(files: &[(&str, &str)]) -> Result<Vec<Language>, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    read(folder.path()).map_err(|faults| faults.iter().map(Fault::to_string).collect())
}

/// Returns the errors of a German file beside a correct English one.
fn wrong_with(german: &str) -> Vec<String> {
    let files = [("en.json", ENGLISH_TEXTS), ("de.json", german)];
    read_files(&files).map_or_else(|faults| faults, |_| Vec::new())
}

#[test]
fn languages_that_say_the_same_are_read_english_first() {
    let german = r#"{"hello": "{name} der {bank}", "done": "Fertig", "direction": "ltr", "language": "de"}"#;
    let files = [("en.json", ENGLISH_TEXTS), ("de.json", german), ("README.md", "No language.")];
    let languages = read_files(&files).unwrap();
    assert_eq!(languages.iter().map(Language::code).collect::<Vec<_>>(), ["en", "de"]);
    assert_eq!(languages[1].text("done"), Some("Fertig"));
    assert!(languages[0].keys().eq(languages[1].keys()));
}

#[test]
fn a_key_that_is_missing_or_too_many_is_named() {
    let german = r#"{"language": "de", "direction": "ltr", "hello": "{bank} {name}", "helo": "x"}"#;
    let expected = ["de.json lacks `done`, which en.json has", "de.json has `helo`, which en.json lacks"];
    assert_eq!(wrong_with(german), expected);
}

#[test]
fn a_placeholder_that_is_missing_or_too_many_is_named() {
    let german = r#"{"language": "de", "direction": "ltr", "done": "{bank}", "hello": "{bank} {nam}"}"#;
    let expected = [
        "de.json: `done` has {bank}, which it lacks in en.json",
        "de.json: `hello` lacks {name}, which it has in en.json",
        "de.json: `hello` has {nam}, which it lacks in en.json",
    ];
    assert_eq!(wrong_with(german), expected);
}

#[test]
fn a_brace_without_its_pair_an_empty_text_and_one_of_two_lines_are_named() {
    let german = r#"{"language": "de", "direction": "ltr", "done": "", "hello": "{bank}\n{name"}"#;
    let expected = [
        "de.json: `done` is empty or longer than a line",
        "de.json: `hello` has a brace without its pair",
        "de.json: `hello` is empty or longer than a line",
    ];
    assert_eq!(wrong_with(german), expected);
}

#[test]
fn a_file_of_another_language_and_a_direction_or_script_that_is_none_are_named() {
    let german =
        r#"{"language": "en", "direction": "up", "script": "latin", "done": "F", "hello": "{bank} {name}"}"#;
    let expected = [
        "de.json: `language` is `en`, which is not the file's name",
        "de.json: `direction` is `up`, which is neither ltr nor rtl",
        "de.json: `script` is `latin`, which is not four letters such as Latn",
        "de.json has `script`, which en.json lacks",
    ];
    assert_eq!(wrong_with(german), expected);
}

#[test]
fn what_is_no_object_of_texts_or_says_a_key_twice_is_named() {
    for (german, why) in [
        (r#"{"done": 1}"#, "invalid type"),
        (r#"{"done": "a", "done": "b"}"#, "`done` is there twice"),
        ("[]", "expected an object"),
    ] {
        let faults = wrong_with(german);
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(fault.starts_with("de.json is not an object of texts: ") && fault.contains(why), "{fault}");
    }
}

#[test]
fn english_must_be_there_and_right() {
    let faults = read_files(&[("de.json", "{}")]).unwrap_err();
    assert!(faults.len() == 1 && faults[0].ends_with(" has no en.json"), "{faults:?}");
    let faults = read_files(&[("en.json", r#"{"done": "{"}"#)]).unwrap_err();
    assert_eq!(faults, ["en.json: `done` has a brace without its pair"]);
    assert!(read(Path::new("/no/such/folder")).is_err());
}

#[test]
fn our_own_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales");
    let languages = read(&folder).map_err(|faults| faults.iter().map(Fault::to_string).collect::<Vec<_>>());
    let languages = languages.unwrap();
    let files: Vec<String> = languages.iter().map(Language::file_name).collect();
    assert_eq!(files[0], "en-Latn.txt");
    let different: std::collections::BTreeSet<&String> = files.iter().collect();
    assert_eq!(different.len(), files.len(), "{files:?}");
    for key in crate::LOADER {
        assert_eq!(languages[0].text(key).and_then(placeholders), Some([].into()), "{key}");
    }
}
