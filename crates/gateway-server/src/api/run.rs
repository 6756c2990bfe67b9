//! One run for an HTTP client: begun, listened to, and stopped when the client is gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use openclaw_agent::prompt::SILENT_REPLY;
use openclaw_agent::run::{RunEvent, RunSink};
use tokio::sync::Notify;

use super::fault::ApiFault;
use crate::core::Core;
use crate::runs::{EndKind, Ended, EndedUsage, Refused, RunAsk, StopReason};

/// A run may take as long as its own limit; this is far beyond.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);

/// A run that an HTTP client waits for. Dropping it stops the run.
pub(super) struct ApiRun {
    core: Arc<Core>,
    run_id: String,
    session_key: String,
    said: Arc<Said>,
    /// How much of what was said was taken.
    taken: usize,
    is_over: bool,
}

/// What happens next.
pub(super) enum Next {
    /// More text.
    Text(String),
    /// The end.
    Ended(Result<Arc<Ended>, ApiFault>),
}

impl ApiRun {
    /// Begins a run.
    ///
    /// # Errors
    ///
    /// Why not, for the client.
    pub(super) async fn begin(core: &Arc<Core>, ask: RunAsk) -> Result<Self, ApiFault> {
        let run = Self {
            core: Arc::clone(core),
            run_id: ask.idempotency_key.clone(),
            session_key: ask.session_key.clone(),
            said: Arc::default(),
            taken: 0,
            is_over: false,
        };
        let watcher = Arc::clone(&run.said) as Arc<dyn RunSink>;
        let (inner, tasks) = (Arc::clone(core), core.tasks.clone());
        // A client that is gone meanwhile leaves no run behind that is written down and not begun.
        let begun = tasks.spawn(async move { inner.runs.start(&inner, ask, Some(watcher)).await });
        match begun.await {
            Ok(Ok(_)) => Ok(run),
            Ok(Err(refused)) => Err(refused_fault(&refused)),
            Err(_) => Err(ApiFault::internal("the run could not be begun")),
        }
    }

    /// Waits for more text or the end.
    pub(super) async fn next(&mut self) -> Next {
        loop {
            let said = Arc::clone(&self.said);
            let told = said.told.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if let Some(text) = self.more(false) {
                return Next::Text(text);
            }
            let end = self.core.runs.wait(&self.core, &self.run_id, LONG);
            tokio::select! {
                biased;
                () = told => {}
                ended = end => {
                    if let Some(text) = self.more(true) {
                        // The end is known and comes again with the next question.
                        return Next::Text(text);
                    }
                    self.is_over = true;
                    return Next::Ended(self.verdict(ended));
                }
            }
        }
    }

    /// Waits for the end; everything that was said with it.
    ///
    /// # Errors
    ///
    /// What went wrong, for the client.
    pub(super) async fn finish(mut self) -> Result<(String, Arc<Ended>), ApiFault> {
        let mut text = String::new();
        loop {
            match self.next().await {
                Next::Text(more) => text.push_str(&more),
                Next::Ended(Ok(ended)) => {
                    return Ok((text, ended));
                }
                Next::Ended(Err(fault)) => return Err(fault),
            }
        }
    }

    fn more(&mut self, is_over: bool) -> Option<String> {
        let told = self.said.told();
        let until = told.shown(is_over);
        let text = told.text.get(self.taken..until)?;
        if text.is_empty() {
            return None;
        }
        let text = text.to_owned();
        self.taken = until;
        Some(text)
    }

    fn verdict(&self, ended: Option<Arc<Ended>>) -> Result<Arc<Ended>, ApiFault> {
        let Some(ended) = ended else {
            return Err(ApiFault::unavailable(
                "the gateway is stopping; ask again when it is back",
            ));
        };
        if self.said.told().is_corrected {
            return Err(ApiFault::internal(
                "the model took back text that was sent already; ask again",
            ));
        }
        failure(&ended).map_or(Ok(ended), Err)
    }
}

impl Drop for ApiRun {
    fn drop(&mut self) {
        if !self.is_over {
            let runs = &self.core.runs;
            let stopped = runs.abort(&self.session_key, Some(&self.run_id), StopReason::Rpc);
            if !stopped.run_ids.is_empty() {
                tracing::info!(
                    run = self.run_id,
                    "an http client is gone: its run is stopped"
                );
            }
        }
    }
}

/// What went wrong in a run; `None` if it went well.
fn failure(ended: &Ended) -> Option<ApiFault> {
    let said = || ended.said().to_owned();
    let code = ended.error_kind.clone();
    let fault = match ended.kind {
        // No model was asked: what stands there is how to configure one.
        EndKind::Ok if ended.is_command => {
            let mut fault = ApiFault::unavailable(said()).with_code("no_model");
            fault.retry_after = None;
            return Some(fault);
        }
        EndKind::Ok => return None,
        EndKind::Timeout => ApiFault::new(StatusCode::GATEWAY_TIMEOUT, "timeout", said()),
        EndKind::Aborted => ApiFault::new(StatusCode::CONFLICT, "api_error", "the run was stopped")
            .with_code("aborted"),
        EndKind::Error => match code.as_deref() {
            Some("rate_limit") => {
                ApiFault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", said())
            }
            Some("state") => ApiFault::internal(said()),
            _ => ApiFault::new(StatusCode::BAD_GATEWAY, "api_error", said()),
        },
    };
    Some(match code {
        Some(code) => fault.with_code(code),
        None => fault,
    })
}

fn refused_fault(refused: &Refused) -> ApiFault {
    match refused {
        Refused::Stopping => {
            ApiFault::unavailable("the gateway is stopping; ask again when it is back")
        }
        Refused::Lane(error) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut fault = ApiFault::new(status, "rate_limit_error", error.to_string());
            fault.retry_after = Some(Duration::from_secs(5));
            fault
        }
        Refused::Store(error) => {
            tracing::error!(%error, "a run of an http client cannot be kept");
            ApiFault::internal("the run cannot be recorded")
        }
        Refused::Invalid(why) => ApiFault::invalid(why.clone()),
    }
}

/// What a run has said, for one listener. It holds the reply once, however slow the listener is.
#[derive(Default)]
struct Said {
    inner: Mutex<Told>,
    told: Notify,
}

#[derive(Default)]
struct Told {
    /// All answers of the run, apart from each other by an empty line.
    text: String,
    /// The last answer, and where it begins.
    answer: u32,
    begins: usize,
    is_corrected: bool,
}

impl Said {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn hear(&mut self, answer: u32, delta: &str, replace: bool) {
        if answer != self.answer {
            let is_silent = self.text[self.begins..].trim() == SILENT_REPLY;
            if is_silent {
                self.text.truncate(self.begins);
            }
            if !self.text.is_empty() && !self.text.ends_with("\n\n") {
                self.text.push_str("\n\n");
            }
            self.begins = self.text.len();
            self.answer = answer;
        } else if replace {
            // A model that is asked again before it said anything takes nothing back.
            self.is_corrected |= self.text.len() > self.begins;
        }
        self.text.push_str(delta);
    }

    /// Up to where the text is shown. The word that says that nothing is said never is.
    fn shown(&self, is_over: bool) -> usize {
        let last = self.text[self.begins..].trim();
        let may_be_silent = match is_over {
            true => last == SILENT_REPLY,
            false => SILENT_REPLY.starts_with(last),
        };
        if may_be_silent || last.is_empty() {
            self.text[..self.begins].trim_end().len()
        } else {
            self.text.len()
        }
    }
}

impl RunSink for Said {
    fn on(&self, event: RunEvent<'_>) {
        if let RunEvent::Text {
            answer,
            delta,
            replace,
            ..
        } = event
        {
            self.told().hear(answer, delta, replace);
            self.told.notify_one();
        }
    }
}

/// Tokens as OpenAI counts them: read and written.
pub(super) const fn tokens(usage: &EndedUsage) -> (u64, u64) {
    let read = usage
        .input
        .saturating_add(usage.cache_read)
        .saturating_add(usage.cache_write);
    (read, usage.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[(u32, &str)], is_over: bool) -> String {
        let mut told = Told::default();
        for (answer, delta) in pieces {
            told.hear(*answer, delta, false);
        }
        told.text[..told.shown(is_over)].to_owned()
    }

    #[test]
    fn answers_are_apart_and_silence_is_not_said() {
        assert_eq!(shown(&[(1, "a"), (1, "b"), (3, "c")], false), "ab\n\nc");
        assert_eq!(shown(&[(1, "NO")], false), "");
        assert_eq!(shown(&[(1, "NO"), (1, "RTH")], false), "NORTH");
        assert_eq!(shown(&[(1, SILENT_REPLY)], true), "");
        assert_eq!(shown(&[(1, "a"), (2, SILENT_REPLY)], true), "a");
        assert_eq!(shown(&[(1, SILENT_REPLY), (2, "b")], true), "b");
        assert_eq!(shown(&[(1, "NO")], true), "NO");
    }

    #[test]
    fn text_that_is_taken_back_is_noticed() {
        let mut told = Told::default();
        told.hear(1, "", true);
        told.hear(1, "", true);
        told.hear(1, "a", true);
        assert!(!told.is_corrected, "nothing was shown yet");
        told.hear(1, "b", true);
        assert!(told.is_corrected);
    }

    #[test]
    fn what_is_cached_is_read_too() {
        let usage = EndedUsage {
            input: 1,
            output: 2,
            cache_read: 4,
            cache_write: 8,
            context: 16,
        };
        assert_eq!(tokens(&usage), (13, 2));
    }
}
