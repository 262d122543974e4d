//! One event on its way to one endpoint.

/// A delivery, with everything that was tried.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) kind: &'static str,
    pub(crate) endpoint: String,
    /// Of what is due together, the lower turn goes first.
    pub(crate) turn: usize,
    pub(crate) state: DeliveryState,
    pub(crate) tries: Vec<Try>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Kept back until others have come that go before it.
    Held,
    /// To be tried at this time, in Unix seconds.
    Waiting { at: i64 },
    /// On the wire.
    UnderWay,
    /// The endpoint took it.
    Succeeded,
    /// Tried for the last time.
    Failed,
    /// Never sent, because a test wanted that.
    Lost,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Try {
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) outcome: Outcome,
}

/// How an endpoint reacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answered with this status.
    Answered(u16),
    /// It did not answer: `timeout` or `connection`.
    Unreachable(&'static str),
}

impl Outcome {
    /// Only 2xx is success: a redirect is none.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting { .. } => "waiting",
            Self::UnderWay => "under_way",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

impl Delivery {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, DeliveryState::Succeeded | DeliveryState::Failed | DeliveryState::Lost)
    }

    pub(crate) fn next_try(&self) -> Option<i64> {
        match self.state {
            DeliveryState::Waiting { at } => Some(at),
            DeliveryState::Held
            | DeliveryState::UnderWay
            | DeliveryState::Succeeded
            | DeliveryState::Failed
            | DeliveryState::Lost => None,
        }
    }
}
