//! `GET /console/connections.csv`: all matching connections, streamed as CSV for a spreadsheet.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::account_actions::note;
use super::auth::SignedIn;
use super::error::PageError;
use super::filter_form::TableParams;
use super::words::filter_error;
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::customer_name::CustomerName;
use crate::domain::filter::Filter;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::connection_search::{Order, PageCursor, TableRow};

const PIECE: i64 = 500;
const HEAD: [&str; 8] = ["account", "customer", "bank", "last4", "state", "cause", "ends", "changed"];
/// Further column of a platform, which works for connected accounts.
const STRIPE_ACCOUNT: &str = "stripe_account";
/// Further columns where names are stored. They are the last, so that the others keep their places.
const NAMES: [&str; 2] = ["name", "email"];

/// Streams the file. The export is recorded in the audit trail.
pub(super) async fn csv(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<TableParams>,
) -> Result<Response, PageError> {
    let tally = app.store.tally().await?;
    let filter =
        asked.filter(&app, &tally).await?.map_err(|error| PageError::NotUnderstood(filter_error(error)))?;
    note(&app, by.source(), AuditAction::ListExported, None, json!({"connections": filter})).await?;
    let begin = Chunk::Head { filter };
    let pieces = stream::try_unfold((app, begin), |(app, piece)| async move {
        let (bytes, next) = piece.read(&app).await.map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(bytes.map(|bytes| (bytes, (app, next))))
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"connections.csv\""),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// State of the stream.
enum Chunk {
    Head { filter: Filter },
    Rows { filter: Filter, after: Option<PageCursor> },
    Nothing,
}

impl Chunk {
    async fn read(self, app: &AppState) -> Result<(Option<Bytes>, Self), StoreError> {
        match self {
            Self::Head { filter } => {
                let is_platform = app.config.stripe_accounts.is_platform();
                let platform = is_platform.then_some(STRIPE_ACCOUNT);
                let names = app.config.console.customer_names.then_some(NAMES).into_iter().flatten();
                let head: Vec<String> =
                    HEAD.into_iter().chain(platform).chain(names).map(str::to_owned).collect();
                let head = lines(&[head]);
                Ok((Some(head), Self::Rows { filter, after: None }))
            }
            Self::Rows { filter, after } => {
                // Oldest first: a connection that changes meanwhile appears again at the end. Newest first would omit
                // it.
                let kept = app.store.table(&filter, Order::OldestFirst, after.as_ref(), PIECE).await?;
                let mut rows: Vec<Vec<String>> = kept.iter().map(|one| row(&one.kept).into()).collect();
                if app.config.stripe_accounts.is_platform() {
                    add_stripe_accounts(&kept, &mut rows);
                }
                if app.config.console.customer_names {
                    add_names(app, &kept, &mut rows).await?;
                }
                let is_last = i64::try_from(kept.len()).is_ok_and(|read| read < PIECE);
                let after = kept.into_iter().next_back().map(|last| last.place);
                let next = if is_last { Self::Nothing } else { Self::Rows { filter, after } };
                Ok((Some(lines(&rows)), next))
            }
            Self::Nothing => Ok((None, Self::Nothing)),
        }
    }
}

/// Adds the connected accounts to the rows, which are empty for the platform's own.
fn add_stripe_accounts(kept: &[TableRow], rows: &mut [Vec<String>]) {
    for (row, one) in rows.iter_mut().zip(kept) {
        row.push(one.kept.account.id.stripe_account().map(String::from).unwrap_or_default());
    }
}

/// Adds the customers' names and email addresses to the rows.
async fn add_names(app: &AppState, kept: &[TableRow], rows: &mut [Vec<String>]) -> Result<(), StoreError> {
    let customers = kept.iter().map(|one| one.kept.account.holder());
    let names = app.store.customer_names(&customers.clone().flatten().collect()).await?;
    for (row, customer) in rows.iter_mut().zip(customers) {
        let CustomerName { name, email } =
            customer.and_then(|customer| names.get(customer)).cloned().unwrap_or_default();
        row.extend([name, email].map(Option::unwrap_or_default));
    }
    Ok(())
}

fn row(kept: &StoredAccount) -> [String; 8] {
    let account = &kept.account;
    let (state, cause, ends) = kept.in_words();
    let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
    let holder = account.holder();
    [
        account.id.to_string(),
        holder.map(ToString::to_string).unwrap_or_default(),
        account.institution_name.clone(),
        account.last4.clone().unwrap_or_default(),
        state.to_owned(),
        cause.map(|cause| cause.as_str().to_owned()).unwrap_or_default(),
        ends.map(|ends| ends.to_string()).unwrap_or_default(),
        format!("{:.0}", kept.changed_at),
    ]
}

/// Formats rows as CSV, in which no cell is a formula.
pub(super) fn lines<R: AsRef<[String]>>(rows: &[R]) -> Bytes {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    for row in rows {
        // Writing to memory can't fail.
        let _ = writer.write_record(row.as_ref().iter().map(|cell| harmless(cell)));
    }
    Bytes::from(writer.into_inner().unwrap_or_default())
}

/// Characters that some spreadsheet, in some locale, takes for a cell separator.
const SEPARATORS: [char; 6] = [',', ';', '|', '\t', '\r', '\n'];
/// Characters that begin a formula, in ASCII and in full width.
const FORMULAS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Escapes formulas against CSV injection, since the names of banks are untrusted. Inserts an apostrophe before a
/// formula character at the beginning of the cell and after each separator: quotes hold a cell together only in
/// spreadsheets that expect commas.
fn harmless(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut begins = true;
    for (place, character) in cell.chars().enumerate() {
        let is_separator = SEPARATORS.contains(&character);
        if begins && FORMULAS.contains(&character) || place == 0 && is_separator {
            text.push('\'');
        }
        // Spreadsheets skip whitespace and quotes before a formula.
        begins = is_separator || begins && (character.is_whitespace() || character == '"');
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(cells: [&str; 8]) -> String {
        String::from_utf8(lines(&[cells.map(str::to_owned)]).to_vec()).unwrap()
    }

    #[test]
    fn a_cell_that_would_be_a_formula_is_text_and_quotes_stay_inside() {
        assert_eq!(
            line(["=1+1", "+1", "-1", "@x", "\tx", "a \"b\", c", "plain", ""]),
            "\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"'\tx\",\"a \"\"b\"\", c\",\"plain\",\"\"\r\n"
        );
    }

    #[test]
    fn a_formula_behind_another_countrys_separator_is_text_too() {
        for (cell, expected) in [
            ("a;=1+1", "a;'=1+1"),
            ("a; \"=1+1", "a; \"'=1+1"),
            ("a\t@x", "a\t'@x"),
            ("a\r\n-1", "a\r\n'-1"),
            ("a=1;b-2", "a=1;b-2"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }

    proptest! {
        #[test]
        fn however_a_spreadsheet_cuts_a_line_no_piece_begins_a_formula(
            cell in "[=+\\-@;,|\t\r\n\" 'a\u{ff1d}]{0,12}", separator in 0..SEPARATORS.len(),
        ) {
            let line = line(["x", &cell, "y", &cell, "", "", "", &cell]);
            for piece in line.split([SEPARATORS[separator], '\r', '\n']) {
                let piece = piece.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
                prop_assert!(!piece.starts_with(FORMULAS), "{line:?} has {piece:?}");
            }
        }

        #[test]
        fn what_is_read_back_is_what_was_there_but_for_apostrophes(cell in "\\PC{0,20}|[=;,\"\r\n\t-]{0,9}") {
            let line = line(["", "", "", &cell, "", "", "", ""]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.len(), 8);
            prop_assert_eq!(record[3].replace('\'', ""), cell.replace('\'', ""));
        }
    }
}
