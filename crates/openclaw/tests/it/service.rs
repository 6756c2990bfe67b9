//! `openclaw gateway install` and its kin, with a program that stands in for `systemctl`.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};

use serde_json::json;

use crate::support::{Home, Systemctl, TOKEN, unit_file};

const UNIT: &str = "openclaw-gateway.service";

/// The unit, with what differs between machines shown by name.
fn unit(home: &Home, name: &str) -> String {
    let text = fs::read_to_string(unit_file(&home.path(), name)).unwrap();
    text.replace(env!("CARGO_BIN_EXE_openclaw"), "[PROGRAM]")
        .replace(home.path().to_str().unwrap(), "[HOME]")
        .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

#[test]
fn a_gateway_is_installed_restarted_and_removed() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    let ran = home.run(&["gateway", "install", "--json"]).ok();
    let answer = ran.json();
    assert_eq!(answer["action"], "install");
    assert_eq!(answer["result"], "installed");
    assert_eq!(answer["service"]["loaded"], true);
    insta::assert_snapshot!("service_unit", unit(&home, UNIT));
    insta::assert_snapshot!("service_calls_install", systemctl.calls());
    let mode = unit_file(&home.path(), UNIT)
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    for (word, result) in [
        ("start", "started"),
        ("restart", "restarted"),
        ("stop", "stopped"),
    ] {
        let answer = home.run(&["gateway", word, "--json"]).ok().json();
        assert_eq!(answer["result"], result);
    }
    insta::assert_snapshot!("service_calls_verbs", systemctl.calls());

    let answer = home.run(&["gateway", "uninstall", "--json"]).ok().json();
    assert_eq!(answer["result"], "uninstalled");
    assert_eq!(answer["service"]["loaded"], false);
    assert!(!unit_file(&home.path(), UNIT).exists());
    insta::assert_snapshot!("service_calls_uninstall", systemctl.calls());

    let answer = home.run(&["gateway", "uninstall", "--json"]).ok().json();
    assert_eq!(answer["result"], "not-loaded");
    assert_eq!(systemctl.calls(), "", "nothing is left to be asked about");
}

#[test]
fn what_is_installed_stays_unless_it_is_forced() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    let file = unit_file(&home.path(), UNIT);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let theirs = "[Service]\nExecStart=/usr/bin/node /opt/openclaw.mjs gateway --port 18789\n";
    fs::write(&file, theirs).unwrap();
    let ran = home.run(&["gateway", "install"]).ok();
    insta::assert_snapshot!("service_already_installed", ran.shown(None));
    assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
    assert_eq!(systemctl.calls(), "");
    home.run(&["gateway", "install", "--force"]).ok();
    assert!(unit(&home, UNIT).contains("ExecStart=[PROGRAM] gateway run\n"));
}

#[test]
fn a_token_goes_to_the_configuration_and_nowhere_else() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::new());
    home.write_config(&json!({ "gateway": { "mode": "local" } }));
    let secret = "another-planted-token-0123456789-0123456789";
    let args = ["gateway", "install", "--token", secret, "--port", "20330"];
    let ran = home.run(&args).ok();
    assert_eq!(home.config()["gateway"]["auth"]["token"], secret);
    assert_eq!(home.config()["gateway"]["auth"]["mode"], "token");
    let unit = unit(&home, UNIT);
    assert!(unit.contains("gateway run --port 20330\n"), "{unit}");
    for text in [&unit, &ran.stdout, &ran.stderr, &systemctl.calls()] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn secrets_of_the_shell_do_not_reach_the_unit_and_that_is_said() {
    let systemctl = Systemctl::new();
    let home = systemctl
        .home(Home::configured())
        .with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let ran = home.run(&["gateway", "install"]).ok();
    assert!(
        ran.stderr
            .contains("OPENCLAW_GATEWAY_TOKEN of this shell is not given to the service"),
        "{ran:#?}"
    );
    assert!(!unit(&home, UNIT).contains(TOKEN));
}

#[test]
fn what_would_not_start_is_not_installed() {
    let systemctl = Systemctl::new();
    for (config, says) in [
        (json!({}), "set gateway.mode=local"),
        (
            json!({ "gateway": { "mode": "local", "bind": "lan" } }),
            "it would not start: ",
        ),
        (
            json!({ "gateway": { "mode": "local", "auth": { "token": "${ONLY_IN_THIS_SHELL}" } } }),
            "ONLY_IN_THIS_SHELL",
        ),
    ] {
        let home = systemctl
            .home(Home::new())
            .with("ONLY_IN_THIS_SHELL", TOKEN);
        home.write_config(&config);
        let ran = home.run(&["gateway", "install"]);
        assert_eq!(ran.code, 78, "{ran:#?}");
        assert!(ran.stderr.contains(says), "{ran:#?}");
        assert!(!unit_file(&home.path(), UNIT).exists());
    }
    let calls = systemctl.calls();
    assert!(!calls.contains("enable"), "{calls}");
}

#[test]
fn a_profile_has_a_unit_of_its_own_that_finds_its_state() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::new());
    let elsewhere = home.path().join("else where");
    let home = home.with("OPENCLAW_STATE_DIR", &elsewhere);
    fs::create_dir(&elsewhere).unwrap();
    let config = json!({ "gateway": { "mode": "local", "auth": { "token": TOKEN } } });
    fs::write(elsewhere.join("openclaw.json"), config.to_string()).unwrap();
    home.run(&["--profile", "work", "gateway", "install"]).ok();
    let unit = unit(&home, "openclaw-gateway-work.service");
    for line in [
        "Description=OpenClaw Gateway (profile: work, v[VERSION])",
        "Environment=OPENCLAW_PROFILE=work",
        "Environment=\"OPENCLAW_STATE_DIR=[HOME]/else where\"",
        "Environment=\"OPENCLAW_CONFIG_PATH=[HOME]/else where/openclaw.json\"",
    ] {
        assert!(unit.contains(line), "{line}: {unit}");
    }
}

#[test]
fn without_a_user_manager_it_is_said_what_to_do() {
    let systemctl = Systemctl::new();
    systemctl.without_bus();
    let home = systemctl.home(Home::configured());
    let ran = home.run(&["gateway", "install"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("service_no_manager", ran.stderr);
    assert!(!unit_file(&home.path(), UNIT).exists());
    let answer = home.run(&["node", "install", "--json"]).json();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["action"], "install");
    assert_eq!(answer["error"]["type"], "service_manager_unavailable");

    let nowhere = tempfile::tempdir().unwrap();
    let home = Home::configured().with("PATH", nowhere.path());
    let ran = home.run(&["gateway", "install"]);
    assert!(
        ran.stderr.contains("`systemctl` is not on the PATH"),
        "{ran:#?}"
    );
}

#[test]
fn a_service_that_does_not_come_up_is_a_failure_with_its_log() {
    let systemctl = Systemctl::new();
    systemctl.failing("restart");
    let home = systemctl.home(Home::configured());
    let ran = home.run(&["gateway", "install"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("Job for openclaw-gateway.service failed"),
        "{ran:#?}"
    );
    assert!(
        ran.stderr
            .contains("journalctl --user -u openclaw-gateway.service"),
        "{ran:#?}"
    );
}

#[test]
fn a_node_is_a_service_too() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::new());
    let args = [
        "node",
        "install",
        "--host",
        "gw.local",
        "--display-name",
        "kitchen pi",
    ];
    home.run(&args).ok();
    let unit = unit(&home, "openclaw-node.service");
    assert!(
        unit.contains(
            "ExecStart=[PROGRAM] node run --host=gw.local \"--display-name=kitchen pi\"\n"
        ),
        "{unit}"
    );
    assert!(
        !unit.contains("NoNewPrivileges"),
        "a node runs what its owner wants: {unit}"
    );
    systemctl.says("ActiveState=active\nMainPID=42\n");
    let answer = home.run(&["node", "status", "--json"]).ok().json();
    assert_eq!(answer["service"]["installed"], true);
    assert_eq!(
        answer["service"]["runtime"],
        json!({ "status": "running", "pid": 42 })
    );
    let calls = systemctl.calls();
    home.run(&["node", "stop"]).ok();
    assert!(
        systemctl
            .calls()
            .contains("[--user][stop][openclaw-node.service]"),
        "{calls}"
    );
}

#[test]
fn what_is_not_installed_is_not_started() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    for words in [
        ["gateway", "start"],
        ["gateway", "restart"],
        ["node", "start"],
    ] {
        let ran = home.run(&[words[0], words[1], "--json"]);
        assert_eq!(ran.code, 1);
        assert_eq!(ran.json()["error"]["type"], "service_not_installed");
    }
    assert_eq!(systemctl.calls(), "");
}

#[test]
fn nix_installs_its_services_itself() {
    let systemctl = Systemctl::new();
    let home = systemctl
        .home(Home::configured())
        .with("OPENCLAW_NIX_MODE", "1");
    let ran = home.run(&["gateway", "install"]);
    assert_eq!(ran.code, 78);
    assert!(
        ran.stderr
            .contains("Nix mode detected; service install is disabled."),
        "{ran:#?}"
    );
}

#[test]
fn stop_ends_the_gateway_of_this_state_in_a_terminal() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    let mut gateway = home.gateway(&[]);
    let answer = home.run(&["gateway", "stop", "--json"]).ok().json();
    assert_eq!(answer["result"], "stopped");
    assert_eq!(gateway.process.end(), 0);
    assert_eq!(systemctl.calls(), "", "no service, nobody to ask");
    let answer = home.run(&["gateway", "stop", "--json"]);
    // Another program may have the default port of this machine; then it is named and left alone.
    assert!(matches!(answer.code, 0 | 1), "{answer:#?}");
}

/// A process that has nothing to do with us. Killed when dropped.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        Self(Command::new("/bin/sleep").arg("600").spawn().unwrap())
    }

    fn start_time(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().nth(19).unwrap().parse().unwrap()
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// GHSA-jfv4-h8mc-jcp8: a stop that looked for a process by its port killed whoever was there.
#[cfg(target_os = "linux")]
#[test]
fn ghsa_jfv4_h8mc_jcp8_stop_ends_no_foreign_process() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::new());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    home.write_config(&json!({ "gateway": { "mode": "local", "port": port } }));

    // Somebody else on our port: this very test.
    let ran = home.run(&["gateway", "stop", "--json"]);
    assert_eq!(ran.code, 1);
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "gateway_not_ours");
    assert_eq!(answer["error"]["listeners"][0]["pid"], std::process::id());

    // A held lock that names somebody else: by number alone, by number and start, by a
    // number that went to another process.
    let mut stranger = Stranger::new();
    let (pid, start) = (stranger.0.id(), stranger.start_time());
    let locks = home.state().join("locks");
    fs::create_dir_all(&locks).unwrap();
    let path = locks.join("gateway.lock");
    let gateway = ["/usr/bin/openclaw", "gateway", "run"];
    for record in [
        json!({ "pid": pid }),
        json!({ "pid": pid, "startTime": start }),
        json!({ "pid": pid, "startTime": start, "argv": gateway }),
        json!({ "pid": pid, "startTime": start + 1, "argv": ["/bin/sleep", "600"] }),
    ] {
        fs::write(&path, record.to_string()).unwrap();
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        let ran = home.run(&["gateway", "stop", "--json"]);
        assert_eq!(ran.code, 1, "{record}: {ran:#?}");
        assert_eq!(ran.json()["error"]["type"], "gateway_not_ours", "{record}");
        assert!(stranger.lives(), "{record}");
    }

    // A record of an ended Gateway, held by nobody.
    let record = json!({ "pid": pid, "startTime": start, "argv": ["/bin/sleep", "600"] });
    fs::write(&path, record.to_string()).unwrap();
    assert_eq!(home.run(&["gateway", "stop"]).code, 1);
    assert!(stranger.lives());
}
