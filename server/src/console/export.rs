//! `GET /console/connections.csv`: all that match, row after row as they are read, for a spreadsheet.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::act::note;
use super::choose::Asked;
use super::who::SignedIn;
use super::wrong::Wrong;
use crate::app::App;
use crate::domain::audit::Action;
use crate::domain::connection::{Kept, in_words};
use crate::domain::filter::Filter;
use crate::store::StoreError;
use crate::store::table::{Order, Place};

const PIECE: i64 = 500;
const HEAD: [&str; 8] = ["account", "customer", "bank", "last4", "state", "cause", "ends", "changed"];

/// The file. Its being taken is in the audit trail.
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    by: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    let tally = app.store.tally().await?;
    let filter = asked.filter(&tally).map_err(Wrong::NotUnderstood)?;
    note(&app, &by.operator, Action::ListExported, None, json!({"connections": filter})).await?;
    let begin = Piece::Head { filter };
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

/// What is written next.
enum Piece {
    Head { filter: Filter },
    Rows { filter: Filter, after: Option<Place> },
    Nothing,
}

impl Piece {
    async fn read(self, app: &App) -> Result<(Option<Bytes>, Self), StoreError> {
        match self {
            Self::Head { filter } => {
                let head = lines(&[HEAD.map(str::to_owned)]);
                Ok((Some(head), Self::Rows { filter, after: None }))
            }
            Self::Rows { filter, after } => {
                // What changes meanwhile comes once more at the end; the other way round it would be left out.
                let kept = app.store.table(&filter, Order::OldestFirst, after.as_ref(), PIECE).await?;
                let rows: Vec<_> = kept.iter().map(row).collect();
                let is_last = i64::try_from(kept.len()).is_ok_and(|read| read < PIECE);
                let after = kept.last().map(Place::behind);
                let next = if is_last { Self::Nothing } else { Self::Rows { filter, after } };
                Ok((Some(lines(&rows)), next))
            }
            Self::Nothing => Ok((None, Self::Nothing)),
        }
    }
}

fn row(kept: &Kept) -> [String; 8] {
    let account = &kept.account;
    let (state, cause, ends) = in_words(&kept.condition);
    let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
    let holder = account.account_holder.as_ref().and_then(|holder| holder.customer.as_ref());
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

fn lines(rows: &[[String; 8]]) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing into memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell)));
    }
    Bytes::from(writer.into_inner().unwrap_or_default())
}

/// Spreadsheets take what begins so for a formula, and banks' names are not ours.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_be_a_formula_is_text_and_quotes_stay_inside() {
        let cells = ["=1+1", "+1", "-1", "@x", "\tx", "a \"b\", c", "plain", ""].map(str::to_owned);
        let line = String::from_utf8(lines(&[cells]).to_vec()).unwrap();
        assert_eq!(line, "'=1+1,'+1,'-1,'@x,'\tx,\"a \"\"b\"\", c\",plain,\r\n");
    }
}
