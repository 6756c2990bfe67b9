//! Misuse: exit code 2, and text that says where the help is.

use insta::assert_snapshot;

use crate::support::Home;

#[test]
fn misuse_is_explained_on_stderr() {
    let home = Home::new();
    for (name, args) in [
        ("unknown_command", &["log"][..]),
        ("unknown_sub_command", &["gateway", "juggle"]),
        ("unknown_option", &["health", "--bogus"]),
        (
            "option_of_another_command",
            &["--url", "ws://127.0.0.1:1", "config", "file"],
        ),
        ("missing_argument", &["gateway", "call"]),
        ("missing_options", &["devices", "rotate"]),
        ("bad_timeout", &["health", "--timeout", "abc"]),
        ("bad_port", &["gateway", "run", "--port", "abc"]),
        ("bad_bind", &["gateway", "run", "--bind", "bogus"]),
        ("bad_auth", &["gateway", "run", "--auth", "bogus"]),
        (
            "bad_params",
            &["gateway", "call", "health", "--params", "{"],
        ),
        (
            "bad_duration",
            &["nodes", "status", "--last-connected", "soon"],
        ),
        (
            "url_and_port",
            &["health", "--url", "ws://127.0.0.1:1", "--port", "1"],
        ),
        (
            "dev_and_profile",
            &["--dev", "--profile", "x", "config", "file"],
        ),
        ("bad_profile", &["--profile", "a/b", "config", "file"]),
        ("force", &["gateway", "run", "--force"]),
        ("group_without_command", &["nodes"]),
    ] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert_snapshot!(format!("misuse_{name}"), ran.stderr);
    }
}

#[test]
fn under_json_misuse_is_one_object_on_stdout() {
    let home = Home::new();
    for args in [
        &["--json", "bogus"][..],
        &["gateway", "send", "--json"],
        &["health", "--json", "--timeout", "x"],
    ] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{args:?}");
        let answer = ran.json();
        assert_eq!(answer["ok"], false);
        assert_eq!(answer["error"]["type"], "usage_error");
        assert!(
            answer["error"]["hints"][0]
                .as_str()
                .unwrap()
                .ends_with("--help"),
            "{answer}"
        );
    }
}

#[test]
fn a_value_that_is_no_text_is_refused_without_a_panic() {
    use std::os::unix::ffi::OsStringExt as _;

    let home = Home::new();
    let mut command = home.command(&["health", "--url"]);
    command.arg(std::ffi::OsString::from_vec(vec![b'w', 0xff]));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

#[test]
fn debug_adds_everything_that_is_known() {
    let home = Home::new().with("OPENCLAW_DEBUG", "1");
    let ran = home.run(&["bogus"]);
    let line = ran.stderr.lines().last().unwrap();
    assert!(
        line.starts_with("debug: exit 2 {\"ok\":false,"),
        "{}",
        ran.stderr
    );
}
