//! A Gateway behind a real SSH server: one command is enough, and leaves nothing behind.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use openclaw_ssh_tunnel::test_sshd::TestSshd;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Gateway, Home, TOKEN};

/// A Gateway, a server that leads to it, and the home of somebody elsewhere.
pub(crate) struct World {
    pub(crate) sshd: TestSshd,
    pub(crate) gateway: Gateway,
    pub(crate) here: Home,
    pub(crate) there: Home,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::around(Home::configured())
    }

    /// The same with the Gateway of this home.
    pub(crate) fn around(there: Home) -> Self {
        let sshd = TestSshd::start();
        let gateway = there.gateway(&[]);
        // The near port that a tunnel prefers is taken by the Gateway itself: tests that run at
        // once do not meet on the usual one.
        let here = Home::new()
            .with("OPENCLAW_SSH_PROGRAM", sshd.ssh_program())
            .with("OPENCLAW_GATEWAY_PORT", gateway.port_text());
        Self {
            sshd,
            gateway,
            here,
            there,
        }
    }

    pub(crate) fn target(&self) -> String {
        self.sshd.target().to_string()
    }

    /// Mode `remote` with transport `ssh`.
    pub(crate) fn configure(&self) {
        self.here.write_config(&json!({
            "gateway": {
                "mode": "remote",
                "remote": {
                    "transport": "ssh",
                    "sshTarget": self.target(),
                    "sshIdentity": self.sshd.identity(),
                    "remotePort": self.gateway.port,
                    "token": TOKEN,
                },
            },
        }));
    }

    /// The `ssh` that lead to the server, and whoever guards them.
    pub(crate) fn processes(&self) -> Vec<String> {
        let port = self.sshd.port().to_string();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(bytes) = fs::read(entry.path().join("cmdline")) else {
                continue;
            };
            let arguments: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
            let is_ssh = arguments
                .windows(2)
                .any(|pair| pair[0] == b"-p" && pair[1] == port.as_bytes());
            if is_ssh {
                found.push(String::from_utf8_lossy(&bytes).replace('\0', " "));
            }
        }
        found
    }

    /// Where the tunnels of single commands keep their records.
    fn once(&self) -> Vec<PathBuf> {
        let directory = self.here.state().join("tunnels/once");
        match fs::read_dir(directory) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Nothing of a tunnel is left.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        self.sshd.wait_until_idle();
        assert_eq!(self.processes(), Vec::<String>::new());
        let left = fs::read_dir(self.here.tmp()).unwrap().count();
        assert_eq!(left, 0, "temporary files stay behind");
        assert_eq!(self.once().len(), 0, "records of a command stay behind");
    }
}

fn error(ran: &crate::support::Ran) -> Value {
    ran.json()["error"].clone()
}

#[test]
fn one_command_reaches_a_gateway_through_ssh() {
    let world = World::new();
    let port = world.gateway.port_text();
    let target = world.target();
    let args = ["health", "--ssh", &target, "--port", &port, "--json"];
    let ran = world
        .here
        .run(&[&args[..], &["--token", TOKEN]].concat())
        .ok();
    assert_eq!(
        (ran.json()["ok"].as_bool(), ran.stderr.as_str()),
        (Some(true), "")
    );
    assert_eq!(world.sshd.accepted(), 1);
    world.assert_nothing_left();

    // The device was paired by then: its token is filed under the tunnel and is enough.
    let ran = world.here.run(&args).ok();
    assert_eq!(ran.json()["ok"], true);
    let kept = fs::read_to_string(world.here.state().join("identity/gateway-tokens.json")).unwrap();
    assert!(
        kept.contains(&format!("ssh://{target}/{port}")),
        "the origin is the tunnel's"
    );
    assert!(
        !kept.contains("127.0.0.1:18789"),
        "never that of this machine"
    );
    world.assert_nothing_left();
}

#[test]
fn the_configured_transport_leads_every_command_through_ssh() {
    let world = World::new();
    world.configure();
    assert_eq!(
        world.here.run(&["health", "--json"]).ok().json()["ok"],
        true
    );
    // What the far Gateway shows to others is told although its configuration is not here.
    let text = world.here.run(&["status", "--deep"]).ok().stdout;
    assert!(text.contains("listens on 127.0.0.1:"), "{text}");
    let status = world.here.run(&["status", "--deep", "--json"]).ok();
    assert_eq!(status.json()["gateway"]["reachable"], true, "{status:#?}");
    assert!(status.json()["health"].is_object(), "{status:#?}");
    let list = world.here.run(&["devices", "list", "--json"]).ok();
    assert_eq!(list.json()["paired"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.sshd.accepted(), 4);
    world.assert_nothing_left();

    let explained = world.here.run(&["auth", "explain", "--json"]).ok().json();
    let shown = explained.to_string();
    assert!(shown.contains("config gateway.remote.sshTarget"), "{shown}");
    assert!(!shown.contains(TOKEN), "no secret is shown");
}

#[test]
fn a_device_token_for_one_gateway_is_not_offered_to_another() {
    let world = World::new();
    let (target, port) = (world.target(), world.gateway.port_text());
    let args = ["health", "--ssh", &target, "--json", "--port"];
    let on = |port: &str, more: &[&str]| {
        let args = [&args[..], &[port], more].concat();
        world.here.run(&args)
    };
    on(&port, &["--token", TOKEN]).ok();
    on(&port, &[]).ok();

    // The same server, another Gateway: nothing is known of it, and nothing is sent.
    let other = Home::configured();
    let other = other.gateway(&[]);
    let before = world.sshd.accepted();
    let ran = on(&other.port_text(), &[]);
    assert_eq!(
        error(&ran)["type"],
        "gateway_credentials_required",
        "{ran:#?}"
    );
    assert_eq!(world.sshd.accepted(), before + 1);
    let said = other.process.everything();
    assert!(!said.contains("unauthorized"), "{said}");
    world.assert_nothing_left();
}

#[test]
fn a_probe_tries_the_tunnel_beside_this_machine() {
    let world = World::new();
    let (target, port) = (world.target(), world.gateway.port_text());
    let args = [
        "gateway", "probe", "--ssh", &target, "--port", &port, "--token", TOKEN, "--json",
    ];
    let report = world.here.run(&args).ok().json();
    assert_eq!(report["primaryTargetId"], "sshTunnel", "{report:#}");
    let tunnel = &report["targets"][0];
    assert_eq!(tunnel["id"], "sshTunnel");
    assert_eq!(tunnel["connect"]["ok"], true);
    assert_eq!(tunnel["tunnel"]["target"], target);
    assert_eq!(tunnel["tunnel"]["remotePort"], world.gateway.port);
    assert_eq!(tunnel["tunnel"]["from"], "--ssh");
    assert_eq!(tunnel["tunnel"]["resolved"], target);
    assert_eq!(tunnel["tunnel"]["shared"], false);
    // The near end as it stood, in the address that was spoken to and by number.
    let (near, pid) = (&tunnel["tunnel"]["localPort"], &tunnel["tunnel"]["pid"]);
    assert!(near.is_u64() && pid.is_u64(), "{tunnel:#}");

    world.sshd.forget_host();
    let report = world.here.run(&args).json();
    let warning = &report["warnings"][0];
    assert_eq!(warning["code"], "ssh_tunnel_failed", "{report:#}");
    assert!(warning["message"].as_str().unwrap().contains("ssh-keyscan"));
    world.assert_nothing_left();
}

#[test]
fn a_probe_finds_the_ssh_host_by_itself_where_it_is_asked_to() {
    let world = World::new();
    // An alias of the user's own ssh_config stands for the host of the configured Gateway.
    let target = world.target();
    let (user, place) = target.split_once('@').unwrap();
    let port = place.rsplit_once(':').unwrap().1;
    let alias = format!("\nHost gw.far\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n");
    let config = world.sshd.ssh_config();
    let before = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{before}{alias}")).unwrap();
    world
        .here
        .write_config(&json!({ "gateway": { "mode": "remote", "remote": {
            "url": format!("wss://gw.far:{}", world.gateway.port), "token": TOKEN,
        }}}));
    // Nothing is opened that nobody asked for.
    let report = world.here.run(&["gateway", "probe", "--json"]).json();
    let targets = report["targets"].as_array().unwrap();
    assert!(
        targets.iter().all(|target| target["id"] != "sshTunnel"),
        "{report:#}"
    );
    assert_eq!(world.sshd.accepted(), 0);

    let args = ["gateway", "probe", "--ssh-auto", "--json"];
    let report = world.here.run(&args).ok().json();
    let found = &report["targets"][0];
    assert_eq!(found["connect"]["ok"], true, "{report:#}");
    assert_eq!(found["tunnel"]["target"], format!("{user}@gw.far"));
    assert_eq!(found["tunnel"]["resolved"], world.target());
    assert_eq!(found["tunnel"]["from"], "config gateway.remote.url");
    assert_eq!(found["active"], false);
    let people = world.here.run(&["gateway", "probe", "--ssh-auto"]).ok();
    let line = format!(
        "Target: config gateway.remote.url, which is {}",
        world.target()
    );
    assert!(people.stdout.contains(&line), "{people:#?}");

    // Where there is nothing to go by, that is said.
    world
        .here
        .write_config(&json!({ "gateway": { "mode": "local" } }));
    let report = world.here.run(&args).json();
    assert_eq!(
        report["warnings"][0]["code"], "ssh_auto_no_target",
        "{report:#}"
    );
    world.assert_nothing_left();
}

#[test]
fn an_unknown_host_key_is_a_refusal_of_its_own() {
    let world = World::new();
    world.sshd.forget_host();
    let target = world.target();
    let args = ["health", "--ssh", &target, "--token", TOKEN];
    let people = world.here.run(&args);
    assert_eq!(people.code, 1);
    for wanted in [
        "the host key is not known",
        "Host key verification failed",
        "ssh-keyscan",
        "Source: cli --ssh",
    ] {
        assert!(
            people.stderr.contains(wanted),
            "{wanted}: {}",
            people.stderr
        );
    }
    let program = world.here.run(&[&args[..], &["--json"]].concat());
    let error = error(&program);
    assert_eq!(error["type"], "ssh_tunnel_error");
    assert_eq!(error["details"]["reason"], "host-key-unknown");
    assert_eq!(error["details"]["target"], target);
    assert_eq!(error["details"]["retryable"], false);
    world.assert_nothing_left();
}

#[test]
fn a_far_port_without_a_gateway_is_named() {
    let world = World::new();
    let closed = crate::support::ClosedPort::take();
    let target = world.target();
    let ran = world.here.run(&[
        "health",
        "--ssh",
        &target,
        "--port",
        &closed.text(),
        "--token",
        TOKEN,
        "--json",
    ]);
    let error = error(&ran);
    assert_eq!(error["type"], "ssh_tunnel_error", "{ran:#?}");
    assert_eq!(error["details"]["reason"], "remote-port-closed", "{ran:#?}");
    world.assert_nothing_left();
}

#[test]
fn a_wrong_token_is_the_gateways_refusal_and_not_the_tunnels() {
    let world = World::new();
    let port = world.gateway.port_text();
    let target = world.target();
    let ran = world.here.run(&[
        "health", "--ssh", &target, "--port", &port, "--token", "wrong", "--json",
    ]);
    assert_eq!(error(&ran)["type"], "gateway_request_error", "{ran:#?}");
    world.assert_nothing_left();
}

#[test]
fn what_is_no_target_never_reaches_ssh() {
    let world = World::new();
    for target in [
        "-oProxyCommand=x",
        "a@b@c",
        "host;id",
        "user@-host",
        "host:0",
    ] {
        let ssh = format!("--ssh={target}");
        let ran = world
            .here
            .run(&["health", &ssh, "--token", TOKEN, "--json"]);
        assert_eq!(ran.code, 1, "{target}");
        let message = error(&ran)["message"].to_string();
        assert!(message.contains("invalid SSH target"), "{message}");
    }
    let ran = world
        .here
        .run(&["health", "--ssh", "a", "--url", "ws://127.0.0.1:1"]);
    assert_eq!(ran.code, 2);
    assert_eq!(world.sshd.accepted(), 0);
}

#[test]
fn a_command_that_is_killed_leaves_no_ssh_behind() {
    let world = World::new();
    world.configure();
    let mut logs = world.here.start(&["logs", "--follow", "--json"]);
    logs.stdout_line("{");
    assert!(!world.processes().is_empty());
    assert_eq!(logs.stop(Signal::KILL), -1);
    world.sshd.wait_until_idle();
    // The guard needs a moment more than the server to see its end.
    for _ in 0..2000 {
        if world.processes().is_empty() {
            break;
        }
        std::thread::yield_now();
    }
    assert_eq!(world.processes(), Vec::<String>::new());
    // Its records are cleared away by a later command.
    let [left] = <[PathBuf; 1]>::try_from(world.once()).unwrap();
    let left = fs::File::open(left).unwrap();
    left.set_modified(UNIX_EPOCH).unwrap();
    world.here.run(&["health"]).ok();
    world.assert_nothing_left();
}
