use std::path::Path;

use super::{PathError, PathFlags, Paths, expand_home};
use crate::env::Env;
use crate::resolved::Source;

fn flags(profile: Option<&str>, dev: bool) -> PathFlags {
    PathFlags {
        profile: profile.map(str::to_owned),
        dev,
    }
}

fn home_env() -> Env {
    Env::empty().with("HOME", "/home/u")
}

#[test]
fn state_and_config_follow_the_order_of_the_original() {
    type Row<'t> = (&'t str, Env, PathFlags, &'t [&'t str], &'t str, &'t str);
    let table: &[Row<'_>] = &[
        (
            "nothing",
            home_env(),
            flags(None, false),
            &[],
            "/home/u/.openclaw",
            "/home/u/.openclaw/openclaw.json",
        ),
        (
            "older directory",
            home_env(),
            flags(None, false),
            &["/home/u/.clawdbot"],
            "/home/u/.clawdbot",
            "/home/u/.clawdbot/openclaw.json",
        ),
        (
            "both directories",
            home_env(),
            flags(None, false),
            &["/home/u/.clawdbot", "/home/u/.openclaw"],
            "/home/u/.openclaw",
            "/home/u/.openclaw/openclaw.json",
        ),
        (
            "older file",
            home_env(),
            flags(None, false),
            &["/home/u/.openclaw/moltbot.json"],
            "/home/u/.openclaw",
            "/home/u/.openclaw/moltbot.json",
        ),
        (
            "profile",
            home_env(),
            flags(Some("work"), false),
            &["/home/u/.clawdbot"],
            "/home/u/.openclaw-work",
            "/home/u/.openclaw-work/openclaw.json",
        ),
        (
            "dev",
            home_env(),
            flags(None, true),
            &[],
            "/home/u/.openclaw-dev",
            "/home/u/.openclaw-dev/openclaw.json",
        ),
        (
            "default profile",
            home_env(),
            flags(Some("Default"), false),
            &[],
            "/home/u/.openclaw",
            "/home/u/.openclaw/openclaw.json",
        ),
        (
            "profile variable",
            home_env().with("OPENCLAW_PROFILE", "w"),
            flags(None, false),
            &[],
            "/home/u/.openclaw-w",
            "/home/u/.openclaw-w/openclaw.json",
        ),
        (
            "flag before variable",
            home_env().with("OPENCLAW_PROFILE", "w"),
            flags(Some("x"), false),
            &[],
            "/home/u/.openclaw-x",
            "/home/u/.openclaw-x/openclaw.json",
        ),
        (
            "state variable before profile",
            home_env().with("OPENCLAW_STATE_DIR", "~/s"),
            flags(Some("x"), false),
            &[],
            "/home/u/s",
            "/home/u/s/openclaw.json",
        ),
        (
            "config variable",
            home_env().with("OPENCLAW_CONFIG_PATH", "~/c.json"),
            flags(None, false),
            &[],
            "/home/u/.openclaw",
            "/home/u/c.json",
        ),
        (
            "home override",
            home_env().with("OPENCLAW_HOME", "~/sub"),
            flags(None, false),
            &[],
            "/home/u/sub/.openclaw",
            "/home/u/sub/.openclaw/openclaw.json",
        ),
        (
            "windows home",
            Env::empty().with("USERPROFILE", "/u"),
            flags(None, false),
            &[],
            "/u/.openclaw",
            "/u/.openclaw/openclaw.json",
        ),
        (
            "no home needed",
            Env::empty().with("OPENCLAW_STATE_DIR", "/s"),
            flags(None, false),
            &[],
            "/s",
            "/s/openclaw.json",
        ),
    ];
    for (row, env, flags, existing, state, config) in table {
        let paths = Paths::resolve_with(env, flags, &|path| {
            existing.iter().any(|e| Path::new(e) == path)
        });
        let paths = paths.unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(paths.state_dir(), Path::new(state), "{row}");
        assert_eq!(paths.config_file(), Path::new(config), "{row}");
    }
}

#[test]
fn bad_choices_are_refused_in_the_words_of_the_original() {
    for (env, flags, text) in [
        (
            home_env(),
            flags(Some(" "), false),
            "--profile requires a value",
        ),
        (
            home_env(),
            flags(Some("a b"), false),
            "Invalid --profile (use letters, numbers, \"_\", \"-\" only)",
        ),
        (
            home_env(),
            flags(Some("a"), true),
            "Cannot combine --dev with --profile",
        ),
        (
            home_env().with("OPENCLAW_PROFILE", "../x"),
            flags(None, false),
            "invalid profile `../x` in OPENCLAW_PROFILE: use letters, numbers, \"_\", \"-\" only",
        ),
        (
            Env::empty(),
            flags(None, false),
            "no home directory: set HOME, OPENCLAW_HOME or OPENCLAW_STATE_DIR",
        ),
    ] {
        let error = Paths::resolve_with(&env, &flags, &|_| false).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(
        Paths::resolve_with(&Env::empty(), &flags(Some(""), false), &|_| false),
        Err(PathError::ProfileNeedsValue)
    );
}

#[test]
fn sources_say_why() {
    let paths = Paths::resolve_with(&home_env(), &flags(None, true), &|_| false).unwrap();
    assert_eq!(paths.profile().unwrap().from, Source::Flag("--dev"));
    assert_eq!(paths.state_dir_source().from, Source::Profile("dev".into()));
    let env = home_env().with("OPENCLAW_CONFIG_PATH", "/c.json");
    let paths = Paths::resolve_with(&env, &flags(None, false), &|_| false).unwrap();
    assert_eq!(
        paths.config_file_source().from.to_string(),
        "env OPENCLAW_CONFIG_PATH"
    );
}

#[test]
fn a_resolved_path_is_absolute() {
    let env = home_env().with("OPENCLAW_STATE_DIR", "relative");
    let paths = Paths::resolve(&env, &PathFlags::default()).unwrap();
    assert!(paths.state_dir().is_absolute());
    assert!(paths.config_file().is_absolute());
}

#[test]
fn only_a_leading_tilde_alone_is_home() {
    let home = Some(Path::new("/h"));
    for (text, expected) in [
        ("~", "/h"),
        ("~/a", "/h/a"),
        ("~u/a", "~u/a"),
        ("a/~", "a/~"),
        ("/a", "/a"),
    ] {
        assert_eq!(
            expand_home(Path::new(text), home),
            Path::new(expected),
            "{text}"
        );
    }
    assert_eq!(expand_home(Path::new("~/a"), None), Path::new("~/a"));
}
