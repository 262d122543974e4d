//! Probe that sends one kind of request at a fixed rate and records every response, however slow the server is: no
//! request waits for the responses to earlier ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use crate::clock;
use crate::figures::Times;

/// Timeout after which a request counts as unanswered.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Time after which a pending request counts as failed for as long as it is pending.
const PENDING_LIMIT: Duration = Duration::from_secs(3);

/// Kind of request.
pub(crate) trait Request: Send + Sync + 'static {
    /// Sends the request with this number, counted from 0, and returns the time to its 2xx response.
    fn send(&self, number: usize) -> impl Future<Output = Result<Duration>> + Send;
}

/// Response other than 2xx.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {body}")]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// True if the response has the header `Retry-After`.
    pub(crate) has_retry_after: bool,
    took: Duration,
    body: String,
}

impl Refused {
    /// True if a request failed with this status.
    pub(crate) fn is(error: &anyhow::Error, status: u16) -> bool {
        error.downcast_ref::<Self>().is_some_and(|refused| refused.status == status)
    }
}

/// Creates a client with a timeout of ten seconds and a new connection for each request, as new visitors have.
pub(crate) fn one_shot_client() -> Result<Client> {
    Ok(Client::builder().timeout(TIMEOUT).pool_max_idle_per_host(0).no_proxy().build()?)
}

/// Sends a request; returns the body of a 2xx response and the time it took. Any other response is a [`Refused`].
pub(crate) async fn send(request: RequestBuilder) -> Result<(String, Duration)> {
    let sent = clock::tick();
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers());
    let has_retry_after = headers.contains_key(RETRY_AFTER);
    let body = response.text().await?;
    let took = sent.elapsed();
    if status.is_success() {
        return Ok((body, took));
    }
    Err(Refused { status: status.as_u16(), has_retry_after, took, body }.into())
}

/// Request with its response.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    sent: Instant,
    ended: Instant,
    /// Time until the response; if there was none, until the request was given up.
    took: Duration,
    /// Message of a failure, with the status if there was a response.
    problem: Option<(Option<u16>, String)>,
}

impl Sample {
    fn new(sent: Instant, result: Result<Duration>) -> Self {
        let (ended, all) = (clock::tick(), sent.elapsed());
        let (took, problem) = match result {
            Ok(took) => (took, None),
            Err(error) => {
                let refused = error.downcast_ref::<Refused>();
                let took = refused.map_or(all, |refused| refused.took);
                (took, Some((refused.map(|refused| refused.status), format!("{error:#}"))))
            }
        };
        Self { sent, ended, took, problem }
    }
}

/// Running probe. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Probe {
    records: Records,
    stop: oneshot::Sender<()>,
    driver: JoinHandle<()>,
}

/// Requests so far. Clones share them.
#[derive(Clone, Debug, Default)]
struct Records(Arc<Mutex<Requests>>);

#[derive(Debug, Default)]
struct Requests {
    finished: Vec<Sample>,
    /// Send times of the pending requests, by number.
    pending: BTreeMap<usize, Instant>,
}

impl Records {
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe {
    /// Starts to send a request each `every`.
    pub(crate) fn start(request: impl Request, every: Duration) -> Self {
        let records = Records::default();
        let (stop, stopped) = oneshot::channel();
        let driver = tokio::spawn(drive(Arc::new(request), every, records.clone(), stopped));
        Self { records, stop, driver }
    }

    /// Returns all responses so far. A request that has been pending for too long counts as unanswered.
    pub(crate) fn samples(&self) -> Samples {
        let requests = self.records.lock();
        let pending = requests.pending.values().filter(|sent| sent.elapsed() > PENDING_LIMIT);
        let late = pending.map(|sent| Sample::new(*sent, Err(anyhow!("no answer yet"))));
        Samples(requests.finished.iter().cloned().chain(late).collect())
    }

    /// Stops sending, waits for the pending responses, and returns all of them.
    pub(crate) async fn stop(self) -> Result<Samples> {
        // The driver has ended only if it panicked, which the next line reports.
        let _ = self.stop.send(());
        self.driver.await?;
        Ok(Samples(std::mem::take(&mut self.records.lock().finished)))
    }
}

async fn drive(
    request: Arc<impl Request>,
    every: Duration,
    records: Records,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut requests = JoinSet::new();
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        tokio::select! {
            _ = ticks.tick() => (),
            _ = &mut stopped => break,
        }
        let (request, records) = (Arc::clone(&request), records.clone());
        requests.spawn(async move {
            let sent = clock::tick();
            records.lock().pending.insert(number, sent);
            let sample = Sample::new(sent, request.send(number).await);
            let mut records = records.lock();
            records.pending.remove(&number);
            records.finished.push(sample);
        });
        while requests.try_join_next().is_some() {}
    }
    requests.join_all().await;
}

/// Responses to one kind of request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// Returns the responses to requests that were sent after `time`.
    pub(crate) fn since(&self, time: Instant) -> Self {
        Self(self.0.iter().filter(|sample| sample.sent >= time).cloned().collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of requests that were refused or not finished.
    pub(crate) fn failed(&self) -> usize {
        self.0.iter().filter(|sample| sample.problem.is_some()).count()
    }

    /// Returns the number of responses with this status, which is not a 2xx.
    pub(crate) fn refused_with(&self, status: u16) -> usize {
        let is_it = |sample: &&Sample| sample.problem.as_ref().is_some_and(|(is, _)| *is == Some(status));
        self.0.iter().filter(is_it).count()
    }

    /// Returns the message of the first failure.
    pub(crate) fn first_problem(&self) -> Option<&str> {
        let first =
            self.0.iter().filter(|sample| sample.problem.is_some()).min_by_key(|sample| sample.sent)?;
        first.problem.as_ref().map(|(_, problem)| problem.as_str())
    }

    /// Returns the pending times, including those of failed requests.
    pub(crate) fn times(&self) -> Times {
        Times::new(self.0.iter().map(|sample| sample.took).collect())
    }

    /// Returns the time from `time` to the first 2xx response to a request that was sent after it.
    pub(crate) fn first_success(&self, time: Instant) -> Result<Duration> {
        let good = self.0.iter().filter(|sample| sample.sent >= time && sample.problem.is_none());
        let first = good.map(|sample| sample.ended).min().ok_or_else(|| anyhow!("no 2xx yet"))?;
        Ok(first.saturating_duration_since(time))
    }

    /// Returns the time from `time` to the end of the last failed request that was sent after it; zero if none
    /// failed.
    pub(crate) fn last_failure(&self, time: Instant) -> Duration {
        let failed = self.0.iter().filter(|sample| sample.sent >= time && sample.problem.is_some());
        failed
            .map(|sample| sample.ended)
            .max()
            .map_or(Duration::ZERO, |last| last.saturating_duration_since(time))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::{Result, bail};

    use super::{PENDING_LIMIT, Probe, Refused, Request, Sample, Samples};
    use crate::clock;
    use crate::poll::until;

    /// Refuses every other request.
    struct EveryOther;

    impl Request for EveryOther {
        async fn send(&self, number: usize) -> Result<Duration> {
            if number.is_multiple_of(2) {
                return Ok(Duration::from_millis(7));
            }
            Err(Refused {
                status: 429,
                has_retry_after: true,
                took: Duration::ZERO,
                body: "later".to_owned(),
            }
            .into())
        }
    }

    #[tokio::test]
    async fn every_answer_is_noted_with_its_status_and_its_time() {
        let probe = Probe::start(EveryOther, Duration::from_millis(1));
        until(Duration::from_secs(10), async || match probe.samples().count() {
            10.. => Ok(()),
            count => bail!("{count} samples"),
        })
        .await
        .unwrap();
        let samples = probe.stop().await.unwrap();
        assert_eq!(samples.failed(), samples.count() / 2);
        assert_eq!(samples.refused_with(429), samples.failed());
        assert_eq!(samples.refused_with(503), 0);
        assert_eq!(samples.first_problem(), Some("429: later"));
        assert_eq!(samples.times().longest(), Duration::from_millis(7));
    }

    /// Never responds.
    struct Silent;

    impl Request for Silent {
        async fn send(&self, _: usize) -> Result<Duration> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_request_that_waits_for_long_counts_as_failed_meanwhile() {
        let probe = Probe::start(Silent, Duration::from_mins(1));
        until(PENDING_LIMIT * 10, async || match probe.samples().failed() {
            1 => Ok(()),
            failed => bail!("{failed} failed"),
        })
        .await
        .unwrap();
        assert_eq!(probe.samples().first_problem(), Some("no answer yet"));
    }

    #[test]
    fn recovery_is_the_first_success_and_trouble_ends_with_the_last_failure() {
        let began = clock::tick();
        let at = |second: u64| began + Duration::from_secs(second);
        let sample = |sent: u64, ended: u64, good: bool| Sample {
            sent: at(sent),
            ended: at(ended),
            took: Duration::ZERO,
            problem: (!good).then(|| (Some(503), String::new())),
        };
        let samples =
            Samples(vec![sample(0, 9, true), sample(2, 3, false), sample(4, 6, true), sample(5, 7, false)]);
        assert_eq!(samples.first_success(at(1)).unwrap(), Duration::from_secs(5));
        assert_eq!(samples.last_failure(at(1)), Duration::from_secs(6));
        assert_eq!(samples.since(at(5)).count(), 1);
        assert!(samples.first_success(at(5)).is_err());
        assert_eq!(samples.last_failure(at(6)), Duration::ZERO);
    }
}
