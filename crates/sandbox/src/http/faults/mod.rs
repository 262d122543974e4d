//! Counts the calls per route, and lets go wrong what a test asked for.

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

/// The faults that are still to strike.
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

    /// Uses up one time of the first fault for either spelling of the route.
    fn strike(&mut self, pattern: &str, route: &str, now: i64) -> Option<Fault> {
        self.waiting.retain(|fault| !fault.is_over(now));
        let fault = self.waiting.iter_mut().find(|fault| fault.is_for(pattern, route))?;
        fault.use_up();
        Some(fault.clone())
    }
}

/// Layer of everything but the tests' own endpoints.
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
