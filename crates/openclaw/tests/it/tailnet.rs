//! `gateway run --tailscale`, with a program that stands in for `tailscale`.

use std::ffi::OsString;

use openclaw_tailscale::stand_in::StandIn;
use rustix::process::Signal;

use crate::support::Home;

/// A home whose `PATH` begins with this folder.
fn home_with(folder: &std::path::Path) -> Home {
    let mut path = OsString::from(folder);
    path.push(":/usr/bin:/bin");
    Home::configured().with("PATH", path)
}

#[test]
fn serve_is_claimed_held_and_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    let home = home_with(folder.path());
    let mut gateway = home.gateway(&["--tailscale", "serve"]);
    let line = gateway.process.stderr_line("serve enabled");
    let host = StandIn::HOST;
    assert!(
        line.contains(&format!("https://{host}/ (WS via wss://{host})")),
        "{line}"
    );
    let held = |stand_in: &StandIn| {
        let calls = stand_in.calls().unwrap();
        calls
            .iter()
            .filter(|call| call.starts_with("serve --yes --bg=false "))
            .count()
    };
    assert_eq!(held(&stand_in), 1);
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    // The next one finds the way free.
    let mut gateway = home.gateway(&["--tailscale", "serve"]);
    gateway.process.stderr_line("serve enabled");
    assert_eq!(held(&stand_in), 2);
}

#[test]
fn without_tailscale_the_gateway_runs_and_says_what_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    stand_in.set_state("NeedsLogin").unwrap();
    let home = home_with(folder.path());
    let mut gateway = home.gateway(&["--tailscale", "serve"]);
    let line = gateway.process.stderr_line("serve failed");
    assert!(
        line.contains("NeedsLogin") && line.contains("tailscale up"),
        "{line}"
    );
    home.run(&["health", "--port", &gateway.port_text()]).ok();
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
}

#[test]
fn what_would_expose_too_much_is_refused() {
    for (args, said) in [
        (
            &["--tailscale", "funnel"][..],
            "tailscale funnel requires gateway auth mode=password",
        ),
        (
            &["--tailscale", "serve", "--bind", "lan"],
            "tailscale serve/funnel requires gateway bind=loopback",
        ),
        (
            &["--tailscale", "serve", "--auth", "none"],
            "gateway.auth.mode=none cannot be used with gateway.tailscale.mode=serve",
        ),
    ] {
        let home = Home::configured();
        let ran = home.run(&[&["gateway", "run", "--port", "0"][..], args].concat());
        assert_eq!(ran.code, 78, "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = Home::configured().run(&["gateway", "run", "--tailscale", "bogus"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("Invalid --tailscale."),
        "{}",
        ran.stderr
    );
}
