//! The explanation as text.

use super::client::ClientSide;
use super::explain::{Credential, Explanation};
use super::server::ServerSide;
use crate::error::CliError;
use crate::render::Output;
use crate::render::style;

/// Prints it.
pub(super) fn print(out: &Output, explanation: &Explanation) -> Result<(), CliError> {
    out.title("Gateway credentials")?;
    out.line(format!("Config: {}", out.path(explanation.config.as_ref())))?;
    out.line("Digests (8 digits) compare secrets within this output only.")?;
    out.blank()?;
    server(out, &explanation.server)?;
    out.blank()?;
    client(out, &explanation.client)?;
    if !explanation.ignored.is_empty() {
        out.blank()?;
        out.title("Ignored")?;
        for ignored in &explanation.ignored {
            out.line(format!(
                "  {} ({}): {}",
                ignored.source, ignored.side, ignored.why
            ))?;
        }
    }
    if !explanation.mend.is_empty() {
        out.blank()?;
        out.title("To mend")?;
        for mend in &explanation.mend {
            out.line(format!("  {}", mend.why))?;
            out.line(format!("    {}", out.paint(style::COMMAND, &mend.command)))?;
        }
    }
    Ok(())
}

fn server(out: &Output, server: &ServerSide) -> Result<(), CliError> {
    out.title("The Gateway of this machine demands")?;
    if !server.runs_here {
        return out.line("  nothing: gateway.mode=remote, it runs elsewhere");
    }
    match server.mode {
        Some(mode) => row(out, "mode", &format!("{mode} ({})", server.mode_from))?,
        None => row(out, "mode", &server.mode_from)?,
    }
    credential(out, "token", &server.token)?;
    credential(out, "password", &server.password)
}

fn client(out: &Output, client: &ClientSide) -> Result<(), CliError> {
    out.title("This command line sends")?;
    match (&client.url, client.url_source) {
        (Some(url), Some(source)) => row(out, "target", &format!("{url} ({source})"))?,
        (None, Some(source)) => row(out, "target", &format!("none ({source})"))?,
        _ => row(out, "target", "none")?,
    }
    if let Some(error) = &client.error {
        for line in error.message().lines() {
            row(out, "", &out.paint(style::BAD, line))?;
        }
    }
    if let Some(trust) = &client.trust {
        let words = match trust.kind {
            "pins" => format!("a pinned certificate ({})", trust.from),
            "system" => "the authorities of this system".to_owned(),
            _ => "no TLS".to_owned(),
        };
        row(out, "trust", &words)?;
    }
    credential(out, "token", &client.token)?;
    credential(out, "password", &client.password)?;
    let device = &client.device_token;
    let words = match (&device.digest, &device.error) {
        (Some(digest), _) if device.used => format!("{digest}  sent"),
        (Some(digest), _) => format!("{digest}  not sent: a token or password goes before it"),
        (None, Some(why)) => format!("unreadable: {why}"),
        (None, None) => "none of this Gateway".to_owned(),
    };
    row(out, "device", &words)?;
    row(out, "sends", client.sends)
}

fn credential(out: &Output, label: &str, credential: &Credential) -> Result<(), CliError> {
    let place = |source: &str, exactly: &Option<String>| match exactly {
        Some(exactly) => format!("{source} ({exactly})"),
        None => source.to_owned(),
    };
    let from = credential.from.as_deref().unwrap_or_default();
    let from = place(from, &credential.exactly);
    let words = match credential.state {
        "used" => format!(
            "{}  {from}",
            credential.digest.as_deref().unwrap_or(UNKNOWN)
        ),
        "command" => format!("{UNKNOWN}  {from}, from a command that was not run"),
        "unavailable" => format!(
            "unavailable: {}",
            credential.error.as_deref().unwrap_or_default()
        ),
        _ => "not set".to_owned(),
    };
    row(out, label, &words)?;
    for other in &credential.others {
        let verdict = match other.agrees {
            Some(true) => "the same".to_owned(),
            Some(false) => out.paint(style::ODD, "differs"),
            None => "not compared".to_owned(),
        };
        let digest = other.digest.as_deref().unwrap_or(UNKNOWN);
        let source = place(&other.source, &other.exactly);
        row(out, "", &format!("{digest}  {source}: {verdict}"))?;
    }
    Ok(())
}

/// Stands where a digest would.
const UNKNOWN: &str = "????????";

fn row(out: &Output, label: &str, words: &str) -> Result<(), CliError> {
    out.line(format!("  {label:<9} {words}").trim_end())
}
