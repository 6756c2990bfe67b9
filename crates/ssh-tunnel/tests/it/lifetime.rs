//! A tunnel that works, breaks, comes back and ends.

use std::net::TcpListener;
use std::time::Duration;

use openclaw_ssh_tunnel::{LocalPort, Phase, SshFailureKind, Tunnel, TunnelError, TunnelState};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{LIMIT, Watched, World, hello, until, until_down, until_renewed, within};

#[tokio::test]
async fn it_carries_bytes_and_ends_without_a_trace() {
    let world = World::new().await;
    let tunnel = world.open().await;
    let up = tunnel.current().unwrap();
    assert!(up.local_addr.ip().is_loopback());
    assert!(!up.is_shared);
    hello(up.local_addr).await.unwrap();

    let record = world.record().unwrap();
    assert_eq!(record["stage"], "ready");
    assert_eq!(record["ownerPid"], std::process::id());
    assert_eq!(record["ssh"]["pid"], up.pid);
    assert_eq!(record["ssh"]["localPort"], up.local_addr.port());
    assert!(record["ssh"]["started"].is_string());

    let ssh = Watched::new(up.pid);
    let state = tunnel.state();
    within(tunnel.stop()).await;
    assert!(ssh.has_ended());
    assert!(matches!(
        *state.borrow(),
        TunnelState::Stopped { error: None }
    ));
    assert_eq!(world.record(), None);
    hello(up.local_addr).await.unwrap_err();
}

#[tokio::test]
async fn its_phases_can_be_watched() {
    let world = World::new().await;
    let tunnel = Tunnel::start(world.spec(), world.options());
    let mut phases = Vec::new();
    until(&tunnel, |state| {
        if let TunnelState::Connecting { phase } = state {
            phases.push(*phase);
        }
        state.up()
    })
    .await;
    // A watch may skip some, never turn them round.
    assert!(phases.is_sorted(), "{phases:?}");
    assert!(phases.contains(&Phase::Verifying), "{phases:?}");
    tunnel.stop().await;
}

#[tokio::test]
async fn it_ends_when_its_handle_is_dropped() {
    let world = World::new().await;
    let tunnel = world.open().await;
    let ssh = Watched::new(tunnel.current().unwrap().pid);
    drop(tunnel);
    tokio::task::spawn_blocking(move || ssh.wait_for_end())
        .await
        .unwrap();
}

#[test]
fn it_ends_with_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let tunnel = runtime.block_on(world.open());
    let ssh = Watched::new(tunnel.current().unwrap().pid);
    drop(runtime);
    ssh.wait_for_end();
    assert!(matches!(*tunnel.state().borrow(), TunnelState::Up(_)));
}

#[tokio::test]
async fn the_local_port_stays_when_the_server_is_killed_and_comes_back() {
    let mut world = World::new().await;
    let tunnel = world.open().await;
    let before = tunnel.current().unwrap();

    world.sshd.stop();
    let error = until_down(&tunnel).await;
    assert!(
        matches!(
            error.ssh_kind(),
            Some(SshFailureKind::ConnectionLost | SshFailureKind::ConnectionRefused)
        ),
        "{error}"
    );
    // It keeps trying, and says what it finds.
    until(&tunnel, |state| match state {
        TunnelState::Down { error, retry_in } => {
            assert!(retry_in.is_some());
            (error.ssh_kind() == Some(SshFailureKind::ConnectionRefused)).then_some(())
        }
        _ => None,
    })
    .await;

    world.sshd.start_again();
    let after = until_renewed(&tunnel, &before).await;
    assert_eq!(after.local_addr, before.local_addr);
    assert_ne!(after.pid, before.pid);
    hello(after.local_addr).await.unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_killed_ssh_is_replaced_on_the_same_port() {
    let world = World::new().await;
    let tunnel = world.open().await;
    let mut before = tunnel.current().unwrap();
    for _ in 0..3 {
        let pid = Pid::from_raw(i32::try_from(before.pid).unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        let after = until_renewed(&tunnel, &before).await;
        assert_eq!(after.local_addr, before.local_addr);
        hello(after.local_addr).await.unwrap();
        before = after;
    }
    tunnel.stop().await;
}

#[tokio::test]
async fn a_port_that_was_lost_is_replaced_and_published() {
    let mut world = World::new().await;
    let tunnel = world.open().await;
    let before = tunnel.current().unwrap();
    world.sshd.stop();
    until_down(&tunnel).await;
    // Somebody takes the port while the tunnel is down. Between two attempts it is free.
    let _squatter = within(async {
        loop {
            match TcpListener::bind(before.local_addr) {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    world.sshd.start_again();
    let after = until_renewed(&tunnel, &before).await;
    assert_ne!(after.local_addr, before.local_addr);
    hello(after.local_addr).await.unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_cut_network_is_noticed_and_the_tunnel_built_anew() {
    let world = World::new().await;
    let spec = world.spec().with_keep_alive(Duration::from_secs(1), 1);
    let tunnel = within(Tunnel::open(spec, world.options())).await.unwrap();
    let before = tunnel.current().unwrap();
    world.sshd.freeze();
    let error = until_down(&tunnel).await;
    assert_eq!(error.ssh_kind(), Some(SshFailureKind::Silent), "{error}");
    assert!(error.to_string().contains("not responding"), "{error}");
    let after = until_renewed(&tunnel, &before).await;
    assert_eq!(after.local_addr, before.local_addr);
    hello(after.local_addr).await.unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_taken_preferred_port_is_replaced() {
    let world = World::new().await;
    let squatter = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let spec = world.spec().with_local_port(LocalPort::Preferred(taken));
    let tunnel = within(Tunnel::open(spec, world.options())).await.unwrap();
    assert_ne!(tunnel.current().unwrap().local_addr.port(), taken);
    tunnel.stop().await;

    drop(squatter);
    let spec = world.spec().with_local_port(LocalPort::Preferred(taken));
    let tunnel = within(Tunnel::open(spec, world.options())).await.unwrap();
    assert_eq!(tunnel.current().unwrap().local_addr.port(), taken);
    tunnel.stop().await;
}

#[tokio::test]
async fn a_user_can_have_a_broken_tunnel_replaced_once() {
    let world = World::new().await;
    let tunnel = world.open().await;
    let before = tunnel.current().unwrap();
    tunnel.renew(&before);
    let after = until_renewed(&tunnel, &before).await;
    assert_ne!(after.pid, before.pid);
    assert_eq!(after.local_addr, before.local_addr);
    // What was said of the old one does not touch the new one.
    let mut state = tunnel.state();
    state.mark_unchanged();
    tunnel.renew(&before);
    hello(after.local_addr).await.unwrap();
    assert!(!state.has_changed().unwrap());
    assert_eq!(tunnel.current(), Some(after));
    tunnel.stop().await;
}

#[tokio::test]
async fn what_a_person_has_mended_can_be_tried_at_once() {
    let world = World::new().await;
    world.sshd.forget_host();
    let mut options = world.options();
    options.human_retry = None;
    let tunnel = Tunnel::start(world.spec(), options);
    let error = until_down(&tunnel).await;
    assert_eq!(error.ssh_kind(), Some(SshFailureKind::HostKeyUnknown));
    assert!(matches!(
        *tunnel.state().borrow(),
        TunnelState::Down { retry_in: None, .. }
    ));
    world.sshd.know_host();
    tunnel.retry_now();
    let up = within(tunnel.up()).await.unwrap();
    hello(up.local_addr).await.unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_tunnel_can_be_stopped_at_any_moment() {
    let mut world = World::new().await;
    // At once.
    let tunnel = Tunnel::start(world.spec(), world.options());
    within(tunnel.stop()).await;
    // While it waits.
    world.sshd.stop();
    let mut options = world.options();
    options.backoff = openclaw_ssh_tunnel::BackoffLimits::new(LIMIT * 10, LIMIT * 10);
    let tunnel = Tunnel::start(world.spec(), options);
    until_down(&tunnel).await;
    let state = tunnel.state();
    within(tunnel.stop()).await;
    assert!(matches!(
        *state.borrow(),
        TunnelState::Stopped { error: None }
    ));
    assert_eq!(world.record(), None);
}

#[tokio::test]
async fn nothing_works_without_a_directory_for_the_record() {
    let world = World::new().await;
    let file = world.directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = within(Tunnel::open(
        world.spec(),
        openclaw_ssh_tunnel::TunnelOptions::new(&file),
    ))
    .await
    .unwrap_err();
    assert!(matches!(error, TunnelError::StateDir { .. }), "{error}");
    assert_eq!(world.sshd.accepted(), 0);
}
