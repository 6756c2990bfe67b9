//! Closed loops of load and what they say: rate, latency, CPU of the server per operation.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

use super::system;
use crate::failure::{Doing, Outcome, fail};

/// The figures of one scenario.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Load {
    /// Operations per second.
    pub(super) per_second: f64,
    /// Median latency, milliseconds.
    pub(super) p50_ms: f64,
    /// 99th percentile of latency, milliseconds.
    pub(super) p99_ms: f64,
    /// CPU time of the server per operation, microseconds.
    pub(super) cpu_us: f64,
    /// How many operations were measured.
    pub(super) operations: usize,
}

/// What every worker of a scenario shares.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    until: Instant,
    samples: Rc<RefCell<Vec<f64>>>,
}

impl Clock {
    /// Whether to go on.
    pub(super) fn runs(&self) -> bool {
        Instant::now() < self.until
    }

    /// Notes one operation that began then.
    pub(super) fn note(&self, began: Instant) {
        self.samples
            .borrow_mut()
            .push(began.elapsed().as_secs_f64() * 1e3);
    }
}

/// Runs one worker per item of `workers` until time is up.
pub(super) async fn run<W, F>(
    pid: u32,
    lasts: Duration,
    workers: Vec<W>,
    work: impl Fn(W, Clock) -> F,
) -> Outcome<Load>
where
    F: Future<Output = Outcome> + 'static,
{
    let began = Instant::now();
    let clock = Clock {
        until: began + lasts,
        samples: Rc::default(),
    };
    let cpu = system::cpu_seconds(pid)?;
    let mut tasks = JoinSet::new();
    for worker in workers {
        tasks.spawn_local(work(worker, clock.clone()));
    }
    while let Some(done) = tasks.join_next().await {
        done.doing("finish a worker")??;
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = system::cpu_seconds(pid)? - cpu;
    let samples = clock.samples.take();
    summarise(samples, took, cpu)
}

fn summarise(mut samples: Vec<f64>, took: f64, cpu: f64) -> Outcome<Load> {
    if samples.is_empty() {
        fail!("nothing was measured");
    }
    samples.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let count = samples.len() as f64;
    Ok(Load {
        per_second: count / took,
        p50_ms: percentile(&samples, 50),
        p99_ms: percentile(&samples, 99),
        cpu_us: cpu * 1e6 / count,
        operations: samples.len(),
    })
}

/// A percentile of sorted samples, by the nearest rank.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank.min(sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let samples: Vec<f64> = (1..=100).map(f64::from).collect();
        assert!((percentile(&samples, 50) - 50.0).abs() < 1e-9);
        assert!((percentile(&samples, 99) - 99.0).abs() < 1e-9);
        assert!((percentile(&[7.0], 99) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn figures_follow_from_samples() {
        let load = summarise(vec![3.0, 1.0, 2.0, 4.0], 2.0, 0.001).expect("samples");
        assert!((load.per_second - 2.0).abs() < 1e-9);
        assert!((load.cpu_us - 250.0).abs() < 1e-9);
        assert!((load.p50_ms - 2.0).abs() < 1e-9);
        assert!(summarise(Vec::new(), 1.0, 0.0).is_err());
    }
}
