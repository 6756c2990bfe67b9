//! From what `ssh` said to what it means. OpenSSH is not translated, so its words can be matched.

use crate::SshFailureKind;

/// What these lines of standard error come to, when `ssh` has ended with them. `local_port` is the
/// port of our own forward.
///
/// The order matters: later causes come with more lines than their own, and a server's banner may
/// hold any words, so the words of local checks are looked for first.
pub(crate) fn classify(stderr: &str, local_port: u16) -> SshFailureKind {
    let has = |words: &str| stderr.contains(words);
    let own_port = format!("cannot listen to port: {local_port}");
    if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        SshFailureKind::HostKeyChanged
    } else if has("host key is known for") && has("requested strict checking") {
        SshFailureKind::HostKeyUnknown
    } else if has("Host key verification failed") {
        SshFailureKind::HostKeyRefused
    } else if has("Bad configuration option")
        || has("bad configuration options")
        || has("Bad owner or permissions on")
        || has("Can't open user config file")
    {
        SshFailureKind::Configuration
    } else if stderr.lines().any(|line| line.ends_with(&own_port)) {
        SshFailureKind::LocalPortTaken
    } else if has("cannot listen to port:")
        || has("Could not request local forwarding")
        || has("remote port forwarding failed for listen port")
    {
        SshFailureKind::ForeignForward
    } else if has("Permission denied (") || has("Too many authentication failures") {
        SshFailureKind::PermissionDenied
    } else if has("Unable to negotiate with") {
        SshFailureKind::NoCommonAlgorithm
    } else if has("Could not resolve hostname") {
        SshFailureKind::CouldNotResolve
    } else if has(", server ") && has(" not responding") {
        SshFailureKind::Silent
    } else if let Some(kind) = connect_failure(stderr) {
        kind
    } else if LOST.iter().any(|words| has(words)) {
        SshFailureKind::ConnectionLost
    } else {
        SshFailureKind::Exited
    }
}

/// `ssh: connect to host H port P: REASON`, also from a jump host's `ssh`.
fn connect_failure(stderr: &str) -> Option<SshFailureKind> {
    if stderr.contains("timed out during banner exchange")
        || stderr.contains("Connection timed out")
        || stderr.contains("Operation timed out")
    {
        return Some(SshFailureKind::TimedOut);
    }
    let line = stderr
        .lines()
        .rev()
        .find(|line| line.contains("connect to host "))?;
    if line.ends_with("Connection refused") {
        Some(SshFailureKind::ConnectionRefused)
    } else if line.ends_with("No route to host")
        || line.ends_with("Network is unreachable")
        || line.ends_with("Host is down")
    {
        Some(SshFailureKind::Unreachable)
    } else {
        None
    }
}

const LOST: &[&str] = &[
    "Connection closed by",
    "closed by remote host",
    "Connection reset by",
    "Broken pipe",
    "kex_exchange_identification",
    "Disconnected from",
    "Received disconnect",
];

/// What a line about a refused connection through the tunnel means: `ssh` goes on after it.
pub(crate) fn refused_channel(line: &str) -> Option<SshFailureKind> {
    let line = line.strip_prefix("channel ")?;
    let (_, reason) = line.split_once(": open failed: ")?;
    if reason.starts_with("administratively prohibited") {
        Some(SshFailureKind::ForwardProhibited)
    } else if reason.starts_with("connect failed") {
        Some(SshFailureKind::RemotePortClosed)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{classify, refused_channel};
    use crate::SshFailureKind as Kind;

    #[test]
    fn the_words_of_openssh_are_understood() {
        for (stderr, kind) in [
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key for [127.0.0.1]:20022 has changed and you have requested strict checking.\nHost key verification failed.",
                Kind::HostKeyChanged,
            ),
            (
                "No ED25519 host key is known for [127.0.0.1]:20022 and you have requested strict checking.\nHost key verification failed.",
                Kind::HostKeyUnknown,
            ),
            ("Host key verification failed.", Kind::HostKeyRefused),
            (
                "ann@127.0.0.1: Permission denied (publickey).",
                Kind::PermissionDenied,
            ),
            (
                "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\nDisconnected from 192.0.2.1 port 22",
                Kind::PermissionDenied,
            ),
            (
                "bind [127.0.0.1]:4000: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 4000\nCould not request local forwarding.",
                Kind::LocalPortTaken,
            ),
            (
                "bind [127.0.0.1]:40001: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 40001\nCould not request local forwarding.",
                Kind::ForeignForward,
            ),
            (
                "command-line: line 0: Bad configuration option: foo",
                Kind::Configuration,
            ),
            (
                "/etc/ssh/ssh_config: terminating, 1 bad configuration options",
                Kind::Configuration,
            ),
            (
                "ssh: Could not resolve hostname no.invalid: Name or service not known",
                Kind::CouldNotResolve,
            ),
            (
                "ssh: connect to host h port 1: Connection refused",
                Kind::ConnectionRefused,
            ),
            (
                "ssh: connect to host h port 22: No route to host",
                Kind::Unreachable,
            ),
            (
                "ssh: connect to host h port 22: Network is unreachable",
                Kind::Unreachable,
            ),
            (
                "ssh: connect to host h port 22: Connection timed out",
                Kind::TimedOut,
            ),
            (
                "Connection timed out during banner exchange\nConnection to 192.0.2.1 port 22 timed out",
                Kind::TimedOut,
            ),
            ("Timeout, server 127.0.0.1 not responding.", Kind::Silent),
            (
                "Connection to 127.0.0.1 closed by remote host.",
                Kind::ConnectionLost,
            ),
            (
                "client_loop: send disconnect: Broken pipe",
                Kind::ConnectionLost,
            ),
            (
                "kex_exchange_identification: Connection closed by remote host",
                Kind::ConnectionLost,
            ),
            (
                "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-dss",
                Kind::NoCommonAlgorithm,
            ),
            ("", Kind::Exited),
            ("something new", Kind::Exited),
        ] {
            assert_eq!(classify(stderr, 4000), kind, "{stderr}");
        }
    }

    #[test]
    fn a_refused_channel_is_told_from_other_lines() {
        for (line, kind) in [
            (
                "channel 1: open failed: connect failed: Connection refused",
                Some(Kind::RemotePortClosed),
            ),
            (
                "channel 12: open failed: administratively prohibited: open failed",
                Some(Kind::ForwardProhibited),
            ),
            ("channel 1: open failed: resource shortage: no", None),
            ("channel 1: free", None),
            ("Permission denied (publickey).", None),
        ] {
            assert_eq!(refused_channel(line), kind, "{line}");
        }
    }
}
