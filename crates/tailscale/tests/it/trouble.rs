//! Everything that keeps a route from being up: named, with a remedy, and over once it is mended.

use std::time::Duration;

use openclaw_tailscale::stand_in::{Answer, Command, StandIn};
use openclaw_tailscale::{Claim, ClaimOptions, ClaimState, Limits, Mode, Search, Tailscale};

use crate::machine::{Machine, active, degraded, limits};

const CONSENT: &str = "\nServe is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/serve?node=n1\n\n";

fn claim(machine: &Machine) -> Claim {
    claim_with(machine, Mode::Serve, false)
}

fn claim_with(machine: &Machine, mode: Mode, preserve_funnel: bool) -> Claim {
    let options = ClaimOptions {
        gateway_port: Some(18789),
        preserve_funnel,
        ..ClaimOptions::default()
    };
    machine.tailscale.claim(mode, 4000, options)
}

fn claims(machine: &Machine) -> usize {
    machine.called("serve --yes --bg=false 4000")
}

#[tokio::test]
async fn no_program_until_it_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let search = Search::exactly(folder.path().join("tailscale"));
    let tailscale = Tailscale::with_limits(search, limits());
    let mut claim = tailscale.claim(Mode::Serve, 4000, ClaimOptions::default());
    let (said, remedy) = degraded(&mut claim, "notInstalled").await;
    assert!(said.contains(folder.path().to_str().unwrap()), "{said}");
    assert!(remedy.contains("install Tailscale"), "{remedy}");
    StandIn::write(folder.path()).unwrap();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn nobody_is_logged_in_until_somebody_is() {
    let machine = Machine::new();
    machine.stand_in.set_state("NeedsLogin").unwrap();
    let mut claim = claim(&machine);
    let (said, remedy) = degraded(&mut claim, "notLoggedIn").await;
    assert!(said.ends_with("`NeedsLogin`") && remedy.contains("tailscale up"));
    assert_eq!(claims(&machine), 0);
    machine.stand_in.set_state("Running").unwrap();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn an_attempt_can_be_asked_for_instead_of_waited_for() {
    let hour = Duration::from_secs(3600);
    let machine = Machine::with_limits(Limits {
        retry_first: hour,
        retry_longest: hour,
        ..limits()
    });
    machine.stand_in.set_state("Stopped").unwrap();
    let mut claim = claim(&machine);
    degraded(&mut claim, "notLoggedIn").await;
    machine.stand_in.set_state("Running").unwrap();
    claim.retry();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn commands_that_hang_or_talk_nonsense() {
    let machine = Machine::with_limits(Limits {
        query: Duration::from_millis(300),
        claim_start: Duration::from_millis(300),
        ..limits()
    });
    let mut claim = claim(&machine);
    active(&mut claim).await;
    claim.stop().await;
    for command in [Command::Status, Command::Routes, Command::Claim] {
        machine.stand_in.answer(command, &[Answer::hang()]).unwrap();
        let mut claim = claim_with(&machine, Mode::Serve, false);
        degraded(&mut claim, "timedOut").await;
        let kind = if command == Command::Claim {
            let flood = [Answer::flood()];
            machine.stand_in.answer(command, &flood).unwrap();
            "timedOut"
        } else {
            let garbage = [Answer::printing("<html>")];
            machine.stand_in.answer(command, &garbage).unwrap();
            "badOutput"
        };
        degraded(&mut claim, kind).await;
        machine.stand_in.answer(command, &[]).unwrap();
        active(&mut claim).await;
        claim.stop().await;
        machine.assert_none_runs();
    }
}

#[tokio::test]
async fn a_background_route_of_somebody_else_is_named_and_left_alone() {
    let machine = Machine::new();
    let theirs = "http://127.0.0.1:3000";
    machine.stand_in.set_background(theirs, false).unwrap();
    let mut claim = claim(&machine);
    let (said, remedy) = degraded(&mut claim, "routeTaken").await;
    assert_eq!(
        said,
        "HTTPS port 443 is taken and was left alone: background route https://home.tail1234.ts.net/ -> http://127.0.0.1:3000"
    );
    assert!(remedy.contains("`tailscale serve --yes --https=443 --set-path=/ off`"));
    let routes = machine.tailscale.routes().await.unwrap();
    assert!(routes[0].leads_to(3000) && claims(&machine) == 0);
    assert!(!machine.calls().iter().any(|call| call.ends_with("off")));
    machine.stand_in.reset_routes().unwrap();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn a_route_that_somebody_else_holds_is_waited_for() {
    let machine = Machine::new();
    let options = ClaimOptions::default();
    let mut first = machine.tailscale.claim(Mode::Serve, 3000, options);
    active(&mut first).await;
    let mut second = claim(&machine);
    let (said, remedy) = degraded(&mut second, "routeTaken").await;
    assert!(said.contains("held by the session session"), "{said}");
    assert!(said.contains("-> http://127.0.0.1:3000"), "{said}");
    assert!(remedy.contains("end the program"), "{remedy}");
    assert_eq!(claims(&machine), 0);
    first.stop().await;
    active(&mut second).await;
    second.stop().await;
}

#[tokio::test]
async fn a_route_that_comes_in_between_is_named_too() {
    let machine = Machine::new();
    machine
        .stand_in
        .set_background("http://127.0.0.1:3000", false)
        .unwrap();
    let answers = [Answer::printing("{}"), Answer::usual()];
    machine.stand_in.answer(Command::Routes, &answers).unwrap();
    let mut claim = claim(&machine);
    let settled = claim.wait_for(|state| *state != ClaimState::Starting).await;
    assert!(
        settled.to_string().contains("-> http://127.0.0.1:3000"),
        "{settled}"
    );
    assert_eq!(claims(&machine), 1);
    claim.stop().await;
}

#[tokio::test]
async fn a_port_that_nobody_admits_to_is_shown_as_the_program_said_it() {
    let machine = Machine::new();
    let taken = "error: sending serve config: listener already exists for port 443";
    machine
        .stand_in
        .answer(Command::Claim, &[Answer::failing(taken)])
        .unwrap();
    let mut claim = claim(&machine);
    let (said, _) = degraded(&mut claim, "routeTaken").await;
    assert!(said.ends_with(taken), "{said}");
    claim.stop().await;
}

#[tokio::test]
async fn rights_that_nobody_gives() {
    let machine = Machine::new();
    machine.stand_in.require_root(false).unwrap();
    let mut claim = claim(&machine);
    let (said, remedy) = degraded(&mut claim, "denied").await;
    assert!(
        said.starts_with("`tailscale serve --yes --bg=false 4000` was denied"),
        "{said}"
    );
    assert!(said.contains("serve config denied"), "{said}");
    assert!(
        said.ends_with("with sudo: sudo: a password is required"),
        "{said}"
    );
    assert!(
        remedy.contains("sudo tailscale set --operator=$USER"),
        "{remedy}"
    );
    claim.stop().await;
}

#[tokio::test]
async fn serve_that_has_to_be_enabled_first() {
    let machine = Machine::new();
    let waits = Answer::wait().and_prints(CONSENT);
    machine.stand_in.answer(Command::Claim, &[waits]).unwrap();
    let mut claim = claim(&machine);
    let (said, remedy) = degraded(&mut claim, "needsConsent").await;
    assert_eq!(said, "tailscale serve is not enabled on this tailnet");
    assert!(
        remedy.contains("https://login.tailscale.com/f/serve?node=n1"),
        "{remedy}"
    );
    // The same child goes on when it has been enabled.
    machine.stand_in.let_go(0).unwrap();
    active(&mut claim).await;
    assert_eq!(claims(&machine), 1);
    claim.stop().await;
    // Some releases of the program do not wait but end, even with success.
    let ends = Answer::printing(CONSENT);
    machine.stand_in.answer(Command::Claim, &[ends]).unwrap();
    let mut claim = claim_with(&machine, Mode::Serve, false);
    degraded(&mut claim, "needsConsent").await;
    machine.stand_in.answer(Command::Claim, &[]).unwrap();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn serve_that_nobody_enables_is_asked_for_again() {
    let machine = Machine::with_limits(Limits {
        consent: Duration::from_millis(50),
        ..limits()
    });
    let waits = Answer::wait().and_prints(CONSENT);
    machine.stand_in.answer(Command::Claim, &[waits]).unwrap();
    let mut claim = claim(&machine);
    while claims(&machine) < 3 {
        degraded(&mut claim, "needsConsent").await;
        tokio::task::yield_now().await;
    }
    claim.stop().await;
    machine.assert_none_runs();
}

#[tokio::test]
async fn funnel_that_is_not_allowed() {
    for text in [
        "Funnel not available; HTTPS must be enabled. See https://tailscale.com/s/https.",
        "Funnel not available; \"funnel\" node attribute not set. See https://tailscale.com/s/no-funnel.",
        "port 443 is not allowed for funnel; allowed ports are: 8443,10000",
    ] {
        let machine = Machine::new();
        machine
            .stand_in
            .answer(Command::Claim, &[Answer::failing(text)])
            .unwrap();
        let mut claim = claim_with(&machine, Mode::Funnel, false);
        let (said, remedy) = degraded(&mut claim, "funnelRefused").await;
        assert_eq!(said, format!("Funnel is not allowed here: {text}"));
        assert!(remedy.contains("access controls"), "{remedy}");
        claim.stop().await;
    }
}

#[tokio::test]
async fn a_funnel_that_was_asked_to_stay() {
    let machine = Machine::new();
    let gateway = "http://127.0.0.1:18789";
    machine.stand_in.set_background(gateway, true).unwrap();
    let mut claim = claim_with(&machine, Mode::Serve, true);
    let (said, remedy) = degraded(&mut claim, "funnelKept").await;
    assert!(said.ends_with("https://home.tail1234.ts.net/ -> http://127.0.0.1:18789"));
    assert!(remedy.contains("preserveFunnel"), "{remedy}");
    claim.stop().await;
    assert!(machine.tailscale.routes().await.unwrap()[0].funnel);
    assert_eq!(
        machine.called("serve --yes --https=443 --set-path=/ off"),
        0
    );
}

#[tokio::test]
async fn serve_gives_way_before_a_funnel_puts_it_on_the_internet() {
    let machine = Machine::new();
    let open = "{\"AllowFunnel\":{\"home.tail1234.ts.net:443\":true}}";
    let answers = [Answer::printing(open), Answer::usual()];
    machine.stand_in.answer(Command::Routes, &answers).unwrap();
    let mut claim = claim(&machine);
    let settled = claim.wait_for(|state| *state != ClaimState::Starting).await;
    let warning = "serve would reach the internet";
    assert!(settled.to_string().contains(warning), "{settled}");
    assert_eq!(claims(&machine), 0);
    active(&mut claim).await;
    // The same while it is up: the route and the Funnel are there at once.
    let open = "{\"AllowFunnel\":{\"home.tail1234.ts.net:443\":true},\"Foreground\":{\"s\":{\"Web\":{\"home.tail1234.ts.net:443\":{\"Handlers\":{\"/\":{\"Proxy\":\"http://127.0.0.1:4000\"}}}}}}}";
    let answers = [Answer::printing(open)];
    machine.stand_in.answer(Command::Routes, &answers).unwrap();
    claim.retry();
    let settled = claim.wait_for(|state| !state.is_active()).await;
    assert!(settled.to_string().contains(warning), "{settled}");
    claim.stop().await;
    assert_eq!(claims(&machine), 1);
    machine.assert_none_runs();
}

#[tokio::test]
async fn a_failure_that_nobody_knows_is_shown_as_it_is() {
    let machine = Machine::new();
    let failure = [Answer::failing("error: the moon is in the wrong phase\n")];
    machine.stand_in.answer(Command::Claim, &failure).unwrap();
    let mut claim = claim(&machine);
    let (said, _) = degraded(&mut claim, "failed").await;
    assert_eq!(
        said,
        "`tailscale serve --yes --bg=false 4000` failed (exit code 1): error: the moon is in the wrong phase"
    );
    claim.stop().await;
}
