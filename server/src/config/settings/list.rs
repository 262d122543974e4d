//! Settings that are lists of words, separated by commas.

/// Parses a list of words without duplicates; `None` if one of them is unknown.
pub(super) fn list<T: PartialEq>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut list = Vec::new();
    for word in text.split(',') {
        let value = parse(word.trim())?;
        if !list.contains(&value) {
            list.push(value);
        }
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_by_commas_and_count_once() {
        let digits = |text| list(text, |word| word.parse::<u8>().ok());
        assert_eq!(digits("1"), Some(vec![1]));
        assert_eq!(digits("2, 1,2"), Some(vec![2, 1]));
        for text in ["", "1,", "1 2", "1,x"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
