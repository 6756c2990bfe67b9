//! From exec to the first `hello-ok`.

use std::time::{Duration, Instant};

use super::super::line::{Kind, Line};
use super::super::load::percentile;
use super::super::subject::Launcher;
use super::Effort;
use crate::failure::{Outcome, fail};

/// The longest that a server may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is tried.
const POLL: Duration = Duration::from_micros(200);

/// Starts the server again and again on the same state; the first start, which makes the state,
/// does not count. Returns the median, milliseconds.
pub(in crate::bench) async fn measure(launcher: &Launcher<'_>, effort: Effort) -> Outcome<f64> {
    let mut samples = Vec::new();
    for round in 0..=effort.starts {
        let began = Instant::now();
        let mut process = launcher.spawn()?;
        loop {
            match Line::open(&launcher.target(), Kind::Backend).await {
                Ok(_) => break,
                Err(error) if began.elapsed() > PATIENCE => {
                    fail!(
                        "no `hello-ok` after {} s: {error}\n{}",
                        PATIENCE.as_secs(),
                        process.tail()
                    )
                }
                Err(_) => tokio::time::sleep(POLL).await,
            }
            if let Some(status) = process.ended() {
                fail!("the server ended with {status}:\n{}", process.tail());
            }
        }
        if round > 0 {
            samples.push(began.elapsed().as_secs_f64() * 1e3);
        }
        process.terminate(Duration::from_secs(60)).await?;
    }
    samples.sort_by(f64::total_cmp);
    Ok(percentile(&samples, 50))
}
