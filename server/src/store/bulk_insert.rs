//! Inserts of many rows per statement.

use sqlx::AnyConnection;

use super::Engine;

/// Lengths of pieces are multiples of this, except for the last.
const STEP: usize = 16;
/// Most rows per statement: more would not be faster, and PostgreSQL allows 65,535 values.
const MOST: usize = 256;

/// Splits rows into pieces for one statement each. They have few different lengths, so that prepared statements are
/// reused.
pub(crate) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let longest = if rest.len() < STEP { rest.len() } else { rest.len() / STEP * STEP };
        let (piece, others) = rest.split_at_checked(longest.min(MOST))?;
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Returns placeholders for `count` rows of `columns` columns: `($1, $2), ($3, $4)`.
pub(crate) fn rows(engine: Engine, count: usize, columns: usize) -> String {
    rows_ending(engine, count, columns, "")
}

/// Does what `rows` does, with an ending for each row that begins with a comma. Its placeholders are bound last.
pub(crate) fn rows_ending(engine: Engine, count: usize, columns: usize, ending: &str) -> String {
    let row = |number: usize| {
        let place = |column: usize| match engine {
            // SQLite looks up a named placeholder by a linear search: with thousands, that takes longer than writing
            // the rows.
            Engine::Sqlite => "?".to_owned(),
            Engine::Postgres => format!("${}", number * columns + column + 1),
        };
        let places: Vec<String> = (0..columns).map(place).collect();
        format!("({}{ending})", places.join(", "))
    };
    match engine {
        Engine::Sqlite => vec![row(0); count].join(", "),
        Engine::Postgres => (0..count).map(row).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the kind of database that a connection leads to.
pub(crate) fn engine(connection: &AnyConnection) -> Engine {
    if connection.backend_name() == "SQLite" { Engine::Sqlite } else { Engine::Postgres }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_from_row_to_row() {
        assert_eq!(rows(Engine::Postgres, 2, 2), "($1, $2), ($3, $4)");
        assert_eq!(rows(Engine::Postgres, 0, 2), "");
        assert_eq!(rows_ending(Engine::Postgres, 2, 1, ", $3, 0"), "($1, $3, 0), ($2, $3, 0)");
    }

    #[test]
    fn places_for_sqlite_have_names_only_where_they_are_shared() {
        assert_eq!(rows(Engine::Sqlite, 2, 2), "(?, ?), (?, ?)");
        assert_eq!(rows(Engine::Sqlite, 0, 2), "");
        assert_eq!(rows_ending(Engine::Sqlite, 2, 1, ", $3, 0"), "(?, $3, 0), (?, $3, 0)");
    }

    #[test]
    fn pieces_have_few_lengths_and_leave_nothing_out() {
        for length in 0..600 {
            let all: Vec<usize> = (0..length).collect();
            let pieces: Vec<&[usize]> = pieces(&all).collect();
            assert_eq!(pieces.concat(), all);
            let is_usual = |piece: &&[usize]| {
                piece.len() < STEP || piece.len().is_multiple_of(STEP) && piece.len() <= MOST
            };
            assert!(pieces.iter().all(is_usual), "{length}");
        }
        assert_eq!(pieces(&[0; 60]).map(<[_]>::len).collect::<Vec<_>>(), [48, 12]);
        assert_eq!(pieces(&[0; 530]).map(<[_]>::len).collect::<Vec<_>>(), [256, 256, 16, 2]);
    }
}
