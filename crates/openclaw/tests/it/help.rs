//! Help texts, the reference and the version: reviewed like an API.

use crate::support::Home;

/// The words of every command, from the reference itself.
fn commands() -> Vec<String> {
    let reference = Home::new().run(&["docs"]).ok().stdout;
    let titles = reference
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'));
    titles.map(str::to_owned).collect()
}

#[test]
fn help_of_every_command() {
    let home = Home::new();
    let mut all = commands();
    assert!(all.len() > 30, "{all:?}");
    all.insert(0, "openclaw".to_owned());
    for words in all {
        let mut args: Vec<&str> = words.split(' ').skip(1).collect();
        args.push("--help");
        let ran = home.run(&args).ok();
        assert_eq!(ran.stderr, "", "{words}");
        insta::assert_snapshot!(words.replace(' ', "_"), ran.stdout);
    }
}

#[test]
fn every_way_to_help_says_the_same() {
    let home = Home::new();
    let long = home.run(&["nodes", "invoke", "--help"]).ok().stdout;
    assert_eq!(home.run(&["nodes", "invoke", "-h"]).ok().stdout, long);
    assert_eq!(home.run(&["--help", "nodes", "invoke"]).ok().stdout, long);
    assert!(
        home.run(&["help", "nodes", "invoke"])
            .ok()
            .stdout
            .contains("--invoke-timeout")
    );
    assert_eq!(home.run(&[]).ok().stdout, home.run(&["--help"]).ok().stdout);
}

#[test]
fn the_version_is_printed_wherever_it_is_asked_for_first() {
    let home = Home::new();
    let expected = format!("OpenClaw {}\n", env!("CARGO_PKG_VERSION"));
    for args in [
        &["--version"][..],
        &["-V"],
        &["--version", "gateway", "status"],
    ] {
        assert_eq!(home.run(args).ok().stdout, expected, "{args:?}");
    }
}

#[test]
fn the_reference_names_every_exit_code() {
    let reference = Home::new().run(&["docs"]).ok().stdout;
    let (codes, _) = reference.split_once("## Options of every command").unwrap();
    insta::assert_snapshot!("exit_codes", codes);
}

#[test]
fn man_pages_are_written() {
    let home = Home::new();
    let dir = home.path().join("man");
    home.run(&["docs", "--man", dir.to_str().unwrap()]).ok();
    let page = std::fs::read_to_string(dir.join("openclaw-gateway-run.1")).unwrap();
    assert!(page.contains("allow\\-unconfigured"), "{page}");
}
