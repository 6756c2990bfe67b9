//! PR 131435: no client of ours sends an application byte to a server that does not fit its pin.

use openclaw_connect::dial::{certificate_of, dial};
use openclaw_connect::{DialError, Endpoint, Limits, SystemNetwork, Trust};
use openclaw_node_client::Node;
use openclaw_tls_pin::{Fingerprint, Pin, PinSet};
use serde_json::json;

use crate::support::{APPLICATION_DATA, Home, TOKEN, Tap};

fn other() -> Fingerprint {
    Fingerprint::from_bytes([0x5a; 32])
}

#[track_caller]
fn names_both(text: &str, tap: &Tap) {
    for value in [other(), tap.fingerprint] {
        assert!(text.contains(&value.to_string()), "{text}");
    }
    assert!(!text.contains(TOKEN), "{text}");
}

/// That the tests below can fail: whoever trusts the server is heard.
#[test]
fn a_client_with_the_right_pin_is_heard() {
    for pin in ["certificate", "key"] {
        let tap = Tap::open();
        let pin = match pin {
            "key" => format!("spki-sha256:{}", tap.key),
            _ => format!("{},{}", other(), tap.fingerprint),
        };
        let ran = call(&tap, &pin);
        assert!(ran.stderr.contains("HTTP 404"), "{}", ran.stderr);
        let heard = tap.next();
        assert!(heard.said.starts_with(b"GET / HTTP/1.1\r\n"), "{heard:?}");
        let data = heard
            .records()
            .iter()
            .filter(|(kind, length)| *kind == APPLICATION_DATA && *length > 100)
            .count();
        assert!(data > 0, "{heard:?}");
    }
}

fn call(tap: &Tap, pin: &str) -> crate::support::Ran {
    Home::new().run(&[
        "gateway",
        "call",
        "health",
        "--url",
        &tap.url(),
        "--token",
        TOKEN,
        "--tls-fingerprint",
        pin,
    ])
}

#[tokio::test]
async fn a_dialler_with_a_wrong_pin_says_nothing() {
    for pin in [Pin::Leaf(other()), Pin::Key(other())] {
        let tap = Tap::open();
        let pins = PinSet::from(pin);
        let endpoint = Endpoint::new(tap.url().parse().unwrap(), Trust::Pins(pins.clone()));
        let error = dial(&endpoint, &Limits::default(), &SystemNetwork)
            .await
            .unwrap_err();
        let DialError::PinMismatch(mismatch) = error else {
            panic!("{error:?}")
        };
        assert_eq!(mismatch.expected, pins);
        assert_eq!(mismatch.presented_leaf, tap.fingerprint);
        assert_eq!(mismatch.presented_key, Some(tap.key));
        tap.next().assert_nothing_said();
    }
}

#[tokio::test]
async fn a_node_with_a_wrong_pin_says_nothing_and_does_not_try_again() {
    let (tap, dir) = (Tap::open(), tempfile::tempdir().unwrap());
    let node = Node::builder(tap.url())
        .identity_dir(dir.path())
        .token(TOKEN)
        .pins(PinSet::from(other()))
        .build()
        .unwrap();
    let error = node.run().await.unwrap_err();
    names_both(&error.to_string(), &tap);
    tap.next().assert_nothing_said();
    assert!(tap.all().is_empty(), "a wrong pin is not tried again");
}

#[test]
fn a_command_with_a_wrong_pin_as_an_option_says_nothing() {
    for (pin, shown) in [
        (other().to_string(), format!("sha256:{}", other())),
        (
            format!("spki-sha256:{}", other()),
            format!("spki-sha256:{}", other()),
        ),
    ] {
        let tap = Tap::open();
        let ran = call(&tap, &pin);
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert!(ran.stderr.contains(&shown), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("gateway tls fingerprint mismatch"),
            "{}",
            ran.stderr
        );
        names_both(&ran.stderr, &tap);
        tap.next().assert_nothing_said();
    }
}

#[test]
fn commands_with_a_wrong_pin_in_the_configuration_say_nothing() {
    for args in [
        &["health"][..],
        &["status", "--json"],
        &["gateway", "probe", "--json"],
        &["nodes", "status"],
        &["devices", "list"],
    ] {
        let (tap, home) = (Tap::open(), Home::new());
        home.write_config(&json!({ "gateway": {
            "mode": "remote",
            "remote": { "url": tap.url(), "token": TOKEN, "tlsFingerprint": other().to_string() },
        }}));
        let ran = home.run(args);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains("fingerprint mismatch"), "{args:?}: {all}");
        assert!(!all.contains(TOKEN), "{args:?}: {all}");
        tap.next().assert_nothing_said();
        for heard in tap.all() {
            heard.assert_nothing_said();
        }
    }
}

#[test]
fn a_node_host_with_a_wrong_pin_says_nothing_and_ends() {
    let tap = Tap::open();
    let home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let ran = home.run(&[
        "node",
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        &tap.port.to_string(),
        "--tls-fingerprint",
        &other().to_string(),
    ]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    names_both(&ran.stderr, &tap);
    tap.next().assert_nothing_said();
    assert!(tap.all().is_empty(), "a wrong pin is not tried again");
}

#[tokio::test]
async fn looking_at_a_certificate_says_nothing() {
    let tap = Tap::open();
    let url = tap.url().parse().unwrap();
    let info = certificate_of(&url, &Limits::default(), &SystemNetwork)
        .await
        .unwrap();
    assert_eq!(info.fingerprint, tap.fingerprint);
    tap.next().assert_nothing_said();
}

#[test]
fn without_a_pin_the_systems_authorities_decide_and_nothing_is_said_either() {
    let tap = Tap::open();
    let ran = Home::new().run(&[
        "gateway",
        "call",
        "health",
        "--url",
        &tap.url(),
        "--token",
        TOKEN,
    ]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let heard = tap.all();
    // A system without authorities does not even dial.
    for heard in heard {
        heard.assert_nothing_said();
        assert!(
            ran.stderr.contains(&tap.fingerprint.to_string()),
            "{}",
            ran.stderr
        );
    }
}
