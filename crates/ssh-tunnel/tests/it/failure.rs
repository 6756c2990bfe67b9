//! Refusals, each by its name and with what mends it.

use std::net::TcpListener;
use std::time::Duration;

use openclaw_ssh_tunnel::{
    FailureClass, HostKeys, LocalPort, SshFailureKind, Tunnel, TunnelError, TunnelOptions,
    TunnelSpec, Verify,
};

use crate::support::{World, processes_with, recorded_ssh, within};

fn assert_ssh(error: &TunnelError, kind: SshFailureKind, words: &str, hint: &str) {
    assert_eq!(error.ssh_kind(), Some(kind), "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.to_string().contains("debug1"), "{error}");
    let hinted = error.hint().unwrap_or_default();
    assert!(hinted.contains(hint), "{hinted}");
}

#[tokio::test]
async fn an_unknown_host_is_refused() {
    let world = World::new().await;
    world.sshd.forget_host();
    let error = world.refused(world.spec()).await;
    assert_ssh(
        &error,
        SshFailureKind::HostKeyUnknown,
        "host key is known for",
        &format!("ssh-keyscan -p {} 127.0.0.1", world.sshd.port()),
    );
    assert_eq!(error.class(), FailureClass::Human);
}

#[tokio::test]
async fn an_unknown_host_is_refused_without_a_question_under_the_users_policy_too() {
    let world = World::new().await;
    world.sshd.forget_host();
    let spec = world.spec().with_host_keys(HostKeys::OpenSsh);
    let error = world.refused(spec).await;
    assert_eq!(
        error.ssh_kind(),
        Some(SshFailureKind::HostKeyRefused),
        "{error}"
    );
}

#[tokio::test]
async fn the_users_configuration_cannot_weaken_the_strict_policy() {
    let world = World::new().await;
    world.sshd.forget_host();
    let config = world.sshd.ssh_config();
    let mut text = std::fs::read_to_string(&config).unwrap();
    text += "  StrictHostKeyChecking accept-new\n  NoHostAuthenticationForLocalhost yes\n";
    std::fs::write(&config, text).unwrap();
    let error = world.refused(world.spec()).await;
    assert_eq!(
        error.ssh_kind(),
        Some(SshFailureKind::HostKeyUnknown),
        "{error}"
    );
    // The same configuration is followed where that is asked for.
    let spec = world.spec().with_host_keys(HostKeys::OpenSsh);
    let tunnel = within(Tunnel::open(spec, world.options())).await.unwrap();
    tunnel.stop().await;
}

#[tokio::test]
async fn a_wrong_host_key_is_refused() {
    let mut world = World::new().await;
    world.sshd.replace_host_key();
    for policy in [HostKeys::Strict, HostKeys::OpenSsh] {
        let error = world.refused(world.spec().with_host_keys(policy)).await;
        assert_ssh(
            &error,
            SshFailureKind::HostKeyChanged,
            "REMOTE HOST IDENTIFICATION HAS CHANGED",
            &format!("ssh-keygen -R '[127.0.0.1]:{}'", world.sshd.port()),
        );
        assert_eq!(error.class(), FailureClass::Human);
    }
}

#[tokio::test]
async fn another_known_hosts_file_counts() {
    let world = World::new().await;
    let file = world.directory.path().join("my hosts 100%");
    std::fs::write(&file, "").unwrap();
    let spec = world.spec().with_known_hosts(&file).unwrap();
    let error = world.refused(spec.clone()).await;
    assert_eq!(
        error.ssh_kind(),
        Some(SshFailureKind::HostKeyUnknown),
        "{error}"
    );
    let known = world.sshd.ssh_config().with_file_name("known_hosts");
    std::fs::copy(known, &file).unwrap();
    within(Tunnel::open(spec, world.options()))
        .await
        .unwrap()
        .stop()
        .await;
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_refused() {
    let world = World::new().await;
    let spec = world.spec().with_identity(world.sshd.stranger());
    let error = world.refused(spec).await;
    assert_ssh(
        &error,
        SshFailureKind::PermissionDenied,
        "Permission denied (publickey)",
        "ssh-add",
    );
    assert_eq!(error.class(), FailureClass::Human);
}

#[tokio::test]
async fn a_key_that_is_not_there_is_named_before_anything_starts() {
    let world = World::new().await;
    let missing = world.directory.path().join("no key");
    let error = world.refused(world.spec().with_identity(&missing)).await;
    assert!(
        matches!(&error, TunnelError::Identity { file, .. } if *file == missing),
        "{error}"
    );
    assert_eq!(world.sshd.accepted(), 0);
}

#[tokio::test]
async fn a_forward_that_the_server_forbids_is_named() {
    let mut world = World::new().await;
    world.sshd.allow_forwarding(false);
    let error = world.refused(world.spec()).await;
    assert_ssh(
        &error,
        SshFailureKind::ForwardProhibited,
        "administratively prohibited",
        "AllowTcpForwarding",
    );
    assert_eq!(error.class(), FailureClass::Human);
}

#[tokio::test]
async fn a_closed_remote_port_is_named_and_may_open_later() {
    let world = World::new().await;
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = world.refused(world.sshd.spec(closed)).await;
    assert_ssh(
        &error,
        SshFailureKind::RemotePortClosed,
        "Connection refused",
        &closed.to_string(),
    );
    assert_eq!(error.class(), FailureClass::Retry);
}

#[tokio::test]
async fn a_hello_that_fails_is_told_in_its_own_words() {
    let world = World::new().await;
    let verify = Verify::new(|_| async { Err("it is a web server".to_owned()) });
    let error = within(Tunnel::open(
        world.spec(),
        TunnelOptions::new(world.directory.path()).with_verify(verify),
    ))
    .await
    .unwrap_err();
    let TunnelError::Unverified { reason, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(reason, "it is a web server");
    assert_eq!(world.record(), None);
}

#[tokio::test]
async fn a_hello_that_fails_because_ssh_ends_is_told_by_that_end() {
    let world = World::new().await;
    let record = world.directory.path().to_path_buf();
    // The hello sees its connection break before anybody has waited for `ssh`.
    let verify = Verify::new(move |_| {
        let ssh = recorded_ssh(&record);
        rustix::process::kill_process(ssh, rustix::process::Signal::KILL).unwrap();
        async { Err("Connection refused".to_owned()) }
    });
    let error = within(Tunnel::open(
        world.spec(),
        world.options().with_verify(verify),
    ))
    .await
    .unwrap_err();
    assert_ssh(&error, SshFailureKind::Exited, "killed by signal 9", "");
}

#[tokio::test]
async fn a_hello_without_an_answer_has_a_limit() {
    let world = World::new().await;
    let mut options = world
        .options()
        .with_verify(Verify::new(|_| std::future::pending()));
    options.verify_within = Duration::from_millis(50);
    let error = within(Tunnel::open(world.spec(), options))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, TunnelError::Unverified { reason, .. } if reason.contains("0.05 s")),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_never_speaks_has_a_limit() {
    let world = World::new().await;
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let target = format!("ann@127.0.0.1:{port}").parse().unwrap();
    let spec = TunnelSpec::new(target, world.echo.port)
        .with_local_port(LocalPort::Ephemeral)
        .with_ssh_config(world.sshd.ssh_config());
    let error = world
        .refused(spec.clone().with_connect_timeout(Duration::from_secs(1)))
        .await;
    assert_eq!(error.ssh_kind(), Some(SshFailureKind::TimedOut), "{error}");
    // Ours is there where the one of `ssh` does not reach.
    let mut options = world.options();
    options.ready_within = Duration::from_millis(200);
    let error = within(Tunnel::open(spec, options)).await.unwrap_err();
    assert!(matches!(error, TunnelError::NotReady { .. }), "{error}");
    assert!(processes_with(&format!("ann@127.0.0.1\0-p\0{port}")).is_empty());
}

#[tokio::test]
async fn nobody_at_the_ssh_port_is_a_refused_connection() {
    let mut world = World::new().await;
    world.sshd.stop();
    let error = world.refused(world.spec()).await;
    assert_ssh(
        &error,
        SshFailureKind::ConnectionRefused,
        "Connection refused",
        "ssh -v",
    );
    assert_eq!(error.class(), FailureClass::Retry);
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    let world = World::new().await;
    let spec = TunnelSpec::new("ann@host.invalid".parse().unwrap(), 1)
        .with_local_port(LocalPort::Ephemeral)
        .with_ssh_config(world.sshd.ssh_config());
    let error = world.refused(spec).await;
    assert_eq!(
        error.ssh_kind(),
        Some(SshFailureKind::CouldNotResolve),
        "{error}"
    );
}

#[tokio::test]
async fn an_exact_port_that_is_taken_is_named() {
    let world = World::new().await;
    let squatter = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let spec = world.spec().with_local_port(LocalPort::Exactly(taken));
    let error = world.refused(spec).await;
    assert!(
        matches!(error, TunnelError::LocalPortTaken { port } if port == taken),
        "{error}"
    );
    assert_eq!(world.sshd.accepted(), 0);
}

#[tokio::test]
async fn a_configuration_that_ssh_does_not_accept_is_named() {
    let world = World::new().await;
    let config = world.directory.path().join("config");
    std::fs::write(&config, "Nonsense yes\n").unwrap();
    let error = world.refused(world.spec().with_ssh_config(config)).await;
    assert_ssh(
        &error,
        SshFailureKind::Configuration,
        "nonsense",
        "ssh_config",
    );
}

#[tokio::test]
async fn a_further_forward_of_the_users_configuration_is_told_from_ours() {
    let world = World::new().await;
    let squatter = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let config = world.sshd.ssh_config();
    let mut text = std::fs::read_to_string(&config).unwrap();
    text += &format!("  LocalForward 127.0.0.1:{taken} 127.0.0.1:1\n");
    std::fs::write(&config, text).unwrap();
    let error = world.refused(world.spec()).await;
    assert_ssh(
        &error,
        SshFailureKind::ForeignForward,
        &taken.to_string(),
        "ssh_config",
    );
}

/// A program that does this and then, if it comes to that, is `ssh`.
fn program(world: &World, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = world.directory.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\nexec ssh \"$@\"\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[tokio::test]
async fn an_old_ssh_without_the_newest_options_works() {
    let world = World::new().await;
    // Says that it is old, and then does not accept what an old one does not know.
    let script = "if [ \"$1\" = -V ]; then echo 'OpenSSH_8.4p1 Debian-5' >&2; exit; fi
        for a; do case $a in ForkAfter*) echo 'Bad configuration option' >&2; exit 255;; esac; done";
    let program = program(&world, script);
    let spec = world.spec().with_ssh_program(program).unwrap();
    within(Tunnel::open(spec, world.options()))
        .await
        .unwrap()
        .stop()
        .await;
}

#[tokio::test]
async fn a_port_that_is_lost_between_choice_and_bind_is_replaced() {
    let world = World::new().await;
    let once = world.directory.path().join("once");
    // The first time somebody else was faster. The fifth argument is the forward.
    let script = format!(
        "if [ \"$1\" != -V ] && mkdir '{}' 2>/dev/null; then
            port=$(echo \"$5\" | cut -d: -f2)
            echo \"bind [127.0.0.1]:$port: Address already in use\" >&2
            echo \"channel_setup_fwd_listener_tcpip: cannot listen to port: $port\" >&2
            echo 'Could not request local forwarding.' >&2
            exit 255
        fi",
        once.display()
    );
    let program = program(&world, &script);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let spec = world.spec().with_ssh_program(program).unwrap();

    let exact = spec.clone().with_local_port(LocalPort::Exactly(free));
    let error = world.refused(exact).await;
    assert!(
        matches!(error, TunnelError::LocalPortTaken { port } if port == free),
        "{error}"
    );

    std::fs::remove_dir(&once).unwrap();
    let preferred = spec.with_local_port(LocalPort::Preferred(free));
    let tunnel = within(Tunnel::open(preferred, world.options()))
        .await
        .unwrap();
    assert_ne!(tunnel.current().unwrap().local_addr.port(), free);
    assert!(once.exists());
    tunnel.stop().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn an_ssh_that_says_it_listens_and_does_not_is_not_believed() {
    let world = World::new().await;
    let script = "[ \"$1\" = -V ] && exit
        port=$(echo \"$5\" | cut -d: -f2)
        echo \"debug1: Local forwarding listening on 127.0.0.1 port $port.\" >&2
        echo 'debug1: channel 0: new [port listener]' >&2
        exec sleep 1000";
    let program = program(&world, script);
    let error = world
        .refused(world.spec().with_ssh_program(program).unwrap())
        .await;
    assert!(
        matches!(error, TunnelError::ListenerNotOurs { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_alias_with_a_jump_host_of_the_users_configuration_works() {
    let world = World::new().await;
    let config = world.sshd.ssh_config();
    let mut text = format!(
        "Host far\n  HostName 127.0.0.1\n  Port {0}\n  User {1}\n  HostKeyAlias [127.0.0.1]:{0}\n  \
         ProxyCommand ssh -F \"{2}\" -i \"{3}\" -o BatchMode=yes -p {0} -W %h:%p {1}@127.0.0.1\n",
        world.sshd.port(),
        world.sshd.target().user().unwrap(),
        config.with_file_name("jump_config").display(),
        world.sshd.identity().display(),
    );
    let plain = std::fs::read_to_string(&config).unwrap();
    std::fs::write(config.with_file_name("jump_config"), &plain).unwrap();
    text += &plain;
    std::fs::write(&config, text).unwrap();
    let spec = TunnelSpec::new("far".parse().unwrap(), world.echo.port)
        .with_local_port(LocalPort::Ephemeral)
        .with_identity(world.sshd.identity())
        .with_ssh_config(&config);
    let tunnel = within(Tunnel::open(spec, world.options())).await.unwrap();
    assert_eq!(world.sshd.accepted(), 2, "the jump host and the far one");
    let jump = config.with_file_name("jump_config").display().to_string();
    assert!(!processes_with(&jump).is_empty());
    tunnel.stop().await;
    world.sshd.wait_until_idle();
    assert!(processes_with(&jump).is_empty());
}
