//! `openclaw nodes camera|screen|location|canvas|notify`: on a node in this process, through a
//! real Gateway.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_node_client::blocking::{self, RunningNode};
use openclaw_node_client::{Node, NodeError};
use serde_json::{Value, json};

use crate::node::approve;
use crate::support::{Gateway, Home, Ran, TOKEN};

/// `FF D8 FF E0 …`, `89 P N G …`, `…ftypmp42`.
const JPEG: &str = "/9j/4AAQSkZJRg==";
const PNG: &str = "iVBORw0KGgo=";
const MP4: &str = "AAAAGGZ0eXBtcDQy";

/// The commands of the node.
const COMMANDS: [&str; 11] = [
    "camera.list",
    "camera.snap",
    "camera.clip",
    "screen.record",
    "location.get",
    "canvas.present",
    "canvas.hide",
    "canvas.eval",
    "canvas.snapshot",
    "canvas.a2ui.pushJSONL",
    "system.notify",
];

/// What a node was asked: command and params.
type Asked = Arc<Mutex<Vec<(&'static str, Value)>>>;

/// A Gateway with one node, which answers as the test says.
struct World {
    home: Home,
    gateway: Gateway,
    asked: Asked,
    _node: RunningNode,
    _dir: tempfile::TempDir,
}

type Script = fn(&str, &Value) -> Result<Value, NodeError>;

impl World {
    fn new(script: Script) -> Self {
        let home = Home::new();
        home.write_config(&json!({ "gateway": {
            "mode": "local", "auth": { "mode": "token", "token": TOKEN },
            "nodes": { "commands": { "allow": COMMANDS } },
        } }));
        let gateway = home.gateway(&[]);
        let dir = tempfile::tempdir().unwrap();
        let asked = Asked::default();
        let url = format!("ws://127.0.0.1:{}", gateway.port);
        let mut node = Node::builder(url)
            .identity_dir(dir.path())
            .token(TOKEN)
            .display_name("phone");
        for command in COMMANDS {
            let asked = Arc::clone(&asked);
            node = node.command_blocking(command, move |params: Value, _call| {
                let answer = script(command, &params);
                asked.lock().unwrap().push((command, params));
                answer
            });
        }
        let node = blocking::start(node.build().unwrap()).unwrap();
        assert!(node.wait_online(Duration::from_secs(30)).is_some());
        approve(&home, &gateway.port_text());
        Self {
            home,
            gateway,
            asked,
            _node: node,
            _dir: dir,
        }
    }

    /// `openclaw nodes WORDS --node phone`; the first one waits until the approval has arrived.
    fn on(&self, words: &[&str]) -> Ran {
        let port = self.gateway.port_text();
        let more = ["--node", "phone", "--port", &port];
        let args = [&["nodes"], words, &more].concat();
        (0..200)
            .map(|_| self.home.run(&args))
            .find(|ran| !ran.stderr.contains("awaits approval"))
            .unwrap()
    }

    /// What the node was asked last for this command.
    fn last(&self, command: &str) -> Value {
        let asked = self.asked.lock().unwrap();
        let found = asked.iter().rev().find(|(name, _)| *name == command);
        found.unwrap().1.clone()
    }

    /// Files that were put into the directory for temporary files.
    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.home.tmp()).unwrap();
        files
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect()
    }
}

fn honest(command: &str, params: &Value) -> Result<Value, NodeError> {
    Ok(match command {
        "camera.list" => {
            json!({ "devices": [{ "id": "c1", "name": "Front", "position": "front" }] })
        }
        "camera.snap" => json!({ "format": "jpg", "base64": JPEG, "width": 640, "height": 480 }),
        "camera.clip" => {
            json!({ "format": "mp4", "base64": MP4, "durationMs": 2000, "hasAudio": false })
        }
        "screen.record" => {
            json!({ "format": "mp4", "base64": MP4, "durationMs": 2000, "fps": 5, "screenIndex": 0 })
        }
        "location.get" => json!({ "lat": 48.2, "lon": 16.37, "accuracyMeters": 5 }),
        "canvas.eval" => json!({ "result": params["javaScript"] }),
        "canvas.snapshot" => json!({ "format": "png", "base64": PNG }),
        _ => json!({ "ok": true }),
    })
}

#[test]
fn photos_and_videos_become_files_that_only_their_owner_reads() {
    let world = World::new(honest);
    assert!(
        world
            .on(&["camera", "list"])
            .ok()
            .stdout
            .contains("Front  front")
    );
    assert_eq!(
        world.on(&["camera", "list", "--json"]).ok().json(),
        json!([{ "id": "c1", "name": "Front", "position": "front" }])
    );

    let snap = world
        .on(&["camera", "snap", "--max-width", "640", "--json"])
        .ok()
        .json();
    let files = snap["files"].as_array().unwrap();
    let sides: Vec<_> = files
        .iter()
        .map(|file| file["facing"].as_str().unwrap())
        .collect();
    assert_eq!(sides, ["front", "back"]);
    assert_eq!(
        (&files[0]["width"], &files[0]["height"]),
        (&json!(640), &json!(480))
    );
    assert_eq!(
        world.last("camera.snap"),
        json!({ "facing": "back", "maxWidth": 640, "format": "jpg" })
    );
    for file in world.files() {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        assert_eq!(&fs::read(&file).unwrap()[..3], [0xff, 0xd8, 0xff]);
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            name.starts_with("openclaw-camera-snap-") && name.ends_with(".jpg"),
            "{name}"
        );
    }

    let clip = world
        .on(&["camera", "clip", "--duration", "2s", "--no-audio"])
        .ok();
    let line = clip.stdout.trim_end();
    assert!(
        line.starts_with("MEDIA:") && line.ends_with(".mp4"),
        "{clip:?}"
    );
    assert_eq!(
        world.last("camera.clip"),
        json!({ "facing": "front", "durationMs": 2000, "includeAudio": false, "format": "mp4" })
    );

    let out = world.home.path().join("desk.mp4");
    let record = [
        "screen",
        "record",
        "--fps",
        "5",
        "--out",
        out.to_str().unwrap(),
        "--json",
    ];
    let file = world.on(&record).ok().json();
    assert_eq!(file["file"]["fps"], 5);
    assert!(out.is_file());
    let before = fs::read(&out).unwrap();
    let again = world.on(&record);
    assert_eq!(again.code, 1);
    assert!(again.stdout.contains("is not overwritten"), "{again:?}");
    assert_eq!(fs::read(&out).unwrap(), before);

    let snapshot = world
        .on(&["canvas", "snapshot", "--format", "png", "--json"])
        .ok()
        .json();
    assert_eq!(snapshot["file"]["format"], "png");
}

#[test]
fn places_notifications_and_the_canvas() {
    let world = World::new(honest);
    assert_eq!(
        world.on(&["location", "get"]).ok().stdout,
        "48.2,16.37 ±5.0m\n"
    );
    let location = world.on(&[
        "location",
        "get",
        "--accuracy",
        "precise",
        "--max-age",
        "30s",
        "--json",
    ]);
    assert_eq!(location.ok().json()["lat"], 48.2);
    assert_eq!(
        world.last("location.get"),
        json!({ "maxAgeMs": 30_000, "desiredAccuracy": "precise", "timeoutMs": 10_000 })
    );
    assert_eq!(
        world.on(&["notify", "--body", "Tea"]).ok().stdout,
        "notify ok\n"
    );
    assert_eq!(
        world.last("system.notify"),
        json!({ "title": "", "body": "Tea", "delivery": "system" })
    );

    let present = ["canvas", "present", "--target", "/page", "--x", "-5"];
    assert_eq!(world.on(&present).ok().stdout, "canvas present ok\n");
    assert_eq!(
        world.last("canvas.present"),
        json!({ "url": "/page", "placement": { "x": -5.0 } })
    );
    assert_eq!(
        world.on(&["canvas", "hide"]).ok().stdout,
        "canvas hide ok\n"
    );
    assert_eq!(
        world.on(&["canvas", "eval", "1 + 1"]).ok().stdout,
        "1 + 1\n"
    );
    let push = world
        .on(&["canvas", "a2ui", "push", "--text", "hello"])
        .ok();
    assert_eq!(push.stdout, "canvas a2ui push ok (v0.8, 2 messages)\n");
    let sent = world.last("canvas.a2ui.pushJSONL");
    assert!(
        sent["jsonl"].as_str().unwrap().contains("\"hello\""),
        "{sent}"
    );
}

fn hostile(command: &str, params: &Value) -> Result<Value, NodeError> {
    match (command, params["facing"].as_str()) {
        // A script instead of a photo, and a name that leads elsewhere.
        ("camera.snap", Some("front")) => {
            Ok(json!({ "format": "jpg", "base64": "IyEvYmluL3NoCg==", "path": "/etc/passwd" }))
        }
        ("camera.clip", _) => Ok(json!({ "format": "../../x", "base64": MP4 })),
        ("screen.record", _) => Ok(json!({ "format": "mp4", "url": "http://192.0.2.1/x" })),
        ("location.get", _) => Ok(json!({ "lat": "\u{1b}[2J", "lon": 1 })),
        ("canvas.eval", _) => Ok(json!({ "result": "a\u{1b}]0;owned\u{7}b" })),
        ("camera.list", _) => Ok(json!({ "devices": [] })),
        _ => Err(NodeError::new("CAMERA_UNAVAILABLE", "no such camera")),
    }
}

#[test]
fn what_a_node_sends_is_not_trusted() {
    let world = World::new(hostile);
    assert_eq!(
        world.on(&["camera", "list"]).ok().stdout,
        "No cameras reported.\n"
    );
    for (words, why) in [
        (
            &["camera", "snap", "--facing", "front"][..],
            "the file is no jpg",
        ),
        (&["camera", "clip"], "a `format` that was not asked for"),
        (
            &["screen", "record"],
            "addresses that nodes name are not opened",
        ),
        (&["camera", "snap", "--facing", "back"], "no such camera"),
    ] {
        let ran = world.on(words);
        assert_eq!(ran.code, 1, "{words:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{words:?}: {ran:?}");
    }
    assert_eq!(world.files(), Vec::<PathBuf>::new());
    let eval = world.on(&["canvas", "eval", "x"]).ok();
    assert!(!eval.stdout.contains('\u{1b}'), "{eval:?}");
    let place = world.on(&["location", "get"]).ok();
    assert!(!place.stdout.contains('\u{1b}'), "{place:?}");
}

#[test]
fn a_photo_that_was_taken_is_told_although_the_next_one_failed() {
    let world = World::new(|command, params| match params["facing"].as_str() {
        Some("back") => Err(NodeError::new("CAMERA_UNAVAILABLE", "no such camera")),
        _ => honest(command, params),
    });
    let ran = world.on(&["camera", "snap"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no such camera"), "{ran:?}");
    assert!(ran.stderr.contains("MEDIA:"), "{ran:?}");
    assert_eq!(world.files().len(), 1);
}

#[test]
fn what_is_typed_wrongly_is_said_before_anybody_is_asked() {
    let home = Home::configured();
    for (words, why) in [
        (
            &["camera", "snap", "--facing", "x"][..],
            "invalid facing: x (expected front|back|both)",
        ),
        (
            &["camera", "clip", "--facing", "both"],
            "invalid facing: both (expected front|back)",
        ),
        (&["camera", "snap", "--quality", "2"], "above 0 and up to 1"),
        (
            &["screen", "record", "--duration", "soon"],
            "no length of time",
        ),
        (
            &["location", "get", "--accuracy", "exact"],
            "Invalid --accuracy. Use coarse, balanced, precise.",
        ),
        (&["notify"], "--title"),
        (&["canvas", "a2ui", "push"], "--jsonl"),
        (
            &["canvas", "a2ui", "push", "--text", "a", "--jsonl", "b"],
            "Cannot combine --text with --jsonl.",
        ),
    ] {
        let ran = home.run(&[&["nodes"], words, &["--node", "phone"]].concat());
        assert_eq!(ran.code, 2, "{words:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{words:?}: {ran:?}");
    }
}
