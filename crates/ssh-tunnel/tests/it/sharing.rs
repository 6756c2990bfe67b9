//! One tunnel for all who want the same.

use std::process::{Command, Stdio};

use openclaw_ssh_tunnel::{Phase, Tunnel, TunnelError, TunnelState, Verify};
use serde_json::json;

use crate::parent::Helper;
use crate::support::{Watched, World, hello, until, until_down, until_renewed, within};

#[tokio::test]
async fn a_second_user_attaches_and_takes_over_when_the_owner_ends() {
    let world = World::new().await;
    let owner = world.open().await;
    let first = owner.current().unwrap();
    let user = world.open().await;
    let shared = user.current().unwrap();
    assert!(shared.is_shared);
    assert_eq!(
        (shared.pid, shared.local_addr),
        (first.pid, first.local_addr)
    );
    assert_eq!(world.sshd.accepted(), 1);
    hello(shared.local_addr).await.unwrap();

    // The end of a user is nothing to the owner.
    let another = world.open().await;
    another.stop().await;
    hello(shared.local_addr).await.unwrap();

    owner.stop().await;
    let own = until_renewed(&user, &shared).await;
    assert!(!own.is_shared);
    assert_ne!(own.pid, shared.pid);
    assert_eq!(own.local_addr, shared.local_addr);
    hello(own.local_addr).await.unwrap();
    user.stop().await;
}

#[tokio::test]
async fn a_second_user_follows_the_owner_to_its_next_tunnel() {
    let world = World::new().await;
    let owner = world.open().await;
    let user = world.open().await;
    let (first, shared) = (owner.current().unwrap(), user.current().unwrap());
    owner.renew(&first);
    let next = until_renewed(&owner, &first).await;
    let followed = until_renewed(&user, &shared).await;
    assert!(followed.is_shared);
    assert_eq!(followed.pid, next.pid);
    user.stop().await;
    owner.stop().await;
}

#[tokio::test]
async fn a_shared_tunnel_is_verified_by_every_user() {
    let world = World::new().await;
    let owner = world.open().await;
    let options = world
        .options()
        .with_verify(Verify::new(|_| async { Err("not for me".to_owned()) }));
    let error = within(Tunnel::open(world.spec(), options))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, TunnelError::Unverified { reason, .. } if reason == "not for me"),
        "{error}"
    );
    hello(owner.current().unwrap().local_addr).await.unwrap();
    owner.stop().await;
}

#[tokio::test]
async fn a_second_user_learns_why_the_owner_is_down() {
    let world = World::new().await;
    world.sshd.forget_host();
    let owner = Tunnel::start(world.spec(), world.options());
    until_down(&owner).await;
    // The record follows the state; the user may come in between.
    let error = within(Tunnel::open(world.spec(), world.options()))
        .await
        .unwrap_err();
    let TunnelError::OwnerDown { owner_pid, reason } = &error else {
        panic!("{error}");
    };
    assert_eq!(*owner_pid, std::process::id());
    assert!(reason.contains("host key is known for"), "{reason}");
    owner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_open_at_once_share_one_ssh() {
    let world = World::new().await;
    let mut helpers: Vec<Helper> = (0..3).map(|_| Helper::start(&world)).collect();
    let ups: Vec<_> = helpers.iter_mut().map(Helper::read_up).collect();
    assert_eq!(world.sshd.accepted(), 1);
    assert!(ups.iter().all(|up| up.pid == ups[0].pid), "{ups:?}");
    assert!(ups.iter().all(|up| up.port == ups[0].port), "{ups:?}");
    assert_eq!(ups.iter().filter(|up| !up.is_shared).count(), 1);
    for up in &ups {
        hello(([127, 0, 0, 1], up.port).into()).await.unwrap();
    }

    // The owner is killed: one of the others takes over, on the same port, and only one.
    let owner = ups.iter().position(|up| !up.is_shared).unwrap();
    let mut killed = helpers.remove(owner);
    killed.kill();
    let next: Vec<_> = helpers.iter_mut().map(Helper::read_up).collect();
    assert_eq!(next[0].pid, next[1].pid);
    assert_ne!(next[0].pid, ups[0].pid);
    assert!(next.iter().all(|up| up.port == ups[0].port), "{next:?}");
    assert_eq!(world.sshd.accepted(), 2);
}

#[tokio::test]
async fn a_stranger_on_the_port_of_a_record_is_not_used() {
    let world = World::new().await;
    let owner = world.open().await;
    let mut record = world.record().unwrap();
    let path = record_path(&world);
    owner.stop().await;
    // A lock is held, and the record names a live process that is not our ssh, with a real
    // listener: everything but the truth.
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    record["ssh"]["pid"] = json!(std::process::id());
    record["ssh"]["localPort"] = json!(stranger.local_addr().unwrap().port());
    std::fs::write(&path, record.to_string()).unwrap();
    let lock = std::fs::File::open(path.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let mut impatient = world.options();
    impatient.ready_within = std::time::Duration::from_millis(100);
    impatient.verify_within = std::time::Duration::from_millis(100);
    let error = within(Tunnel::open(world.spec(), impatient))
        .await
        .unwrap_err();
    assert!(
        matches!(error, TunnelError::OwnerNotReady { .. }),
        "{error}"
    );
    // The lock comes free, and whoever waited has a tunnel of its own.
    let user = Tunnel::start(world.spec(), world.options());
    until_waiting(&user).await;
    drop(lock);
    let up = within(user.up()).await.unwrap();
    assert!(!up.is_shared);
    user.stop().await;
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.accept().is_err(), "nobody dialled it");
}

#[tokio::test]
async fn an_orphan_is_ended_before_the_next_start() {
    let world = World::new().await;
    let owner = world.open().await;
    let record = world.record().unwrap();
    let path = record_path(&world);
    owner.stop().await;
    // An orphan: the same arguments, alive, in a process group of its own.
    let arguments = world
        .spec()
        .argv(record["ssh"]["localPort"].as_u64().unwrap() as u16);
    let mut orphan = orphan(&arguments);
    let mut left = record.clone();
    left["ssh"]["pid"] = json!(orphan.id());
    left["ssh"]["started"] = json!(started(&record, orphan.id()));
    std::fs::write(&path, left.to_string()).unwrap();
    let watched = Watched::new(orphan.id());
    let tunnel = world.open().await;
    assert!(watched.has_ended());
    orphan.wait().unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_process_that_only_has_the_number_of_an_orphan_is_left_alone() {
    let world = World::new().await;
    let owner = world.open().await;
    let record = world.record().unwrap();
    let path = record_path(&world);
    owner.stop().await;
    let port = record["ssh"]["localPort"].as_u64().unwrap() as u16;
    let right = world.spec().argv(port);
    let wrong = world.spec().argv(port.wrapping_add(1));
    for (arguments, another_start) in [(&wrong, false), (&right, true)] {
        let mut innocent = orphan(arguments);
        let mut left = record.clone();
        left["ssh"]["pid"] = json!(innocent.id());
        let mut start = started(&record, innocent.id());
        if another_start {
            start.push('1');
        }
        left["ssh"]["started"] = json!(start);
        std::fs::write(&path, left.to_string()).unwrap();
        let tunnel = world.open().await;
        assert!(!Watched::new(innocent.id()).has_ended());
        tunnel.stop().await;
        innocent.kill().unwrap();
        innocent.wait().unwrap();
    }
}

#[tokio::test]
async fn a_user_that_waits_says_so() {
    let world = World::new().await;
    let owner = Tunnel::start(
        world.spec(),
        world
            .options()
            .with_verify(Verify::new(|_| std::future::pending())),
    );
    until(&owner, |state| match state {
        TunnelState::Connecting { phase } => (*phase == Phase::Verifying).then_some(()),
        _ => None,
    })
    .await;
    let user = Tunnel::start(world.spec(), world.options());
    until_waiting(&user).await;
    assert_eq!(world.sshd.accepted(), 1);
    user.stop().await;
    owner.stop().await;
}

async fn until_waiting(user: &Tunnel) {
    until(user, |state| match state {
        TunnelState::Connecting { phase } => (*phase == Phase::WaitingForOwner).then_some(()),
        _ => None,
    })
    .await;
}

fn record_path(world: &World) -> std::path::PathBuf {
    std::fs::read_dir(world.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap()
}

/// A process with these arguments that waits for ever, once it runs.
fn orphan(arguments: &[std::ffi::OsString]) -> std::process::Child {
    use std::io::Read as _;
    use std::os::unix::process::CommandExt as _;
    let mut child = Command::new("/bin/sh")
        .args(["-c", "echo up; read -r word", "ssh"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut up = [0; 3];
    child.stdout.as_mut().unwrap().read_exact(&mut up).unwrap();
    child
}

/// When a process started, in the words of a record.
fn started(record: &serde_json::Value, pid: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let ticks = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(19)
        .unwrap();
    let boot = record["ssh"]["started"].as_str().unwrap();
    format!("{}/{ticks}", boot.split_once('/').unwrap().0)
}
