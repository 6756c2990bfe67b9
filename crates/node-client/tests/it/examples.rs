//! Every example as a real process on a real Gateway: it pairs, is approved, and answers. (`tested`
//! needs no Gateway, and is run as the tests that it has.)

use std::time::Duration;

use openclaw_node_client::connect::{Endpoint, Trust};
use openclaw_node_client::tls_pin::{CertSource, PinSet, ServerCertFiles, SubjectNames};
use openclaw_ssh_tunnel::test_sshd::TestSshd;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{self, Program, World};

/// The smallest picture there is, with another size written into it: 5 wide, 3 high.
const JPEG: &[u8] = &[
    0xff, 0xd8, // start
    0xff, 0xe0, 0x00, 0x04, 0x4a, 0x46, // something to skip
    0xff, 0xc0, 0x00, 0x0b, 0x08, 0x00, 0x03, 0x00, 0x05, 0x01, 0x01, 0x11, 0x00, // frame
    0xff, 0xd9,
];

#[tokio::test]
async fn the_thermometer_reads_a_sensor() {
    let mut world = World::new().await;
    world.write("sensors/hwmon2/temp1_input", "21500\n");
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let mut program = Program::start(
        "thermometer",
        &[&world.url(), &dir, &format!("{dir}/sensors")],
    );
    let node = program.node_id().await;
    world.approve().await;
    let read = |sensor| json!({"sensor": sensor});
    assert_eq!(
        world.invoke(&node, "thermo.read", read(2)).await,
        Ok(json!({"celsius": 21.5}))
    );
    let missing = world.invoke(&node, "thermo.read", read(3)).await;
    assert!(missing.unwrap_err().contains("No such file"));
    let wrong = world.invoke(&node, "thermo.read", json!({"sensor": "x"}));
    assert!(wrong.await.unwrap_err().contains("invalid params"));
    let unknown = world.invoke(&node, "camera.snap", json!({})).await;
    assert!(unknown.unwrap_err().contains("not allowed"));
}

#[test]
fn the_readmes_show_the_thermometer_and_nothing_else() {
    let example = include_str!("../../examples/thermometer.rs");
    for readme in [
        include_str!("../../README.md"),
        include_str!("../../../../README.md"),
    ] {
        let (_, block) = readme.split_once("```rust,no_run\n").unwrap();
        let (shown, _) = block.split_once("```\n").unwrap();
        assert_eq!(shown, example);
    }
    let statements = example.split_once("async fn main").unwrap().1;
    assert!(statements.lines().count() <= 22, "it is to stay short");
}

#[tokio::test]
async fn the_camera_serves_a_picture() {
    let mut world = World::new().await;
    let file = world.write("latest.jpg", JPEG);
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let mut program = Program::start("camera", &[&world.url(), &dir, file.to_str().unwrap()]);
    let node = program.node_id().await;
    world.approve().await;
    let picture = world
        .invoke(
            &node,
            "camera.snap",
            json!({"maxWidth": 640, "facing": "front"}),
        )
        .await
        .unwrap();
    assert_eq!(
        (&picture["format"], &picture["width"], &picture["height"]),
        (&json!("jpg"), &json!(5), &json!(3))
    );
    assert!(picture["base64"].as_str().unwrap().starts_with("/9j/"));
    let small = world.invoke(&node, "camera.snap", json!({"maxWidth": 4}));
    assert!(small.await.unwrap_err().contains("does not scale"));
    world.write("latest.jpg", "not a picture");
    let broken = world.invoke(&node, "camera.snap", json!({"quality": 1}));
    assert!(broken.await.unwrap_err().contains("CAMERA_UNAVAILABLE"));
    let described = world.call("node.describe", &json!({"nodeId": node})).await;
    assert_eq!(described.unwrap()["permissions"], json!({"camera": true}));
}

#[tokio::test]
async fn the_notifier_shows_what_it_is_told_and_no_option() {
    let mut world = World::new().await;
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let mut program = Program::start("notifier", &[&world.url(), &dir, "/usr/bin/echo"]);
    let node = program.node_id().await;
    world.approve().await;
    let told = json!({"title": "-n Tea", "body": "is ready"});
    let shown = world.invoke(&node, "system.notify", told).await;
    assert_eq!(shown, Ok(json!(null)));
    assert_eq!(program.line("-- ").await, "-n Tea is ready");
    let empty = world.invoke(&node, "system.notify", json!({"title": " "}));
    assert!(empty.await.unwrap_err().contains("title required"));
}

#[tokio::test]
async fn the_sensor_tells_every_change() {
    let world = World::new().await;
    let file = world.write("value", "0\n");
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let mut program = Program::start("sensor", &[&world.url(), &dir, file.to_str().unwrap()]);
    program.node_id().await;
    assert_eq!(program.line("alive: ").await, "Ok(Some(true))");
    // This Gateway has no use for the event, and says so; it was delivered all the same.
    assert_eq!(
        program.line("door.changed ").await,
        "0: handled Some(false)"
    );
    world.write("value", "1\n");
    assert_eq!(
        program.line("door.changed ").await,
        "1: handled Some(false)"
    );
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_and_another_ends_the_node() {
    let state = tempfile::tempdir().unwrap();
    let files = ServerCertFiles::in_state_dir(state.path());
    let source = CertSource {
        files: files.clone(),
        authorities: None,
        auto_generate: true,
        names: SubjectNames::local(),
    };
    let builder = world::builder()
        .certificate(source)
        .bind("127.0.0.1:0".parse().unwrap());
    let mut world = World::with(builder, |url| {
        let pins = PinSet::from(files.fingerprint().unwrap());
        Endpoint::new(format!("wss://{url}").parse().unwrap(), Trust::Pins(pins))
    })
    .await;
    let url = format!("wss://{}", world.gateway.addresses()[0]);
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let pin = files.fingerprint().unwrap().to_string();
    let mut program = Program::start("pinned_tls", &[&url, &dir, &pin]);
    let node = program.node_id().await;
    world.approve().await;
    assert_eq!(
        world.invoke(&node, "relay.state", json!(null)).await,
        Ok(json!("closed"))
    );
    let other = format!("sha256:{}", "ab".repeat(32));
    let mut stranger = Program::start("pinned_tls", &[&url, &dir, &other]);
    stranger.node_id().await;
    assert!(!stranger.end().await, "it must not go on");
}

#[tokio::test]
async fn a_node_keeps_its_own_tunnel() {
    let mut world = World::new().await;
    let sshd = tokio::task::spawn_blocking(TestSshd::start).await.unwrap();
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let port = world.gateway.addresses()[0].port().to_string();
    let (config, key) = (sshd.ssh_config(), sshd.identity());
    let args = [
        &sshd.target().to_string(),
        &port,
        &dir,
        config.to_str().unwrap(),
        key.to_str().unwrap(),
    ];
    let mut program = Program::start("through_ssh", &args);
    let node = program.node_id().await;
    world.approve().await;
    assert_eq!(
        world.invoke(&node, "pump.state", json!(null)).await,
        Ok(json!("off"))
    );
    assert_eq!(sshd.accepted(), 1);
    drop(program);
    tokio::task::spawn_blocking(move || sshd.wait_until_idle())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_node_that_was_killed_comes_back_as_the_same_node() {
    let mut world = World::new().await;
    world.write("sensors/hwmon0/temp1_input", "1000");
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let url = world.url();
    let sensors = format!("{dir}/sensors");
    let args = [url.as_str(), &dir, &sensors];
    let mut first = Program::start("thermometer", &args);
    let node = first.node_id().await;
    world.approve().await;
    drop(first);
    let mut second = Program::start("thermometer", &args);
    assert_eq!(second.node_id().await, node);
    answers(&world, &node, "thermo.read", &json!({"sensor": 0})).await;
}

#[tokio::test]
async fn a_node_from_elsewhere_is_online_by_itself_after_its_approval() {
    let builder = world::builder_with(|options| options.approve_local = false);
    let builder = builder.bind("127.0.0.1:0".parse().unwrap());
    let world = World::with(builder, world::plain).await;
    let dir = world.dir.path().to_str().unwrap().to_owned();
    let mut program = Program::start("notifier", &[&world.url(), &dir, "/usr/bin/echo"]);
    let node = program.node_id().await;
    let said = program
        .line("to let this node in, run on the gateway: ")
        .await;
    let request = said.strip_prefix("openclaw devices approve ").unwrap();
    let params = json!({"requestId": request});
    world.call("device.pair.approve", &params).await.unwrap();
    // One approval is enough here: the request names the commands too.
    answers(&world, &node, "system.notify", &json!({"title": "hello"})).await;
}

/// Calls a command until the node is there and answers.
async fn answers(world: &World, node: &str, command: &str, params: &Value) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = world.invoke(node, command, params.clone()).await;
        if answer.is_ok() {
            return;
        }
        assert!(Instant::now() < deadline, "{answer:?}");
        tokio::task::yield_now().await;
    }
}
