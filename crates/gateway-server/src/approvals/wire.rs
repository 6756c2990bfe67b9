//! Questions and answers as they stand on the wire.

use std::sync::Arc;

use openclaw_protocol::events::exec::approval::requested::ExecApprovalRequested;
use openclaw_protocol::events::exec::approval::resolved::{
    ExecApprovalResolved, ExecApprovalResolvedPayload,
};
use openclaw_protocol::frame::EventText;
use openclaw_protocol::methods::exec::approval::record::{
    ExecApprovalOutcome, ExecDecision, PendingExecApproval,
};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::{Event, Generation, Role, Scope};

use super::{Answered, Pending};
use crate::core::Core;
use crate::session::conn::Conn;

/// A question as a client of this generation sees it.
pub(crate) fn record(pending: &Pending, generation: Generation) -> PendingExecApproval {
    let mut request = pending.request.clone();
    let is_v4 = generation >= Generation::V4;
    if !is_v4 {
        request.node_id = Nullable::Absent;
        request.allowed_decisions = None;
        request.warning_text = Nullable::Absent;
    }
    PendingExecApproval {
        approval_kind: is_v4.then(|| "exec".to_owned()),
        ..PendingExecApproval::new(
            pending.id.clone(),
            request,
            pending.created_at_ms,
            pending.expires_at_ms,
        )
    }
}

/// How a question ended.
pub(crate) fn outcome(answered: &Answered) -> ExecApprovalOutcome {
    let decision = answered.decision.clone();
    ExecApprovalOutcome {
        decision: decision.map_or(Nullable::Null, Nullable::Value),
        ..ExecApprovalOutcome::new(
            answered.id.clone(),
            answered.created_at_ms,
            answered.expires_at_ms,
        )
    }
}

/// Who is told of a question.
fn is_meant(pending: &Pending, conn: &Conn) -> bool {
    let may = *conn.role() == Role::Operator && conn.scopes().allows(&Scope::Approvals);
    let reviews = pending.reviewers.is_empty()
        || conn
            .device
            .as_ref()
            .is_some_and(|device| pending.reviewers.contains(device));
    may && reviews && pending.apart.as_ref() != Some(&conn.id)
}

/// Tells those who may answer; says how many they are.
pub(crate) fn tell_requested(core: &Core, pending: &Pending) -> usize {
    tell::<ExecApprovalRequested>(core, pending, |generation| record(pending, generation))
}

/// Tells everyone who was asked how it ended.
pub(crate) fn tell_resolved(
    core: &Core,
    pending: &Pending,
    decision: &ExecDecision,
    by: Option<&str>,
    ts: u64,
) {
    tell::<ExecApprovalResolved>(core, pending, |generation| ExecApprovalResolvedPayload {
        resolved_by: by.map_or(Nullable::Null, |by| Nullable::Value(by.to_owned())),
        request: (generation >= Generation::V4).then(|| record(pending, generation).request),
        ..ExecApprovalResolvedPayload::new(pending.id.clone(), decision.clone(), ts)
    });
}

fn tell<E: Event>(core: &Core, pending: &Pending, of: impl Fn(Generation) -> E::Payload) -> usize {
    let text = |generation| match EventText::new(E::NAME, &of(generation), None) {
        Ok(text) => Some(Arc::new(text)),
        Err(error) => {
            tracing::warn!(event = E::NAME, %error, "event not serialisable");
            None
        }
    };
    let (Some(v3), Some(v4)) = (text(Generation::V3), text(Generation::V4)) else {
        return 0;
    };
    let mut told = 0;
    core.hub.each(|conn| {
        if is_meant(pending, conn) {
            told += 1;
            let text = if conn.is_v4() { &v4 } else { &v3 };
            conn.outbox.broadcast(text, false);
        }
    });
    told
}
