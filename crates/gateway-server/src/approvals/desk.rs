//! The questions of this Gateway.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openclaw_policy::exec_approval::{ExecFacts, Strays};
use openclaw_protocol::id::{ApprovalId, ConnId, DeviceId};
use openclaw_protocol::methods::exec::approval::record::{ExecDecision, ExecRequest};
use serde_json::Value;
use tokio::sync::watch;

/// Questions that wait at a time.
const MAX_WAITING: usize = 512;
/// Questions of one asker that wait at a time.
const MAX_OF_ONE: usize = 64;
/// How long an answer is known after the question has ended, milliseconds: to those who ask how
/// it ended, and for its one use.
const KNOWN_MS: u64 = 5 * 60_000;
/// Characters of the beginning of an id that stand for it.
const MIN_PREFIX: usize = 8;

/// The questions of this Gateway.
#[derive(Debug, Default)]
pub(crate) struct Approvals(Mutex<HashMap<ApprovalId, Question>>);

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) id: ApprovalId,
    /// What people see.
    pub(crate) request: ExecRequest,
    /// To what the answer is bound.
    pub(crate) facts: ExecFacts,
    /// What the node prepared, handed back to it with the run.
    pub(crate) plan: Option<Value>,
    /// Who asks, the same after a reconnect.
    pub(crate) asker: String,
    /// The connection that asks, where it counts for no approver itself.
    pub(crate) apart: Option<ConnId>,
    /// Only these devices may answer; empty: every operator who may approve.
    pub(crate) reviewers: Vec<DeviceId>,
    pub(crate) may_always: bool,
    pub(crate) now_ms: u64,
    pub(crate) timeout: Duration,
}

/// A question that waits, or has ended a short while ago.
#[derive(Debug)]
struct Question {
    ask: Ask,
    end: watch::Sender<Option<End>>,
    /// The key of the call that used the answer.
    used_by: Option<String>,
}

/// How a question ended.
#[derive(Debug, Clone, PartialEq)]
struct End {
    /// `None`: nobody answered in time.
    decision: Option<ExecDecision>,
    by: Option<String>,
    at_ms: u64,
}

/// A question that waits, as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) id: ApprovalId,
    pub(crate) request: ExecRequest,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: u64,
    pub(crate) reviewers: Vec<DeviceId>,
    pub(crate) apart: Option<ConnId>,
}

/// How a question ended, as it is told to those who wait.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) id: ApprovalId,
    /// `None`: nobody answered in time.
    pub(crate) decision: Option<ExecDecision>,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: u64,
}

/// Why a question was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error("approval id already pending")]
    Known,
    #[error("too many commands wait for approval; resolve or wait for some of them first")]
    TooMany,
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotResolved {
    /// There is none, or it lapsed.
    #[error("unknown or expired approval id")]
    Unknown,
    /// Somebody was first.
    #[error("unknown or expired approval id: it was answered before ({decision})")]
    Before {
        /// With what.
        decision: String,
        /// Who it was.
        by: Option<String>,
    },
    /// Several begin like that.
    #[error("ambiguous approval id: {0} questions begin with it; give more of it")]
    Ambiguous(usize),
    /// Not with this answer.
    #[error("invalid decision: allow-always is unavailable for this command")]
    NoAlways,
}

/// How an answer may be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    pub(crate) decision: ExecDecision,
    /// What the node prepared when it was asked.
    pub(crate) plan: Option<Value>,
}

impl Approvals {
    fn lock(&self) -> MutexGuard<'_, HashMap<ApprovalId, Question>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a question.
    pub(crate) fn ask(&self, ask: Ask) -> Result<Pending, NotAsked> {
        let mut all = self.lock();
        let now_ms = ask.now_ms;
        all.retain(|_, one| one.is_known(now_ms));
        if all.contains_key(&ask.id) {
            return Err(NotAsked::Known);
        }
        let waiting = || all.values().filter(|one| one.end.borrow().is_none());
        let own = waiting().filter(|one| one.ask.asker == ask.asker);
        if waiting().count() >= MAX_WAITING || own.count() >= MAX_OF_ONE {
            return Err(NotAsked::TooMany);
        }
        let pending = pending(&ask);
        let question = Question {
            ask,
            end: watch::Sender::new(None),
            used_by: None,
        };
        all.insert(pending.id.clone(), question);
        Ok(pending)
    }

    /// Waits for the end of a question; `None` for one that nobody knows.
    pub(crate) async fn wait(&self, id: &ApprovalId) -> Option<Answered> {
        let (mut end, of) = {
            let all = self.lock();
            let question = all.get(id)?;
            (question.end.subscribe(), pending(&question.ask))
        };
        let decision = match end.wait_for(Option::is_some).await {
            Ok(end) => end.as_ref().and_then(|end| end.decision.clone()),
            Err(_) => None,
        };
        Some(Answered {
            id: of.id,
            decision,
            created_at_ms: of.created_at_ms,
            expires_at_ms: of.expires_at_ms,
        })
    }

    /// The questions that wait and that this device may answer, the oldest first.
    pub(crate) fn waiting(&self, device: Option<&DeviceId>) -> Vec<Pending> {
        let all = self.lock();
        let waiting = all
            .values()
            .filter(|one| one.end.borrow().is_none() && one.may_answer(device));
        let mut found: Vec<Pending> = waiting.map(|one| pending(&one.ask)).collect();
        found.sort_by(|a, b| {
            (a.created_at_ms, a.id.as_str()).cmp(&(b.created_at_ms, b.id.as_str()))
        });
        found
    }

    /// The question that waits with this id, or whose id begins so.
    pub(crate) fn find(&self, id: &str, device: Option<&DeviceId>) -> Result<Pending, NotResolved> {
        let waiting = self.waiting(device);
        if let Some(exact) = waiting.iter().find(|one| one.id.as_str() == id) {
            return Ok(exact.clone());
        }
        let begins = |one: &&Pending| id.len() >= MIN_PREFIX && one.id.as_str().starts_with(id);
        let mut found = waiting.iter().filter(begins);
        match (found.next(), found.count()) {
            (Some(one), 0) => Ok(one.clone()),
            (Some(_), more) => Err(NotResolved::Ambiguous(more + 1)),
            (None, _) => Err(self.gone(id, device)),
        }
    }

    fn gone(&self, id: &str, device: Option<&DeviceId>) -> NotResolved {
        let all = self.lock();
        let question = all
            .get(&ApprovalId::from(id))
            .filter(|one| one.may_answer(device));
        let end = question.and_then(|one| one.end.borrow().clone());
        match end {
            Some(End {
                decision: Some(decision),
                by,
                ..
            }) => NotResolved::Before {
                decision: decision.as_str().to_owned(),
                by,
            },
            _ => NotResolved::Unknown,
        }
    }

    /// Answers a question. The first answer counts.
    pub(crate) fn resolve(
        &self,
        id: &str,
        decision: ExecDecision,
        by: Option<String>,
        device: Option<&DeviceId>,
        now_ms: u64,
    ) -> Result<Pending, NotResolved> {
        let found = self.find(id, device)?;
        {
            let all = self.lock();
            let question = all.get(&found.id).ok_or(NotResolved::Unknown)?;
            if decision == ExecDecision::AllowAlways && !question.ask.may_always {
                return Err(NotResolved::NoAlways);
            }
            let end = End {
                decision: Some(decision),
                by,
                at_ms: now_ms,
            };
            if now_ms < found.expires_at_ms && question.finish(end) {
                return Ok(found);
            }
        }
        Err(self.gone(found.id.as_str(), device))
    }

    /// Ends a question that nobody answered; says whether it still waited.
    pub(crate) fn lapse(&self, id: &ApprovalId, now_ms: u64) -> bool {
        let all = self.lock();
        all.get(id).is_some_and(|question| {
            question.finish(End {
                decision: None,
                by: None,
                at_ms: now_ms,
            })
        })
    }

    /// Nobody is asked any more: the Gateway stops.
    pub(crate) fn stop(&self, now_ms: u64) {
        let ids: Vec<ApprovalId> = self.lock().keys().cloned().collect();
        for id in ids {
            self.lapse(&id, now_ms);
        }
    }

    /// Uses an answer for this run; `None` where the id names no answer of this Gateway, or one
    /// that has lapsed unused. A repeat of the same call, by its key, may use it again: the node is
    /// asked once for one key.
    pub(crate) fn spend(
        &self,
        id: &str,
        asker: &str,
        key: &str,
        run: &ExecFacts,
        now_ms: u64,
    ) -> Option<Result<Way, Unusable>> {
        let mut all = self.lock();
        let question = all.get_mut(&ApprovalId::from(id))?;
        question
            .is_known(now_ms)
            .then(|| question.spend(asker, key, run))
    }
}

/// Why an answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// It was given to somebody else.
    #[error("the approval was asked for by another client")]
    OtherAsker,
    /// It is no yes, or there is none yet.
    #[error("the command is not approved")]
    NoYes,
    /// It was used.
    #[error("the approval was used before; ask again")]
    Used,
    /// It is for another run.
    #[error(transparent)]
    Strays(Strays),
}

impl Question {
    fn finish(&self, end: End) -> bool {
        self.end.send_if_modified(|known| {
            let is_first = known.is_none();
            if is_first {
                *known = Some(end);
            }
            is_first
        })
    }

    fn is_known(&self, now_ms: u64) -> bool {
        self.end
            .borrow()
            .as_ref()
            .is_none_or(|end| now_ms < end.at_ms.saturating_add(KNOWN_MS))
    }

    fn may_answer(&self, device: Option<&DeviceId>) -> bool {
        let reviewers = &self.ask.reviewers;
        reviewers.is_empty() || device.is_some_and(|device| reviewers.contains(device))
    }

    fn spend(&mut self, asker: &str, key: &str, run: &ExecFacts) -> Result<Way, Unusable> {
        if self.ask.asker != asker {
            return Err(Unusable::OtherAsker);
        }
        let decision = self
            .end
            .borrow()
            .as_ref()
            .and_then(|end| end.decision.clone());
        let Some(decision @ (ExecDecision::AllowOnce | ExecDecision::AllowAlways)) = decision
        else {
            return Err(Unusable::NoYes);
        };
        self.ask.facts.covers(run).map_err(Unusable::Strays)?;
        match &self.used_by {
            Some(used_by) if used_by != key => return Err(Unusable::Used),
            _ => self.used_by = Some(key.to_owned()),
        }
        Ok(Way {
            decision,
            plan: self.ask.plan.clone(),
        })
    }
}

fn pending(ask: &Ask) -> Pending {
    let timeout = u64::try_from(ask.timeout.as_millis()).unwrap_or(u64::MAX);
    Pending {
        id: ask.id.clone(),
        request: ask.request.clone(),
        created_at_ms: ask.now_ms,
        expires_at_ms: ask.now_ms.saturating_add(timeout),
        reviewers: ask.reviewers.clone(),
        apart: ask.apart.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_that_nobody_used_does_not_last() {
        let facts = || ExecFacts {
            text: "uptime".to_owned(),
            argv: None,
            cwd: None,
            env: None,
            agent: None,
            session: None,
            node: None,
        };
        let desk = Approvals::default();
        let id = ApprovalId::from("a1b2c3d4");
        let asked = desk.ask(Ask {
            id: id.clone(),
            request: ExecRequest::new("uptime".to_owned()),
            facts: facts(),
            plan: None,
            asker: "ann".to_owned(),
            apart: None,
            reviewers: Vec::new(),
            may_always: false,
            now_ms: 1_000,
            timeout: Duration::from_secs(60),
        });
        asked.unwrap();
        let yes = ExecDecision::AllowOnce;
        desk.resolve(id.as_str(), yes, None, None, 2_000).unwrap();
        let spend = |now_ms| desk.spend(id.as_str(), "ann", "key", &facts(), now_ms);
        // Monday's yes is not good for Friday, though nobody asked anything in between.
        assert!(spend(2_000 + KNOWN_MS).is_none());
        assert!(matches!(spend(2_000 + KNOWN_MS - 1), Some(Ok(_))));
    }
}
