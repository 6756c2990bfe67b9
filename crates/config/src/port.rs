//! The port of the Gateway.

use std::num::NonZeroU16;

use crate::defaults;
use crate::env::{self, Env};
use crate::profile::ProfileName;
use crate::resolved::{Resolved, Source};

/// A TCP port, 1 to 65535.
pub type Port = NonZeroU16;

/// The port, and a variable that was meant to set it and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortChoice {
    /// The port and where it came from.
    pub port: Resolved<Port>,
    /// What `OPENCLAW_GATEWAY_PORT` holds, where that is no port and was passed over, as the
    /// original does. Worth a warning.
    pub ignored_variable: Option<String>,
}

/// Chooses the port: `--port`, else `OPENCLAW_GATEWAY_PORT`, else `gateway.port`, else the
/// profile's own, else 18789.
#[must_use]
pub fn resolve_port(
    flag: Option<Port>,
    env: &Env,
    configured: Option<Port>,
    profile: Option<&ProfileName>,
) -> PortChoice {
    let variable = env.text(env::GATEWAY_PORT);
    let from_variable = variable.and_then(port_in);
    let port = if let Some(port) = flag {
        Resolved::new(port, Source::Flag("--port"))
    } else if let Some(port) = from_variable {
        Resolved::new(port, Source::Env(env::GATEWAY_PORT))
    } else if let Some(port) = configured {
        Resolved::new(port, Source::Config("gateway.port".to_owned()))
    } else if let Some(profile) = profile {
        Resolved::new(
            profile.default_port(),
            Source::Profile(profile.as_str().to_owned()),
        )
    } else {
        Resolved::new(defaults::GATEWAY_PORT.value, Source::Default)
    };
    let ignored = variable.filter(|_| from_variable.is_none());
    PortChoice {
        port,
        ignored_variable: ignored.map(str::to_owned),
    }
}

/// Reads a port: digits, `host:port` or `[v6]:port`.
#[must_use]
pub fn port_in(text: &str) -> Option<Port> {
    let digits = match text.rsplit_once(':') {
        None => text,
        Some((host, digits)) => {
            let bracketed = host.starts_with('[') && host.ends_with(']') && host.len() > 2;
            (bracketed || (!host.is_empty() && !host.contains([':', '[', ']'])))
                .then_some(digits)?
        }
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Port, port_in, resolve_port};
    use crate::env::Env;

    fn port(number: u16) -> Port {
        Port::new(number).unwrap()
    }

    #[test]
    fn each_source_gives_way_to_the_one_before() {
        let env = Env::empty().with("OPENCLAW_GATEWAY_PORT", "20311");
        let none = Env::empty();
        let dev = "dev".parse().unwrap();
        for (flag, env, config, profile, number, from) in [
            (Some(port(1)), &env, Some(port(2)), Some(&dev), 1, "--port"),
            (
                None,
                &env,
                Some(port(2)),
                Some(&dev),
                20_311,
                "env OPENCLAW_GATEWAY_PORT",
            ),
            (
                None,
                &none,
                Some(port(2)),
                Some(&dev),
                2,
                "config gateway.port",
            ),
            (None, &none, None, Some(&dev), 19_001, "profile dev"),
            (None, &none, None, None, 18_789, "default"),
        ] {
            let choice = resolve_port(flag, env, config, profile);
            assert_eq!(
                (choice.port.value, choice.port.from.to_string().as_str()),
                (port(number), from)
            );
            assert_eq!(choice.ignored_variable, None);
        }
    }

    #[test]
    fn garbage_falls_through_to_the_configuration_and_is_reported() {
        let env = Env::empty().with("OPENCLAW_GATEWAY_PORT", "abc");
        let choice = resolve_port(None, &env, Some(port(20_310)), None);
        assert_eq!(choice.port.value, port(20_310));
        assert_eq!(choice.ignored_variable.as_deref(), Some("abc"));
    }

    #[test]
    fn ports_are_digits_alone_or_after_a_host() {
        for (text, expected) in [
            ("18789", Some(18_789)),
            ("127.0.0.1:80", Some(80)),
            ("host:65535", Some(65_535)),
            ("[::1]:9", Some(9)),
            ("0", None),
            ("65536", None),
            ("+80", None),
            ("80x", None),
            ("::1", None),
            ("[]:80", None),
            (":80", None),
            ("host:", None),
            ("a:b:80", None),
        ] {
            assert_eq!(port_in(text), expected.map(port), "{text}");
        }
    }
}
