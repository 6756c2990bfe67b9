//! A Gateway whose certificate nobody vouches for: shown to a person, who decides.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use openclaw_identity::GatewayOrigin;
use openclaw_remote::{KnownGateways, KnownPin};
use openclaw_tls_pin::{CertificateInfo, Pin};

use crate::app::App;
use crate::error::CliError;

/// Whether a person is there to be asked.
pub(crate) fn can_ask(app: &App) -> bool {
    !app.out.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Shows the certificate and asks whether to trust it. What is trusted is kept.
pub(crate) fn ask(
    app: &App,
    origin: &GatewayOrigin,
    certificate: &CertificateInfo,
    pin: KnownPin,
) -> Result<bool, CliError> {
    app.out.note(shown(origin, certificate));
    if let Some(known) = known(app)?.get(origin).map_err(unreadable)? {
        app.out.note(format!(
            "You trust {} already, with another certificate. If nobody replaced it, somebody is \
             between you and the Gateway.",
            known.origin
        ));
    }
    app.out.note(
        "Compare the fingerprint on the Gateway's own machine: openclaw gateway status --deep",
    );
    if !answer("Trust this certificate? Type yes to trust it: ")? {
        return Ok(false);
    }
    keep(app, origin, pin)?;
    Ok(true)
}

/// Keeps a pin that a person trusts. Whether it is new.
pub(crate) fn keep(app: &App, origin: &GatewayOrigin, pin: KnownPin) -> Result<bool, CliError> {
    known(app)?.add(origin, pin).map_err(unreadable)
}

/// The known gateways of this installation.
pub(crate) fn known(app: &App) -> Result<KnownGateways, CliError> {
    Ok(KnownGateways::of(&app.paths))
}

/// The certificate in words, with the Gateway that presented it.
pub(crate) fn shown(origin: &GatewayOrigin, certificate: &CertificateInfo) -> String {
    let indented: Vec<String> = certificate
        .to_string()
        .lines()
        .map(|line| format!("  {line}"))
        .collect();
    format!("{origin} presents:\n{}", indented.join("\n"))
}

/// The pin that is kept of a certificate: the certificate's, or its key's.
pub(crate) fn pin_of(certificate: &CertificateInfo, by_key: bool) -> Option<KnownPin> {
    let pin = KnownPin::of_certificate(certificate);
    if !by_key {
        return Some(pin);
    }
    let key = certificate.key_fingerprint?;
    // A key outlives the certificate: its end says nothing about the pin.
    Some(KnownPin {
        pin: Pin::Key(key),
        not_after: None,
        ..pin
    })
}

/// Asks on the terminal. Only a whole `yes` is one.
fn answer(question: &str) -> Result<bool, CliError> {
    let failed = |error: io::Error| CliError::failure(format!("cannot ask: {error}"));
    let mut terminal = io::stderr().lock();
    terminal
        .write_all(question.as_bytes())
        .and_then(|()| terminal.flush())
        .map_err(failed)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(line.trim().eq_ignore_ascii_case("yes"))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn unreadable(error: openclaw_remote::KnownGatewaysError) -> CliError {
    CliError::failure(error.to_string()).kind("known_gateways_error")
}
