//! Finds the files of its own origin that a page makes the browser fetch, in its HTML and CSS.
//!
//! Files that a script fetches at run time are not found.

/// Returns the URLs on the page's own origin in `link[href]` and in every `src`, in order, each once.
///
/// They are relative to the page's folder, without query and fragment.
pub(crate) fn files_of_html(html: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut rest = html;
    while let Some((_, from_tag)) = rest.split_once('<') {
        if let Some(comment) = from_tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, attributes, after) = tag(from_tag);
        for (name, value) in attributes {
            if name == "src" || (tag == "link" && name == "href") {
                push_own(&mut files, &value);
            }
        }
        rest = match tag.as_str() {
            "script" | "style" => {
                let end = after.find(&format!("</{tag}")).unwrap_or(after.len());
                after.get(end..).unwrap_or_default()
            }
            _ => after,
        };
    }
    files
}

/// Returns the URLs in `url(…)` and `@import "…"` of a style sheet.
pub(crate) fn files_of_css(css: &str) -> Vec<String> {
    let mut files = Vec::new();
    for (before, terminator) in [("url(", ')'), ("@import ", ';')] {
        for reference in css.split(before).skip(1) {
            let reference = reference.split(terminator).next().unwrap_or_default().trim();
            if !reference.starts_with("url(") {
                push_own(&mut files, reference.trim_matches(['"', '\'']));
            }
        }
    }
    files
}

fn push_own(files: &mut Vec<String>, address: &str) {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let scheme = path.split('/').next().is_some_and(|first| first.contains(':'));
    if path.starts_with("//") || scheme {
        return;
    }
    let file = path.trim_start_matches("./").trim_start_matches('/').to_owned();
    if !file.is_empty() && !files.contains(&file) {
        files.push(file);
    }
}

/// Splits the text after `<` into the tag's name, its attributes and the text after `>`.
fn tag(text: &str) -> (String, Vec<(String, String)>, &str) {
    let name_end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
    let (name, mut rest) = text.split_at(name_end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (name.to_ascii_lowercase(), attributes, after);
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '>').unwrap_or(rest.len());
        let (key, after_key) = rest.split_at(end);
        let (value, after_value) = match after_key.trim_start().strip_prefix('=') {
            Some(value) => attribute_value(value.trim_start()),
            None => ("", after_key),
        };
        // Neither a name nor a value: the text has ended, or is not HTML.
        if after_value.len() == rest.len() || rest.is_empty() {
            return (name.to_ascii_lowercase(), attributes, "");
        }
        attributes.push((key.to_ascii_lowercase(), value.to_owned()));
        rest = after_value;
    }
}

/// Splits off an attribute's value, which is in either kind of quotes or, as minifiers write it, in none.
fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{files_of_css, files_of_html};

    #[test]
    fn a_built_page_names_its_files() {
        let html = r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>
            <!-- <script src="/old.js"></script> -->
            <link rel="stylesheet" href="/app-1f.css" integrity="sha384-a"/>
            <link rel="modulepreload" href="/relink-2e.js" crossorigin="anonymous">
            <link rel='preload' href='/relink-2e_bg.wasm' as="fetch" type="application/wasm">
            <script type="module" src="./boot.js?v=1"></script>
            <script>const html = '<img src="/not-this.png">';</script>
            </head><body><img alt="a > b" src="icons/bank.svg"></body></html>"#;
        let expected = ["app-1f.css", "relink-2e.js", "relink-2e_bg.wasm", "boot.js", "icons/bank.svg"];
        assert_eq!(files_of_html(html), expected);
    }

    #[test]
    fn a_minified_page_without_quotes_names_the_same_files() {
        let html = "<!doctype html><link href=/a.css rel=stylesheet><script src=/boot.js defer></script>";
        assert_eq!(files_of_html(html), ["a.css", "boot.js"]);
    }

    #[test]
    fn a_file_that_is_named_twice_is_fetched_once() {
        assert_eq!(files_of_html(r#"<link href="/a.js"><script src="a.js"></script>"#), ["a.js"]);
    }

    #[test]
    fn other_origins_data_and_the_page_itself_are_not_files_of_ours() {
        let html = r##"<link href="https://js.stripe.com"><img src="data:image/png;base64,AA">
            <script src="//cdn.example/x.js"></script><link rel="canonical" href="/"><img src="#"><a href="/x.html">"##;
        assert_eq!(files_of_html(html), Vec::<String>::new());
    }

    #[test]
    fn broken_html_comes_to_an_end() {
        for html in
            ["<", "<link", "<link href", "<link href=", "<link href=\"", "<link =", "<!--", "<script>"]
        {
            assert_eq!(files_of_html(html), Vec::<String>::new(), "{html}");
        }
    }

    #[test]
    fn a_style_sheet_names_its_pictures_and_imports() {
        let css = r#"@import "base.css"; @import url(dark.css); a { background: url("i/x.svg") }
            b { mask: url('data:image/svg+xml,<svg/>') }"#;
        assert_eq!(files_of_css(css), ["dark.css", "i/x.svg", "base.css"]);
    }
}
