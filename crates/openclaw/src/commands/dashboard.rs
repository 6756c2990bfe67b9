//! `openclaw dashboard`: where the control page is, and how to log in there.
//!
//! The address holds no secret: addresses stay in histories, logs and process lists.

use std::io::IsTerminal as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use openclaw_remote::{Target, TargetFlags, UrlSource};
use serde_json::json;

use super::gateway::port_owner::serves_page;
use crate::app::App;
use crate::cli::qr::DashboardArgs;
use crate::client;
use crate::error::CliError;

/// Shows the address, and opens it where there is a desktop.
pub(crate) fn run(app: &App, args: &DashboardArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let flags = TargetFlags {
        port: args.port,
        ..TargetFlags::default()
    };
    let target =
        Target::resolve(&flags, &app.paths, &loaded).map_err(|why| client::refused(&why))?;
    let ws_url = target.info.url.to_string();
    let base = loaded.config.gateway.control_ui.base_path.as_deref();
    let url = page_of(&ws_url, base);
    let is_here = target.info.url_source == UrlSource::Local && target.tunnel.is_none();
    // Only a Gateway of this machine without TLS is asked: this takes a millisecond.
    let served = (is_here && !target.info.url.is_secure()).then(|| {
        serves_page(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            target.info.url.port(),
        )))
    });
    let credential = target
        .credentials
        .token
        .as_ref()
        .map(|token| ("token", token.from.to_string()))
        .or_else(|| {
            let password = target.credentials.password.as_ref()?;
            Some(("password", password.from.to_string()))
        });
    let opened = !args.no_open
        && target.tunnel.is_none()
        && served.flatten() != Some(false)
        && open(app, &url);
    if app.out.is_json() {
        return app.out.json(&json!({
            "url": url,
            "httpUrl": url,
            "wsUrl": ws_url,
            "port": target.info.url.port(),
            "tokenIncluded": false,
            "pageServed": served.flatten(),
            "login": credential
                .as_ref()
                .map(|(kind, from)| json!({ "kind": kind, "source": from })),
            "opened": opened,
        }));
    }
    let out = &app.out;
    out.line(format!("Dashboard URL: {url}"))?;
    match served {
        Some(None) => out.line("Nobody answers there: openclaw gateway run")?,
        Some(Some(false)) => {
            let instead = "`openclaw status --deep`, `openclaw agent`, or an app that connects";
            out.line(format!(
                "This Gateway serves no control page: use {instead}."
            ))?;
        }
        Some(Some(true)) | None => {}
    }
    match &credential {
        Some((kind, from)) => {
            out.line(format!(
                "Log in with the {kind} of this Gateway, from {from}."
            ))?;
        }
        None => out.line("Log in with the token or password of this Gateway.")?,
    }
    if let Some(tunnel) = &target.info.tunnel {
        out.line(format!("It is there while this tunnel is open: {tunnel}"))?;
    }
    if is_here && app.env.text("SSH_CONNECTION").is_some() {
        let port = target.info.url.port();
        out.line(format!(
            "From your own machine: ssh -N -L {port}:127.0.0.1:{port} USER@THIS-HOST, then open it \
             there."
        ))?;
    }
    if opened {
        out.line("Opened in the browser.")?;
    }
    Ok(())
}

/// The page beside a Gateway's WebSocket address.
fn page_of(ws_url: &str, base: Option<&str>) -> String {
    let http = match ws_url.split_once("://") {
        Some(("wss" | "https", rest)) => format!("https://{rest}"),
        Some((_, rest)) => format!("http://{rest}"),
        None => ws_url.to_owned(),
    };
    let base = base.unwrap_or_default().trim_matches('/');
    let http = http.trim_end_matches('/');
    if base.is_empty() {
        format!("{http}/")
    } else {
        format!("{http}/{base}/")
    }
}

/// Opens it where a person sits at a desktop. That it does not open is no failure: the address is
/// printed.
fn open(app: &App, url: &str) -> bool {
    if app.out.is_json() || !std::io::stdout().is_terminal() {
        return false;
    }
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| app.env.text(name).is_some())
    {
        "xdg-open"
    } else {
        return false;
    };
    Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn the_page_is_beside_the_socket() {
        for (ws, base, expected) in [
            ("ws://127.0.0.1:18789", None, "http://127.0.0.1:18789/"),
            ("wss://gw.example/", None, "https://gw.example/"),
            ("ws://[::1]:1", Some("/ui/"), "http://[::1]:1/ui/"),
        ] {
            assert_eq!(page_of(ws, base), expected);
        }
    }
}
