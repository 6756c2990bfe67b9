//! What the pages leave to their reader: names to put in place of others, commands that stay, and
//! what must be seen.

/// A command that does not end by itself, and the words that it says when it is ready. Without
/// words it is ready when port 18789 answers.
pub(crate) const STAYS: &[(&str, &[&str])] = &[
    ("openclaw node run", NODE),
    ("OPENCLAW_GATEWAY_TOKEN=TOKEN openclaw node run", NODE),
    ("openclaw gateway run", &["listening on ws"]),
    ("ssh -N -L 18789:", &[]),
];

/// A node that is connected, or waits for somebody who lets this device be one.
const NODE: &[&str] = &["online", "pairing required"];

/// What the output of a command must say, where its exit code alone proves little.
pub(crate) const SAYS: &[(&str, &[&str])] = &[
    ("openclaw status --deep", &["reachable", "Gateway"]),
    ("openclaw gateway status", &["running"]),
    ("openclaw gateway probe", &["Reachable: yes"]),
    ("openclaw nodes status --connected", &["laptop"]),
    ("openclaw trust list", &[]),
    ("openclaw dashboard", &["http://127.0.0.1:18789/"]),
];

/// Commands that look at what comes by itself in a moment. A reader types them again.
pub(crate) const TYPED_AGAIN: &[&str] = &["openclaw nodes status --connected"];

/// What the output of a command must not say.
pub(crate) const NEVER: &[(&str, &[&str])] = &[
    ("openclaw status --deep", &["unreachable"]),
    ("openclaw", &["panicked"]),
];

/// What a refused command must say: one of these.
pub(crate) const REFUSALS: &[&str] = &["pairing required", "explicit credentials"];

/// Commands whose exit code is not theirs to choose: what they look at decides.
pub(crate) const MAY_COMPLAIN: &[&str] = &["openclaw doctor"];

/// What is told of the first command in a table that begins this one.
pub(crate) fn of<T: Copy>(table: &[(&str, T)], command: &str) -> Option<T> {
    table
        .iter()
        .find(|(beginning, _)| command.starts_with(beginning))
        .map(|(_, told)| *told)
}
