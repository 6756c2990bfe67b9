//! The decision: policy, allowlist and approval in, go or denial out.

use super::Denial;
use crate::approvals::{Ask, Security};

/// A person's answer, as the Gateway passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Approval {
    /// This once.
    Once,
    /// From now on.
    Always,
}

impl Approval {
    /// Reads `approved` and `approvalDecision` of a request.
    pub(crate) fn from_request(approved: bool, decision: Option<&str>) -> Option<Self> {
        match decision.map(str::trim) {
            Some("allow-always") => Some(Self::Always),
            Some("allow-once") => Some(Self::Once),
            // A decision that is none of the two, `deny` above all, is not an approval, whatever
            // `approved` says.
            Some(_) => None,
            None => approved.then_some(Self::Once),
        }
    }
}

/// Which Gateways the node believes when they say that a person approved.
///
/// The fields `approved` and `approvalDecision` are a Gateway's word: the node cannot check them.
/// A newer Gateway strips them from what callers send and sets them from the approval it holds,
/// bound to argv, folder and environment. A February Gateway passes on what the caller wrote, so
/// that anyone who may invoke could approve himself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApprovalTrust {
    /// Only Gateways that speak protocol 4 and so hold approvals themselves.
    #[default]
    HeldByGateway,
    /// February Gateways too: whoever may call `node.invoke` there may run any command that the
    /// node's `security` does not forbid altogether.
    AnyGateway,
}

/// The command may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Go {
    /// The allowlist covers it.
    Listed,
    /// A person approved it, or everything may run here.
    Trusted,
    /// A person approved it for good: the allowlist is to be extended.
    TrustedFromNowOn,
}

/// Whether a command may run.
///
/// `covered`: the allowlist covers every program of the command.
pub(crate) fn decide(
    security: Security,
    ask: Ask,
    covered: bool,
    approval: Option<Approval>,
) -> Result<Go, Denial> {
    let approved = match (security, approval) {
        (Security::Deny, _) => return Err(Denial::SecurityDeny),
        (Security::Allowlist, Some(Approval::Always)) => Some(Go::TrustedFromNowOn),
        (_, Some(_)) => Some(Go::Trusted),
        (_, None) => None,
    };
    if let Some(go) = approved {
        return Ok(go);
    }
    match (security, ask, covered) {
        (_, Ask::Always, _) => Err(Denial::ApprovalRequired),
        (Security::Full, Ask::Off | Ask::OnMiss, _) => Ok(Go::Trusted),
        (Security::Allowlist, Ask::Off | Ask::OnMiss, true) => Ok(Go::Listed),
        (Security::Allowlist, Ask::OnMiss, false) => Err(Denial::ApprovalRequired),
        (Security::Allowlist, Ask::Off, false) => Err(Denial::AllowlistMiss),
        (Security::Deny, _, _) => Err(Denial::SecurityDeny),
    }
}

#[cfg(test)]
mod tests {
    use super::{Approval, Ask, Denial, Go, Security, decide};

    #[test]
    fn every_combination_without_approval() {
        use Ask::{Always, Off, OnMiss};
        use Denial::{AllowlistMiss, ApprovalRequired, SecurityDeny};
        use Security::{Allowlist, Deny, Full};
        for (security, ask, covered, expected) in [
            (Deny, Off, true, Err(SecurityDeny)),
            (Deny, Off, false, Err(SecurityDeny)),
            (Deny, OnMiss, true, Err(SecurityDeny)),
            (Deny, OnMiss, false, Err(SecurityDeny)),
            (Deny, Always, true, Err(SecurityDeny)),
            (Deny, Always, false, Err(SecurityDeny)),
            (Allowlist, Off, true, Ok(Go::Listed)),
            (Allowlist, Off, false, Err(AllowlistMiss)),
            (Allowlist, OnMiss, true, Ok(Go::Listed)),
            (Allowlist, OnMiss, false, Err(ApprovalRequired)),
            (Allowlist, Always, true, Err(ApprovalRequired)),
            (Allowlist, Always, false, Err(ApprovalRequired)),
            (Full, Off, true, Ok(Go::Trusted)),
            (Full, Off, false, Ok(Go::Trusted)),
            (Full, OnMiss, true, Ok(Go::Trusted)),
            (Full, OnMiss, false, Ok(Go::Trusted)),
            (Full, Always, true, Err(ApprovalRequired)),
            (Full, Always, false, Err(ApprovalRequired)),
        ] {
            assert_eq!(
                decide(security, ask, covered, None),
                expected,
                "{security:?} {ask:?} {covered}"
            );
        }
    }

    #[test]
    fn an_approval_never_lifts_deny() {
        for ask in [Ask::Off, Ask::OnMiss, Ask::Always] {
            for approval in [Approval::Once, Approval::Always] {
                let verdict = decide(Security::Deny, ask, true, Some(approval));
                assert_eq!(verdict, Err(Denial::SecurityDeny));
            }
        }
    }

    #[test]
    fn only_an_approval_for_good_under_an_allowlist_extends_it() {
        let with = |security, approval| decide(security, Ask::Always, false, Some(approval));
        assert_eq!(with(Security::Allowlist, Approval::Once), Ok(Go::Trusted));
        assert_eq!(
            with(Security::Allowlist, Approval::Always),
            Ok(Go::TrustedFromNowOn)
        );
        assert_eq!(with(Security::Full, Approval::Always), Ok(Go::Trusted));
    }

    #[test]
    fn only_two_words_approve() {
        assert_eq!(
            Approval::from_request(false, Some("allow-once")),
            Some(Approval::Once)
        );
        assert_eq!(
            Approval::from_request(false, Some("allow-always")),
            Some(Approval::Always)
        );
        assert_eq!(Approval::from_request(true, None), Some(Approval::Once));
        assert_eq!(Approval::from_request(false, None), None);
        for word in ["deny", "", "allow", "ALLOW-ONCE", "allow-forever"] {
            assert_eq!(Approval::from_request(true, Some(word)), None, "{word}");
        }
    }
}
