//! Memory per connection that does nothing.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::super::line::{Kind, Line};
use super::super::subject::Subject;
use super::super::system;
use super::Effort;
use crate::failure::{Doing, Outcome};

/// Handshakes at the same time; Gateways bound how many may be unauthenticated.
const DIALLING: usize = 8;
/// The server counts as calm when it used less CPU than this in [`CALM_FOR`], seconds.
const CALM: f64 = 0.02;
const CALM_FOR: Duration = Duration::from_millis(700);
/// The longest wait for calm.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the connections, waits until the server is calm, and divides.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Outcome<f64> {
    calm(subject.pid()).await?;
    let before = system::resident_bytes(subject.pid())?;
    let target = subject.plain(64);
    let mut readers = JoinSet::new();
    let mut dialling = JoinSet::new();
    let mut opened = 0;
    while opened < effort.idle || !dialling.is_empty() {
        while opened < effort.idle && dialling.len() < DIALLING {
            opened += 1;
            let target = target.clone();
            dialling.spawn_local(async move { Line::open(&target, Kind::Cli).await });
        }
        if let Some(line) = dialling.join_next().await {
            // Somebody must read, or what the server sends piles up in it.
            readers.spawn_local(line.doing("finish a handshake")??.drain());
        }
    }
    calm(subject.pid()).await?;
    let after = system::resident_bytes(subject.pid())?;
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let per_connection = after.saturating_sub(before) as f64 / effort.idle as f64;
    readers.shutdown().await;
    Ok(per_connection)
}

/// Waits until the server does next to nothing.
pub(in super::super) async fn calm(pid: u32) -> Outcome {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let before = system::cpu_seconds(pid)?;
        tokio::time::sleep(CALM_FOR).await;
        if system::cpu_seconds(pid)? - before < CALM {
            break;
        }
    }
    Ok(())
}
