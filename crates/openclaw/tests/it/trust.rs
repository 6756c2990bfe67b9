//! `openclaw trust`, and the first contact to a certificate that nobody vouches for.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Child;

use openclaw_tls_pin::ServerCertFiles;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

use crate::support::{Gateway, Home, TOKEN};

/// A Gateway with a certificate of its own, and the fingerprint of that.
fn gateway() -> (Home, Gateway, String) {
    let home = Home::new();
    home.write_config(&json!({ "gateway": {
        "mode": "local", "auth": { "mode": "token", "token": TOKEN }, "tls": { "enabled": true },
    }}));
    let gateway = home.gateway(&[]);
    let fingerprint = ServerCertFiles::in_state_dir(&home.state())
        .fingerprint()
        .unwrap();
    (home, gateway, format!("sha256:{fingerprint}"))
}

/// A command of somebody at a terminal.
pub(crate) struct Session {
    child: Child,
    terminal: File,
    said: String,
}

impl Session {
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let end = || -> OwnedFd {
            open(
                name.as_c_str(),
                OFlags::RDWR | OFlags::NOCTTY,
                Mode::empty(),
            )
            .unwrap()
        };
        let mut command = home.command(args);
        command.stdin(end()).stdout(end()).stderr(end());
        Self {
            child: command.spawn().unwrap(),
            terminal: File::from(controller),
            said: String::new(),
        }
    }

    /// Reads until it said this, or its end.
    pub(crate) fn until(&mut self, wanted: &str) -> &str {
        let mut bytes = [0; 4096];
        while !self.said.contains(wanted) {
            match self.terminal.read(&mut bytes) {
                // The other end is closed.
                Ok(0) | Err(_) => break,
                Ok(read) => self.said.push_str(&String::from_utf8_lossy(&bytes[..read])),
            }
        }
        assert!(
            self.said.contains(wanted),
            "no `{wanted}` in: {}",
            self.said
        );
        &self.said
    }

    pub(crate) fn answers(mut self, line: &str) -> (i32, String) {
        self.terminal
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
        let mut rest = Vec::new();
        let _ = self.terminal.read_to_end(&mut rest);
        self.said.push_str(&String::from_utf8_lossy(&rest));
        (
            self.child.wait().unwrap().code().unwrap(),
            self.said.clone(),
        )
    }
}

#[test]
fn pins_are_added_listed_shown_and_removed() {
    let (_host, gateway, fingerprint) = gateway();
    let home = Home::new();
    let address = format!("127.0.0.1:{}", gateway.port);
    let add = [
        "trust",
        "add",
        &address,
        "--fingerprint",
        &fingerprint,
        "--note",
        "the Pi",
        "--json",
    ];
    assert_eq!(home.run(&add).ok().json()["added"], true);
    assert_eq!(home.run(&add).ok().json()["added"], false);
    let list = home.run(&["trust", "list", "--json"]).ok().json();
    assert_eq!(list["gateways"][0]["origin"], format!("wss://{address}"));
    assert_eq!(list["gateways"][0]["pins"][0]["pin"], fingerprint);
    let shown = home.run(&["trust", "show", &address, "--json"]).ok().json();
    assert_eq!(
        (&shown["matches"], &shown["presented"]["fingerprint"]),
        (&json!(true), &json!(fingerprint))
    );
    assert_eq!(shown["presented"]["subject"], "CN=openclaw-gateway");
    let offline = home
        .run(&["trust", "show", &address, "--offline"])
        .ok()
        .stdout;
    assert!(
        offline.contains(&fingerprint) && offline.contains("the Pi"),
        "{offline}"
    );
    // What is trusted is what a command connects with.
    let url = format!("wss://{address}");
    home.run(&["health", "--url", &url, "--token", TOKEN]).ok();
    let removed = home
        .run(&["trust", "remove", &address, "--json"])
        .ok()
        .json();
    assert_eq!(removed["removed"], json!([fingerprint]));
    assert_eq!(home.run(&["trust", "remove", &address]).code, 1);
    assert_eq!(
        home.run(&["health", "--url", &url, "--token", TOKEN]).code,
        1
    );
}

#[test]
fn without_a_person_nothing_is_trusted() {
    let (_host, gateway, _) = gateway();
    let home = Home::new();
    let address = format!("127.0.0.1:{}", gateway.port);
    let ran = home.run(&["trust", "add", &address]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("--fingerprint sha256:HEX"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&[
        "health",
        "--url",
        &format!("wss://{address}"),
        "--token",
        TOKEN,
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains(&format!("openclaw trust add wss://{address}")),
        "{}",
        ran.stderr
    );
    let list = home.run(&["trust", "list", "--json"]).ok().json();
    assert_eq!(list["gateways"], json!([]));
}

#[test]
fn a_person_at_a_terminal_decides_at_the_first_contact() {
    let (_host, gateway, fingerprint) = gateway();
    let home = Home::new();
    let url = format!("wss://127.0.0.1:{}", gateway.port);
    let args = ["health", "--url", &url, "--token", TOKEN];
    for no in ["no", "y", ""] {
        let mut session = Session::start(&home, &args);
        let said = session.until("Type yes");
        assert!(
            said.contains(&fingerprint) && said.contains("CN=openclaw-gateway"),
            "{said}"
        );
        assert_eq!(session.answers(no).0, 1, "{no}");
    }
    assert_eq!(
        home.run(&["trust", "list", "--json"]).ok().json()["gateways"],
        json!([])
    );
    let mut session = Session::start(&home, &args);
    session.until("Type yes");
    let (code, said) = session.answers("yes");
    assert_eq!(code, 0, "{said}");
    // It is asked once.
    home.run(&args).ok();
    let list: Value = home.run(&["trust", "list", "--json"]).ok().json();
    assert_eq!(list["gateways"][0]["pins"][0]["pin"], fingerprint);
}

#[test]
fn a_certificate_that_is_not_the_trusted_one_is_refused_and_not_offered() {
    let (_host, gateway, fingerprint) = gateway();
    let home = Home::new();
    let address = format!("127.0.0.1:{}", gateway.port);
    let other = format!("sha256:{}", "ab".repeat(32));
    home.run(&["trust", "add", &address, "--fingerprint", &other])
        .ok();
    let url = format!("wss://{address}");
    let session = Session::start(&home, &["health", "--url", &url, "--token", TOKEN]);
    let (code, said) = session.answers("yes");
    assert_eq!(code, 1);
    assert!(!said.contains("Type yes"), "{said}");
    assert!(
        said.contains(&other) && said.contains(&fingerprint),
        "{said}"
    );
    let shown = home.run(&["trust", "show", &address]).ok().stdout;
    assert!(shown.contains("It is NOT what you trust"), "{shown}");
}

#[test]
fn what_is_no_gateway_with_a_certificate_is_refused() {
    let home = Home::new();
    for host in ["ws://gw.example", "http://gw.example", "user@gw.example:1"] {
        let ran = home.run(&["trust", "add", host, "--fingerprint", &"ab".repeat(32)]);
        assert_eq!(ran.code, 2, "{host}: {}", ran.stderr);
    }
    let ran = home.run(&["trust", "add", "gw.example", "--fingerprint", "abcd"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("SHA-256"), "{}", ran.stderr);
}
