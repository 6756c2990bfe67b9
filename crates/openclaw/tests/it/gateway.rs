//! `openclaw gateway run`: the life of a server.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Home, TOKEN};

#[test]
fn it_listens_says_so_and_ends_well() {
    let home = Home::configured();
    for signal in [Signal::TERM, Signal::INT] {
        let mut gateway = home.gateway(&[]);
        assert_eq!(
            home.run(&["health", "--port", &gateway.port_text()]).code,
            0
        );
        assert_eq!(gateway.process.stop(signal), 0, "{signal:?}");
    }
}

#[test]
fn under_json_the_ready_line_is_an_object() {
    let home = Home::configured();
    let mut process = home.start(&["gateway", "run", "--port", "0", "--json"]);
    let line = process.stdout_line("listening");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["event"], "listening");
    assert!(
        line["urls"][0]
            .as_str()
            .unwrap()
            .starts_with("ws://127.0.0.1:"),
        "{line}"
    );
}

#[test]
fn without_a_secret_a_token_is_made_kept_and_not_printed() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": { "mode": "local" } }));
    let mut gateway = home.gateway(&[]);
    let config = home.config();
    let token = config["gateway"]["auth"]["token"].as_str().unwrap();
    assert_eq!(token.len(), 43);
    let mode = home.config_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    home.run(&["health", "--port", &gateway.port_text()]).ok();
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    assert!(
        !gateway.process.everything().contains(token),
        "the token was printed to a pipe"
    );
    // The second start takes the token that is there.
    let _gateway = home.gateway(&[]);
    assert_eq!(home.config()["gateway"]["auth"]["token"], token);
}

#[test]
fn unconfigured_it_runs_when_told_to() {
    let home = Home::new();
    let gateway = home.gateway(&["--allow-unconfigured", "--token", TOKEN]);
    let port = gateway.port_text();
    home.run(&["gateway", "health", "--port", &port, "--token", TOKEN])
        .ok();
    let wrong = home.run(&["gateway", "health", "--port", &port, "--token", "wrong"]);
    assert_eq!(wrong.code, 1);
    assert!(
        !home.config_file().exists(),
        "a token that is given is written nowhere"
    );
}

#[test]
fn options_count_before_and_after_the_words() {
    let home = Home::configured();
    for args in [
        &["gateway", "--port", "0", "run"][..],
        &["--port", "0", "gateway", "run"],
        &["gateway", "--port", "0"],
    ] {
        let mut process = home.start(args);
        process.stdout_line("listening on ws://127.0.0.1:");
        assert_eq!(process.stop(Signal::TERM), 0, "{args:?}");
    }
}

#[test]
fn a_second_gateway_on_the_same_state_is_refused() {
    let home = Home::configured();
    let _gateway = home.gateway(&[]);
    let ran = home.run(&["gateway", "run", "--port", "0", "--json"]);
    assert_eq!(ran.code, 78);
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "gateway_already_running");
    assert!(answer["error"]["pid"].is_u64(), "{answer}");
}

#[test]
fn a_port_that_another_gateway_has_is_named() {
    let (first, second) = (Home::configured(), Home::configured());
    let gateway = first.gateway(&[]);
    let ran = second.run(&["gateway", "run", "--port", &gateway.port_text()]);
    assert_eq!(ran.code, 1);
    let expected = format!(
        "another gateway instance is already listening on ws://127.0.0.1:{}",
        gateway.port
    );
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    assert!(ran.stderr.contains("- pid "), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("--port 0"),
        "options of processes are not shown: {}",
        ran.stderr
    );
}

#[test]
fn a_port_that_somebody_else_has_is_not_called_a_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let ran = Home::configured().run(&["gateway", "run", "--port", &port, "--json"]);
    assert_eq!(ran.code, 1);
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "gateway_port_in_use");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("failed to bind gateway socket"),
        "{message}"
    );
}

#[test]
fn the_service_manager_is_told() {
    let home = Home::configured();
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let home = home.with("NOTIFY_SOCKET", &path);
    let mut gateway = home.gateway(&[]);
    let mut buffer = [0; 64];
    let mut told = || {
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    assert_eq!(told(), "READY=1");
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    assert_eq!(told(), "STOPPING=1");
}

#[test]
fn devices_stay_paired_over_a_restart() {
    let home = Home::configured();
    let mut gateway = home.gateway(&[]);
    home.run(&["health", "--port", &gateway.port_text()]).ok();
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    let gateway = home.gateway(&[]);
    let devices = home
        .run(&["devices", "list", "--json", "--port", &gateway.port_text()])
        .ok()
        .json();
    assert_eq!(devices["paired"].as_array().unwrap().len(), 1, "{devices}");
}

#[test]
fn everything_it_writes_is_private() {
    let home = Home::configured();
    let mut gateway = home.gateway(&[]);
    home.run(&["health", "--port", &gateway.port_text()]).ok();
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    // The test wrote these two itself.
    let ours = [home.state(), home.config_file()];
    let mut open = vec![home.state(), home.tmp().join("openclaw")];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        if !ours.contains(&path) {
            assert_eq!(
                metadata.permissions().mode() & 0o777,
                expected,
                "{}",
                path.display()
            );
        }
        if metadata.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
}

#[test]
fn the_password_file_is_used() {
    let home = Home::new();
    let file = home.path().join("secret");
    fs::write(&file, "a password with blanks \n").unwrap();
    let gateway = home.gateway(&[
        "--allow-unconfigured",
        "--password-file",
        file.to_str().unwrap(),
    ]);
    let port = gateway.port_text();
    let ask = |password: &str| {
        home.run(&["health", "--port", &port, "--password", password])
            .code
    };
    assert_eq!(ask("a password with blanks"), 0);
    assert_eq!(ask("another"), 1);
}
