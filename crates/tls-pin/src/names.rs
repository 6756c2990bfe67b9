//! The names and addresses that a server certificate is valid for.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::SanType;
use rustls_pki_types::DnsName;

/// The subject alternative names of a certificate: DNS names and addresses, without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectNames {
    dns: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl SubjectNames {
    /// `localhost`, `127.0.0.1` and `::1`: what every Gateway is reached by.
    #[must_use]
    pub fn local() -> Self {
        Self {
            dns: vec!["localhost".to_owned()],
            addresses: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        }
    }

    /// Adds the machine's host name. One that is no DNS name (it may hold anything) is left out.
    #[must_use]
    pub fn with_host_name(self, host: &str) -> Self {
        let without = self.clone();
        self.with_name(host).unwrap_or(without)
    }

    /// Adds an address. The unspecified ones (`0.0.0.0`, `::`) are left out: a Gateway can be
    /// bound to them, but nobody connects to them.
    #[must_use]
    pub fn with_address(mut self, address: IpAddr) -> Self {
        let address = address.to_canonical();
        if !address.is_unspecified() && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
        self
    }

    /// Adds a DNS name or an address as text; an IPv6 address may stand in brackets.
    ///
    /// Errors: for what is neither. Wildcards are refused.
    pub fn with_name(mut self, name: &str) -> Result<Self, InvalidSubjectName> {
        let name = name.trim();
        let bare = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(name);
        if let Ok(address) = bare.parse() {
            return Ok(self.with_address(address));
        }
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if DnsName::try_from(name.as_str()).is_err() {
            return Err(InvalidSubjectName::of(&name));
        }
        if !self.dns.contains(&name) {
            self.dns.push(name);
        }
        Ok(self)
    }

    /// The DNS names.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.dns
    }

    /// The addresses.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    pub(crate) fn to_san(&self) -> Result<Vec<SanType>, InvalidSubjectName> {
        let mut names = Vec::with_capacity(self.dns.len().saturating_add(self.addresses.len()));
        for name in &self.dns {
            let ascii = name
                .as_str()
                .try_into()
                .map_err(|_: rcgen::Error| InvalidSubjectName::of(name))?;
            names.push(SanType::DnsName(ascii));
        }
        names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        Ok(names)
    }
}

/// A name that cannot stand in a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is neither a DNS name nor an address")]
pub struct InvalidSubjectName {
    /// The name, escaped and cut.
    pub name: String,
}

impl InvalidSubjectName {
    fn of(name: &str) -> Self {
        let mut shown = String::new();
        for character in name.chars().take(80) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", character.escape_default());
        }
        Self { name: shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_kept_once() {
        let names = SubjectNames::local()
            .with_host_name("Gate-House")
            .with_host_name("gate-house")
            .with_name("Gateway.Example.")
            .unwrap()
            .with_name("[fd00::1]")
            .unwrap()
            .with_name("fd00::1")
            .unwrap()
            .with_name("::ffff:192.0.2.7")
            .unwrap()
            .with_name("localhost")
            .unwrap();
        assert_eq!(
            names.dns_names(),
            ["localhost", "gate-house", "gateway.example"]
        );
        let shown: Vec<String> = names.addresses().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1", "::1", "fd00::1", "192.0.2.7"]);
    }

    #[test]
    fn what_nobody_dials_is_left_out() {
        let local = SubjectNames::local();
        let bound = local
            .clone()
            .with_address(Ipv4Addr::UNSPECIFIED.into())
            .with_address(Ipv6Addr::UNSPECIFIED.into())
            .with_host_name("no name at all")
            .with_host_name("");
        assert_eq!(bound, local);
    }

    #[test]
    fn explicit_nonsense_is_refused() {
        for name in [
            "",
            "a b",
            "*.example",
            "ex\u{1b}ample",
            "http://host",
            "host:443",
            "fe80::1%eth0",
        ] {
            let error = SubjectNames::local().with_name(name).expect_err(name);
            assert!(!error.to_string().contains('\u{1b}'));
        }
    }
}
