//! NUL, the one character that PostgreSQL can't hold in a text.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::failure::Failure;

/// Refuses it in a path or a query, whichever database there is. In a body it is refused by the database.
pub(crate) async fn refuse(request: Request, next: Next) -> Result<Response, Failure> {
    // A URI can't hold it as it is.
    let holds_nul = |part: &str| part.contains("%00");
    if holds_nul(request.uri().path()) {
        return Err(Failure::NotFound);
    }
    if request.uri().query().is_some_and(holds_nul) {
        return Err(Failure::NotUnderstood);
    }
    Ok(next.run(request).await)
}
