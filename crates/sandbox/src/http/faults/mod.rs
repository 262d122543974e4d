//! Counts calls per route and injects the faults that tests asked for.

mod act;
mod fault;
mod ga_shape;
mod torn;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

pub(crate) use self::{act::FailsAfter, fault::Fault};
use crate::state::Sandbox;

/// Faults that are not used up yet.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn waiting(&mut self, now: i64) -> &[Fault] {
        self.waiting.retain(|fault| !fault.is_over(now));
        &self.waiting
    }

    /// Returns the first fault that matches the route's pattern or path, and uses up one of its times.
    fn strike(&mut self, pattern: &str, route: &str, now: i64) -> Option<Fault> {
        self.waiting.retain(|fault| !fault.is_over(now));
        let fault = self.waiting.iter_mut().find(|fault| fault.is_for(pattern, route))?;
        fault.use_up();
        Some(fault.clone())
    }
}

/// Middleware of all routes except the tests' own.
pub(crate) async fn count_and_fail(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let pattern = format!("{} {}", request.method(), path.as_str());
    let route = format!("{} {}", request.method(), request.uri().path());
    let struck = {
        let mut state = sandbox.lock();
        state.count_call(&pattern);
        let now = state.world.now;
        state.faults.strike(&pattern, &route, now)
    };
    match struck {
        Some(fault) => act::act(&sandbox, &fault, request, next).await,
        None => next.run(request).await,
    }
}
