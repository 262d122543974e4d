//! Finds the top-level modules of its own crate that a Rust file uses, in `use` and in other paths.

use super::tokens::Token;

/// Path into the crate: the first name after `crate::`, with the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Import<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
}

/// Returns all paths that begin with `crate::`, or with as many `super::` as lead from the file to the crate's root.
///
/// `depth` is the number of modules around the file's items: 1 in `src/a.rs`, 2 in `src/a/b.rs`.
pub(super) fn imports<'a>(tokens: &[Token<'a>], depth: usize) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    let mut rest = tokens;
    let mut before = "";
    // For each open brace, true if it is that of an inline module.
    let mut braces = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        match first.text {
            "{" => braces.push(is_module(tokens, rest.len())),
            "}" => drop(braces.pop()),
            _ => {}
        }
        let depth = depth + braces.iter().filter(|is_module| **is_module).count();
        // `$crate` is in a macro, which is used elsewhere; `pub(super)` is no path.
        let path = match first.text {
            "crate" if before != "$" => separated(after),
            "super" if before != ":" => from_root(rest, depth),
            _ => None,
        };
        found.extend(path.into_iter().flat_map(names));
        before = first.text;
        rest = after;
    }
    found
}

/// Returns all paths that begin with the name of one of these crates.
pub(super) fn dependencies<'a>(tokens: &[Token<'a>], crates: &[&str]) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate().filter(|(_, token)| crates.contains(&token.text)) {
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        let is_first = before.is_none_or(|before| before.text != ":");
        if is_first && separated(tokens.get(place + 1..).unwrap_or_default()).is_some() {
            found.push(Import { name: token.text, line: token.line });
        }
    }
    found
}

/// Returns true if the brace at which `left` tokens are left is the one in `mod name {`.
fn is_module(tokens: &[Token<'_>], left: usize) -> bool {
    let before = tokens.get(..tokens.len().saturating_sub(left)).unwrap_or_default();
    matches!(before, [.., keyword, _] if keyword.text == "mod")
}

/// Returns the names that items of the crate's root have been given by `pub use module::Item`, with their modules.
pub(super) fn exports<'a>(root: &[Token<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for statement in root.split(|token| token.text == ";") {
        let Some(at) = statement.iter().position(|token| token.text == "use") else { continue };
        let path = statement.get(at + 1..).unwrap_or_default();
        let path = match path {
            [first, after @ ..] if ["self", "crate"].contains(&first.text) => {
                separated(after).unwrap_or_default()
            }
            path => path,
        };
        if let [module, names @ ..] = path {
            found.extend(names.iter().map(|name| (name.text, module.text)));
        }
    }
    found
}

/// Returns the tokens after `::`.
fn separated<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    match tokens {
        [first, second, after @ ..] if first.text == ":" && second.text == ":" => Some(after),
        _ => None,
    }
}

/// Returns the tokens after `depth` times `super::`.
fn from_root<'t, 'a>(tokens: &'t [Token<'a>], depth: usize) -> Option<&'t [Token<'a>]> {
    let mut rest = tokens;
    for _ in 0..depth {
        let (first, after) = rest.split_first()?;
        rest = (first.text == "super").then(|| separated(after)).flatten()?;
    }
    rest.first().is_none_or(|token| token.text != "super").then_some(rest)
}

/// Returns the first names of a path or, after `{`, of each path in the group.
fn names<'a>(path: &[Token<'a>]) -> Vec<Import<'a>> {
    let import = |token: &Token<'a>| Import { name: token.text, line: token.line };
    let Some((first, group)) = path.split_first() else { return Vec::new() };
    if first.text != "{" {
        return vec![import(first)];
    }
    let mut found = Vec::new();
    let (mut depth, mut begins) = (1_usize, true);
    for token in group {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => begins = true,
            _ if begins && depth == 1 => {
                found.push(import(token));
                begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{exports, imports};
    use crate::lint::tokens::tokens;

    fn found(source: &str, depth: usize) -> Vec<(&str, usize)> {
        imports(&tokens(source), depth).iter().map(|import| (import.name, import.line)).collect()
    }

    #[test]
    fn paths_from_the_crates_root_are_found_in_imports_and_in_code() {
        assert_eq!(found("use crate::a::B;\nlet c = crate::d::e();", 1), [("a", 1), ("d", 2)]);
        assert_eq!(found("use crate::{\n    a::{b, c},\n    d,\n};", 1), [("a", 2), ("d", 3)]);
        assert_eq!(found("pub(crate) fn a() { $crate::b!() }", 1), []);
    }

    #[test]
    fn super_counts_if_it_leads_to_the_crates_root() {
        assert_eq!(found("use super::a::B;", 1), [("a", 1)]);
        assert_eq!(found("use super::a::B; use super::super::c::D;", 2), [("c", 1)]);
        assert_eq!(found("pub(super) fn a() {}", 1), []);
        assert_eq!(
            found("mod b { use super::a; use super::super::c; } use super::d;", 1),
            [("c", 1), ("d", 1)]
        );
    }

    #[test]
    fn items_that_the_root_exports_belong_to_their_modules() {
        let root = "mod a; pub use a::B; pub use self::c::{D, E}; fn f() {}";
        let exports = exports(&tokens(root));
        for export in [("B", "a"), ("D", "c"), ("E", "c")] {
            assert!(exports.contains(&export), "{exports:?}");
        }
    }
}
