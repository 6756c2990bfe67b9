//! URL, trust and headers of a target.

use std::path::{Path, PathBuf};

use openclaw_config::{Env, Loaded, PathFlags, Paths, check_text};
use openclaw_connect::{HostClass, Trust};
use openclaw_identity::GatewayOrigin;
use openclaw_remote::{KnownGateways, KnownPin, Target, TargetFlags, TargetRefused, UrlSource};
use openclaw_tls_pin::{Pin, ServerCertFiles, SubjectNames};
use serde_json::{Value, json};

pub(crate) struct Home {
    pub(crate) env: Env,
    pub(crate) config: Value,
    pub(crate) flags: TargetFlags,
}

impl Home {
    pub(crate) fn new(config: Value) -> Self {
        let env = Env::empty().with("HOME", "/nonexistent-home");
        Self {
            env,
            config,
            flags: TargetFlags::default(),
        }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.with(name, value);
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.flags.url = Some(url.to_owned());
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.flags.token = Some(token.into());
        self
    }

    pub(crate) fn resolve(&self) -> Result<Target, TargetRefused> {
        Target::resolve(&self.flags, &self.paths(), &self.loaded())
    }

    pub(crate) fn paths(&self) -> Paths {
        Paths::resolve(&self.env, &PathFlags::default()).unwrap()
    }

    fn loaded(&self) -> Loaded {
        check_text(
            Path::new("/c/openclaw.json"),
            self.config.to_string(),
            &self.env,
        )
        .unwrap()
    }

    fn address(&self) -> (String, UrlSource) {
        let target = self.resolve().unwrap();
        (target.info.url.to_string(), target.info.url_source)
    }

    fn refused(&self) -> String {
        self.resolve().unwrap_err().to_string()
    }
}

fn remote(remote: Value) -> Home {
    Home::new(json!({"gateway": {"mode": "remote", "remote": remote}}))
}

#[test]
fn a_port_means_this_machine_and_excludes_a_url() {
    let mut home = remote(json!({"url": "wss://gate.example", "token": "rem"}))
        .env("OPENCLAW_GATEWAY_URL", "wss://other.example")
        .env("OPENCLAW_GATEWAY_PORT", "5");
    home.flags.port = std::num::NonZeroU16::new(7);
    assert_eq!(
        home.address(),
        ("ws://127.0.0.1:7".to_owned(), UrlSource::Local)
    );
    home.flags.url = Some("ws://127.0.0.1:8".to_owned());
    assert!(matches!(home.resolve(), Err(TargetRefused::PortWithUrl)));
}

#[test]
fn a_profile_has_its_own_port() {
    let home = Home::new(json!({}))
        .env("OPENCLAW_PROFILE", "dev")
        .env("OPENCLAW_GATEWAY_TOKEN", "t");
    assert_eq!(home.address().0, "ws://127.0.0.1:19001");
}

#[test]
fn the_port_of_the_environment_may_be_composes() {
    for (value, port) in [
        ("20311", 20311),
        ("0.0.0.0:20311", 20311),
        ("[::]:20311", 20311),
        ("-1", 18789),
        ("0", 18789),
        ("70000", 18789),
    ] {
        let home = Home::new(json!({})).env("OPENCLAW_GATEWAY_PORT", value);
        assert_eq!(
            home.address().0,
            format!("ws://127.0.0.1:{port}"),
            "{value}"
        );
    }
}

#[test]
fn a_url_with_credentials_or_of_no_kind_is_refused_with_its_source() {
    let refused = Home::new(json!({}))
        .url("ws://u:hunter2@127.0.0.1")
        .token("t")
        .refused();
    assert!(refused.ends_with("\nSource: cli --url"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
    let refused = remote(json!({"url": "wss://u:hunter2@gate.example"})).refused();
    assert!(
        refused.ends_with("\nSource: config gateway.remote.url"),
        "{refused}"
    );
    let refused = Home::new(json!({}))
        .env("OPENCLAW_GATEWAY_URL", "gate.example")
        .refused();
    assert!(
        refused.ends_with("\nSource: env OPENCLAW_GATEWAY_URL"),
        "{refused}"
    );
}

#[test]
fn the_break_glass_flag_reaches_names_and_no_public_address() {
    let named = || Home::new(json!({})).url("ws://gate.example:1").token("t");
    assert!(
        named()
            .refused()
            .starts_with("SECURITY ERROR: Gateway URL \"ws://gate.example:1\"")
    );
    let target = named()
        .env("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS", "1")
        .resolve()
        .unwrap();
    assert!(
        target.endpoint().allow_private_names,
        "the addresses are checked when dialling"
    );
    let public = Home::new(json!({})).url("ws://203.0.113.5:1").token("t");
    assert!(matches!(
        public
            .env("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS", "1")
            .resolve(),
        Err(TargetRefused::Plaintext { .. })
    ));
}

#[test]
fn a_missing_credential_is_said_before_a_plaintext_address() {
    let refused = Home::new(json!({})).url("ws://gate.example:1").refused();
    assert!(
        refused.starts_with("gateway url override requires explicit credentials"),
        "{refused}"
    );
}

fn pins(target: &Target) -> Option<String> {
    match &target.trust.trust {
        Trust::Pins(pins) => Some(pins.to_string()),
        Trust::System => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pins_belong_to_the_url_they_were_configured_for() {
    let pin = "ab".repeat(32);
    let shown = Some(format!("sha256:{pin}"));
    let config = json!({"url": "wss://gate.example", "token": "t", "tlsFingerprint": pin});
    let target = remote(config.clone()).resolve().unwrap();
    assert_eq!(pins(&target), shown);
    assert_eq!(
        target.trust.from.to_string(),
        "config gateway.remote.tlsFingerprint"
    );

    let by_hand = remote(config.clone())
        .url("wss://gate.example")
        .token("t")
        .resolve()
        .unwrap();
    assert_eq!(pins(&by_hand), None, "not even for the same URL");

    let mut explicit = remote(config.clone()).url("wss://gate.example").token("t");
    explicit.flags.tls_fingerprint = Some(format!("SHA256:{}", "cd".repeat(32)));
    let target = explicit.resolve().unwrap();
    assert_eq!(pins(&target), Some(format!("sha256:{}", "cd".repeat(32))));
    assert_eq!(target.trust.from.to_string(), "--tls-fingerprint");

    let mut local = config;
    local["url"] = Value::Null;
    let local = Home::new(
        json!({"gateway": {"mode": "local", "auth": {"token": "t"}, "remote": {"tlsFingerprint": pin}}}),
    );
    assert_eq!(
        pins(&local.resolve().unwrap()),
        None,
        "mode local has no remote pin"
    );
}

#[test]
fn several_pins_and_key_pins_are_accepted() {
    let (old, new) = ("ab".repeat(32), "cd".repeat(32));
    let pins_text = format!("{old}, spki-sha256:{new}");
    let target =
        remote(json!({"url": "wss://g.example", "token": "t", "tlsFingerprint": pins_text}));
    let expected = format!("sha256:{old},spki-sha256:{new}");
    assert_eq!(pins(&target.resolve().unwrap()), Some(expected));
}

#[test]
fn a_gateway_with_tls_on_this_machine_is_pinned_by_its_certificate() {
    let home = tempfile::tempdir().unwrap();
    let config = json!({"gateway": {"tls": {"enabled": true}, "auth": {"token": "t"}}});
    let local = Home::new(config).env("OPENCLAW_STATE_DIR", home.path().to_str().unwrap());
    let target = local.resolve().unwrap();
    assert_eq!(target.info.url.to_string(), "wss://127.0.0.1:18789");
    assert_eq!(pins(&target), None, "nothing to pin yet");
    assert_eq!(
        std::fs::read_dir(home.path()).unwrap().count(),
        0,
        "and nothing is made"
    );

    let paths = local.paths();
    let files = ServerCertFiles {
        cert_path: paths.tls_cert_file(),
        key_path: paths.tls_key_file(),
    };
    let (cert, _) = files
        .load_or_generate(&SubjectNames::local(), 1_704_067_200)
        .unwrap();
    let expected = Some(format!("sha256:{}", cert.fingerprint()));
    assert_eq!(pins(&local.resolve().unwrap()), expected);

    std::fs::write(paths.tls_cert_file(), "garbage").unwrap();
    assert!(matches!(
        local.resolve(),
        Err(TargetRefused::OwnCertificate { .. })
    ));
}

#[test]
fn what_a_person_trusts_counts_for_that_address_and_behind_what_is_said_outright() {
    let state = tempfile::tempdir().unwrap();
    let state_dir = state.path().to_str().unwrap().to_owned();
    let by_hand = |url: &str| {
        Home::new(json!({}))
            .env("OPENCLAW_STATE_DIR", &state_dir)
            .url(url)
            .token("t")
    };
    let known = KnownGateways::of(&by_hand("wss://gate.example").paths());
    let pin: Pin = "ab".repeat(32).parse().unwrap();
    let origin = KnownGateways::address("gate.example:443").unwrap().origin();
    known.add(&origin, KnownPin::new(pin)).unwrap();

    let trusted = Some(pin.to_string());
    let target = by_hand("wss://gate.example/path").resolve().unwrap();
    assert_eq!(pins(&target), trusted);
    assert_eq!(target.trust.from.to_string(), "state known-gateways.json");
    assert_eq!(
        pins(&by_hand("wss://gate.example:8443").resolve().unwrap()),
        None
    );
    assert_eq!(
        pins(&by_hand("wss://other.example").resolve().unwrap()),
        None
    );

    let configured = |more: Value| {
        let mut config = json!({"url": "wss://gate.example", "token": "t"});
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        remote(config).env("OPENCLAW_STATE_DIR", &state_dir)
    };
    assert_eq!(pins(&configured(json!({})).resolve().unwrap()), trusted);
    let other = configured(json!({"tlsFingerprint": "cd".repeat(32)}))
        .resolve()
        .unwrap();
    assert_eq!(pins(&other), Some(format!("sha256:{}", "cd".repeat(32))));

    // A person's decisions that cannot be read are not taken for none.
    std::fs::write(known.path(), "{").unwrap();
    assert!(matches!(
        by_hand("wss://gate.example").resolve(),
        Err(TargetRefused::KnownGateways(_))
    ));
}

#[test]
fn edge_headers_go_with_the_configured_url_only() {
    let config = json!({
        "url": "wss://gate.example",
        "token": "t",
        "edgeAuth": {"CF-Access-Client-Id": "id", "CF-Access-Client-Secret": {"source": "env", "id": "CF_SECRET"}},
    });
    let home = remote(config.clone()).env("CF_SECRET", "hunter2");
    let edge = home.resolve().unwrap().edge.expect("headers");
    let mut names: Vec<&str> = edge.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["cf-access-client-id", "cf-access-client-secret"]);
    assert!(!format!("{:?}", home.resolve().unwrap()).contains("hunter2"));

    let by_hand = remote(config.clone())
        .env("CF_SECRET", "x")
        .url("wss://gate.example")
        .token("t");
    assert!(by_hand.resolve().unwrap().edge.is_none());
    let refused = remote(config).refused();
    assert!(
        refused.contains("gateway.remote.edgeAuth.CF-Access-Client-Secret"),
        "{refused}"
    );

    let reserved = json!({"url": "wss://g.example", "token": "t", "edgeAuth": {"Host": "x"}});
    assert!(matches!(
        remote(reserved).resolve(),
        Err(TargetRefused::Edge(_))
    ));
}

#[test]
fn a_call_with_nothing_to_show_is_refused_here_unless_something_else_vouches() {
    let refused = |config: Value| {
        let target = Home::new(json!({ "gateway": config })).resolve().unwrap();
        target.check_credentials("health", false).is_err()
    };
    assert!(refused(json!({})));
    assert!(refused(json!({"auth": {"mode": "token"}})));
    assert!(refused(json!({"auth": {"mode": "password"}})));
    assert!(!refused(json!({"auth": {"mode": "none"}})));
    assert!(!refused(json!({"auth": {"token": "t"}})));
    assert!(!refused(json!({"auth": {"allowTailscale": true}})));
    assert!(!refused(json!({"tailscale": {"mode": "serve"}})));
    assert!(refused(
        json!({"mode": "remote", "remote": {"url": "wss://gate.example"}})
    ));
    assert!(!refused(
        json!({"mode": "remote", "remote": {"url": "wss://gate.tail1.ts.net"}})
    ));
    let target = Home::new(json!({})).resolve().unwrap();
    assert!(
        target.check_credentials("health", true).is_ok(),
        "a paired device"
    );
}

#[test]
fn a_tunnel_changes_the_address_and_not_the_gateway() {
    let target = remote(json!({"url": "ws://gate.local:18789", "token": "t"}))
        .resolve()
        .unwrap();
    let origin = GatewayOrigin::through_ssh("me@gate", 18789).unwrap();
    let near = target.through_tunnel("ws://127.0.0.1:40000".parse().unwrap(), origin.clone());
    assert_eq!(
        near.endpoint().origin(),
        origin,
        "its tokens are not those of this machine"
    );
    assert_eq!(near.endpoint().url.host_class(), HostClass::Loopback);
}

#[test]
fn details_name_target_source_config_and_bind() {
    let home = Home::new(json!({"gateway": {"bind": "lan", "auth": {"token": "t"}}}));
    assert_eq!(
        home.resolve().unwrap().info.to_string(),
        "Gateway target: ws://127.0.0.1:18789\nSource: local loopback\n\
         Config: /c/openclaw.json\nBind: lan"
    );
    let remote = remote(json!({"url": "wss://g.example/p?x=hunter2", "token": "t"}));
    assert_eq!(
        remote.resolve().unwrap().info.to_string(),
        "Gateway target: wss://g.example/p?…\nSource: config gateway.remote.url\n\
         Config: /c/openclaw.json"
    );
    assert_eq!(
        remote.resolve().unwrap().info.config_path,
        Some(PathBuf::from("/c/openclaw.json"))
    );
}
