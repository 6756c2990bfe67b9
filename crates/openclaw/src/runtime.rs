//! The runtimes: small for one call, larger for a server.

use std::num::NonZeroUsize;

use tokio::runtime::{Builder, Runtime};

use crate::error::CliError;

/// For one call: everything on this thread.
pub(crate) fn one_shot() -> Result<Runtime, CliError> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| not_started(&error))
}

/// For a server: a thread per core, four at most, and a few more for the disk.
pub(crate) fn server() -> Result<Runtime, CliError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Builder::new_multi_thread()
        .enable_all()
        .worker_threads(cores.min(SERVER_THREADS))
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("openclaw")
        .build()
        .map_err(|error| not_started(&error))
}

/// More threads than this do not serve one person's clients any faster.
const SERVER_THREADS: usize = 4;

/// Files are small and few: what waits for the disk may queue.
const BLOCKING_THREADS: usize = 8;

fn not_started(error: &std::io::Error) -> CliError {
    CliError::failure(format!("no threads from the system: {error}"))
}
