use std::time::Duration;

use openclaw_tailscale::stand_in::{Answer, Command};
use openclaw_tailscale::{ClaimOptions, ClaimState, Limits, Mode};

use crate::machine::{LONG, Machine, SHORT, active, degraded, limits, runs, until_gone};

const URL: &str = "https://home.tail1234.ts.net/";
const OFF: &str = "serve --yes --https=443 --set-path=/ off";
const GATEWAY: &str = "http://127.0.0.1:18789";

fn options() -> ClaimOptions {
    ClaimOptions {
        gateway_port: Some(18789),
        ..ClaimOptions::default()
    }
}

#[tokio::test]
async fn a_route_is_held_until_the_claim_is_stopped() {
    for (mode, word) in [(Mode::Serve, "serve"), (Mode::Funnel, "funnel")] {
        let machine = Machine::new();
        let mut claim = machine.tailscale.claim(mode, 4000, options());
        assert_eq!(claim.current(), ClaimState::Starting);
        assert_eq!(active(&mut claim).await, URL);
        assert_eq!(
            machine.calls(),
            [
                "status --json".to_owned(),
                "serve status --json".to_owned(),
                format!("{word} --yes --bg=false 4000")
            ]
        );
        let routes = machine.tailscale.routes().await.unwrap();
        assert!(routes[0].leads_to(4000) && routes[0].session.is_some());
        let state = claim.state();
        claim.stop().await;
        assert_eq!(*state.borrow(), ClaimState::Stopped);
        machine.assert_none_runs();
        assert_eq!(machine.tailscale.routes().await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_claim_that_is_dropped_leaves_nothing_behind() {
    let machine = Machine::new();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    active(&mut claim).await;
    let mut state = claim.state();
    drop(claim);
    state
        .wait_for(|state| *state == ClaimState::Stopped)
        .await
        .unwrap();
    for pid in machine.stand_in.pids().unwrap() {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn a_claim_can_be_stopped_while_anything_hangs() {
    for command in [Command::Status, Command::Routes, Command::Claim] {
        let machine = Machine::new();
        machine.stand_in.answer(command, &[Answer::hang()]).unwrap();
        let claim = machine.tailscale.claim(Mode::Serve, 4000, options());
        let calls = match command {
            Command::Status => 1,
            Command::Routes => 2,
            _ => 3,
        };
        while machine.calls().len() < calls {
            tokio::task::yield_now().await;
        }
        tokio::time::timeout(LONG, claim.stop()).await.unwrap();
        for pid in machine.stand_in.pids().unwrap() {
            until_gone(pid).await;
        }
    }
}

#[tokio::test]
async fn a_child_that_ends_is_started_again() {
    let machine = Machine::new();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    for round in 1..=3 {
        active(&mut claim).await;
        assert_eq!(machine.called("serve --yes --bg=false 4000"), round);
        machine.stand_in.let_go(3).unwrap();
        let mut said = String::new();
        let left = |state: &ClaimState| !state.is_active();
        if let ClaimState::Degraded { reason, .. } = claim.wait_for(left).await {
            said = reason.to_string();
        }
        assert_eq!(
            said,
            "`tailscale serve --yes --bg=false 4000` ended with exit code 3: "
        );
    }
    active(&mut claim).await;
    claim.stop().await;
    machine.assert_none_runs();
}

#[tokio::test]
async fn a_booting_daemon_is_waited_for() {
    let machine = Machine::new();
    let state = |word: &str| Answer::printing(&format!("{{\"BackendState\":\"{word}\"}}"));
    let down = Answer::failing("failed to connect to local tailscaled");
    let boot = [down, state("NoState"), state("Starting"), Answer::usual()];
    machine.stand_in.answer(Command::Status, &boot).unwrap();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    let settled = claim.wait_for(|state| *state != ClaimState::Starting).await;
    assert_eq!(settled.url(), Some(URL));
    assert_eq!(machine.called("status --json"), 4);
    claim.stop().await;
}

#[tokio::test]
async fn a_daemon_that_boots_for_too_long_is_trouble_and_still_waited_for() {
    let machine = Machine::with_limits(Limits {
        boot_patience: Duration::ZERO,
        ..limits()
    });
    machine.stand_in.set_state("Starting").unwrap();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    let (said, remedy) = degraded(&mut claim, "notLoggedIn").await;
    assert!(said.ends_with("`Starting`") && remedy.starts_with("nothing to do"));
    machine.stand_in.set_state("Running").unwrap();
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn what_an_earlier_release_left_is_taken_down() {
    for funnel in [false, true] {
        let machine = Machine::new();
        machine.stand_in.set_background(GATEWAY, funnel).unwrap();
        let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
        active(&mut claim).await;
        assert_eq!(
            machine.calls(),
            [
                "status --json",
                "serve status --json",
                OFF,
                "serve --yes --bg=false 4000"
            ]
        );
        claim.stop().await;
    }
}

#[tokio::test]
async fn a_route_that_takes_root_is_held_through_sudo() {
    let machine = Machine::new();
    machine.stand_in.require_root(true).unwrap();
    machine.stand_in.set_background(GATEWAY, false).unwrap();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    active(&mut claim).await;
    let sudo: Vec<_> = machine
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("sudo"))
        .collect();
    assert_eq!(
        sudo,
        [
            format!("sudo -n tailscale {OFF}"),
            "sudo -n tailscale serve --yes --bg=false 4000".to_owned()
        ]
    );
    claim.stop().await;
    machine.assert_none_runs();
}

#[tokio::test]
async fn a_child_that_says_nothing_is_up_once_its_route_is() {
    let machine = Machine::with_limits(Limits {
        claim_start: Duration::from_millis(300),
        ..limits()
    });
    machine
        .stand_in
        .answer(Command::Claim, &[Answer::hold_silently()])
        .unwrap();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    active(&mut claim).await;
    claim.stop().await;
}

#[tokio::test]
async fn a_route_that_was_reset_is_put_up_again() {
    let machine = Machine::new();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    active(&mut claim).await;
    let first = *machine.stand_in.pids().unwrap().last().unwrap();
    machine.stand_in.reset_routes().unwrap();
    assert!(runs(first));
    claim.retry();
    let left = claim.wait_for(|state| !state.is_active()).await;
    assert!(left.to_string().contains("route is gone"), "{left}");
    active(&mut claim).await;
    assert!(!runs(first));
    claim.stop().await;
}

#[tokio::test]
async fn a_machine_that_leaves_its_tailnet_is_noticed_and_the_child_kept() {
    let machine = Machine::with_limits(Limits {
        check: SHORT,
        ..limits()
    });
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options());
    active(&mut claim).await;
    machine.stand_in.set_state("NeedsLogin").unwrap();
    degraded(&mut claim, "notLoggedIn").await;
    machine.stand_in.set_state("Running").unwrap();
    active(&mut claim).await;
    claim.stop().await;
    assert_eq!(machine.called("serve --yes --bg=false 4000"), 1);
}

#[tokio::test]
async fn reset_on_exit_takes_down_the_gateways_route_and_no_other() {
    for (reset_on_exit, target, taken_down) in [
        (true, GATEWAY, true),
        (false, GATEWAY, false),
        (true, "http://127.0.0.1:3000", false),
        (true, "http://127.0.0.1:18789/app", false),
        (true, "https://127.0.0.1:18789", false),
    ] {
        let machine = Machine::new();
        let options = ClaimOptions {
            reset_on_exit,
            ..options()
        };
        let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options);
        active(&mut claim).await;
        machine.stand_in.set_background(target, false).unwrap();
        claim.stop().await;
        assert_eq!(machine.called(OFF), usize::from(taken_down), "{target}");
        let left = machine.tailscale.routes().await.unwrap().len();
        assert_eq!(left, usize::from(!taken_down), "{target}");
        assert!(!machine.calls().iter().any(|call| call.contains("reset")));
    }
}

#[tokio::test]
async fn a_reset_that_hangs_does_not_hold_up_the_end() {
    let machine = Machine::with_limits(Limits {
        query: Duration::from_millis(200),
        ..limits()
    });
    let options = ClaimOptions {
        reset_on_exit: true,
        ..options()
    };
    machine.stand_in.set_state("NeedsLogin").unwrap();
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options);
    degraded(&mut claim, "notLoggedIn").await;
    machine
        .stand_in
        .answer(Command::Status, &[Answer::hang()])
        .unwrap();
    tokio::time::timeout(LONG, claim.stop()).await.unwrap();
}
