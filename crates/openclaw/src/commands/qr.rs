//! `openclaw qr`: a setup code for a new device, as a picture to scan and as text.

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::device::pair::setup_code::{
    BootstrapProfile, DevicePairSetupCode, DevicePairSetupCodeParams,
};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::qr::QrArgs;
use crate::cli::target::TargetArgs;
use crate::client::Client;
use crate::clock;
use crate::error::CliError;
use crate::render::field::{list, number, text};
use crate::render::time;
use crate::runtime;

/// Has the Gateway make a code, and shows it.
pub(crate) fn run(app: &App, args: &QrArgs) -> Result<(), CliError> {
    let target = TargetArgs {
        token: args.token.clone(),
        password: args.password.clone(),
        port: args.port,
        timeout: args.timeout,
        ..TargetArgs::default()
    };
    let params = DevicePairSetupCodeParams {
        public_url: args.public_url.clone(),
        prefer_remote_url: args.remote.then_some(true),
        bootstrap_profile: match (args.limited, args.voice_node) {
            (true, _) => Some(BootstrapProfile::Limited),
            (false, true) => Some(BootstrapProfile::VoiceNode),
            (false, false) => None,
        },
        ..DevicePairSetupCodeParams::default()
    };
    let made = runtime::one_shot()?.block_on(async {
        let client = Client::open(app, &target, DevicePairSetupCode::NAME).await?;
        let made = client.call::<DevicePairSetupCode>(&params).await;
        client.close().await;
        made
    })?;
    let code = text(&made, "setupCode").ok_or_else(|| {
        CliError::failure("the Gateway answered without a setup code")
            .hint("openclaw gateway call device.pair.setupCode --json shows its whole answer")
    })?;
    if app.out.is_json() {
        return app.out.json(&shown(&made));
    }
    if args.setup_code_only {
        return app.out.line(code);
    }
    if !args.no_ascii {
        app.out.line(picture(code)?)?;
        app.out.blank()?;
    }
    print(app, &made, code)
}

/// The members of the original, in its order, with whatever else the Gateway said.
fn shown(made: &Value) -> Value {
    let mut shown = json!({});
    for key in [
        "setupCode",
        "gatewayUrl",
        "gatewayUrls",
        "auth",
        "access",
        "urlSource",
    ] {
        if let Some(value) = made.get(key) {
            shown[key] = value.clone();
        }
    }
    for (key, value) in made.as_object().into_iter().flatten() {
        if shown.get(key).is_none() {
            shown[key] = value.clone();
        }
    }
    shown
}

fn print(app: &App, made: &Value, code: &str) -> Result<(), CliError> {
    let out = &app.out;
    out.line(format!("Setup code: {code}"))?;
    let source = text(made, "urlSource").unwrap_or("the Gateway");
    let url = text(made, "gatewayUrl").unwrap_or("unknown");
    out.line(format!("Gateway:    {url} ({source})"))?;
    for other in list(made, "gatewayUrls").iter().filter_map(Value::as_str) {
        if other != url {
            out.line(format!("            {other}"))?;
        }
    }
    if let Some(access) = text(made, "access") {
        let less = match made.get("accessDowngraded") {
            Some(Value::Bool(true)) => " (less than usual: the address is not encrypted)",
            _ => "",
        };
        out.line(format!("Access:     {access}{less}"))?;
    }
    if let Some(ends) = number(made, "expiresAtMs") {
        let left = ends.saturating_sub(clock::now_ms());
        let left = time::span(std::time::Duration::from_millis(left));
        out.line(format!("Valid for:  {left}, for one device"))?;
    }
    out.line("Whoever has the code can use it: show it to nobody else.")
}

/// The code to scan, two modules to a character, light on dark as most terminals are.
fn picture(code: &str) -> Result<String, CliError> {
    let code = QrCode::with_error_correction_level(code, EcLevel::L).map_err(|error| {
        CliError::failure(format!("the code cannot be drawn: {error}"))
            .hint("openclaw qr --no-ascii prints it as text")
    })?;
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .quiet_zone(true)
        .build())
}

#[cfg(test)]
mod tests {
    use super::picture;

    #[test]
    fn a_code_is_a_square_with_room_around_it() {
        let drawn = picture("hello").unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        // Version 1: 21 modules, and 4 free ones on each side.
        assert_eq!(lines.len(), 29_usize.div_ceil(2));
        assert!(
            lines.iter().all(|line| line.chars().count() == 29),
            "{drawn}"
        );
        assert!(lines[0].chars().all(|c| c == '█'), "{drawn}");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = picture(&"a".repeat(4000)).unwrap_err();
        assert!(error.message().contains("cannot be drawn"), "{error}");
    }
}
