//! The crates that only decide: no file, socket, process, environment, clock, randomness or log.
//!
//! Their dependencies are checked elsewhere; here their own code is read. Paths count wherever
//! they stand, comments, texts and unit tests do not.

use std::path::Path;

use super::metadata::Package;
use crate::failure::Outcome;
use crate::tree::{self, File};

/// Crates that only decide.
const PURE: &[&str] = &["policy", "protocol"];

/// What begins with one of these reaches the world. `core::time` and addresses do not.
const FORBIDDEN: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "tokio",
    "tracing",
    "log",
    "rand",
    "getrandom",
];

/// Macros that reach the world.
const FORBIDDEN_MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Words after which a path may begin with `::`.
const KEYWORDS: &[&str] = &[
    "as", "dyn", "else", "impl", "in", "match", "mut", "return", "use", "where",
];

/// Dependencies that only serve to reach it.
const FORBIDDEN_DEPENDENCIES: &[&str] = &["tokio", "tracing", "log", "rand", "getrandom", "mio"];

/// One finding per reach into the world.
pub(super) fn check(packages: &[Package]) -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    for package in packages {
        if PURE.contains(&package.short_name()) {
            findings.extend(check_dependencies(package));
        }
    }
    let sources = tree::files(&["rs"])?;
    let pure = sources.iter().filter(|file| is_pure(&file.path));
    findings.extend(pure.flat_map(check_file));
    Ok(findings)
}

fn check_dependencies(package: &Package) -> Vec<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.is_none())
        .filter(|dependency| FORBIDDEN_DEPENDENCIES.contains(&dependency.name.as_str()))
        .map(|dependency| {
            format!(
                "{} only decides and may not depend on {}",
                package.name, dependency.name
            )
        })
        .collect()
}

fn is_pure(path: &Path) -> bool {
    PURE.iter().any(|name| {
        path.starts_with(Path::new("crates").join(name).join("src"))
            && path.file_name().is_none_or(|name| name != "tests.rs")
    })
}

fn check_file(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (line, path) in paths(code(&file.text)) {
        if let Some(found) = FORBIDDEN.iter().find(|prefix| begins_with(&path, prefix)) {
            findings.push(format!(
                "{}:{line}: `{found}` reaches the world; this crate only decides: take it as a \
                 parameter",
                file.path.display()
            ));
        }
    }
    findings
}

/// Whether a path is `prefix`, or below it. A glob may stand for everything below it.
fn begins_with(path: &str, prefix: &str) -> bool {
    let below = |path: &str, prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let globbed = path.strip_suffix("::*");
    below(path, prefix) || globbed.is_some_and(|parent| below(prefix, parent))
}

/// The text without what stands in the unit tests at its end.
fn code(text: &str) -> &str {
    let tests = text
        .match_indices("#[cfg(test)]\nmod ")
        .find(|(at, found)| {
            let rest = &text[at + found.len()..];
            rest.lines().next().is_some_and(|line| line.ends_with('{'))
        });
    tests.map_or(text, |(at, _)| &text[..at])
}

/// One word or sign of Rust, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// Every path that the code names, `use` trees spread out, with its line. A macro that prints is a
/// path of its own: `std::io`.
fn paths(code: &str) -> Vec<(usize, String)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        let follows = |offset: usize, sign: &str| {
            tokens
                .get(at + offset)
                .is_some_and(|token| token.text == sign)
        };
        let is_start = at == 0 || tokens[at - 1].text != "::" || is_leading(&tokens, at - 1);
        if is_word(text) && is_start && !KEYWORDS.contains(&text) && follows(1, "::") {
            at = tree_of(&tokens, at, "", &mut found);
        } else {
            if FORBIDDEN_MACROS.contains(&text) && follows(1, "!") {
                found.push((tokens[at].line, "std::io".to_owned()));
            } else if is_word(text) && at > 0 && tokens[at - 1].text == "use" {
                found.push((tokens[at].line, text.to_owned()));
            }
            at += 1;
        }
    }
    found
}

/// Whether this `::` begins a path: nothing stands before it that it could go on from.
fn is_leading(tokens: &[Token], at: usize) -> bool {
    at == 0 || {
        let before = tokens[at - 1].text.as_str();
        KEYWORDS.contains(&before) || !(is_word(before) || before == ">")
    }
}

/// Reads a path or a tree of paths from `at`; returns where it ends.
fn tree_of(tokens: &[Token], at: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    let mut path = prefix.to_owned();
    let mut at = at;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" if path.ends_with("::") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at = match tokens[at].text.as_str() {
                        "," => at + 1,
                        _ => tree_of(tokens, at, &path, found).max(at + 1),
                    };
                }
                return at + 1;
            }
            word if is_word(word) || word == "*" => path.push_str(word),
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            found.push((token.line, path.trim_end_matches("::self").to_owned()));
            return skip_rename(tokens, at);
        }
        path.push_str("::");
        at += 1;
    }
    found.push((
        tokens[at.min(tokens.len()) - 1].line,
        path.trim_end_matches(':').to_owned(),
    ));
    at
}

/// Past `as name`.
fn skip_rename(tokens: &[Token], at: usize) -> usize {
    let is_rename = tokens.get(at).is_some_and(|token| token.text == "as");
    if is_rename { at + 2 } else { at }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs; comments, texts and characters left out.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let len = skipped(rest).unwrap_or_else(|| {
            let len = word_len(rest);
            if !first.is_whitespace() {
                tokens.push(Token {
                    line,
                    text: rest[..len].to_owned(),
                });
            }
            len
        });
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    tokens
}

/// How long the word or sign is that the text begins with.
fn word_len(text: &str) -> usize {
    if text.starts_with("::") {
        return 2;
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    match end.unwrap_or(text.len()) {
        0 => text.chars().next().map_or(1, char::len_utf8),
        len => len,
    }
}

/// How long the comment, text or character is that the text begins with.
fn skipped(text: &str) -> Option<usize> {
    let until = |end: &str, from: usize| {
        let found = text.get(from..).and_then(|rest| rest.find(end));
        found.map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(until("*/", 2));
    }
    let raw = text.strip_prefix('b').unwrap_or(text);
    if let Some(after) = raw.strip_prefix('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let start = text.len() - after.len() + hashes + 1;
            return Some(until(&format!("\"{}", "#".repeat(hashes)), start));
        }
    }
    if text.starts_with('"') {
        return Some(quoted_len(text, '"'));
    }
    // A character, not a lifetime: 'a' or '\n'.
    let mut chars = text.chars();
    if chars.next() == Some('\'') {
        let is_character = match chars.next()? {
            '\\' => true,
            _ => chars.next() == Some('\''),
        };
        return is_character.then(|| quoted_len(text, '\''));
    }
    None
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::super::metadata::{Dependency, Package};
    use super::{File, check_dependencies, check_file, is_pure};

    fn findings(text: &str) -> Vec<String> {
        check_file(&File {
            path: "crates/policy/src/one.rs".into(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn every_way_to_reach_the_world_is_found() {
        for text in [
            "use std::fs;",
            "use std::fs::File;",
            "use std::{fmt, fs};",
            "use std::{net::{IpAddr, TcpStream}, fmt};",
            "use std::net::{self, UdpSocket};",
            "use std::time::{Duration, SystemTime as Clock};",
            "use std::time::*;",
            "use std::{env::*, fmt};",
            "fn one() { let now = std::time::Instant::now(); }",
            "fn one() { std::env::var(\"HOME\"); }",
            "fn one(out: &mut impl std::io::Write) {}",
            "fn one() { tracing::info!(\"x\"); }",
            "use tracing::info;",
            "use tracing;",
            "use log::warn as say;",
            "fn one() { println!(\"x\"); }",
            "fn one() { ::std::process::id(); }",
            "use ::std::os::unix::net::UnixStream;",
            "fn one() { rand::random::<u8>(); }",
            "fn one(c: char) { match c { '\"' => {} _ => { std::thread::yield_now() } } }",
        ] {
            assert_eq!(findings(text).len(), 1, "{text}: {:?}", findings(text));
        }
    }

    #[test]
    fn what_only_decides_passes() {
        for text in [
            "use std::net::{IpAddr, Ipv4Addr};",
            "use std::time::Duration;",
            "use std::{fmt, collections::HashMap};",
            "// std::fs::read\n/// [`std::env`]\n/* std::io */ fn one() {}",
            "const TEXT: &str = \"std::fs\";",
            "const TEXT: &str = r#\"std::fs \"quoted\" std::env\"#;",
            "const TEXT: &[u8] = b\"std::fs\"; const C: char = '\"'; const D: char = '\\'';",
            "const VERSION: &str = env!(\"CARGO_PKG_VERSION\");",
            "use crate::log::entry; use super::fs;",
            "fn one<'a>(log: &'a str) -> &'a str { log }",
            "use crate::std_like::io;",
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n",
        ] {
            assert_eq!(findings(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_finding_says_where() {
        let found = findings("//! x\n\nuse std::fmt;\nuse std::fs::{self,\n    File};\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("crates/policy/src/one.rs:4: `std::fs`"),
            "{found:?}"
        );
        assert!(
            found[1].starts_with("crates/policy/src/one.rs:5: `std::fs`"),
            "{found:?}"
        );
    }

    #[test]
    fn only_pure_crates_and_no_tests_are_read() {
        for (path, expected) in [
            ("crates/policy/src/bind.rs", true),
            ("crates/protocol/src/methods/node.rs", true),
            ("crates/policy/src/ingress/tests.rs", false),
            ("crates/policy/tests/it/main.rs", false),
            ("crates/config/src/lib.rs", false),
        ] {
            assert_eq!(is_pure(path.as_ref()), expected, "{path}");
        }
    }

    #[test]
    fn dependencies_that_reach_the_world_are_found() {
        let package = |name: &str, kind: Option<&str>| Package {
            name: "openclaw-policy".to_owned(),
            manifest_path: "Cargo.toml".into(),
            dependencies: vec![Dependency {
                name: name.to_owned(),
                kind: kind.map(str::to_owned),
            }],
        };
        assert_eq!(check_dependencies(&package("tracing", None)).len(), 1);
        assert_eq!(check_dependencies(&package("serde", None)).len(), 0);
        assert_eq!(
            check_dependencies(&package("tracing", Some("dev"))).len(),
            0
        );
    }
}
