//! Every recorded case of target resolution, from configuration to the `connect` on the wire,
//! against what the newest release did.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openclaw_config::{Env, PathFlags, Paths, check_text};
use openclaw_identity::{DeviceIdentity, DeviceKey};
use openclaw_remote::{Identity, OpenOptions, Remote, Target, TargetFlags};
use openclaw_tls_pin::Fingerprint;
use serde_json::{Value, json};

use crate::fake_gateways::{Answer, FakeGateways, cert, connector};

/// Where we differ on purpose: the case, how our text begins, and why.
const RULINGS: &[(&str, &str, &str)] = &[
    (
        "remote-wss-pin-mismatch",
        "gateway tls fingerprint mismatch\nPinned: sha256:abab",
        "the same first line, then both fingerprints and what to do",
    ),
    (
        "remote-env-url-keeps-pin",
        "gateway tls fingerprint mismatch\nPinned: sha256:abab",
        "the same first line, then both fingerprints and what to do",
    ),
    (
        "remote-wss-no-pin",
        "self-signed certificate (sha256:",
        "the words of another TLS library, with the fingerprint to compare",
    ),
    (
        "url-flag-wss-drops-config-pin",
        "self-signed certificate (sha256:",
        "the words of another TLS library, with the fingerprint to compare",
    ),
    (
        "remote-ws-with-pin",
        "gateway tls fingerprint requires wss:// gateway url",
        "said at once instead of after the whole timeout",
    ),
    (
        "remote-bad-pin-format",
        "Invalid TLS fingerprint; expected a SHA-256 certificate fingerprint.\n\
         Source: config gateway.remote.tlsFingerprint",
        "the same first line, then where the value came from",
    ),
    (
        "local-token-env-substitution-missing",
        "gateway.auth.token is configured as a secret reference but is unavailable in this \
         command path.",
        "the same text, then the cause",
    ),
    (
        "local-token-secretref-missing",
        "gateway.auth.token is configured as a secret reference but is unavailable in this \
         command path.",
        "the same text, then the cause",
    ),
    (
        "legacy-gateway-token-key",
        "",
        "an invalid configuration is refused with exit 78; no call goes on without it",
    ),
];

#[tokio::test]
async fn every_recorded_case() {
    let file: Value =
        serde_json::from_str(include_str!("../vectors/target-resolution.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut differences = BTreeMap::new();
    let mut same = 0;
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let ours = run(case).await;
        let theirs = Outcome::latest(&case["latest"]);
        assert_eq!(ours.sent, theirs.sent, "{id}: what was sent");
        if theirs.url.is_some() {
            assert_eq!(ours.url, theirs.url, "{id}: the URL");
        }
        // A refusal names its source in its text, which is compared below.
        if theirs.url_source.is_some() && ours.url_source.is_some() {
            assert_eq!(
                ours.url_source, theirs.url_source,
                "{id}: the source of the URL"
            );
        }
        match (&theirs.error, &ours.error) {
            // The request reached its target; how the recorder then hung up does not matter.
            (None, _) => same += 1,
            (Some(theirs), Some(ours)) if theirs == ours => same += 1,
            (Some(_), ours) => {
                differences.insert(id.to_owned(), ours.clone().unwrap_or_default());
            }
        }
    }
    for (id, begins, why) in RULINGS {
        let ours = differences.remove(*id);
        let ours = ours.unwrap_or_else(|| panic!("{id} does not differ any more: {why}"));
        assert!(ours.starts_with(begins), "{id} ({why}):\n{ours}");
    }
    assert!(
        differences.is_empty(),
        "differences without a reason: {differences:#?}"
    );
    assert_eq!((cases.len(), same), (57, 57 - RULINGS.len()));
    // `cargo xtask ci replay` looks for this line.
    println!(
        "replayed {} cases: {same} the same, {} different by ruling",
        cases.len(),
        RULINGS.len()
    );
}

#[derive(Debug, Default)]
struct Outcome {
    url: Option<String>,
    url_source: Option<String>,
    sent: Option<Value>,
    error: Option<String>,
}

impl Outcome {
    fn latest(latest: &Value) -> Self {
        let text = |name: &str| latest[name].as_str().map(str::to_owned);
        Self {
            url: text("url"),
            url_source: text("urlSource"),
            sent: Some(latest["sent"].clone()).filter(|sent| !sent.is_null()),
            // The label of the command is for whoever prints.
            error: text("error").map(|error| error.replace("Gateway call failed: ", "")),
        }
    }

    fn failed(error: &str) -> Self {
        // The original's redactor takes `with` for a password.
        let error = error.replace("--password with --url", "--password *** --url");
        Self {
            error: Some(error),
            ..Self::default()
        }
    }
}

async fn run(case: &Value) -> Outcome {
    let cert = cert();
    let recorder = |_: &Value| Answer::Close(1000, "");
    let network = [20310, 20311, 20312, 20313, 20314, 20316]
        .into_iter()
        .fold(FakeGateways::new(), |network, port| {
            network.on(port, recorder)
        })
        .with_tls(20316, &cert);
    let network = Arc::new(network);

    let env = environment(&case["env"]);
    let paths = Paths::resolve(&env, &PathFlags::default()).unwrap();
    let config = match &case["config"] {
        Value::Null => json!({}),
        config => config.clone(),
    };
    let text = config
        .to_string()
        .replace("<SHA256-OF-SERVER-CERT>", &cert_hex(cert.fingerprint()));
    let loaded = match check_text(Path::new("~/.openclaw/openclaw.json"), text, &env) {
        Ok(loaded) => loaded,
        Err(invalid) => return Outcome::failed(&invalid.to_string()),
    };
    let target = match Target::resolve(&flags(&case["flags"]), &paths, &loaded) {
        Ok(target) => target,
        Err(refused) => {
            let description = openclaw_remote::Description::of_refused(&refused);
            return Outcome::failed(&description.lines().join("\n"));
        }
    };
    let device = Arc::new(DeviceIdentity::new(DeviceKey::from_seed([1; 32]), 0));
    let options = OpenOptions::with_identity(Identity::Device(device, None))
        .with_timeout(Duration::from_secs(5))
        .with_connector(connector(&network))
        .for_method("health");
    let error = match Remote::open(&target, options).await {
        Ok(_) => panic!("nobody admits"),
        Err(error) => error.describe().lines().join("\n"),
    };
    let sent = network.told().first().map(|(port, params)| {
        assert_eq!(*port, target.info.url.port());
        let auth = &params["auth"];
        json!({"token": auth["token"], "password": auth["password"]})
    });
    Outcome {
        url: Some(target.info.url.to_string()),
        url_source: Some(target.info.url_source.to_string()),
        sent,
        ..Outcome::failed(&error)
    }
}

fn environment(variables: &Value) -> Env {
    let home = Env::empty().with("HOME", "/nonexistent-home");
    variables
        .as_object()
        .unwrap()
        .iter()
        .fold(home, |env, (name, value)| {
            env.with(name, value.as_str().unwrap())
        })
}

fn flags(words: &Value) -> TargetFlags {
    let mut flags = TargetFlags::default();
    let words: Vec<&str> = words
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    for pair in words.chunks(2) {
        match pair {
            ["--url", url] => flags.url = Some((*url).to_owned()),
            ["--token", token] => flags.token = Some((*token).into()),
            ["--password", password] => flags.password = Some((*password).into()),
            other => panic!("{other:?}"),
        }
    }
    flags
}

fn cert_hex(fingerprint: Fingerprint) -> String {
    fingerprint.to_string()
}
