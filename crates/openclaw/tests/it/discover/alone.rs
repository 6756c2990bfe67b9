//! The tests that have a network for themselves.

mod dns;
mod far;
mod rogue;

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use openclaw_discovery::{BrowseOptions, Sighting, Watch, watch};
use openclaw_tls_pin::ServerCertFiles;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::network::{HOST, is_alone};
use crate::support::{Gateway, Home, TOKEN};
use rogue::Rogue;

/// A home that speaks mDNS, with this beside `gateway` in its configuration.
fn home(gateway: &Value, discovery: &Value) -> Home {
    let home = Home::new()
        .with("OPENCLAW_DISABLE_BONJOUR", "0")
        .with("OPENCLAW_MDNS_HOSTNAME", "studio")
        .with("OPENCLAW_SSH_PORT", "2222");
    let mut config = json!({
        "gateway": { "mode": "local", "auth": { "mode": "token", "token": TOKEN } },
        "discovery": discovery,
    });
    let own = config["gateway"].as_object_mut().unwrap();
    own.extend(gateway.as_object().unwrap().clone());
    home.write_config(&config);
    home
}

fn full() -> Value {
    json!({ "mdns": { "mode": "full" } })
}

fn discovered(home: &Home) -> Value {
    let args = ["gateway", "discover", "--timeout", "2000", "--json"];
    let ran = home.run(&args).ok();
    assert_eq!(ran.stderr, "", "{ran:?}");
    ran.json()
}

fn only(found: &Value) -> &Value {
    assert_eq!(found["count"], 1, "{found}");
    &found["beacons"][0]
}

/// Waits until the Gateway says that it is announced.
fn announced(gateway: &mut Gateway) {
    gateway.process.stderr_line("announced by mDNS");
}

/// The next news of the network that fits.
async fn until(watch: &mut Watch, fits: impl Fn(&Sighting) -> bool) {
    let news = async {
        while let Some(news) = watch.next().await {
            if fits(&news) {
                return;
            }
        }
        panic!("the search ended");
    };
    tokio::time::timeout(Duration::from_secs(60), news)
        .await
        .expect("heard in time");
}

#[test]
#[ignore = "for a network of its own"]
fn found_and_gone() {
    if !is_alone() {
        return;
    }
    let home = home(&json!({ "bind": "lan" }), &full());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut watch = runtime.block_on(async {
        watch(BrowseOptions {
            timeout: None,
            ..BrowseOptions::default()
        })
    });
    let mut gateway = home.gateway(&[]);
    let port = gateway.port;
    announced(&mut gateway);

    let found = discovered(&home);
    assert_eq!(found["timeoutMs"], 2000);
    assert_eq!(found["domains"], json!(["local."]));
    let beacon = only(&found);
    let url = format!("ws://studio.local:{port}");
    assert_eq!(beacon["wsUrl"], json!(url), "{beacon}");
    assert_eq!(
        (&beacon["host"], &beacon["port"]),
        (&json!("studio.local"), &json!(port))
    );
    assert_eq!(
        (&beacon["sshPort"], &beacon["gatewayPort"]),
        (&json!(2222), &json!(port))
    );
    assert_eq!(beacon["txt"]["gatewayDirectReachable"], "1", "{beacon}");
    assert_eq!(
        beacon["cliPath"],
        env!("CARGO_BIN_EXE_openclaw"),
        "{beacon}"
    );

    let text = home.run(&["gateway", "discover"]).ok();
    let name = beacon["displayName"].as_str().unwrap();
    for line in [
        "Gateway Discovery".to_owned(),
        "Found 1 gateway(s) · domains: local.".to_owned(),
        format!("- {name} local."),
        "  lan: studio.local".to_owned(),
        "  host: studio.local".to_owned(),
        format!("  ws: {url}"),
        "  role: gateway".to_owned(),
        "  transport: gateway".to_owned(),
        format!("  ssh: ssh -N -L 18789:127.0.0.1:{port} <user>@studio.local -p 2222"),
        format!("  addresses: {HOST}:{port}"),
        format!("  probe: openclaw gateway probe --url {url}"),
    ] {
        assert!(
            text.stdout.lines().any(|have| have == line),
            "{line}: {text:?}"
        );
    }
    assert_eq!(text.stderr, "", "nothing is shown where nobody looks");

    let args = ["--port", &gateway.port_text(), "--timeout", "5000"];
    let probe = home.run(&[&["gateway", "probe", "--json"][..], &args].concat());
    let discovery = probe.ok().json()["discovery"].clone();
    assert_eq!(discovery["timeoutMs"], 1200, "{discovery}");
    assert_eq!(only(&discovery)["wsUrl"], json!(url));
    let probe = home.run(&[&["gateway", "probe"][..], &args].concat()).ok();
    let said = "Discovery (this machine)\nFound 1 gateway(s) via Bonjour (local.)\n";
    assert!(probe.stdout.contains(said), "{}", probe.stdout);
    let status = home.run(&["status", "--port", &gateway.port_text()]).ok();
    assert!(
        status.stdout.contains("mDNS announced"),
        "{}",
        status.stdout
    );

    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    let gone = |news: &Sighting| matches!(news, Sighting::Gone { .. });
    runtime.block_on(until(&mut watch, gone));
    assert_eq!(discovered(&home)["beacons"], json!([]));
}

#[test]
#[ignore = "for a network of its own"]
fn with_tls() {
    if !is_alone() {
        return;
    }
    let tls = json!({ "bind": "lan", "tls": { "enabled": true } });
    let home = home(&tls, &json!({ "mdns": { "mode": "minimal" } }));
    let mut gateway = home.gateway(&[]);
    let port = gateway.port;
    announced(&mut gateway);
    let found = discovered(&home);
    let beacon = only(&found);
    assert_eq!(beacon["wsUrl"], json!(format!("wss://studio.local:{port}")));
    assert_eq!(beacon["gatewayTls"], true);
    let files = ServerCertFiles::in_state_dir(&home.state());
    let own = files.fingerprint().unwrap().to_string();
    assert_eq!(beacon["gatewayTlsFingerprintSha256"], json!(own));
    // What only mode full says.
    for key in ["sshPort", "cliPath", "tailnetDns"] {
        assert_eq!(beacon[key], Value::Null, "{beacon}");
    }
    let text = home.run(&["gateway", "discover"]).ok().stdout;
    let trust = format!("  trust: openclaw trust add studio.local:{port}\n");
    assert!(text.contains(&trust), "{text}");
    assert!(text.contains(&format!("  tls: sha256 {own}\n")), "{text}");
    assert!(!text.contains("  ssh:"), "{text}");
}

#[test]
#[ignore = "for a network of its own"]
fn silent() {
    if !is_alone() {
        return;
    }
    // Nobody asked, on a system that does not announce by default; it was forbidden; and the
    // environment's veto.
    let unasked = home(&json!({ "bind": "lan" }), &json!({}));
    let off = home(
        &json!({ "bind": "lan" }),
        &json!({ "mdns": { "mode": "off" } }),
    );
    let vetoed = home(&json!({ "bind": "lan" }), &full()).with("OPENCLAW_DISABLE_BONJOUR", "1");
    let homes = [&off, &vetoed];
    let mut gateways: Vec<Gateway> = homes.into_iter().map(|home| home.gateway(&[])).collect();
    for (gateway, reason) in gateways
        .iter_mut()
        .zip(["discovery.mdns.mode", "OPENCLAW_DISABLE_BONJOUR"])
    {
        let line = gateway.process.stderr_line("not announced by mDNS");
        assert!(line.contains(reason), "{line}");
    }
    if cfg!(target_os = "linux") {
        gateways.push(unasked.gateway(&[]));
    }
    assert_eq!(discovered(&unasked)["beacons"], json!([]));
}

/// Everybody who was dialled at these ports.
fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
#[ignore = "for a network of its own"]
fn steered() {
    if !is_alone() {
        return;
    }
    let home = home(&json!({ "remote": { "token": TOKEN } }), &json!({}));
    // A Gateway that a person has trusted, and somebody who answers in its name.
    let (real, port) = listen();
    let (evil, evil_port) = listen();
    let pin = format!("sha256:{}", "11".repeat(32));
    let place = format!("rogue.local:{port}");
    home.run(&["trust", "add", &place, "--fingerprint", &pin])
        .ok();
    let shown = || home.run(&["trust", "list", "--json"]).ok().stdout;
    let trusted = shown();
    assert!(trusted.contains(&pin), "{trusted}");

    let rogue = Rogue {
        instance: "Rogue (OpenClaw)",
        host: "rogue.local",
        address: HOST.parse().unwrap(),
        port,
        txt: vec![
            format!("gatewayPort={evil_port}"),
            "lanHost=evil.local".to_owned(),
            "tailnetDns=evil.ts.net".to_owned(),
            "gatewayTls=1".to_owned(),
            format!("gatewayTlsSha256={}", "ee".repeat(32)),
            "displayName=Rogue \u{1b}]0;owned\u{7}".to_owned(),
            "sshPort=22; rm -rf /".to_owned(),
        ],
    }
    .speak();

    let found = discovered(&home);
    let beacon = only(&found);
    assert_eq!(beacon["wsUrl"], json!(format!("wss://{place}")), "{beacon}");
    assert_eq!(
        (&beacon["host"], &beacon["port"]),
        (&json!("rogue.local"), &json!(port))
    );
    // Its claims are shown as such, and cannot act.
    assert_eq!(beacon["gatewayPort"], json!(evil_port));
    assert_eq!(beacon["displayName"], r"Rogue \u{1b}]0;owned\u{7}");
    assert_eq!(beacon["sshPort"], Value::Null);

    let text = home.run(&["gateway", "discover"]).ok().stdout;
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    let routes: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["ws:", "ssh:", "addresses:", "trust:", "probe:"]
                .iter()
                .any(|label| line.trim_start().starts_with(label))
        })
        .collect();
    assert_eq!(
        routes,
        [
            format!("  ws: wss://{place}"),
            format!("  addresses: {HOST}:{port}"),
            format!("  trust: openclaw trust add {place}"),
            format!("  probe: openclaw gateway probe --url wss://{place}"),
        ]
    );

    let probe = home.run(&["gateway", "probe", "--json"]).json();
    assert_eq!(
        only(&probe["discovery"])["wsUrl"],
        json!(format!("wss://{place}"))
    );
    let targets = probe["targets"].as_array().unwrap();
    assert!(
        targets.iter().all(|target| target["id"] == "localLoopback"),
        "{probe}"
    );
    drop(rogue);

    // Nobody was dialled, and nothing was learnt.
    for listener in [&real, &evil] {
        let dialled = listener.accept().map(|_| ()).unwrap_err();
        assert_eq!(dialled.kind(), std::io::ErrorKind::WouldBlock);
    }
    assert_eq!(shown(), trusted);
    let config = home.config();
    assert_eq!(
        config["gateway"]["remote"],
        json!({ "token": TOKEN }),
        "{config}"
    );
}

#[test]
#[ignore = "for a network of its own"]
fn zone_file() {
    if !is_alone() {
        return;
    }
    let wide = json!({ "wideArea": { "domain": "openclaw.internal" }, "mdns": { "mode": "off" } });
    let home = home(&json!({}), &wide);
    let mut gateway = home.gateway(&[]);
    gateway
        .process
        .stderr_line("no Tailscale IPv4 address was found");
    let added = Command::new("ip")
        .args(["addr", "add", "100.64.77.1/32", "dev", "oclan1"])
        .status()
        .unwrap();
    assert!(added.success());
    gateway.process.stderr_line("wide-area DNS-SD updated");
    let zone = fs::read_to_string(home.state().join("dns/openclaw.internal.db")).unwrap();
    for line in [
        "$ORIGIN openclaw.internal.".to_owned(),
        "studio IN A 100.64.77.1".to_owned(),
        format!(
            "studio-gateway._openclaw-gw._tcp IN SRV 0 0 {} studio",
            gateway.port
        ),
    ] {
        assert!(zone.lines().any(|have| have == line), "{line}: {zone}");
    }
    let status = home
        .run(&["status", "--json", "--port", &gateway.port_text()])
        .ok()
        .json();
    assert_eq!(
        status["discovery"]["wideArea"]["state"], "written",
        "{status}"
    );
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
}

#[test]
#[ignore = "for a network of its own"]
fn wide_area() {
    if !is_alone() {
        return;
    }
    let home = home(
        &json!({}),
        &json!({ "wideArea": { "domain": "openclaw.internal" } }),
    );
    let _server = dns::serve("127.0.0.1");
    let found = discovered(&home);
    assert_eq!(found["domains"], json!(["local.", "openclaw.internal."]));
    let beacon = only(&found);
    assert_eq!(beacon["domain"], "openclaw.internal.");
    assert_eq!(beacon["wsUrl"], "ws://studio.openclaw.internal:18790");
    let text = home.run(&["gateway", "discover"]).ok().stdout;
    let first =
        "Found 1 gateway(s) · domains: local., openclaw.internal.\n- Studio openclaw.internal.\n";
    assert!(text.contains(first), "{text}");

    // What is no domain is said, and the rest is searched.
    let config = json!({ "discovery": { "wideArea": { "domain": "../etc" } } });
    home.write_config(&config);
    let ran = home
        .run(&["gateway", "discover", "--timeout", "300", "--json"])
        .ok();
    assert_eq!(ran.json()["domains"], json!(["local."]));
    assert!(ran.stderr.contains("warning: `../etc`"), "{}", ran.stderr);
}
