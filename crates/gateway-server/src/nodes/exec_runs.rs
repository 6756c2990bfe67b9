//! Commands that this Gateway had nodes run for a session: what a node tells of them by itself is
//! believed of these alone, once each.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

/// Runs that are remembered; the oldest goes when there is one more.
const MAX_RUNS: usize = 1024;
/// Characters of a run's id.
const MAX_ID: usize = 256;

/// Commands that nodes were asked to run for a session.
#[derive(Debug, Default)]
pub(crate) struct ExecRuns(Mutex<Runs>);

#[derive(Debug, Default)]
struct Runs {
    /// Node and run, with the session and the number of the entry.
    known: HashMap<(String, String), (String, u64)>,
    next: u64,
}

/// What of `system.run`'s params says for whom it runs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForWhom {
    run_id: Option<String>,
    session_key: Option<String>,
}

impl ExecRuns {
    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A node is asked to run something, with these params. A call that names no run or no
    /// session is for nobody.
    pub(crate) fn begins(&self, node: &str, params: &str) {
        let Ok(ForWhom {
            run_id: Some(run),
            session_key: Some(session),
        }) = serde_json::from_str(params)
        else {
            return;
        };
        if run.is_empty() || run.len() > MAX_ID || session.trim().is_empty() {
            return;
        }
        let mut runs = self.runs();
        if runs.known.len() >= MAX_RUNS {
            let oldest = runs.known.iter().min_by_key(|(_, (_, number))| *number);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                runs.known.remove(&oldest);
            }
        }
        runs.next += 1;
        let number = runs.next;
        runs.known.insert((node.to_owned(), run), (session, number));
    }

    /// The session that a run of a node is for.
    pub(crate) fn session(&self, node: &str, run: &str) -> Option<String> {
        let name = (node.to_owned(), run.to_owned());
        self.runs()
            .known
            .get(&name)
            .map(|(session, _)| session.clone())
    }

    /// The same for a run that has ended: it is not believed again.
    pub(crate) fn ended(&self, node: &str, run: &str) -> Option<String> {
        let name = (node.to_owned(), run.to_owned());
        self.runs().known.remove(&name).map(|(session, _)| session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_to_its_node_alone_and_ends_once() {
        let runs = ExecRuns::default();
        runs.begins(
            "n1",
            r#"{"command":["ls"],"runId":"r1","sessionKey":"main"}"#,
        );
        assert_eq!(runs.session("n1", "r1").as_deref(), Some("main"));
        assert_eq!(runs.session("n2", "r1"), None);
        assert_eq!(runs.ended("n1", "r1").as_deref(), Some("main"));
        assert_eq!(runs.ended("n1", "r1"), None);
    }

    #[test]
    fn calls_for_nobody_are_not_remembered_and_memory_is_bounded() {
        let runs = ExecRuns::default();
        for params in [
            "nonsense",
            "{}",
            r#"{"runId":"r"}"#,
            r#"{"sessionKey":"main"}"#,
            r#"{"runId":"","sessionKey":"main"}"#,
            r#"{"runId":"r","sessionKey":" "}"#,
        ] {
            runs.begins("n", params);
        }
        assert_eq!(runs.session("n", "r"), None);
        for n in 0..2000 {
            runs.begins("n", &format!(r#"{{"runId":"r{n}","sessionKey":"main"}}"#));
        }
        assert_eq!(runs.session("n", "r0"), None);
        assert!(runs.session("n", "r1999").is_some());
        assert_eq!(runs.runs().known.len(), MAX_RUNS);
    }
}
