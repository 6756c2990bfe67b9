//! `openclaw qr` and `openclaw dashboard`.

use openclaw_protocol::setup_code::SetupCode;

use crate::support::{ClosedPort, Home, TOKEN};

#[test]
fn a_code_is_made_shown_and_readable() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let with = |more: &[&str]| {
        let mut args = vec!["qr", "--port", &port, "--public-url", "wss://gw.example"];
        args.extend(more);
        home.run(&args).ok()
    };
    let answer = with(&["--json"]).json();
    let code = answer["setupCode"].as_str().unwrap();
    let read = SetupCode::decode(code).unwrap();
    assert_eq!(read.url, "wss://gw.example");
    assert_eq!(answer["gatewayUrl"], "wss://gw.example");
    assert_eq!(answer["auth"], "token");
    assert_eq!(answer["urlSource"], "request.publicUrl");

    let alone = with(&["--setup-code-only", "--limited"]).stdout;
    SetupCode::decode(alone.trim_end()).unwrap();
    assert_eq!(alone.lines().count(), 1);

    let text = with(&["--no-ascii", "--voice-node"]).stdout;
    assert!(text.starts_with("Setup code: "), "{text}");
    assert!(
        text.contains("Access:     limited") && !text.contains('█'),
        "{text}"
    );

    let drawn = with(&[]).stdout;
    assert!(
        drawn.starts_with('█') && drawn.contains("\nSetup code: "),
        "{drawn}"
    );
    assert!(!drawn.contains(TOKEN), "the shared secret is in no code");
}

#[test]
fn no_code_is_made_for_an_address_that_no_device_can_reach() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let ran = home.run(&["qr", "--port", &port, "--json"]);
    assert_eq!(ran.code, 1);
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "gateway_request_error", "{answer}");
    let ran = home.run(&["qr", "--limited", "--voice-node"]);
    assert_eq!(ran.code, 2, "one profile at a time");
    let closed = ClosedPort::take();
    assert_eq!(home.run(&["qr", "--port", &closed.text()]).code, 1);
}

#[test]
fn the_dashboard_address_holds_no_secret() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let ran = home.run(&["dashboard", "--no-open", "--port", &port]).ok();
    assert!(
        ran.stdout
            .contains(&format!("Dashboard URL: http://127.0.0.1:{port}/\n")),
        "{ran:#?}"
    );
    assert!(
        ran.stdout
            .contains("Log in with the token of this Gateway, from config gateway.auth.token."),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN));
    let answer = home.run(&["dashboard", "--json", "--port", &port]).ok();
    assert!(!answer.stdout.contains(TOKEN));
    let answer = answer.json();
    assert_eq!(answer["tokenIncluded"], false);
    assert_eq!(answer["opened"], false);
    assert_eq!(answer["wsUrl"], format!("ws://127.0.0.1:{port}"));
    assert_eq!(answer["login"]["source"], "config gateway.auth.token");
}

#[test]
fn a_dashboard_of_nobody_says_so() {
    let closed = ClosedPort::take();
    let ran = Home::configured()
        .run(&["dashboard", "--port", &closed.text()])
        .ok();
    assert!(
        ran.stdout
            .contains("Nobody answers there: openclaw gateway run"),
        "{ran:#?}"
    );
}
