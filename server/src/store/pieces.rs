//! Rows that are written many at a time.

use std::fmt::Write;

use sqlx::AnyConnection;

/// SQLite looks up each value's place by going through all names of places: many small statements are faster than one
/// that is long.
const MOST_FOR_SQLITE: usize = 16;
/// PostgreSQL is elsewhere, so each statement costs a journey.
const MOST_FOR_POSTGRES: usize = 256;

/// Cuts rows into pieces for one statement each. There are few lengths, so that statements are known from the last time.
pub(crate) fn pieces<'a, T>(
    change: &AnyConnection,
    rows: &'a [T],
) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
    let is_sqlite = change.backend_name() == "SQLite";
    cut(rows, if is_sqlite { MOST_FOR_SQLITE } else { MOST_FOR_POSTGRES })
}

/// As long as they may be at first, and then the powers of two that the rest is made of.
fn cut<T>(rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let longest = 1 << rest.len().checked_ilog2()?;
        let (piece, others) = rest.split_at_checked(longest.min(most))?;
        rest = others;
        Some(piece)
    })
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many columns, after the first `skip`.
pub(crate) fn rows(count: usize, columns: usize, skip: usize) -> String {
    rows_with("", count, columns, skip)
}

/// The same, where all rows begin with the same, which ends in a comma.
pub(crate) fn rows_with(shared: &str, count: usize, columns: usize, skip: usize) -> String {
    let mut text = String::with_capacity(count * (columns * 7 + shared.len() + 4));
    for row in 0..count {
        text.push_str(if row == 0 { "(" } else { ", (" });
        text.push_str(shared);
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing into a text does not fail.
            let _ = write!(text, "{comma}${}", skip + row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_from_row_to_row() {
        assert_eq!(rows(2, 2, 0), "($1, $2), ($3, $4)");
        assert_eq!(rows(1, 3, 2), "($3, $4, $5)");
        assert_eq!(rows_with("$1, 0, ", 2, 1, 1), "($1, 0, $2), ($1, 0, $3)");
        assert_eq!(rows(0, 2, 0), "");
    }

    #[test]
    fn pieces_have_few_lengths_and_leave_nothing_out() {
        for length in 0..200 {
            let all: Vec<usize> = (0..length).collect();
            let pieces: Vec<&[usize]> = cut(&all, 32).collect();
            assert_eq!(pieces.concat(), all);
            assert!(
                pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= 32),
                "{length}"
            );
        }
        assert_eq!(cut(&[0; 100], 32).map(<[_]>::len).collect::<Vec<_>>(), [32, 32, 32, 4]);
    }
}
