//! A zone file as text.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::domain::ZoneDomain;
use crate::limits::SERVICE;
use crate::names::{display_name, zone_instance_label, zone_label};
use crate::txt::{TxtFacts, TxtMode, pairs};

/// What goes into a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneFacts {
    /// The domain.
    pub domain: ZoneDomain,
    /// The machine's host name; made into a label.
    pub host: String,
    /// The machine's display name, for people.
    pub display_name: String,
    /// Its tailnet address: name server and Gateway.
    pub ipv4: Ipv4Addr,
    /// Its tailnet address of IPv6.
    pub ipv6: Option<Ipv6Addr>,
    /// The Gateway's port.
    pub gateway_port: u16,
    /// Whether the Gateway speaks TLS.
    pub tls: bool,
    /// The SHA-256 of its certificate, in any spelling.
    pub fingerprint: Option<String>,
    /// Whether it is reachable without a proxy.
    pub is_direct_reachable: bool,
    /// How much is said.
    pub mode: TxtMode,
    /// The machine's tailnet name; said in mode full.
    pub tailnet_dns: Option<String>,
    /// The SSH port; said in mode full, 22 if nothing else.
    pub ssh_port: Option<u16>,
    /// The path of the program; said in mode full.
    pub cli_path: Option<String>,
}

/// A zone without its serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    domain: ZoneDomain,
    /// The body with the word [`SERIAL`] where the number goes.
    template: String,
    hash: u32,
}

impl Zone {
    /// Makes the zone of a Gateway. Any host name will do; see
    /// [`zone_label`](crate::names::zone_label).
    pub fn new(facts: &ZoneFacts) -> Self {
        let template = template(facts);
        Self {
            domain: facts.domain.clone(),
            hash: fnv1a(template.as_bytes()),
            template,
        }
    }

    /// Its domain.
    pub const fn domain(&self) -> &ZoneDomain {
        &self.domain
    }

    /// The hash of its content, whatever the serial number: eight hex digits, FNV-1a.
    pub fn content_hash(&self) -> String {
        format!("{:08x}", self.hash)
    }

    /// The file's text with a serial number.
    pub fn render(&self, serial: u32) -> String {
        let body = self.template.replacen(SERIAL, &serial.to_string(), 1);
        format!("{HASH_LINE}{}\n{body}", self.content_hash())
    }
}

/// The serial number in the text of a zone file that [`Zone::render`] made.
pub(super) fn serial_in(text: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(SOA))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn template(facts: &ZoneFacts) -> String {
    let host = zone_label(&facts.host, "openclaw");
    let instance = zone_instance_label(&facts.host);
    let ipv4 = facts.ipv4;
    let service = format!("{instance}.{SERVICE}");
    let mut text = format!("$ORIGIN {}.\n$TTL 60\n", facts.domain);
    let mut line = |args: std::fmt::Arguments<'_>| {
        writeln!(text, "{args}").expect("a String takes any text");
    };
    line(format_args!("{SOA}{SERIAL} 7200 3600 1209600 60"));
    line(format_args!("@ IN NS ns1"));
    line(format_args!("ns1 IN A {ipv4}"));
    line(format_args!("{host} IN A {ipv4}"));
    if let Some(ipv6) = facts.ipv6 {
        line(format_args!("{host} IN AAAA {ipv6}"));
    }
    line(format_args!("{SERVICE} IN PTR {service}"));
    line(format_args!(
        "{service} IN SRV 0 0 {} {host}",
        facts.gateway_port
    ));
    line(format_args!("{service} IN TXT {}", strings(facts)));
    text
}

fn strings(facts: &ZoneFacts) -> String {
    let name = display_name(&facts.display_name);
    let pairs = pairs(&TxtFacts {
        mode: facts.mode,
        gateway_port: facts.gateway_port,
        lan_host: None,
        display_name: &name,
        tls: facts.tls,
        fingerprint: facts.fingerprint.as_deref(),
        is_direct_reachable: facts.is_direct_reachable,
        tailnet_dns: facts.tailnet_dns.as_deref(),
        ssh_port: facts.ssh_port,
        cli_path: facts.cli_path.as_deref(),
    });
    let strings = pairs
        .iter()
        .map(|(key, value)| quoted(&format!("{key}={value}")));
    strings.collect::<Vec<_>>().join(" ")
}

/// A character string of a zone file: in quotes, with `\"`, `\\`, and `\DDD` for every byte that
/// is no printable ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => write!(out, "\\{byte:03}").expect("a String takes any text"),
        }
    }
    out.push('"');
    out
}

/// 32-bit FNV-1a.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

const SERIAL: &str = "SERIAL";

const HASH_LINE: &str = "; openclaw-content-hash: ";

const SOA: &str = "@ IN SOA ns1 hostmaster ";

#[cfg(test)]
pub(super) fn sample() -> ZoneFacts {
    ZoneFacts {
        domain: "openclaw.internal".parse().expect("a domain"),
        host: "Studio".to_owned(),
        display_name: "Ann's \"Studio\"".to_owned(),
        ipv4: Ipv4Addr::new(100, 64, 0, 1),
        ipv6: Some("fd7a:115c:a1e0::1".parse().expect("an address")),
        gateway_port: 18789,
        tls: true,
        fingerprint: Some("AB".repeat(32)),
        is_direct_reachable: false,
        mode: TxtMode::Minimal,
        tailnet_dns: Some("studio.tail1234.ts.net".to_owned()),
        ssh_port: None,
        cli_path: Some("/usr/bin/openclaw".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_documented_one() {
        let pin = "ab".repeat(32);
        let zone = Zone::new(&sample());
        let expected = format!(
            "; openclaw-content-hash: {}\n\
             $ORIGIN openclaw.internal.\n\
             $TTL 60\n\
             @ IN SOA ns1 hostmaster 2026013001 7200 3600 1209600 60\n\
             @ IN NS ns1\n\
             ns1 IN A 100.64.0.1\n\
             studio IN A 100.64.0.1\n\
             studio IN AAAA fd7a:115c:a1e0::1\n\
             _openclaw-gw._tcp IN PTR studio-gateway._openclaw-gw._tcp\n\
             studio-gateway._openclaw-gw._tcp IN SRV 0 0 18789 studio\n\
             studio-gateway._openclaw-gw._tcp IN TXT \"role=gateway\" \"transport=gateway\" \
             \"gatewayPort=18789\" \"displayName=Ann's \\\"Studio\\\"\" \"gatewayTls=1\" \
             \"gatewayTlsSha256={pin}\"\n",
            zone.content_hash()
        );
        let text = zone.render(2026013001);
        assert_eq!(text, expected);
        assert_eq!(serial_in(&text), Some(2026013001));
    }

    #[test]
    fn the_hash_is_fnv1a_of_the_body_without_its_serial() {
        for (text, hash) in [
            ("", 0x811c_9dc5),
            ("a", 0xe40c_292c),
            ("foobar", 0xbf9c_f968),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash);
        }
        let zone = Zone::new(&sample());
        let text = zone.render(2026013007);
        let (first, body) = text.split_once('\n').expect("two lines");
        let hashed = body.replace("2026013007", "SERIAL");
        assert_eq!(
            first,
            format!("; openclaw-content-hash: {:08x}", fnv1a(hashed.as_bytes()))
        );
        let other = Zone::new(&ZoneFacts {
            gateway_port: 1,
            ..sample()
        });
        assert_ne!(other.content_hash(), zone.content_hash());
    }

    #[test]
    fn the_word_serial_elsewhere_stays() {
        let zone = Zone::new(&ZoneFacts {
            display_name: "SERIAL".to_owned(),
            ..sample()
        });
        assert!(zone.render(7).contains("displayName=SERIAL"));
        assert!(zone.render(7).contains("hostmaster 7 "));
    }

    #[test]
    fn there_is_no_lan_host_and_only_full_mode_tells_all() {
        let minimal = Zone::new(&sample()).render(1);
        for word in ["lanHost", "tailnetDns", "cliPath", "sshPort"] {
            assert!(!minimal.contains(word), "{word}");
        }
        let full = Zone::new(&ZoneFacts {
            mode: TxtMode::Full,
            ..sample()
        })
        .render(1);
        for word in [
            "tailnetDns=studio.tail1234.ts.net",
            "cliPath=/usr/bin/openclaw",
            "sshPort=22",
        ] {
            assert!(full.contains(word), "{word}");
        }
        assert!(!full.contains("lanHost"));
    }

    #[test]
    fn no_fact_breaks_out_of_its_line() {
        let facts = ZoneFacts {
            host: "x\n@ IN NS evil".to_owned(),
            display_name: "a\"\n@ IN A 6.6.6.6 ; \\".to_owned(),
            cli_path: Some("é\t\"; $INCLUDE /etc/passwd".to_owned()),
            mode: TxtMode::Full,
            ..sample()
        };
        let text = Zone::new(&facts).render(1);
        assert_eq!(
            text.lines().count(),
            Zone::new(&sample()).render(1).lines().count()
        );
        assert!(text.contains("x-in-ns-evil IN A 100.64.0.1"));
        assert!(
            text.contains(r#""displayName=a\" @ IN A 6.6.6.6 ; \\""#),
            "{text}"
        );
        assert!(
            text.contains(r#""cliPath=\195\169\"; $INCLUDE /etc/passwd""#),
            "{text}"
        );
    }

    #[test]
    fn no_serial_is_read_out_of_anything_else() {
        for text in [
            "",
            "x",
            "@ IN SOA ns1 hostmaster ",
            "@ IN SOA ns1 hostmaster x 1",
            "@ IN SOA ns1 hostmaster 99999999999 1",
        ] {
            assert_eq!(serial_in(text), None, "{text}");
        }
    }
}
