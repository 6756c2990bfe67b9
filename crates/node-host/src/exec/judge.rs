//! From a request to a process that may start, or to a refusal. Touches the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::allowance::Surroundings;
use super::process::Spec;
use super::request::RunParams;
use super::{Allowance, CommandLine, Denial, Go, Grant, decide};
use crate::approvals::Use;
use crate::clock;
use crate::core::Core;
use crate::host::expand;

/// Why a command does not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The rules say no.
    Denied(Denial),
    /// The request makes no sense.
    Invalid(String),
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

/// Decides on a command.
///
/// `honours_approvals`: whether the Gateway is one whose word on approvals counts.
pub(crate) fn judge(
    core: &Core,
    params: &RunParams,
    command: &CommandLine,
    honours_approvals: bool,
) -> Result<Spec, Refusal> {
    if let Some(member) = params.strays_from_its_plan(command.text()) {
        let message = format!("{member} is not the one of systemRunPlan");
        return Err(Refusal::Invalid(message));
    }
    let cwd = folder(core, params.cwd()).map_err(Refusal::Invalid)?;
    let overrides = params.overrides();
    let path = core.environment.search_path(&overrides);
    let around = Surroundings {
        path: &path,
        cwd: &cwd,
        home: core.home.as_deref(),
    };
    let policy = core.policy_for(params.agent_id());
    let allowance = Allowance::of(command, &policy.allowlist, around);
    let approval = params
        .approval()
        .filter(|_| honours_approvals && approval_is_fresh(core, params));
    // What is listed runs with the node's own `PATH`, and has to be the same programs there.
    let own_path = core.environment.search_path(&BTreeMap::new());
    let own = Surroundings {
        path: &own_path,
        ..around
    };
    let is_listed =
        allowance.covers() && allowance == Allowance::of(command, &policy.allowlist, own);
    let go = decide(policy.security, policy.ask, is_listed, approval)?;
    if approval.is_some() {
        let plan = params.system_run_plan.as_ref();
        let script = plan.and_then(|plan| plan.mutable_file_operand.as_ref());
        if script.is_some_and(|script| !script.still_holds()) {
            return Err(Denial::ScriptChanged.into());
        }
    }
    if params.needs_screen_recording() {
        return Err(Denial::ScreenRecording.into());
    }
    let grant = match go {
        Go::Trusted | Go::TrustedFromNowOn => Grant::Trusted,
        Go::Listed if command.shell_payload().is_some() => Grant::ListedShell,
        Go::Listed => Grant::Listed,
    };
    write_down(core, params.agent_id(), go, &allowance);
    // The very file that was looked at runs, under the name it was called by.
    Ok(Spec {
        program: path.resolve(command.program(), &cwd),
        argv: command.argv().to_vec(),
        environment: core.environment.with(&overrides, grant),
        cwd,
    })
}

/// An approval is known by its run id and good for one run.
fn approval_is_fresh(core: &Core, params: &RunParams) -> bool {
    params
        .run_id()
        .is_some_and(|run_id| core.spent.spend(run_id))
}

/// The folder in which a command runs.
pub(crate) fn folder(core: &Core, cwd: Option<&str>) -> Result<PathBuf, String> {
    let Some(cwd) = cwd else {
        return Ok(core.working_dir.clone());
    };
    let folder = core.working_dir.join(expand(cwd, core.home.as_deref()));
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!("cwd `{cwd}` is no folder on this node"))
    }
}

/// Notes in the approvals file what was used, or allowed for good. A failure is logged only: the
/// decision stands without it.
fn write_down(core: &Core, agent_id: &str, go: Go, allowance: &Allowance) {
    let steps = allowance.steps();
    let has_news = match go {
        Go::Trusted => false,
        Go::Listed => true,
        Go::TrustedFromNowOn => allowance.lasting().next().is_some(),
    };
    if !has_news {
        return;
    }
    let now_ms = clock::now_ms();
    let written = core.approvals.update(|document| {
        let mut changed = false;
        if go == Go::TrustedFromNowOn {
            for step in allowance.lasting() {
                changed |= document.allow(agent_id, &text(&step.program), &step.text, now_ms);
            }
        }
        for step in steps {
            let Some(pattern) = &step.pattern else {
                continue;
            };
            let resolved = text(&step.program);
            let used = Use {
                command: &step.text,
                resolved: &resolved,
                now_ms,
            };
            changed |= document.note_use(agent_id, pattern, &used);
        }
        changed
    });
    if let Err(error) = written {
        tracing::warn!(%error, "the use of the exec approvals was not written down");
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
