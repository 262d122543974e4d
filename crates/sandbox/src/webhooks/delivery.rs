//! Delivery of one event to one endpoint.

/// A delivery with all its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) kind: String,
    pub(crate) endpoint: String,
    /// Order among deliveries that are due at the same time; the lowest goes first.
    pub(crate) order: usize,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: Vec<Attempt>,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Held back until later deliveries can overtake it.
    Held,
    /// Next attempt at this time, in Unix seconds.
    Waiting { at: i64 },
    /// Being sent.
    Sending,
    /// The endpoint accepted it.
    Succeeded,
    /// The last attempt has failed.
    Failed,
    /// Never sent, as the switch `lose` demands.
    Lost,
}

/// Result of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) outcome: Outcome,
}

/// Result of a request to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The endpoint responded with this status.
    Answered(u16),
    /// The endpoint did not respond: `timeout` or `connection`.
    Unreachable(&'static str),
}

impl Outcome {
    /// True for a 2xx status. A redirect is a failure.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting { .. } => "waiting",
            Self::Sending => "under_way",
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

    pub(crate) fn next_attempt(&self) -> Option<i64> {
        match self.state {
            DeliveryState::Waiting { at } => Some(at),
            DeliveryState::Held
            | DeliveryState::Sending
            | DeliveryState::Succeeded
            | DeliveryState::Failed
            | DeliveryState::Lost => None,
        }
    }
}
