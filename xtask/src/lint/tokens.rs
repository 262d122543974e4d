//! Splits Rust source into tokens, as far as the checks of names and imports need it.

/// Word or single other character of the code, with its line. Comments and literals in quotes are no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// Returns all tokens of the source.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest)).or(first.is_whitespace().then_some(1));
        let length =
            skipped.map_or_else(|| word(rest).max(first.len_utf8()), |length| length.max(first.len_utf8()));
        let (text, after) = rest.split_at(length);
        if skipped.is_none() {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Removes every item that is compiled for tests only. Returns the rest, and the names of removed `mod name;`.
pub(super) fn without_tests<'a>(tokens: &[Token<'a>]) -> (Vec<Token<'a>>, Vec<&'a str>) {
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let Some(item) = after_test_attribute(rest) else {
            kept.push(*first);
            rest = after;
            continue;
        };
        let (item, after) = item.split_at(item_length(item));
        if let [.., keyword, name, end] = item
            && keyword.text == "mod"
            && end.text == ";"
        {
            modules.push(name.text);
        }
        rest = after;
    }
    (kept, modules)
}

/// Returns the tokens after an attribute such as `#[cfg(test)]` or `#[cfg(all(test, unix))]`.
fn after_test_attribute<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let begins = tokens.iter().take(4).map(|token| token.text).eq(["#", "[", "cfg", "("]);
    let end = tokens.iter().position(|token| token.text == "]").filter(|_| begins)?;
    let has = |word: &str| tokens.iter().take(end).any(|token| token.text == word);
    (has("test") && !has("not")).then(|| tokens.get(end + 1..)).flatten()
}

/// Returns the number of tokens up to the first `;` or the end of the first `{…}` that is in no other brackets.
fn item_length(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" if depth <= 1 => return place + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return place + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the length of the word at the beginning, which may be 0.
fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Returns the length of the comment at the beginning, if there is one.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inside = text.strip_prefix("/*")?;
    let mut depth = 1;
    let ends = inside.char_indices().filter_map(|(at, _)| Some((at, inside.get(at..at + 2)?)));
    for (at, pair) in ends {
        depth += match pair {
            "/*" => 1,
            "*/" => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some("/*".len() + at + "*/".len());
        }
    }
    Some(text.len())
}

/// Returns the length of the string or character at the beginning, if there is one.
fn literal(text: &str) -> Option<usize> {
    let after = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - after.len();
    let is_raw = text.get(..prefix).is_some_and(|prefix| prefix.ends_with('r'));
    if prefix > 2 {
        return None;
    }
    if is_raw {
        let content = after.trim_start_matches('#');
        let hashes = after.len() - content.len();
        let end = format!("\"{}", "#".repeat(hashes));
        let length = content.strip_prefix('"')?.find(&end).map_or(content.len(), |at| 1 + at + end.len());
        return Some(prefix + hashes + length);
    }
    match after.chars().next()? {
        '"' => Some(prefix + quoted(after, '"')),
        '\'' if prefix <= 1 => {
            let mut next = after.chars().skip(1);
            let (first, second) = (next.next()?, next.next());
            // Otherwise it is a lifetime.
            (first == '\\' || second == Some('\'')).then(|| prefix + quoted(after, '\''))
        }
        _ => None,
    }
}

/// Returns the length of a text that begins with the quote, up to the next one that is not escaped.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{tokens, without_tests};

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_strings_and_characters_are_no_tokens() {
        assert_eq!(texts("a // b\n/* c /* d */ e */ f"), ["a", "f"]);
        assert_eq!(texts(r##"x("a \" b", br#"c " d"#, r"e\", b'f', '\'', '"')"##).concat(), "x(,,,,,)");
        assert_eq!(texts("fn f<'a>(é: &'a str)").concat(), "fnf<'a>(é:&'astr)");
        assert_eq!(texts("r#type brr bread"), ["r", "#", "type", "brr", "bread"]);
        assert_eq!(texts("\"open"), Vec::<&str>::new());
    }

    #[test]
    fn each_token_has_its_line() {
        let tokens = tokens("a\n\"\n\"/*\n*/ b");
        assert_eq!(tokens.iter().map(|token| token.line).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn items_for_tests_are_removed() {
        let source = "a #[cfg(test)] mod tests { fn b() {} } c #[cfg(test)] pub(crate) mod kit; \
                      #[cfg(all(test, unix))] fn d(e: [u8; 2]) { f } #[cfg(not(test))] g";
        let tokens = tokens(source);
        let (kept, modules) = without_tests(&tokens);
        let kept: String = kept.iter().map(|token| token.text).collect();
        assert_eq!(kept, "ac#[cfg(not(test))]g");
        assert_eq!(modules, ["kit"]);
    }
}
