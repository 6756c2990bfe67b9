//! `openclaw tunnel install`, and what of `ssh` the service of a node is given. A program stands
//! in for `systemctl`; what the unit runs is run against a real SSH server.

use std::fs;
use std::process::Command;

use rustix::process::Signal;

use crate::ssh::World;
use crate::support::{Home, Process, Systemctl, TOKEN, unit_file};

const UNIT: &str = "openclaw-tunnel.service";
const AGENT: &str = "/run/user/1000/ssh-agent.socket";

/// A world whose near home has a service manager and an agent.
fn world(systemctl: &Systemctl) -> World {
    let mut world = World::new();
    let here = std::mem::replace(&mut world.here, Home::new());
    world.here = systemctl.home(here).with("SSH_AUTH_SOCK", AGENT);
    world
}

/// The lines of a unit.
#[track_caller]
fn unit(home: &Home, name: &str) -> String {
    fs::read_to_string(unit_file(&home.path(), name)).unwrap()
}

/// What a service manager would start, with nothing of this shell. No word has a blank in it.
fn as_service(home: &Home, unit: &str) -> Command {
    let line = |key: &'static str| unit.lines().filter_map(move |line| line.strip_prefix(key));
    let mut words = line("ExecStart=").next().unwrap().split(' ');
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.tmp())
        .env("PATH", "/usr/bin:/bin")
        .envs(line("Environment=").map(|pair| pair.split_once('=').unwrap()))
        .current_dir("/");
    command
}

#[test]
fn a_tunnel_is_installed_and_what_the_unit_runs_leads_to_the_gateway() {
    let systemctl = Systemctl::new();
    let world = world(&systemctl);
    let (target, port) = (world.target(), world.gateway.port_text());
    let args = ["tunnel", "install", "--ssh", &target, "--port", &port];
    let answer = world.here.run(&[&args[..], &["--json"]].concat()).ok();
    assert_eq!(answer.json()["action"], "install", "{answer:#?}");
    assert_eq!(answer.json()["result"], "installed");
    let calls = systemctl.calls();
    for wanted in ["[--user][enable][openclaw-tunnel.service]", "[restart]"] {
        assert!(calls.contains(wanted), "{wanted}: {calls}");
    }
    let unit = unit(&world.here, UNIT);
    for line in [
        "Description=OpenClaw SSH Tunnel (v",
        "Type=notify\n",
        "RestartPreventExitStatus=78\n",
        &format!("Environment=SSH_AUTH_SOCK={AGENT}\n"),
        &format!(" tunnel up --foreground --ssh={target} --port={port}\n"),
    ] {
        assert!(unit.contains(line), "{line}: {unit}");
    }
    assert!(!unit.contains("\nUMask"), "{unit}");

    let mut service = Process::start(as_service(&world.here, &unit));
    service.stderr_line("tunnel up at 127.0.0.1:");
    let health = [
        "health", "--ssh", &target, "--port", &port, "--token", TOKEN,
    ];
    world.here.run(&health).ok();
    assert_eq!(world.sshd.accepted(), 1, "commands go through the service");

    // It is there already; and nobody else can begin it beside the service.
    let again = world.here.run(&args).ok();
    assert!(again.stdout.contains("already enabled"), "{again:#?}");
    let forced = world
        .here
        .run(&[&args[..], &["--force", "--json"]].concat());
    assert_eq!(forced.code, 1);
    assert_eq!(
        forced.json()["error"]["type"],
        "tunnel_taken",
        "{forced:#?}"
    );
    assert_eq!(forced.json()["error"]["hints"][0], "openclaw tunnel down");
    assert_eq!(service.stop(Signal::TERM), 0);

    let gone = world.here.run(&["tunnel", "uninstall", "--json"]).ok();
    assert_eq!(gone.json()["result"], "uninstalled");
    assert!(!unit_file(&world.here.path(), UNIT).exists());
    world.assert_nothing_left();
}

#[test]
fn a_tunnel_that_has_no_target_or_none_that_may_be_is_not_installed() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    for (args, code) in [
        (&["tunnel", "install"][..], 2),
        (&["tunnel", "install", "--ssh=-oProxyCommand=x"], 1),
        (
            &["tunnel", "install", "--ssh=a@h", "--tls-fingerprint=zz"],
            1,
        ),
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, code, "{ran:#?}");
        assert!(
            ran.stderr.starts_with("Tunnel install failed: "),
            "{ran:#?}"
        );
        assert!(!unit_file(&home.path(), UNIT).exists());
    }
    assert_eq!(systemctl.calls(), "");
}

#[test]
fn the_configured_target_is_left_to_the_configuration() {
    let systemctl = Systemctl::new();
    let world = world(&systemctl);
    world.configure();
    world.here.run(&["tunnel", "install"]).ok();
    let unit = unit(&world.here, UNIT);
    assert!(unit.contains(" tunnel up --foreground\n"), "{unit}");
    assert!(!unit.contains(TOKEN), "{unit}");
    let mut service = Process::start(as_service(&world.here, &unit));
    service.stderr_line("tunnel up at 127.0.0.1:");
    assert_eq!(service.stop(Signal::TERM), 0);
    world.assert_nothing_left();
}

#[test]
fn a_node_behind_a_tunnel_keeps_target_key_and_agent() {
    let systemctl = Systemctl::new();
    let world = world(&systemctl);
    let (target, port) = (world.target(), world.gateway.port_text());
    let key = world.sshd.identity();
    // The service has another working directory.
    fs::create_dir(world.here.path().join("x")).unwrap();
    let mut command = world.here.command(&["node", "install", "--ssh", &target]);
    command
        .args(["--port", &port, "--ssh-identity"])
        .arg(key.file_name().unwrap())
        .current_dir(key.parent().unwrap());
    assert!(command.status().unwrap().success());
    let unit = unit(&world.here, "openclaw-node.service");
    for line in [
        &format!(" node run --ssh={target} --ssh-identity={} ", key.display()),
        &format!("Environment=SSH_AUTH_SOCK={AGENT}\n"),
        "Environment=OPENCLAW_SSH_PROGRAM=",
    ] {
        assert!(unit.contains(line), "{line}: {unit}");
    }
    let mut command = as_service(&world.here, &unit);
    command.env("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let mut node = Process::start(command);
    node.stderr_line("tunnel up at 127.0.0.1:");
    assert_eq!(node.stop(Signal::TERM), 0);

    // The configuration may ask for the tunnel as well.
    world.configure();
    world.here.run(&["node", "install", "--force"]).ok();
    let text = self::unit(&world.here, "openclaw-node.service");
    assert!(text.contains("Environment=SSH_AUTH_SOCK="), "{text}");
}

#[test]
fn an_agent_of_this_session_is_kept_and_that_is_said() {
    let systemctl = Systemctl::new();
    let home = systemctl.home(Home::configured());
    let home = home.with("SSH_AUTH_SOCK", "/tmp/ssh-abc/agent.17");
    let ran = home.run(&["node", "install", "--ssh", "ann@host"]).ok();
    let said = "warning: SSH_AUTH_SOCK (/tmp/ssh-abc/agent.17) lives as long as this session";
    assert!(ran.stderr.contains(said), "{ran:#?}");
    assert!(ran.stderr.contains("--ssh-identity"), "{ran:#?}");

    // A node that needs no ssh is given nothing of it.
    let ran = home.run(&["node", "install", "--host", "gw.example", "--force"]);
    assert!(!ran.ok().stderr.contains("SSH_AUTH_SOCK"));
    let unit = unit(&home, "openclaw-node.service");
    assert!(!unit.contains("SSH_AUTH_SOCK"), "{unit}");
}
