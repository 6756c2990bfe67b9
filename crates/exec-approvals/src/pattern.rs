//! Allowlist patterns: paths, with `~`, `?`, `*` and `**`.

use std::path::{Component, Path, PathBuf};

/// Whether a pattern covers the resolved path of a program.
///
/// - A pattern is a path: one without a `/` matches nothing, so that a name alone never allows a
///   program that happens to stand earlier in `PATH`.
/// - `~/` is the home of the node's user. `?` and `*` stay within one component, `**` does not.
/// - A path that goes through `.` or `..` is compared in its resolved form only.
/// - `/bin/ls` and `/usr/bin/ls` are the same where `/bin` is a link to `/usr/bin`: the folder
///   is resolved on both sides. The last component is never resolved, because the name under
///   which a program is started can decide what it does.
pub fn matches(pattern: &str, program: &Path, home: Option<&Path>) -> bool {
    let Some(pattern) = expand_home(pattern.trim(), home) else {
        return false;
    };
    if !pattern.starts_with('/') {
        return false;
    }
    let resolved = with_resolved_folder(program);
    let as_given = is_plain(program).then(|| program.to_path_buf());
    let candidates = || {
        as_given
            .iter()
            .chain(resolved.iter())
            .filter_map(|path| path.to_str())
    };
    if candidates().any(|candidate| glob(&pattern, candidate)) {
        return true;
    }
    if pattern.contains(['*', '?']) {
        return false;
    }
    let Some(pattern) = with_resolved_folder(Path::new(&pattern)) else {
        return false;
    };
    resolved.as_deref() == Some(pattern.as_path())
}

fn expand_home(pattern: &str, home: Option<&Path>) -> Option<String> {
    match pattern.strip_prefix("~/") {
        Some(rest) => Some(format!("{}/{rest}", home?.to_str()?.trim_end_matches('/'))),
        None => Some(pattern.to_owned()),
    }
}

fn is_plain(path: &Path) -> bool {
    // `components` drops inner `.`, so the text is looked at as well.
    let dots = path
        .to_str()
        .is_none_or(|text| text.contains("/./") || text.ends_with("/."));
    path.is_absolute() && !dots && !path.components().any(|part| part == Component::ParentDir)
}

fn with_resolved_folder(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    Some(path.parent()?.canonicalize().ok()?.join(name))
}

/// Matches without regular expressions: `*` and `?` stop at `/`, `**` does not.
///
/// Takes time in the product of both lengths at most.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    // reachable[i]: the tokens so far can cover the first i characters.
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        match token {
            Token::Char(wanted) => {
                for (i, &c) in text.iter().enumerate() {
                    next[i + 1] = reachable[i] && c == wanted;
                }
            }
            Token::One => {
                for (i, &c) in text.iter().enumerate() {
                    next[i + 1] = reachable[i] && c != '/';
                }
            }
            Token::Within | Token::Across => {
                let across = matches!(token, Token::Across);
                let mut open = false;
                for i in 0..=text.len() {
                    open = reachable[i] || (open && i > 0 && (across || text[i - 1] != '/'));
                    next[i] = open;
                }
            }
        }
        reachable = next;
    }
    reachable[text.len()]
}

enum Token {
    Char(char),
    One,
    Within,
    Across,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => out.push(Token::Across),
            '*' => out.push(Token::Within),
            '?' => out.push(Token::One),
            c => out.push(Token::Char(c)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{glob, matches};

    #[test]
    fn stars_stop_at_slashes_unless_doubled() {
        for (pattern, text, fits) in [
            ("/usr/bin/ls", "/usr/bin/ls", true),
            ("/usr/bin/ls", "/usr/bin/lsof", false),
            ("/usr/bin/*", "/usr/bin/ls", true),
            ("/usr/bin/*", "/usr/bin/", true),
            ("/usr/bin/*", "/usr/bin/x/ls", false),
            ("/usr/*/ls", "/usr/bin/ls", true),
            ("/usr/*/ls", "/usr/a/b/ls", false),
            ("/opt/**", "/opt/a/b/c", true),
            ("/opt/**/run", "/opt/a/b/run", true),
            ("/opt/**/run", "/opt/a/b/walk", false),
            ("/usr/bin/python3.?", "/usr/bin/python3.9", true),
            ("/usr/bin/python3.?", "/usr/bin/python3.12", false),
            ("/usr/bin?ls", "/usr/bin/ls", false),
            ("/*/*/*", "/a/b/c", true),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time_to_speak_of() {
        let pattern = "/".to_owned() + &"*a".repeat(200);
        let text = "/".to_owned() + &"a".repeat(4000) + "b";
        assert!(!glob(&pattern, &text));
    }

    #[test]
    fn a_name_without_a_path_matches_nothing() {
        let ls = Path::new("/usr/bin/ls");
        for pattern in ["ls", "*", "**", "", "  ", "bin/ls"] {
            assert!(!matches(pattern, ls, None), "{pattern:?}");
        }
    }

    #[test]
    fn home_is_expanded_only_where_it_is_known() {
        let program = Path::new("/home/ann/bin/tool");
        assert!(matches("~/bin/*", program, Some(Path::new("/home/ann"))));
        assert!(!matches("~/bin/*", program, Some(Path::new("/home/bob"))));
        assert!(!matches("~/bin/*", program, None));
        assert!(!matches(
            "~ann/bin/*",
            program,
            Some(Path::new("/home/ann"))
        ));
    }

    #[test]
    fn dots_do_not_lead_out_of_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("good")).unwrap();
        std::fs::create_dir_all(root.join("bad")).unwrap();
        let pattern = format!("{}/good/**", root.display());
        assert!(matches(&pattern, &root.join("good/tool"), None));
        assert!(!matches(&pattern, &root.join("good/../bad/tool"), None));
        assert!(matches(&pattern, &root.join("bad/../good/tool"), None));
        assert!(!matches(&pattern, &root.join("good/./../bad/tool"), None));
    }

    #[test]
    fn a_linked_folder_is_resolved_but_the_program_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("usr/bin")).unwrap();
        std::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();
        std::fs::write(root.join("usr/bin/tool"), "").unwrap();
        let allowed = root.join("bin/tool");
        assert!(matches(
            allowed.to_str().unwrap(),
            &root.join("usr/bin/tool"),
            None
        ));
        std::os::unix::fs::symlink("usr/bin/tool", root.join("alias")).unwrap();
        let target = root.join("usr/bin/tool");
        assert!(!matches(
            target.to_str().unwrap(),
            &root.join("alias"),
            None
        ));
    }
}
