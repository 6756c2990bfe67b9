//! Tunnels that stay: `openclaw tunnel`, and the one of a node.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::ssh::World;
use crate::support::{ClosedPort, Process, TOKEN};

impl World {
    /// Begins a tunnel in the background: its answer.
    #[track_caller]
    fn up(&self, more: &[&str]) -> Value {
        let port = self.gateway.port_text();
        let target = self.target();
        let args = ["tunnel", "up", "--ssh", &target, "--port", &port, "--json"];
        self.here.run(&[&args[..], more].concat()).ok().json()
    }

    fn down(&self) -> Value {
        self.here.run(&["tunnel", "down", "--json"]).ok().json()
    }

    fn kept(&self) -> Vec<Value> {
        let status = self.here.run(&["tunnel", "status", "--json"]).ok().json();
        status["tunnels"].as_array().unwrap().clone()
    }

    /// Looks until the one tunnel is as wanted.
    #[track_caller]
    fn until_kept(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1000 {
            match self.kept().as_slice() {
                [one] if wanted(one) => return one.clone(),
                _ => {}
            }
        }
        panic!("never came: {:#?}", self.kept());
    }

    /// A node behind the tunnel, in a home of its own, online.
    fn node(&self) -> Process {
        let port = self.gateway.port_text();
        let target = self.target();
        let mut node = self
            .here
            .start(&["node", "run", "--ssh", &target, "--port", &port, "--json"]);
        node.stdout_line("\"event\":\"tunnel-up\"");
        node.stdout_line("\"event\":\"online\"");
        node
    }
}

fn port_of(answer: &Value) -> String {
    answer["tunnel"]["localPort"].as_u64().unwrap().to_string()
}

#[test]
fn a_tunnel_is_begun_shared_and_ended() {
    let world = World::new();
    let up = world.up(&[]);
    assert_eq!(
        (up["ok"].as_bool(), up["started"].as_bool()),
        (Some(true), Some(true))
    );
    // Any program reaches the Gateway at the near end.
    let url = up["url"].as_str().unwrap();
    let ran = world
        .here
        .run(&["health", "--url", url, "--token", TOKEN, "--json"]);
    assert_eq!(ran.ok().json()["ok"], true);

    // A second one is the same one, and commands use it.
    let again = world.up(&[]);
    assert_eq!(again["started"], false);
    assert_eq!(again["tunnel"]["pid"], up["tunnel"]["pid"]);
    let (target, port) = (world.target(), world.gateway.port_text());
    world
        .here
        .run(&[
            "health", "--ssh", &target, "--port", &port, "--token", TOKEN,
        ])
        .ok();
    assert_eq!(world.sshd.accepted(), 1);
    let kept = world.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["state"], "up");
    assert_eq!(kept[0]["target"], target);
    let people = world.here.run(&["tunnel", "status"]).ok().stdout;
    assert!(
        people.contains(&format!("127.0.0.1:{}", port_of(&up))),
        "{people}"
    );

    let down = world.down();
    assert_eq!(down["ended"][0]["pid"], up["tunnel"]["pid"]);
    assert_eq!(world.kept(), Vec::<Value>::new());
    world.assert_nothing_left();
    assert_eq!(world.down()["ended"], serde_json::json!([]));
    let logs = world.here.run(&["tunnel", "logs"]).ok().stdout;
    assert!(logs.contains("tunnel up at 127.0.0.1:"), "{logs}");
}

#[test]
fn a_tunnel_survives_a_restart_of_the_server_on_the_same_near_port() {
    let mut world = World::new();
    let up = world.up(&[]);
    world.sshd.stop();
    let down = world.until_kept(|kept| kept["state"] == "down");
    assert!(
        down["reason"].is_string() && down["error"].is_string(),
        "{down}"
    );
    world.sshd.start_again();
    let back = world.until_kept(|kept| kept["state"] == "up");
    assert_eq!(back["localPort"], up["tunnel"]["localPort"]);
    assert_ne!(back["sshPid"], up["tunnel"]["sshPid"]);
    let url = up["url"].as_str().unwrap();
    world
        .here
        .run(&["health", "--url", url, "--token", TOKEN])
        .ok();
    world.down();
    world.assert_nothing_left();
}

#[test]
fn a_near_port_that_is_demanded_and_taken_is_a_refusal() {
    let world = World::new();
    let taken = ClosedPort::take();
    let (target, port) = (world.target(), world.gateway.port_text());
    let ran = world.here.run(&[
        "tunnel",
        "up",
        "--ssh",
        &target,
        "--port",
        &port,
        "--local-port",
        &taken.text(),
        "--json",
    ]);
    assert_eq!(ran.code, 1);
    let error = &ran.json()["error"];
    assert_eq!(error["type"], "ssh_tunnel_error", "{ran:#?}");
    assert_eq!(error["details"]["reason"], "local-port-taken", "{ran:#?}");
    assert_eq!(world.kept(), Vec::<Value>::new());
    world.assert_nothing_left();
}

#[test]
fn a_tunnel_that_ssh_refuses_does_not_stay() {
    let world = World::new();
    world.sshd.forget_host();
    let (target, port) = (world.target(), world.gateway.port_text());
    let ran = world
        .here
        .run(&["tunnel", "up", "--ssh", &target, "--port", &port, "--json"]);
    assert_eq!(ran.code, 1);
    let error = &ran.json()["error"];
    assert_eq!(error["details"]["reason"], "host-key-unknown", "{ran:#?}");
    assert!(error["hints"][0].as_str().unwrap().contains("ssh-keyscan"));
    assert_eq!(world.kept(), Vec::<Value>::new());
    world.assert_nothing_left();
}

#[test]
fn a_keeper_that_is_killed_takes_its_ssh_with_it_and_is_on_no_list() {
    let world = World::new();
    let up = world.up(&[]);
    let pid = i32::try_from(up["tunnel"]["pid"].as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    world.sshd.wait_until_idle();
    assert_eq!(world.kept(), Vec::<Value>::new());
    // What it left on disk misleads nobody.
    let again = world.up(&[]);
    assert_eq!(again["started"], true);
    world.down();
    world.assert_nothing_left();
}

#[test]
fn without_a_target_there_is_no_tunnel() {
    let world = World::new();
    let ran = world.here.run(&["tunnel", "up", "--json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["error"]["type"], "usage_error");
}

#[test]
fn a_node_comes_back_after_a_restart_of_the_server_and_of_the_gateway() {
    let mut world = World::new();
    world.here = std::mem::replace(&mut world.here, crate::support::Home::new())
        .with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let mut node = world.node();
    let kept = world.until_kept(|kept| kept["state"] == "up");
    assert_eq!(kept["purpose"], "node");
    let refused = world.here.run(&[
        "tunnel",
        "down",
        "--ssh",
        &world.target(),
        "--port",
        &world.gateway.port_text(),
        "--json",
    ]);
    assert_eq!(refused.json()["error"]["type"], "tunnel_not_ours");

    world.sshd.stop();
    node.stdout_line("\"event\":\"tunnel-down\"");
    world.sshd.start_again();
    node.stdout_line("\"event\":\"tunnel-up\"");
    node.stdout_line("\"event\":\"online\"");

    let port = world.gateway.port_text();
    assert_eq!(world.gateway.process.stop(Signal::TERM), 0);
    node.stdout_line("\"event\":\"offline\"");
    let mut gateway = world.there.start(&["gateway", "run", "--port", &port]);
    gateway.stdout_line("listening on ws");
    node.stdout_line("\"event\":\"online\"");

    assert_eq!(node.stop(Signal::TERM), 0);
    world.assert_nothing_left();
}
