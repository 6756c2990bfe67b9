//! `openclaw completion`

use crate::support::Home;

#[test]
fn every_shell_gets_a_script_with_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.run(&["completion", "--shell", shell]).ok().stdout;
        assert!(
            script.contains("gateway") && script.contains("invoke-timeout"),
            "{shell}"
        );
    }
}

#[test]
fn an_unknown_shell_is_refused_with_the_known_ones() {
    let ran = Home::new().run(&["completion", "-s", "cmd"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("Use bash, elvish, fish, powershell, zsh."),
        "{}",
        ran.stderr
    );
}
