//! The operating system.

use serde_json::{Value, json};

/// `os` of the JSON report.
pub(super) fn to_json() -> Value {
    json!({
        "platform": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "release": release(),
        "label": label(),
    })
}

/// The system in one line.
pub(super) fn label() -> String {
    format!(
        "{} {} ({})",
        std::env::consts::OS,
        release(),
        std::env::consts::ARCH
    )
}

#[cfg(unix)]
fn release() -> String {
    rustix::system::uname()
        .release()
        .to_string_lossy()
        .into_owned()
}

#[cfg(not(unix))]
fn release() -> String {
    String::new()
}
