use super::*;

const ENGLISH_TEXTS: &str =
    r#"{"language": "en", "direction": "ltr", "done": "Done", "hello": "{bank} of {name}"}"#;

fn read_files(files: &[(&str, &str)]) -> Result<Vec<Language>, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    read(folder.path()).map_err(|errors| errors.iter().map(MessageError::to_string).collect())
}

/// Returns the errors of a German file beside a correct English one.
fn errors_of(german: &str) -> Vec<String> {
    let files = [("en.json", ENGLISH_TEXTS), ("de.json", german)];
    read_files(&files).map_or_else(|errors| errors, |_| Vec::new())
}

#[test]
fn languages_that_say_the_same_are_read_english_first() {
    let german = r#"{"hello": "{name} der {bank}", "done": "Fertig", "direction": "ltr", "language": "de"}"#;
    let files = [("en.json", ENGLISH_TEXTS), ("de.json", german), ("README.md", "No language.")];
    let languages = read_files(&files).unwrap();
    assert_eq!(languages.iter().map(Language::code).collect::<Vec<_>>(), ["en", "de"]);
    assert_eq!(languages[1].text("done"), Some("Fertig"));
    assert!(languages[0].later_keys().eq(languages[1].later_keys()));
}

#[test]
fn missing_and_extra_keys_are_errors() {
    let german = r#"{"language": "de", "direction": "ltr", "hello": "{bank} {name}", "helo": "x"}"#;
    let expected = ["de.json lacks `done`, which en.json has", "de.json has `helo`, which en.json lacks"];
    assert_eq!(errors_of(german), expected);
}

#[test]
fn missing_and_extra_placeholders_are_errors() {
    let german = r#"{"language": "de", "direction": "ltr", "done": "{bank}", "hello": "{bank} {nam}"}"#;
    let expected = [
        "de.json: `done` has {bank}, which it lacks in en.json",
        "de.json: `hello` lacks {name}, which it has in en.json",
        "de.json: `hello` has {nam}, which it lacks in en.json",
    ];
    assert_eq!(errors_of(german), expected);
}

#[test]
fn a_brace_without_its_pair_an_empty_text_and_one_of_two_lines_are_named() {
    let german = r#"{"language": "de", "direction": "ltr", "done": "", "hello": "{bank}\n{name"}"#;
    let expected = [
        "de.json: `done` is empty or longer than a line",
        "de.json: `hello` has a brace without its pair",
        "de.json: `hello` is empty or longer than a line",
    ];
    assert_eq!(errors_of(german), expected);
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
    assert_eq!(errors_of(german), expected);
}

#[test]
fn a_text_that_its_language_would_not_write_like_this_is_named() {
    let french = r#"{"language": "fr", "direction": "ltr", "done": "Fini ?", "hello": "{bank} de {name}"}"#;
    let errors = read_files(&[("en.json", ENGLISH_TEXTS), ("fr.json", french)]).unwrap_err();
    let expected = [
        "fr.json: `done`: `?` needs a narrow no-break space, U+202F",
        "fr.json: `hello`: `de` before {name} is wrong for some names; word the text without it",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn what_is_no_object_of_texts_or_says_a_key_twice_is_named() {
    for (german, why) in [
        (r#"{"done": 1}"#, "expected a text"),
        (r#"{"done": {"one": "a", "one": "b"}}"#, "expected a text"),
        (r#"{"done": "a", "done": "b"}"#, "duplicate key `done`"),
        ("[]", "expected an object"),
    ] {
        let errors = errors_of(german);
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        assert!(error.starts_with("de.json is not an object of texts: ") && error.contains(why), "{error}");
    }
}

#[test]
fn english_must_be_there_and_right() {
    let errors = read_files(&[("de.json", "{}")]).unwrap_err();
    assert!(errors.len() == 1 && errors[0].ends_with(" has no en.json"), "{errors:?}");
    let errors = read_files(&[("en.json", r#"{"done": "{"}"#)]).unwrap_err();
    assert_eq!(errors, ["en.json: `done` has a brace without its pair"]);
    assert!(read(Path::new("/no/such/folder")).is_err());
}

#[test]
fn locales_are_valid() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../server/locales");
    assert_eq!(read(&server).map(|languages| languages.len()), Ok(7));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales");
    let languages =
        read(&folder).map_err(|errors| errors.iter().map(MessageError::to_string).collect::<Vec<_>>());
    let languages = languages.unwrap();
    let files: Vec<String> = languages.iter().map(Language::first_file_name).collect();
    assert_eq!(files[0], "en-Latn.txt");
    let different: std::collections::BTreeSet<&String> = files.iter().collect();
    assert_eq!(different.len(), files.len(), "{files:?}");
    for key in crate::LOADER_KEYS {
        assert_eq!(languages[0].text(key).and_then(placeholders), Some([].into()), "{key}");
    }
}

#[test]
fn a_plural_has_the_forms_of_its_language_each_with_the_placeholders() {
    let errors = |code: &str, forms: &str| {
        let english = r#"{"rows": {"one": "{count} row of {bank}", "other": "{count} rows of {bank}"}}"#;
        let other = format!(r#"{{"rows": {forms}}}"#);
        let files = [("en.json", english), (&*format!("{code}.json"), &other)];
        read_files(&files).map_or_else(|errors| errors, |_| Vec::new())
    };
    let all = r#"{"zero": "{bank}", "one": "{bank}", "two": "{bank}", "few": "{count} {bank}", "many": "{count} {bank}",
        "other": "{count} {bank}"}"#;
    assert!(errors("ar", all).is_empty());
    assert!(errors("zh-Hans", r#"{"other": "{bank} {count}"}"#).is_empty());
    let expected = ["de.json: `rows` needs the forms one, other, and no others"];
    assert_eq!(errors("de", r#"{"other": "{bank} {count}"}"#), expected);
    let expected = [
        "de.json: `rows` lacks {bank}, which it has in en.json",
        "de.json: `rows` lacks {count}, which it has in en.json",
    ];
    assert_eq!(errors("de", r#"{"one": "{count}", "other": "{bank}"}"#), expected);
    let expected = ["de.json lacks `rows`, which en.json has", "de.json has `rows`, which en.json lacks"];
    let mut found = errors("de", "\"{count} Zeilen\"");
    found.sort_by_key(|error| error.contains("has `rows`"));
    assert_eq!(found, expected);
}
