//! `gateway.tls`: a Gateway that speaks TLS itself, and the commands beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use openclaw_tls_pin::{Fingerprint, ServerCertFiles, SubjectNames};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Home, TOKEN};

fn config(tls: &Value) -> Value {
    json!({ "gateway": {
        "mode": "local", "auth": { "mode": "token", "token": TOKEN }, "tls": tls,
    }})
}

fn home() -> Home {
    let home = Home::new();
    home.write_config(&config(&json!({ "enabled": true })));
    home
}

fn files(home: &Home) -> ServerCertFiles {
    ServerCertFiles::in_state_dir(&home.state())
}

/// A home of a client elsewhere, with this pin.
fn client(port: u16, pin: Option<&str>) -> Home {
    let home = Home::new();
    let mut remote = json!({ "url": format!("wss://127.0.0.1:{port}"), "token": TOKEN });
    if let Some(pin) = pin {
        remote["tlsFingerprint"] = json!(pin);
    }
    home.write_config(&json!({ "gateway": { "mode": "remote", "remote": remote } }));
    home
}

#[test]
fn it_says_where_it_listens_and_what_to_pin() {
    let home = home();
    let mut process = home.start(&["gateway", "run", "--port", "0", "--json"]);
    let line: Value = serde_json::from_str(&process.stdout_line("listening")).unwrap();
    let url = line["urls"][0].as_str().unwrap();
    assert!(url.starts_with("wss://127.0.0.1:"), "{line}");
    let pin: Fingerprint = line["tlsFingerprint"].as_str().unwrap().parse().unwrap();
    assert_eq!(pin, files(&home).fingerprint().unwrap());
    assert!(
        line["tlsKeyPin"]
            .as_str()
            .unwrap()
            .starts_with("spki-sha256:"),
        "{line}"
    );
    assert_eq!(process.stop(Signal::TERM), 0);

    let mut process = home.start(&["gateway", "run", "--port", "0"]);
    process.stdout_line(&format!("certificate sha256:{pin}"));
    process.stdout_line("its key spki-sha256:");
    process.stdout_line("listening on wss://127.0.0.1:");
    let logged = process.stderr_line("listening");
    assert!(logged.contains(&pin.to_string()), "{logged}");
}

#[test]
fn commands_on_the_same_host_pin_its_certificate_by_themselves() {
    let home = home();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    home.run(&["health", "--port", &port]).ok();
    home.run(&["nodes", "status", "--port", &port]).ok();
    let status = home
        .run(&["gateway", "status", "--json", "--port", &port])
        .ok()
        .json();
    let url = format!("wss://127.0.0.1:{port}");
    assert_eq!(status["rpc"]["url"], json!(url), "{status}");
    assert_eq!(status["rpc"]["ok"], true, "{status}");
    let probe = home
        .run(&["gateway", "probe", "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(probe["targets"][0]["url"], json!(url), "{probe}");
    // Whoever listens there now is not the Gateway of this machine.
    let stranger = self::home();
    stranger.gateway(&[]);
    let ran = stranger.run(&["health", "--port", &port]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("gateway tls fingerprint mismatch"),
        "{}",
        ran.stderr
    );
}

#[test]
fn clients_elsewhere_need_the_right_pin() {
    let home = home();
    let gateway = home.gateway(&[]);
    let right = files(&home).fingerprint().unwrap().to_string();
    let wrong = "5a".repeat(32);
    let health = |pin: Option<&str>| client(gateway.port, pin).run(&["health"]);
    for spelled in [
        right.clone(),
        format!("SHA256:{}", right.to_uppercase()),
        format!("{wrong}, {right}"),
    ] {
        health(Some(&spelled)).ok();
    }
    let ran = health(Some(&wrong));
    assert_eq!(ran.code, 1);
    for part in ["gateway tls fingerprint mismatch", &right, &wrong] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    let ran = health(None);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let ran = health(Some("abc"));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("Invalid TLS fingerprint"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_key_pin_outlives_the_certificate() {
    let home = home();
    let mut gateway = home.gateway(&[]);
    let cert = fs::read(files(&home).cert_path).unwrap();
    let leaf = pem_leaf(&cert);
    let key = Fingerprint::of_public_key(&leaf).unwrap();
    let client = client(gateway.port, Some(&format!("spki-sha256:{key}")));
    client.run(&["health"]).ok();
    // What a renewal does; the Gateway notices by itself.
    files(&home)
        .renew(&SubjectNames::local(), 1_772_366_400)
        .unwrap();
    gateway
        .process
        .stderr_line("another certificate is served from");
    client.run(&["health"]).ok();
    home.run(&["health", "--port", &gateway.port_text()]).ok();
}

/// The certificate in a PEM file that holds one.
fn pem_leaf(pem: &[u8]) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

#[test]
fn broken_files_leave_a_running_gateway_alone() {
    let home = home();
    let mut gateway = home.gateway(&[]);
    let right = files(&home).fingerprint().unwrap().to_string();
    fs::write(files(&home).cert_path, "torn").unwrap();
    let line = gateway.process.stderr_line("gateway tls: failed to load");
    assert!(line.contains("gateway-cert.pem"), "{line}");
    client(gateway.port, Some(&right)).run(&["health"]).ok();
    let ran = home.run(&["health", "--port", &gateway.port_text()]);
    assert_ne!(ran.code, 0, "nothing to pin, so nothing is dialled");
    assert!(ran.stderr.contains("gateway-cert.pem"), "{}", ran.stderr);
}

#[test]
fn tls_and_plain_text_tell_each_other_apart() {
    let secure = home();
    let gateway = secure.gateway(&[]);
    let plain = Home::configured();
    let url = format!("ws://127.0.0.1:{}", gateway.port);
    let ran = plain.run(&["gateway", "health", "--url", &url, "--token", TOKEN]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("wss://"), "{}", ran.stderr);

    let gateway = plain.gateway(&[]);
    let url = format!("wss://127.0.0.1:{}", gateway.port);
    let pin = "5a".repeat(32);
    let ran = plain.run(&[
        "gateway",
        "health",
        "--url",
        &url,
        "--token",
        TOKEN,
        "--tls-fingerprint",
        &pin,
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("does not speak TLS"), "{}", ran.stderr);
}

/// Starts a Gateway that must refuse, and returns what it said.
fn refused(home: &Home) -> String {
    let ran = home.run(&["gateway", "run", "--port", "0", "--json"]);
    assert_eq!(ran.code, 78, "{ran:#?}");
    assert!(!home.state().join("state").exists(), "state was touched");
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "gateway_tls_refused", "{answer}");
    answer["error"]["message"].as_str().unwrap().to_owned()
}

/// A home with a pair of files to be spoilt.
fn paired() -> (Home, ServerCertFiles) {
    let home = Home::new();
    let file = |name: &str| -> PathBuf { home.path().join(name) };
    let files = ServerCertFiles {
        cert_path: file("cert.pem"),
        key_path: file("key.pem"),
    };
    files
        .load_or_generate(&SubjectNames::local(), 1_772_366_400)
        .unwrap();
    home.write_config(&config(&json!({
        "enabled": true, "certPath": files.cert_path, "keyPath": files.key_path,
    })));
    (home, files)
}

#[test]
fn files_that_cannot_be_used_are_refused_by_name_before_anything_is_touched() {
    type Spoil = fn(&ServerCertFiles);
    let cases: [(&str, &str, Spoil); 8] = [
        ("cert.pem", "BEGIN CERTIFICATE", |files| {
            fs::write(&files.cert_path, "garbage").unwrap();
        }),
        ("key.pem", "no private key", |files| {
            fs::write(&files.key_path, "garbage").unwrap();
        }),
        ("cert.pem", "1 MiB", |files| {
            let file = fs::File::create(&files.cert_path).unwrap();
            file.set_len(1 << 40).unwrap();
        }),
        ("key.pem", "cert/key missing", |files| {
            fs::remove_file(&files.key_path).unwrap();
        }),
        ("cert.pem", "cert/key missing", |files| {
            fs::remove_file(&files.cert_path).unwrap();
        }),
        ("key.pem", "chmod 600", |files| {
            fs::set_permissions(&files.key_path, fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("key.pem", "cannot read it", |files| {
            fs::remove_file(&files.key_path).unwrap();
            fs::create_dir(&files.key_path).unwrap();
        }),
        ("key.pem", "does not belong to the certificate", |files| {
            let other = tempfile::tempdir().unwrap();
            let other = ServerCertFiles::in_state_dir(other.path());
            other
                .load_or_generate(&SubjectNames::local(), 1_772_366_400)
                .unwrap();
            fs::copy(&other.key_path, &files.key_path).unwrap();
        }),
    ];
    for (name, why, spoil) in cases {
        let (home, files) = paired();
        spoil(&files);
        let said = refused(&home);
        assert!(said.starts_with("gateway tls: "), "{said}");
        assert!(said.contains(name), "{name}: {said}");
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a_certificate_that_ended_long_ago_is_served_as_it_is_with_a_warning() {
    let (home, files) = paired();
    fs::remove_file(&files.cert_path).unwrap();
    fs::remove_file(&files.key_path).unwrap();
    files
        .load_or_generate(&SubjectNames::local(), 100_000)
        .unwrap();
    let before = fs::read(&files.cert_path).unwrap();
    let mut gateway = home.gateway(&[]);
    home.run(&["health", "--port", &gateway.port_text()]).ok();
    let line = gateway.process.stderr_line("not valid since 1979-");
    assert!(line.contains("check the clock"), "{line}");
    assert_eq!(fs::read(&files.cert_path).unwrap(), before);
}

#[test]
fn nothing_is_made_where_it_is_forbidden() {
    let home = Home::new();
    home.write_config(&config(&json!({ "enabled": true, "autoGenerate": false })));
    let said = refused(&home);
    assert!(said.starts_with("gateway tls: cert/key missing"), "{said}");
    assert!(said.contains("gateway.tls.autoGenerate"), "{said}");
    assert!(!home.state().join("gateway").exists());
}
