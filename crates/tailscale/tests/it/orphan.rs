//! What a Gateway that was killed leaves behind, and what the next one makes of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use openclaw_tailscale::{ClaimOptions, ClaimState, Mode, Search, Tailscale};

use crate::machine::{Machine, active, degraded, limits, runs, until_gone};

fn options(record: &Path) -> ClaimOptions {
    ClaimOptions {
        record: Some(record.to_owned()),
        ..ClaimOptions::default()
    }
}

/// The Gateway that is killed: this test, as a process of its own, in the folder of a machine.
#[tokio::test]
#[ignore = "run by the test below"]
async fn the_gateway_that_is_killed() {
    let folder = std::env::current_dir().unwrap();
    let search = Search::exactly(folder.join("bin/tailscale"));
    let tailscale = Tailscale::with_limits(search, limits());
    let mut claim = tailscale.claim(Mode::Serve, 4000, options(&folder.join("record")));
    active(&mut claim).await;
    fs::write(folder.join("up"), "").unwrap();
    let _ = claim.wait_for(|state| *state == ClaimState::Stopped).await;
}

/// Starts a Gateway, kills it, and returns its child.
async fn orphan(machine: &Machine) -> i32 {
    let folder = machine.folder.path();
    let mut gateway = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "orphan::the_gateway_that_is_killed", "--ignored"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !folder.join("up").exists() {
        assert!(gateway.try_wait().unwrap().is_none(), "ended too early");
        tokio::task::yield_now().await;
    }
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let child = *machine.stand_in.pids().unwrap().last().unwrap();
    assert!(runs(child));
    child
}

#[tokio::test]
async fn the_next_gateway_ends_the_orphan_of_one_that_was_killed() {
    let machine = Machine::new();
    let record = machine.folder.path().join("record");
    let orphan = orphan(&machine).await;
    assert!(
        fs::read_to_string(&record)
            .unwrap()
            .contains(&orphan.to_string())
    );

    let mut claim = machine.tailscale.claim(Mode::Serve, 5000, options(&record));
    active(&mut claim).await;
    assert!(!runs(orphan));
    claim.stop().await;
    assert!(!record.exists());
    machine.assert_none_runs();
}

#[tokio::test]
async fn without_its_record_the_orphan_is_a_route_of_somebody_else() {
    let machine = Machine::new();
    let record = machine.folder.path().join("record");
    let orphan = orphan(&machine).await;
    let text = fs::read_to_string(&record).unwrap();
    // The same number, and not the same process.
    fs::write(&record, text.replace("serve", "funnel")).unwrap();

    let mut claim = machine.tailscale.claim(Mode::Serve, 5000, options(&record));
    let (said, _) = degraded(&mut claim, "routeTaken").await;
    assert!(said.contains("-> http://127.0.0.1:4000"), "{said}");
    assert!(runs(orphan));
    machine.stand_in.let_go(0).unwrap();
    active(&mut claim).await;
    until_gone(orphan).await;
    claim.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_costs_the_record_and_not_the_route() {
    let machine = Machine::new();
    let record = Path::new("/nowhere/record");
    let mut claim = machine.tailscale.claim(Mode::Serve, 4000, options(record));
    active(&mut claim).await;
    claim.stop().await;
}
