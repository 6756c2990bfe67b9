//! `openclaw trust`

use openclaw_connect::dial::certificate_of;
use openclaw_connect::{DialError, GatewayUrl, Limits, SystemNetwork};
use openclaw_identity::GatewayOrigin;
use openclaw_remote::known::NotAnAddress;
use openclaw_remote::{KnownGateway, KnownGateways, KnownPin};
use openclaw_tls_pin::{CertificateInfo, Pin, PinSet};
use serde_json::{Value, json};
use std::time::Duration;

use crate::app::App;
use crate::cli::trust::{TrustAddArgs, TrustCommand, TrustRemoveArgs, TrustShowArgs};
use crate::error::CliError;
use crate::render::table::Table;
use crate::render::time;
use crate::{first_contact, runtime};

/// Does what was asked.
pub(crate) fn run(app: &App, command: TrustCommand) -> Result<(), CliError> {
    match command {
        TrustCommand::List => list(app),
        TrustCommand::Show(args) => show(app, &args),
        TrustCommand::Add(args) => add(app, &args),
        TrustCommand::Remove(args) => remove(app, &args),
    }
}

fn list(app: &App) -> Result<(), CliError> {
    let known = first_contact::known(app)?;
    let gateways = known.list().map_err(first_contact::unreadable)?;
    if app.out.is_json() {
        let gateways: Vec<Value> = gateways.iter().map(as_json).collect();
        return app
            .out
            .json(&json!({ "path": known.path(), "gateways": gateways }));
    }
    if gateways.is_empty() {
        return app
            .out
            .line("No certificates are trusted by hand. Add one: openclaw trust add HOST");
    }
    let mut table = Table::new(&["Gateway", "Pin", "Added", "Valid until", "Note"]);
    for gateway in &gateways {
        for pin in &gateway.pins {
            table.row([
                gateway.origin.clone(),
                short(&pin.pin),
                time::day(pin.added_at_ms),
                pin.not_after.map(end).unwrap_or_default(),
                pin.note.clone().unwrap_or_default(),
            ]);
        }
    }
    app.out.table(&table)
}

fn show(app: &App, args: &TrustShowArgs) -> Result<(), CliError> {
    let Place { origin, url } = place(&args.host)?;
    let known = first_contact::known(app)?
        .get(&origin)
        .map_err(first_contact::unreadable)?;
    let presented = match &url {
        Some(url) if !args.offline => Some(presented(url, args.timeout)?),
        _ => None,
    };
    let matches = match (&known, &presented) {
        (Some(known), Some(Ok(certificate))) => Some(fits(known, certificate)),
        _ => None,
    };
    if app.out.is_json() {
        return app.out.json(&json!({
            "origin": origin.as_str(),
            "pins": known.as_ref().map_or_else(|| json!([]), |known| as_json(known)["pins"].clone()),
            "presented": presented.as_ref().map(|presented| match presented {
                Ok(certificate) => certificate_json(certificate),
                Err(error) => json!({ "error": error.to_string() }),
            }),
            "matches": matches,
        }));
    }
    match &known {
        None => app
            .out
            .line(format!("{origin}: nothing is trusted by hand"))?,
        Some(known) => {
            app.out.line(format!("{} is trusted by:", known.origin))?;
            for pin in &known.pins {
                app.out.line(format!("  {}{}", pin.pin, remarks(pin)))?;
            }
        }
    }
    match presented {
        None if url.is_none() && !args.offline => app
            .out
            .line(format!("Not asked what it presents: {}", through(&origin))),
        None => Ok(()),
        Some(Err(error)) => app.out.line(format!("Not asked what it presents: {error}")),
        Some(Ok(certificate)) => {
            app.out.line(first_contact::shown(&origin, &certificate))?;
            match matches {
                Some(true) => app.out.line("It is what you trust."),
                Some(false) => app.out.line(
                    "It is NOT what you trust. If nobody replaced it, somebody is between you and \
                     the Gateway.",
                ),
                None => Ok(()),
            }
        }
    }
}

fn add(app: &App, args: &TrustAddArgs) -> Result<(), CliError> {
    let Place { origin, url } = place(&args.host)?;
    let note = args.note.as_deref();
    if let Some(text) = &args.fingerprint {
        let pin: Pin = text
            .parse()
            .map_err(|error| CliError::usage(format!("--fingerprint: {error}")))?;
        return kept(app, &origin, KnownPin::new(pin).noting(note));
    }
    let by_hand = format!(
        "openclaw trust add {} --fingerprint sha256:HEX, with the value that `openclaw gateway \
         status --deep` shows on the Gateway's own machine",
        args.host
    );
    let Some(url) = url else {
        return Err(CliError::usage(
            "a certificate behind a tunnel is shown by the command that opens it",
        )
        .hint(through(&origin))
        .hint(by_hand));
    };
    if !first_contact::can_ask(app) {
        return Err(CliError::usage(
            "a certificate is trusted by a person at a terminal, or by its fingerprint",
        )
        .hint(by_hand));
    }
    let certificate = presented(&url, args.timeout)?
        .map_err(|error| CliError::failure(error.to_string()).hint(by_hand))?;
    let pin = first_contact::pin_of(&certificate, args.key).ok_or_else(|| {
        CliError::failure(
            "the key of this certificate cannot be read; trust the certificate itself",
        )
    })?;
    let known = pin.clone();
    if first_contact::ask(app, &origin, &certificate, pin.noting(note))? {
        app.out.line(format!("Trusted: {origin} {}", known.pin))
    } else {
        Err(CliError::failure("not trusted; nothing was changed"))
    }
}

fn kept(app: &App, origin: &GatewayOrigin, pin: KnownPin) -> Result<(), CliError> {
    let text = pin.pin.to_string();
    let is_new = first_contact::keep(app, origin, pin)?;
    if app.out.is_json() {
        return app.out.json(&json!({
            "ok": true, "origin": origin.as_str(), "pin": text, "added": is_new,
        }));
    }
    let word = if is_new { "Trusted" } else { "Trusted already" };
    app.out.line(format!("{word}: {origin} {text}"))
}

fn remove(app: &App, args: &TrustRemoveArgs) -> Result<(), CliError> {
    let origin = place(&args.host)?.origin;
    let pin: Option<Pin> = match &args.fingerprint {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|error| CliError::usage(format!("--fingerprint: {error}")))?,
        ),
    };
    let gone = first_contact::known(app)?
        .remove(&origin, pin.as_ref())
        .map_err(first_contact::unreadable)?;
    if gone.is_empty() {
        return Err(CliError::failure(format!(
            "{origin} is not trusted by hand{}",
            pin.map(|pin| format!(" by {pin}")).unwrap_or_default()
        ))
        .kind("not_found")
        .hint("openclaw trust list"));
    }
    let pins: Vec<String> = gone.iter().map(|known| known.pin.to_string()).collect();
    if app.out.is_json() {
        return app.out.json(&json!({
            "ok": true, "origin": origin.as_str(), "removed": pins,
        }));
    }
    app.out
        .line(format!("No longer trusted: {origin} {}", pins.join(", ")))
}

/// A Gateway as a person named it.
struct Place {
    /// Under what it is filed.
    origin: GatewayOrigin,
    /// Where it can be asked; nothing for one behind a tunnel.
    url: Option<GatewayUrl>,
}

fn place(text: &str) -> Result<Place, CliError> {
    let refused = |error: NotAnAddress| CliError::usage(error.to_string());
    let origin = KnownGateways::origin(text).map_err(refused)?;
    let is_tunnel = origin.as_str().starts_with("ssh://");
    let url = (!is_tunnel).then(|| KnownGateways::address(text));
    let url = url.transpose().map_err(refused)?;
    Ok(Place { origin, url })
}

/// The command that opens the tunnel to such a Gateway, and asks about its certificate.
fn through(origin: &GatewayOrigin) -> String {
    let (target, port) = origin
        .as_str()
        .trim_start_matches("ssh://")
        .rsplit_once('/')
        .unwrap_or_default();
    format!("openclaw health --ssh {target} --port {port}, at a terminal")
}

/// What the Gateway presents now, or why that cannot be told.
fn presented(
    url: &GatewayUrl,
    timeout: Option<Duration>,
) -> Result<Result<CertificateInfo, DialError>, CliError> {
    let mut limits = Limits::default();
    if let Some(timeout) = timeout {
        limits.resolve = timeout;
        limits.connect = timeout;
        limits.tls = timeout;
    }
    Ok(runtime::one_shot()?.block_on(certificate_of(url, &limits, &SystemNetwork)))
}

fn fits(known: &KnownGateway, certificate: &CertificateInfo) -> bool {
    let pins = PinSet::new(known.pins.iter().map(|known| known.pin));
    pins.is_some_and(|pins| {
        pins.iter().any(|pin| match pin {
            Pin::Leaf(leaf) => leaf == certificate.fingerprint,
            Pin::Key(key) => Some(key) == certificate.key_fingerprint,
        })
    })
}

fn as_json(gateway: &KnownGateway) -> Value {
    json!({ "origin": gateway.origin, "pins": gateway.pins })
}

fn certificate_json(certificate: &CertificateInfo) -> Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": certificate.names,
        "notBefore": certificate.not_before,
        "notAfter": certificate.not_after,
        "keyType": certificate.key_type.to_string(),
        "fingerprint": format!("sha256:{}", certificate.fingerprint),
        "keyFingerprint": certificate.key_fingerprint.map(|key| format!("spki-sha256:{key}")),
    })
}

fn remarks(pin: &KnownPin) -> String {
    let mut remarks = vec![format!("added {}", time::day(pin.added_at_ms))];
    remarks.extend(
        pin.not_after
            .map(|not_after| format!("valid until {}", end(not_after))),
    );
    remarks.extend(pin.note.clone());
    format!(" ({})", remarks.join("; "))
}

fn end(not_after: i64) -> String {
    time::day(
        u64::try_from(not_after)
            .unwrap_or_default()
            .saturating_mul(1000),
    )
}

/// A pin for a table: its kind and the first digits.
fn short(pin: &Pin) -> String {
    let text = pin.to_string();
    let (kind, digest) = text.split_once(':').unwrap_or(("", &text));
    format!("{kind}:{}…", digest.get(..16).unwrap_or(digest))
}
