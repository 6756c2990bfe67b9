//! Whether there is a tunnel, where it leads, and what is sent through it.

use openclaw_connect::HostClass;
use openclaw_remote::tunnel::{Keeper, KeeperError, KeptPurpose, KeptState, kept, kept_by_all};
use openclaw_remote::{SecretValue, Target, TargetRefused, TunnelPlan, UrlSource};
use openclaw_ssh_tunnel::LocalPort;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::target::Home;

fn remote(mut remote: Value) -> Home {
    let gateway = json!({ "mode": "remote", "remote": remote.take() });
    Home::new(json!({ "gateway": gateway }))
}

fn ssh(mut home: Home, target: &str) -> Home {
    home.flags.ssh = Some(target.to_owned());
    home
}

fn plan(home: &Home) -> Option<TunnelPlan> {
    home.resolve().unwrap().tunnel
}

fn token(target: &Target) -> Option<String> {
    match &target.credentials.token.as_ref()?.value {
        SecretValue::Ready(secret) => Some(secret.expose_secret().to_owned()),
        SecretValue::Command(_) => None,
    }
}

#[test]
fn the_configuration_leads_through_ssh_only_where_it_says_so() {
    let tunnelled = [
        json!({ "transport": "ssh", "sshTarget": "ann@pi" }),
        json!({ "transport": "ssh", "sshTarget": "ann@pi", "url": "wss://pi.example" }),
        json!({ "sshTarget": "ann@pi" }),
        json!({ "sshTarget": "ann@pi", "url": "ws://127.0.0.1:18789" }),
    ];
    for config in tunnelled {
        let target = remote(config.clone()).resolve().unwrap();
        assert_eq!(target.info.url_source, UrlSource::SshConfig, "{config}");
        assert_eq!(target.info.url.host_class(), HostClass::Loopback);
    }
    let direct = [
        json!({ "transport": "direct", "sshTarget": "ann@pi", "url": "wss://pi.example" }),
        // An address that needs no tunnel, and a host that the original's probe uses.
        json!({ "sshTarget": "ann@pi", "url": "wss://pi.example" }),
        json!({ "transport": "ssh", "url": "ws://127.0.0.1:18789" }),
    ];
    for config in direct {
        let target = remote(config.clone()).resolve().unwrap();
        assert_eq!(target.info.url_source, UrlSource::Remote, "{config}");
        assert!(target.tunnel.is_none(), "{config}");
    }
    let local = Home::new(json!({ "gateway": { "remote": {
        "transport": "ssh", "sshTarget": "ann@pi",
    }}}));
    assert!(plan(&local).is_none());
    let by_hand = remote(json!({ "transport": "ssh", "sshTarget": "ann@pi" }))
        .url("wss://other.example")
        .token("t");
    assert!(plan(&by_hand).is_none());
}

#[test]
fn the_far_port_is_found_in_the_order_of_the_original() {
    let far = |home: &Home| plan(home).unwrap().spec.remote_port();
    let config = |more: Value| {
        let mut all = json!({ "transport": "ssh", "sshTarget": "ann@pi:2222" });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        remote(all)
    };
    assert_eq!(far(&config(json!({}))), 18789);
    assert_eq!(far(&config(json!({ "remotePort": 4000 }))), 4000);
    let near = json!({ "url": "ws://127.0.0.1:5000" });
    assert_eq!(far(&config(near)), 5000);
    let both = json!({ "url": "ws://127.0.0.1:5000", "remotePort": 4000 });
    assert_eq!(far(&config(both)), 4000);
    assert_eq!(
        far(&config(json!({ "url": "ws://pi:6000" }))
            .env("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS", "1")),
        6000
    );
    assert_eq!(
        far(&config(json!({ "url": "wss://elsewhere:6000" }))),
        18789
    );
    assert_eq!(
        far(&config(json!({})).env("OPENCLAW_GATEWAY_PORT", "7000")),
        7000
    );
    // By hand: the port is that of the Gateway over there, and another host's is not asked.
    let mut home = ssh(config(json!({ "remotePort": 4000 })), "bob@other");
    assert_eq!(far(&home), 18789);
    home.flags.port = 8000.try_into().ok();
    assert_eq!(far(&home), 8000);
}

#[test]
fn one_command_takes_any_near_port_and_a_tunnel_that_stays_the_usual_one() {
    let plan_of = |config| plan(&remote(config)).unwrap();
    let plain = plan_of(json!({ "sshTarget": "ann@pi" }));
    assert_eq!(plain.spec.local_port(), LocalPort::Ephemeral);
    assert_eq!(
        plain.clone().staying(None).spec.local_port(),
        LocalPort::Preferred(18789)
    );
    assert_eq!(
        plain.staying(Some(9)).spec.local_port(),
        LocalPort::Exactly(9)
    );
    let named = plan_of(json!({ "sshTarget": "ann@pi", "url": "ws://127.0.0.1:5000" }));
    assert_eq!(named.spec.local_port(), LocalPort::Preferred(5000));
}

#[test]
fn secrets_go_to_the_gateway_they_are_for() {
    let secrets = json!({ "gateway": {
        "auth": { "token": "local" },
        "remote": { "sshTarget": "ann@pi", "token": "remote" },
    }});
    let home = || Home::new(secrets.clone());
    assert_eq!(
        token(&ssh(home(), "ann@pi").resolve().unwrap()).as_deref(),
        Some("remote")
    );
    // Another host, another port, another user: another target.
    for other in ["ann@other", "ann@pi:2222", "bob@pi", "pi"] {
        let target = ssh(home(), other).resolve().unwrap();
        assert_eq!(token(&target), None, "{other}");
        assert!(target.check_credentials("health", false).is_err());
        let env = ssh(home(), other).env("OPENCLAW_GATEWAY_TOKEN", "env");
        assert_eq!(token(&env.resolve().unwrap()).as_deref(), Some("env"));
    }
    let url = json!({ "gateway": { "remote": { "url": "wss://gate.example", "token": "remote" }}});
    let by_url = |target| token(&ssh(Home::new(url.clone()), target).resolve().unwrap());
    assert_eq!(by_url("ann@gate.example").as_deref(), Some("remote"));
    assert_eq!(by_url("ann@other.example"), None);
}

#[test]
fn device_tokens_are_filed_under_the_tunnel() {
    let origin = |target: &str, port: u16| {
        let mut home = ssh(Home::new(json!({})), target);
        home.flags.port = port.try_into().ok();
        let target = home.resolve().unwrap();
        // Wherever its near end is.
        let open = target.at(([127, 0, 0, 1], 40_000).into());
        assert_eq!(open.endpoint().origin(), target.endpoint().origin());
        assert_eq!(open.info.url.port(), 40_000);
        target.endpoint().origin().to_string()
    };
    assert_eq!(origin("ann@pi", 1), "ssh://ann@pi/1");
    assert_ne!(origin("ann@pi", 1), origin("ann@pi", 2));
    assert_ne!(origin("ann@pi", 1), origin("bob@pi", 1));
}

#[test]
fn what_cannot_be_is_refused_with_its_source() {
    let refused = |home: Home| home.resolve().unwrap_err();
    let both = ssh(Home::new(json!({})), "ann@pi").url("wss://a.example");
    assert!(matches!(refused(both), TargetRefused::SshWithUrl));
    let text = refused(ssh(Home::new(json!({})), "-oProxyCommand=x")).to_string();
    assert!(text.ends_with("Source: --ssh"), "{text}");
    let text = refused(remote(json!({ "sshTarget": "a b" }))).to_string();
    assert!(text.contains("gateway.remote.sshTarget"), "{text}");
    let program = ssh(Home::new(json!({})), "pi").env("OPENCLAW_SSH_PROGRAM", "ssh");
    let text = refused(program).to_string();
    assert!(text.contains("OPENCLAW_SSH_PROGRAM"), "{text}");
}

#[test]
fn a_kept_tunnel_is_on_record_for_as_long_as_its_keeper_lives() {
    let state = tempfile::tempdir().unwrap();
    let home = ssh(Home::new(json!({})), "ann@pi")
        .env("OPENCLAW_STATE_DIR", state.path().to_str().unwrap());
    let plan = plan(&home).unwrap();
    assert_eq!(kept(&plan), None);
    let keeper = Keeper::take(&plan, Some(7), KeptPurpose::Tunnel).unwrap();
    let record = kept(&plan).unwrap();
    assert_eq!(&record, keeper.kept());
    assert_eq!(
        (record.pid, record.exact_port),
        (std::process::id(), Some(7))
    );
    assert_eq!(record.state, KeptState::Connecting);
    assert_eq!(kept_by_all(state.path()), std::slice::from_ref(&record));
    let second = Keeper::take(&plan, None, KeptPurpose::Node);
    assert!(matches!(second, Err(KeeperError::Taken(by)) if *by == record));

    // A record without a living keeper says nothing.
    let file = openclaw_remote::tunnel::log_file(&plan).with_extension("json");
    let text = std::fs::read(&file).unwrap();
    drop(keeper);
    assert!(!file.exists());
    std::fs::write(&file, text).unwrap();
    assert_eq!(kept(&plan), None);
    assert!(kept_by_all(state.path()).is_empty());
    Keeper::take(&plan, None, KeptPurpose::Node).unwrap();
}
