//! A CLI and a Gateway that speaks TLS with a certificate of its own making: pins that fit, pins
//! that do not, none, and plain text.
//!
//! The pins are those that `openssl` finds: neither side is asked what its certificate is.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::cli::{Answer, Cli, clip};
use super::super::gateway::Gateway;
use super::super::program::{Kit, Program, Release};
use super::super::steps::Report;
use crate::client::Target;
use crate::failure::{Doing, Outcome, fail};

/// How long a Gateway whose port is open may refuse, because it is still starting.
const WELCOME: Duration = Duration::from_secs(120);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(500);

/// Every pin once. Later steps run although an earlier one failed.
pub(super) async fn run(kit: &Kit, report: &mut Report, client: Program, gateway: Program) {
    let cell = report.cell().to_owned();
    let Ok(mut server) = Gateway::prepare_tls(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    if report
        .step("gateway starts", server.listen(kit))
        .await
        .is_none()
    {
        return;
    }
    let certificate = server.certificate();
    let Some(pins) = report
        .step("openssl reads the certificate", async {
            Pins::of(&certificate)
        })
        .await
    else {
        return;
    };
    report.note(format!("sha256:{}", pins.leaf));
    let ask = |pin: Option<String>| {
        let (cell, target) = (cell.clone(), server.target().clone());
        async move { health(kit, &cell, client, &target, pin.as_deref()).await }
    };
    report
        .step("the right fingerprint is accepted", async {
            let until = Instant::now() + WELCOME;
            loop {
                let answer = ask(Some(pins.leaf.clone())).await?;
                let is_starting = gateway != Program::Ours && Instant::now() < until;
                if answer.code == Some(0) || !is_starting {
                    return answer.expect_code(0);
                }
                tokio::time::sleep(POLL).await;
            }
        })
        .await;
    report
        .step("the same in capitals with colons", async {
            ask(Some(pins.spelled())).await?.expect_code(0)
        })
        .await;
    report
        .step("a wrong fingerprint is refused", async {
            let answer = ask(Some("5a".repeat(32))).await?;
            refused(&answer, "fingerprint mismatch")?;
            if client == Program::Ours && !answer.all().contains(&pins.leaf) {
                fail!("the presented one is not shown: {}", clip(&answer.all()));
            }
            Ok(())
        })
        .await;
    report
        .step("without a fingerprint it is refused", async {
            let answer = ask(None).await?;
            // February says nothing of certificates.
            let said = match client {
                Program::Real(Release::F) => "gateway closed (1006",
                Program::Real(Release::L) | Program::Ours => "self-signed certificate",
            };
            refused(&answer, said)
        })
        .await;
    report
        .step(
            "on the same host the certificate is pinned by itself",
            async {
                let cli = Cli::new(kit, &cell, client, |home| {
                    home.local_tls(server.port(), &server.target().token, &certificate)
                })?;
                let answer = cli.run(kit, CALL).await?;
                answer.expect_code(0)
            },
        )
        .await;
    report
        .step("plain text to this port is refused", async {
            let plain = Target {
                url: server.target().url.replace("wss://", "ws://"),
                ..server.target().clone()
            };
            let answer = health(kit, &cell, client, &plain, None).await?;
            match client {
                Program::Ours => refused(&answer, "wss://"),
                Program::Real(_) => answer.expect_code(1),
            }
        })
        .await;
    if client == Program::Ours {
        report
            .step("the fingerprint of the key is accepted", async {
                let pin = format!("spki-sha256:{}", pins.key);
                ask(Some(pin)).await?.expect_code(0)
            })
            .await;
        report
            .step("one of several fingerprints is accepted", async {
                let pin = format!("{}, {}", "5a".repeat(32), pins.leaf);
                ask(Some(pin)).await?.expect_code(0)
            })
            .await;
    }
}

const CALL: &[&str] = &["gateway", "call", "health", "--json"];

/// Asks for the health of a Gateway elsewhere, from a new home.
async fn health(
    kit: &Kit,
    cell: &str,
    client: Program,
    target: &Target,
    pin: Option<&str>,
) -> Outcome<Answer> {
    let cli = Cli::new(kit, cell, client, |home| home.remote_pinned(target, pin))?;
    let answer = cli.run(kit, CALL).await?;
    if answer.all().contains(&target.token) {
        fail!("the answer shows the token");
    }
    Ok(answer)
}

fn refused(answer: &Answer, said: &str) -> Outcome {
    answer.expect_code(1)?;
    if !answer.all().contains(said) {
        fail!("`{said}` is not in the answer: {}", clip(&answer.all()));
    }
    Ok(())
}

/// SHA-256 of a certificate and of its key, 64 lower-case hex digits each.
struct Pins {
    leaf: String,
    key: String,
}

impl Pins {
    fn of(certificate: &Path) -> Outcome<Self> {
        let file = certificate.to_str().doing("read a path as text")?;
        let leaf = digest(
            r#"openssl x509 -in "$0" -outform DER | openssl dgst -sha256"#,
            file,
        )?;
        let key = digest(
            r#"openssl x509 -in "$0" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256"#,
            file,
        )?;
        Ok(Self { leaf, key })
    }

    /// `AB:CD:…`, as `openssl x509 -fingerprint` prints it.
    fn spelled(&self) -> String {
        let pairs: Vec<String> = self
            .leaf
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect();
        pairs.join(":")
    }
}

/// Runs a pipeline over a file that ends in `openssl dgst`.
fn digest(pipeline: &str, file: &str) -> Outcome<String> {
    let output = Command::new("sh")
        .args(["-c", pipeline, file])
        .output()
        .doing("run openssl")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let digest = text.split_whitespace().last().unwrap_or_default();
    if digest.len() != 64 {
        fail!(
            "openssl found no digest in {file}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(digest.to_owned())
}
