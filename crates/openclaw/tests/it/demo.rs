//! `openclaw demo`

use rustix::process::Signal;
use serde_json::Value;

use crate::support::Home;

#[test]
fn once_it_plays_every_step_and_leaves_nothing_behind() {
    let home = Home::new();
    let ran = home.run(&["demo", "--once", "--json"]).ok();
    let steps: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<&str> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "gateway", "node", "operator", "pending", "approved", "invoked", "done"
        ]
    );
    assert!(
        steps[5]["message"].as_str().unwrap().contains("/sh"),
        "{}",
        steps[5]
    );
    assert_eq!(std::fs::read_dir(home.tmp()).unwrap().count(), 0);
    assert!(
        !home.state().exists(),
        "the real state directory is not touched"
    );
}

#[test]
fn it_stays_up_and_the_lines_that_it_prints_work() {
    let home = Home::new();
    let mut demo = home.start(&["demo", "--json"]);
    let next: Value = serde_json::from_str(&demo.stdout_line("\"step\":\"next\"")).unwrap();
    let commands: Vec<&str> = next["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    for line in &commands[1..] {
        assert!(!line.contains("--token"), "{line}");
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("{}; {line}", commands[0])])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "{line}: {status:?}");
    }
    assert_eq!(demo.stop(Signal::INT), 0);
    assert_eq!(std::fs::read_dir(home.tmp()).unwrap().count(), 0);
}
