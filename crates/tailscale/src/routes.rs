//! `tailscale serve status --json`: every route of this machine, whoever put it up.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::error::TailscaleError;
use crate::{json, wording};

/// One route: what the tailnet, or the internet, reaches on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The session that holds it; it goes when the program ends that put it up. `None`: it was
    /// put up in the background and stays over restarts.
    pub session: Option<String>,
    /// The name of this machine in the route; empty for a TCP forward.
    pub host: String,
    /// The port on that name.
    pub port: u16,
    /// The path that it covers; `/` for a TCP forward.
    pub mount: String,
    /// What answers.
    pub target: Target,
    /// Whether it speaks HTTPS.
    pub https: bool,
    /// Whether the internet reaches it.
    pub funnel: bool,
}

/// What answers on a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A server, as `tailscale` was told: `http://127.0.0.1:18789`.
    Proxy(String),
    /// Bytes are handed on to this address.
    Forward(String),
    /// A file, a folder or a text.
    Other,
    /// Nothing. A Funnel without a route of its own: whatever comes to be on this port is open
    /// to the internet.
    Nothing,
}

impl Route {
    /// Whether it leads to this port on loopback, written as `tailscale serve PORT` writes it.
    #[must_use]
    pub fn leads_to(&self, port: u16) -> bool {
        matches!(&self.target, Target::Proxy(proxy) if loopback_port(proxy) == Some(port))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host, port, mount, ..
        } = self;
        match (&self.target, self.https) {
            (Target::Forward(_), _) => write!(f, "tcp port {port}")?,
            (_, true) if *port == 443 => write!(f, "https://{host}{mount}")?,
            (_, true) => write!(f, "https://{host}:{port}{mount}")?,
            (_, false) => write!(f, "http://{host}:{port}{mount}")?,
        }
        match &self.target {
            Target::Proxy(to) | Target::Forward(to) => write!(f, " -> {to}"),
            Target::Other => f.write_str(" -> a file or text"),
            Target::Nothing => f.write_str(" -> nothing, open to the internet"),
        }
    }
}

/// Just what `tailscale serve PORT` writes. Anything else was meant for something else.
fn loopback_port(proxy: &str) -> Option<u16> {
    let rest = proxy.strip_prefix("http://")?;
    let port = ["127.0.0.1:", "localhost:"]
        .into_iter()
        .find_map(|host| rest.strip_prefix(host))?;
    let port = port.strip_suffix('/').unwrap_or(port);
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| port.parse().ok()).flatten()
}

#[derive(Deserialize, Default)]
struct Config {
    #[serde(rename = "TCP")]
    tcp: Option<BTreeMap<u16, Option<Handler>>>,
    #[serde(rename = "Web")]
    web: Option<BTreeMap<String, Option<Server>>>,
    #[serde(rename = "AllowFunnel")]
    funnel: Option<BTreeMap<String, bool>>,
    #[serde(rename = "Foreground")]
    foreground: Option<BTreeMap<String, Option<Self>>>,
}

#[derive(Deserialize)]
struct Handler {
    #[serde(rename = "HTTPS")]
    https: Option<bool>,
    #[serde(rename = "TCPForward")]
    forward: Option<String>,
}

#[derive(Deserialize)]
struct Server {
    #[serde(rename = "Handlers")]
    handlers: Option<BTreeMap<String, Option<WebHandler>>>,
}

#[derive(Deserialize)]
struct WebHandler {
    #[serde(rename = "Proxy")]
    proxy: Option<String>,
}

/// Reads the answer to `command`: background routes first, each group in order of host and path.
pub(crate) fn read(command: &str, text: &str) -> Result<Vec<Route>, TailscaleError> {
    if wording::is_no_routes(text) {
        return Ok(Vec::new());
    }
    let mut config: Config = json::read(command, text)?;
    let foreground = config.foreground.take().unwrap_or_default();
    let mut routes = Vec::new();
    add(&mut routes, None, config);
    for (session, config) in foreground {
        add(&mut routes, Some(&session), config.unwrap_or_default());
    }
    Ok(routes)
}

fn add(routes: &mut Vec<Route>, session: Option<&str>, config: Config) {
    let tcp = config.tcp.unwrap_or_default();
    let funnel = config.funnel.unwrap_or_default();
    let https = |port: u16| {
        let handler = tcp.get(&port).and_then(Option::as_ref);
        handler.and_then(|handler| handler.https).unwrap_or(false)
    };
    let mut seen = Vec::new();
    for (name, server) in config.web.unwrap_or_default() {
        let Some((host, port)) = host_port(&name) else {
            continue;
        };
        seen.push(port);
        let handlers = server.and_then(|server| server.handlers);
        for (mount, handler) in handlers.unwrap_or_default() {
            let proxy = handler.and_then(|handler| handler.proxy);
            routes.push(Route {
                session: session.map(str::to_owned),
                host: host.to_owned(),
                port,
                mount,
                target: proxy.map_or(Target::Other, Target::Proxy),
                https: https(port),
                funnel: funnel.get(&name).copied().unwrap_or(false),
            });
        }
    }
    for (&port, handler) in tcp.iter().filter(|(port, _)| !seen.contains(port)) {
        let forward = handler.as_ref().and_then(|handler| handler.forward.clone());
        routes.push(Route {
            session: session.map(str::to_owned),
            host: String::new(),
            port,
            mount: "/".to_owned(),
            target: forward.map_or(Target::Other, Target::Forward),
            https: https(port),
            funnel: funnel
                .iter()
                .any(|(name, on)| *on && host_port(name).is_some_and(|(_, other)| other == port)),
        });
    }
    let open = funnel.iter().filter(|(_, on)| **on);
    for (host, port) in open.filter_map(|(name, _)| host_port(name)) {
        if seen.contains(&port) || tcp.contains_key(&port) {
            continue;
        }
        routes.push(Route {
            session: session.map(str::to_owned),
            host: host.to_owned(),
            port,
            mount: "/".to_owned(),
            target: Target::Nothing,
            https: true,
            funnel: true,
        });
    }
}

fn host_port(name: &str) -> Option<(&str, u16)> {
    let (host, port) = name.rsplit_once(':')?;
    Some((host, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let routes = read("x", text).unwrap();
        routes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn background_and_foreground_routes_are_told_apart() {
        let text = r#"{
          "TCP": {"8443": {"HTTPS": true}, "22": {"TCPForward": "127.0.0.1:22"}, "80": {"HTTP": true}},
          "Web": {
            "home.ts.net:8443": {"Handlers": {"/": {"Proxy": "http://127.0.0.1:7317"}, "/files": {"Path": "/srv"}}},
            "home.ts.net:80": {"Handlers": {"/": {"Text": "hello"}}}
          },
          "AllowFunnel": {"home.ts.net:8443": true},
          "Foreground": {
            "df16b397a48601e8": {
              "TCP": {"443": {"HTTPS": true}},
              "Web": {"home.ts.net:443": {"Handlers": {"/": {"Proxy": "http://127.0.0.1:3000"}}}}
            }
          }
        }"#;
        assert_eq!(
            shown(text),
            [
                "http://home.ts.net:80/ -> a file or text",
                "https://home.ts.net:8443/ -> http://127.0.0.1:7317",
                "https://home.ts.net:8443/files -> a file or text",
                "tcp port 22 -> 127.0.0.1:22",
                "https://home.ts.net/ -> http://127.0.0.1:3000",
            ]
        );
        let routes = read("x", text).unwrap();
        let held: Vec<_> = routes.iter().filter_map(|r| r.session.as_deref()).collect();
        assert_eq!(held, ["df16b397a48601e8"]);
        let public: Vec<_> = routes.iter().map(|route| route.funnel).collect();
        assert_eq!(public, [false, true, true, false, false]);
    }

    #[test]
    fn a_funnel_without_a_route_is_one() {
        let text = r#"{"TCP":{"80":{"HTTP":true}},"AllowFunnel":{"a.ts.net:443":true,"a.ts.net:80":true,"a.ts.net:1":false}}"#;
        let expected = [
            "http://:80/ -> a file or text",
            "https://a.ts.net/ -> nothing, open to the internet",
        ];
        assert_eq!(shown(text), expected);
        assert!(read("x", text).unwrap().iter().all(|route| route.funnel));
    }

    #[test]
    fn no_routes_is_no_error() {
        for text in [
            "{}",
            "null",
            "",
            "No serve config\n",
            r#"{"TCP":null,"Web":null}"#,
        ] {
            assert_eq!(shown(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for text in [
            "broken",
            r#"{"TCP":7}"#,
            r#"{"TCP":{"x":{}}}"#,
            r#"{"Web":[]}"#,
        ] {
            let error = read("x", text).unwrap_err();
            assert_eq!(error.kind(), "badOutput", "{text}");
        }
    }

    #[test]
    fn only_the_very_address_of_the_gateway_is_the_gateway() {
        let leads = |proxy: &str| {
            let text =
                format!(r#"{{"Web":{{"a:443":{{"Handlers":{{"/":{{"Proxy":"{proxy}"}}}}}}}}}}"#);
            read("x", &text).unwrap()[0].leads_to(18789)
        };
        for proxy in [
            "http://127.0.0.1:18789",
            "http://127.0.0.1:18789/",
            "http://localhost:18789",
        ] {
            assert!(leads(proxy), "{proxy}");
        }
        for proxy in [
            "http://127.0.0.1:18788",
            "http://127.0.0.1:187890",
            "http://127.0.0.1:+18789",
            "https://127.0.0.1:18789",
            "https+insecure://localhost:18789",
            "http://127.0.0.1:18789/app",
            "http://127.0.0.1:18789//",
            "http://127.0.0.2:18789",
            "http://192.168.0.2:18789",
            "http://localhost.evil:18789",
            "127.0.0.1:18789",
            "18789",
        ] {
            assert!(!leads(proxy), "{proxy}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(text in any::<String>()) {
            let _ = read("x", &text);
            let _ = read("x", &format!("{{{text}}}"));
        }
    }
}
