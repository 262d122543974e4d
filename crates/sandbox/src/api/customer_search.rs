//! Stripe's search query language, for customers: clauses such as `email:"jenny@example.com"`, `name~"ro"`,
//! `created>1790000000` or `-metadata["plan"]:"old"`, joined by spaces or `AND`, or by `OR`, but not by both.

use crate::{http::error::ApiError, world::Customer};

/// A parsed query.
#[derive(Debug)]
pub(crate) struct Query {
    clauses: Vec<Clause>,
    /// True if one clause is enough.
    any: bool,
}

#[derive(Debug)]
struct Clause {
    field: Field,
    is_negated: bool,
    operator: Operator,
    /// Lowercase, because searches ignore case.
    value: String,
}

#[derive(Debug)]
enum Field {
    Created,
    Email,
    Name,
    Phone,
    Metadata(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `:`
    Equal,
    /// `~`
    Contains,
    /// `>` or `>=`
    After { inclusive: bool },
    /// `<` or `<=`
    Before { inclusive: bool },
}

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut rest = text.trim();
        let (mut clauses, mut joints) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            if !clauses.is_empty() {
                let is_or = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("or "));
                let is_and = rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("and "));
                joints.push(is_or);
                let joint_length = if is_or {
                    3
                } else if is_and {
                    4
                } else {
                    0
                };
                rest = rest.get(joint_length..).unwrap_or_default().trim_start();
            }
            let (clause, after) = clause(rest).ok_or_else(|| refused(text))?;
            clauses.push(clause);
            rest = after.trim_start();
        }
        let any = joints.contains(&true);
        if clauses.is_empty() || any && joints.contains(&false) {
            return Err(refused(text));
        }
        Ok(Self { clauses, any })
    }

    pub(crate) fn fits(&self, customer: &Customer) -> bool {
        if self.any {
            return self.clauses.iter().any(|clause| clause.fits(customer));
        }
        self.clauses.iter().all(|clause| clause.fits(customer))
    }
}

impl Clause {
    fn fits(&self, customer: &Customer) -> bool {
        let profile = &customer.profile;
        let found = match &self.field {
            Field::Created => self.fits_time(customer.created),
            Field::Email => self.fits_text(profile.email.as_deref()),
            Field::Name => self.fits_text(profile.name.as_deref()),
            Field::Phone => self.fits_text(profile.phone.as_deref()),
            Field::Metadata(key) => self.fits_text(profile.metadata.get(key).map(String::as_str)),
        };
        found != self.is_negated
    }

    fn fits_text(&self, text: Option<&str>) -> bool {
        let Some(text) = text.map(str::to_lowercase) else { return self.value == "null" };
        if self.operator == Operator::Contains { text.contains(&self.value) } else { text == self.value }
    }

    fn fits_time(&self, time: i64) -> bool {
        let Ok(value) = self.value.parse::<i64>() else { return false };
        match self.operator {
            Operator::Equal | Operator::Contains => time == value,
            Operator::After { inclusive } => time > value || inclusive && time == value,
            Operator::Before { inclusive } => time < value || inclusive && time == value,
        }
    }
}

/// Reads one clause and returns it with the rest of the text.
fn clause(text: &str) -> Option<(Clause, &str)> {
    let (is_negated, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (field, rest) = field(text)?;
    let (operator, rest) = operator(rest)?;
    let (value, rest) = value(rest)?;
    let is_number = matches!(field, Field::Created);
    let is_numeric = matches!(operator, Operator::After { .. } | Operator::Before { .. });
    if is_number && (operator == Operator::Contains || value.parse::<i64>().is_err())
        || !is_number && is_numeric
    {
        return None;
    }
    Some((Clause { field, is_negated, operator, value: value.to_lowercase() }, rest))
}

fn field(text: &str) -> Option<(Field, &str)> {
    if let Some(rest) = text.strip_prefix("metadata[") {
        let (key, rest) = value(rest)?;
        return Some((Field::Metadata(key.to_owned()), rest.strip_prefix(']')?));
    }
    let end = text.find(|c: char| !c.is_ascii_lowercase())?;
    let (name, rest) = text.split_at_checked(end)?;
    let field = match name {
        "created" => Field::Created,
        "email" => Field::Email,
        "name" => Field::Name,
        "phone" => Field::Phone,
        _ => return None,
    };
    Some((field, rest))
}

fn operator(text: &str) -> Option<(Operator, &str)> {
    let inclusive = true;
    let table = [
        (":", Operator::Equal),
        ("=", Operator::Equal),
        ("~", Operator::Contains),
        (">=", Operator::After { inclusive }),
        ("<=", Operator::Before { inclusive }),
        (">", Operator::After { inclusive: false }),
        ("<", Operator::Before { inclusive: false }),
    ];
    table.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
}

/// Reads a value in single or double quotes, or a bare number or `null`.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = text.strip_prefix(quote)?;
        let end = inner.find(quote)?;
        return Some((inner.get(..end)?, inner.get(end + 1..)?));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (bare, rest) = text.split_at_checked(end)?;
    let is_bare = bare == "null" || bare.parse::<i64>().is_ok();
    is_bare.then_some((bare, rest))
}

fn refused(query: &str) -> ApiError {
    ApiError::invalid("query", format!("The search query can't be read: {query}"))
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::world::{Customer, customer::Profile};

    fn fits(query: &str) -> Option<bool> {
        let profile = Profile {
            name: Some("Jenny Rosen".to_owned()),
            email: Some("jenny.rosen@example.com".to_owned()),
            metadata: [("plan".to_owned(), "Gold".to_owned())].into(),
            ..Profile::default()
        };
        let customer = Customer { profile, created: 100, ..Customer::default() };
        Query::parse(query).ok().map(|query| query.fits(&customer))
    }

    #[test]
    fn clauses_are_compared_without_regard_to_case_and_joined() {
        for (query, expected) in [
            (r#"email:"jenny.rosen@example.com""#, true),
            (r#"email:"jenny""#, false),
            ("email~'ROSEN'", true),
            (r#"-email~"rosen""#, false),
            (r#"metadata["plan"]:"gold""#, true),
            ("metadata['plan']:null", false),
            ("phone:null", true),
            ("created>99 created<=100", true),
            ("created>=101", false),
            (r#"name:"Jenny Rosen" AND created:100"#, true),
            (r#"name:"Sam" OR email~"jenny""#, true),
            (r#"name:"Sam" email~"jenny""#, false),
        ] {
            assert_eq!(fits(query), Some(expected), "{query}");
        }
    }

    #[test]
    fn a_query_that_makes_no_sense_is_refused() {
        for query in [
            "",
            "jenny",
            "email:",
            "email:jenny",
            r#"email:"jenny"#,
            r#"shoe:"42""#,
            "created~100",
            r#"name>"a""#,
            r#"name:"a" AND name:"b" OR name:"c""#,
            r#"metadata["plan":"x""#,
            "émail:1",
        ] {
            assert_eq!(fits(query), None, "{query}");
        }
    }
}
