//! `$include`.

use openclaw_config::{Issue, IssueKind};
use serde_json::{Value, json};

use crate::home::Home;

/// Names and texts.
type Files<'t> = &'t [(&'t str, &'t str)];

fn with(files: Files<'_>) -> Home {
    let home = Home::new();
    for (name, text) in files {
        home.put(name, text);
    }
    home
}

fn resolved(files: Files<'_>) -> Value {
    with(files).load().resolved
}

fn refused(files: Files<'_>) -> Vec<Issue> {
    with(files).refused().issues
}

#[test]
fn files_merge_as_the_original_merges_them() {
    let table: &[(&str, Files<'_>, Value)] = &[
        (
            "one file replaces the object around it",
            &[
                ("openclaw.json", "{channels: {$include: './c.json5'}}"),
                ("c.json5", "{/* x */ a: 1}"),
            ],
            json!({"channels": {"a": 1}}),
        ),
        (
            "keys beside it win, objects merge, arrays concatenate",
            &[
                (
                    "openclaw.json",
                    "{channels: {$include: 'c.json', list: [3], b: {y: 2}, s: 'new'}}",
                ),
                ("c.json", "{list: [1, 2], b: {x: 1, y: 1}, s: 'old'}"),
            ],
            json!({"channels": {"list": [1, 2, 3], "b": {"x": 1, "y": 2}, "s": "new"}}),
        ),
        (
            "of several files the later wins",
            &[
                (
                    "openclaw.json",
                    "{channels: {$include: ['a.json', 'b.json']}}",
                ),
                ("a.json", "{v: 1, only: 'a'}"),
                ("b.json", "{v: 2}"),
            ],
            json!({"channels": {"v": 2, "only": "a"}}),
        ),
        (
            "paths are relative to the file in which they stand",
            &[
                ("openclaw.json", "{channels: {$include: 'sub/a.json'}}"),
                (
                    "sub/a.json",
                    "{x: {$include: '../b.json'}, y: {$include: './c.json'}}",
                ),
                ("b.json", "{b: 1}"),
                ("sub/c.json", "{c: 1}"),
            ],
            json!({"channels": {"x": {"b": 1}, "y": {"c": 1}}}),
        ),
        (
            "at the top, in arrays, and of anything",
            &[
                (
                    "openclaw.json",
                    "{$include: 'top.json', bindings: [{$include: 'one.json'}, 2], tools: {$include: 'list.json'}}",
                ),
                ("top.json", "{ui: {}}"),
                ("one.json", "'text'"),
                ("list.json", "[1]"),
            ],
            json!({"ui": {}, "bindings": ["text", 2], "tools": [1]}),
        ),
        (
            "the same file twice, not in itself",
            &[
                (
                    "openclaw.json",
                    "{channels: {$include: 'a.json'}, tools: {$include: 'a.json'}}",
                ),
                ("a.json", "{a: 1}"),
            ],
            json!({"channels": {"a": 1}, "tools": {"a": 1}}),
        ),
    ];
    for (rule, files, expected) in table {
        assert_eq!(resolved(files), *expected, "{rule}");
    }
}

#[test]
fn the_file_as_written_keeps_its_includes() {
    let home = with(&[
        ("openclaw.json", "{gateway: {$include: 'g.json'}}"),
        ("g.json", "{port: 20000}"),
    ]);
    let loaded = home.load();
    assert_eq!(loaded.raw, json!({"gateway": {"$include": "g.json"}}));
    assert_eq!(loaded.config.gateway.port.unwrap().get(), 20_000);
    assert_eq!(
        loaded.included_files(),
        [std::fs::canonicalize(home.state("g.json")).unwrap()]
    );
}

#[test]
fn a_problem_in_an_included_file_is_found_there() {
    let issues = refused(&[
        (
            "openclaw.json",
            "{\n gateway: {$include: ['a.json', 'b.json'],\n  port: 'x'}}",
        ),
        ("a.json", "{\n\n bnd: 1}"),
        ("b.json", "{trustedProxies: [\n 'bad']}"),
    ]);
    let found: Vec<_> = issues
        .iter()
        .map(|i| {
            (
                i.file.file_name().unwrap().to_str().unwrap(),
                i.line,
                i.path.as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a.json", Some(3), "gateway"),
            ("openclaw.json", Some(3), "gateway.port"),
            ("b.json", Some(2), "gateway.trustedProxies[0]"),
        ]
    );
}

#[test]
fn what_cannot_be_included_is_refused_in_the_words_of_the_original() {
    let table: &[(Files<'_>, &str)] = &[
        (
            &[("openclaw.json", "{channels: {$include: 7}}")],
            "Invalid $include value: expected string or array of strings, got number",
        ),
        (
            &[("openclaw.json", "{channels: {$include: {}}}")],
            "Invalid $include value: expected string or array of strings, got object",
        ),
        (
            &[("openclaw.json", "{channels: {$include: [null]}}")],
            "Invalid $include array item: expected string, got null",
        ),
        (
            &[("openclaw.json", "{channels: {$include: 'none.json'}}")],
            "Failed to read include file: none.json (resolved: ",
        ),
        (
            &[
                ("openclaw.json", "{channels: {$include: 'a.json'}}"),
                ("a.json", "{"),
            ],
            "Failed to parse include file: a.json (resolved: ",
        ),
        (
            &[
                ("openclaw.json", "{channels: {$include: 'a.json', x: 1}}"),
                ("a.json", "[1]"),
            ],
            "Sibling keys require included content to be an object",
        ),
        (
            &[(
                "openclaw.json",
                "{channels: {$include: '../../etc/hostname'}}",
            )],
            "Failed to read include file: ",
        ),
        (
            &[
                ("openclaw.json", "{channels: {$include: 'a.json'}}"),
                ("a.json", "{$include: './a.json'}"),
            ],
            "Circular include detected: ",
        ),
        (
            &[
                ("openclaw.json", "{channels: {$include: 'a.json'}}"),
                ("a.json", "{$include: 'openclaw.json'}"),
            ],
            "Circular include detected: ",
        ),
    ];
    for (files, message) in table {
        let issues = refused(files);
        assert_eq!(issues.len(), 1, "{message}: {issues:?}");
        assert_eq!(issues[0].kind, IssueKind::Include);
        assert!(
            issues[0].message.starts_with(message),
            "{}",
            issues[0].message
        );
        assert_eq!(issues[0].line, Some(1));
    }
}

#[test]
fn a_circle_is_shown_whole() {
    let home = with(&[
        ("openclaw.json", "{channels: {$include: 'a.json'}}"),
        ("a.json", "{$include: 'b.json'}"),
        ("b.json", "{$include: 'a.json'}"),
    ]);
    let real = |name| {
        std::fs::canonicalize(home.state(name))
            .unwrap()
            .display()
            .to_string()
    };
    let expected = format!(
        "Circular include detected: {} -> {} -> {}",
        real("a.json"),
        real("b.json"),
        real("a.json")
    );
    assert_eq!(home.refused().issues[0].message, expected);
}

#[test]
fn ten_levels_are_allowed_and_eleven_are_not() {
    let chain = |length: usize| {
        let home = Home::with("{channels: {$include: '1.json'}}");
        for level in 1..length {
            home.put(
                &format!("{level}.json"),
                &format!("{{$include: '{}.json'}}", level + 1),
            );
        }
        home.put(&format!("{length}.json"), "{deep: true}");
        home
    };
    assert_eq!(
        chain(10).load().resolved,
        json!({"channels": {"deep": true}})
    );
    let issues = chain(11).refused().issues;
    assert_eq!(
        issues[0].message,
        "Maximum include depth (10) exceeded at: 11.json"
    );
}

#[test]
fn files_that_multiply_are_stopped() {
    let home = Home::with("{channels: {$include: ['1.json', '1.json', '1.json']}}");
    for level in 1..9 {
        let next = format!("'{}.json'", level + 1);
        home.put(
            &format!("{level}.json"),
            &format!("{{$include: [{next}, {next}, {next}]}}"),
        );
    }
    home.put("9.json", "{a: [1]}");
    let issues = home.refused().issues;
    assert!(
        issues[0]
            .message
            .starts_with("Maximum number of includes (256) exceeded at: ")
    );
}

#[cfg(unix)]
#[test]
fn no_file_outside_the_directory_is_read_by_name_or_link() {
    let home = Home::new();
    let outside = home.path().join("outside.json");
    std::fs::write(&outside, "{secret: 'hunter2'}").unwrap();
    std::os::unix::fs::symlink(&outside, home.state("link.json")).unwrap();
    std::os::unix::fs::symlink(home.path(), home.state("up")).unwrap();
    for named in [
        "../outside.json",
        "link.json",
        "up/outside.json",
        outside.to_str().unwrap(),
    ] {
        home.put(
            "openclaw.json",
            &format!("{{channels: {{$include: '{named}'}}}}"),
        );
        let invalid = home.refused();
        let issue = &invalid.issues[0];
        assert!(
            issue
                .message
                .starts_with("Include path escapes the config directory: "),
            "{named}"
        );
        assert!(
            issue
                .remedy
                .as_ref()
                .unwrap()
                .contains("OPENCLAW_INCLUDE_ROOTS")
        );
        assert!(!invalid.to_string().contains("hunter2"));
        // A further root lets it in.
        let env = home.env.clone().with("OPENCLAW_INCLUDE_ROOTS", home.path());
        assert!(
            openclaw_config::load(&home.config(), &env).is_ok(),
            "{named}"
        );
    }
    // An absolute path inside, and a link inside, are as good as a relative one.
    home.put("in.json", "{ok: 1}");
    std::os::unix::fs::symlink(home.state("in.json"), home.state("alias.json")).unwrap();
    for named in [
        home.state("in.json").to_str().unwrap(),
        "alias.json",
        "./x/../in.json",
    ] {
        std::fs::create_dir_all(home.state("x")).unwrap();
        home.put(
            "openclaw.json",
            &format!("{{channels: {{$include: '{named}'}}}}"),
        );
        assert_eq!(home.load().resolved["channels"]["ok"], 1, "{named}");
    }
}

#[test]
fn variables_are_replaced_in_included_files_too() {
    let home = with(&[
        (
            "openclaw.json",
            "{env: {$include: 'e.json'}, channels: {$include: 'c.json'}}",
        ),
        ("e.json", "{vars: {KEY: 'k'}}"),
        ("c.json", "{key: '${KEY}'}"),
    ]);
    assert_eq!(home.load().resolved["channels"]["key"], "k");
}
