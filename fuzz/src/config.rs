//! A configuration file.
//!
//! - What was accepted is accepted again when it is written as JSON, with the same meaning.
//! - Redacting twice is redacting once, and what was redacted can be put back.
//! - No message and no `Debug` shows a secret; messages can be printed on a terminal.
//! - Problems name a line of the file, and their number of bytes is bounded by the file's.
//! - A path into the configuration reads back as what is shown.

use std::path::Path;

use openclaw_config::load::check_value;
use openclaw_config::redact::{REDACTED, redact, restore};
use openclaw_config::{ConfigInvalid, ConfigPath, Env, Issue, Loaded, check_text, edit, hash};
use serde_json::Value;

use crate::json::{has_fraction, has_in_key};
use crate::marker::{SECRET, assert_printable};

/// A file in a directory that is nowhere: nothing can be included.
const FILE: &str = "/nowhere/openclaw/openclaw.json";

/// A secret that stands in no corpus.
const PLANTED: &str = "zq8-planted-secret";

/// Keys that hold secrets.
const SECRETS: &[&str] = &[
    "gateway.auth.token",
    "gateway.auth.password",
    "gateway.remote.token",
    "gateway.remote.password",
    "env.vars.PLANTED_KEY",
];

/// Checks a text as a configuration, and reads it as a path.
pub fn config(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match check_text(Path::new(FILE), text.to_owned(), &env()) {
        Ok(loaded) => {
            assert_issues(text, &loaded.warnings);
            assert_same_as_json(&loaded);
            assert_redacted(&loaded.raw);
            assert_secrets_are_hidden(text, &loaded);
            assert_eq!(loaded.hash, hash(Some(text)));
        }
        Err(invalid) => {
            assert!(!invalid.issues.is_empty(), "invalid without a reason");
            assert_issues(text, &invalid.issues);
            assert_no_value(text, &invalid);
        }
    }
    if let Ok(path) = text.parse::<ConfigPath>() {
        assert_eq!(path.to_string().parse(), Ok(path), "{text}");
    }
}

fn env() -> Env {
    Env::empty()
        .with("HOME", "/nowhere")
        .with("TOKEN", format!("{SECRET}-from-environment"))
        .with("PORT", "18790")
        .with("EMPTY", "")
}

fn assert_issues(text: &str, issues: &[Issue]) {
    let is_end = |c: &char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let lines = text.chars().filter(is_end).count() + 1;
    let mut said = 0;
    for issue in issues {
        let shown = issue.to_string();
        assert_printable(&shown);
        assert!(!shown.contains('\n'), "one line each: {shown:?}");
        assert!(!issue.message.is_empty() && !issue.path.is_empty());
        if let Some(line) = issue.line {
            assert!(
                (1..=lines).contains(&(line as usize)),
                "line {line} of {lines}"
            );
        }
        said += shown.len();
    }
    assert!(
        said <= 256 * text.len() + 4096,
        "{said} bytes about {}",
        text.len()
    );
}

fn assert_same_as_json(loaded: &Loaded) {
    let written = loaded.raw.to_string();
    let again = check_text(Path::new(FILE), written, &env()).expect("the same file as JSON");
    if has_fraction(&loaded.raw) {
        return;
    }
    assert_eq!(again.raw, loaded.raw);
    assert_eq!(again.resolved, loaded.resolved);
    assert_eq!(
        format!("{:?}", again.config),
        format!("{:?}", loaded.config)
    );
}

fn assert_redacted(raw: &Value) {
    let redacted = redact(raw);
    assert_eq!(redact(&redacted), redacted);
    if let Some(Value::String(token)) = raw.pointer("/gateway/auth/token")
        && !token.contains('$')
        && !token.trim().is_empty()
    {
        assert_eq!(
            redacted.pointer("/gateway/auth/token"),
            Some(&REDACTED.into())
        );
    }
    if !raw.to_string().contains(REDACTED) {
        let mut whole = redacted;
        restore(&mut whole, raw).expect("everything is stored");
        assert_eq!(whole, *raw);
    }
}

fn assert_secrets_are_hidden(text: &str, loaded: &Loaded) {
    if text.contains("zq8") {
        return;
    }
    let mut planted = loaded.raw.clone();
    for path in SECRETS {
        let path = path.parse().expect("a path");
        // Something that has no keys may stand in the way.
        let _ = edit::set(&mut planted, &path, PLANTED.into());
    }
    let shown = match check_value(Path::new(FILE), planted.clone(), &env()) {
        Ok(config) => format!("{config:?}"),
        Err(invalid) => format!("{invalid} {invalid:?}"),
    };
    assert!(!shown.contains("zq8"), "{shown}");
    assert!(!redact(&planted).to_string().contains("zq8"));
}

/// A message names keys and never says what they hold.
fn assert_no_value(text: &str, invalid: &ConfigInvalid) {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    // Paths to include are no secrets.
    if !text.contains("$include") && !has_in_key(&value, SECRET) {
        assert!(!invalid.to_string().contains(SECRET), "{invalid}");
    }
}
