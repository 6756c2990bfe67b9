//! Every combination of settings that decides about exposure, as a list: what tests enumerate and
//! the reference page shows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Exposure, ExposureFacts, ExposureRefused, MIN_EXPOSED_SECRET_CHARS, expose};
use crate::modes::{AuthMode, BindMode, TailscaleMode};

const LAN_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 4));
const TAILNET_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(100, 64, 0, 9));
const TAILNET_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd7a, 0x115c, 0xa1e0, 0, 0, 0, 0, 9));

const ON_LAN: &[IpAddr] = &[IpAddr::V4(Ipv4Addr::LOCALHOST), LAN_ADDRESS];
const ON_TAILNET: &[IpAddr] = &[
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    LAN_ADDRESS,
    TAILNET_V6,
    TAILNET_V4,
];
const ON_TAILNET_V6: &[IpAddr] = &[IpAddr::V4(Ipv4Addr::LOCALHOST), LAN_ADDRESS, TAILNET_V6];

/// A bind mode with what it needs: the host's addresses, and `gateway.customBindHost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindCase {
    /// What it is called on the reference page.
    pub label: &'static str,
    /// `gateway.bind`.
    pub mode: BindMode,
    /// `gateway.customBindHost`.
    pub custom_host: Option<&'static str>,
    /// Addresses of the host.
    pub interfaces: &'static [IpAddr],
}

const fn case(
    label: &'static str,
    mode: BindMode,
    custom_host: Option<&'static str>,
    interfaces: &'static [IpAddr],
) -> BindCase {
    BindCase {
        label,
        mode,
        custom_host,
        interfaces,
    }
}

impl BindCase {
    /// Every case.
    pub const ALL: &'static [Self] = &[
        case("loopback", BindMode::Loopback, None, ON_TAILNET),
        case("auto", BindMode::Auto, None, ON_TAILNET),
        case("lan", BindMode::Lan, None, ON_LAN),
        case("tailnet", BindMode::Tailnet, None, ON_TAILNET),
        case(
            "tailnet (IPv6 alone)",
            BindMode::Tailnet,
            None,
            ON_TAILNET_V6,
        ),
        case("tailnet (not on one)", BindMode::Tailnet, None, ON_LAN),
        case(
            "custom 127.0.0.1",
            BindMode::Custom,
            Some("127.0.0.1"),
            ON_LAN,
        ),
        case(
            "custom 127.0.0.5",
            BindMode::Custom,
            Some("127.0.0.5"),
            ON_LAN,
        ),
        case("custom ::1", BindMode::Custom, Some("::1"), ON_LAN),
        case(
            "custom 192.168.1.4",
            BindMode::Custom,
            Some("192.168.1.4"),
            ON_LAN,
        ),
        case(
            "custom 100.64.0.9",
            BindMode::Custom,
            Some("100.64.0.9"),
            ON_TAILNET,
        ),
        case("custom 0.0.0.0", BindMode::Custom, Some("0.0.0.0"), ON_LAN),
        case("custom ::", BindMode::Custom, Some("::"), ON_LAN),
        case("custom (no address)", BindMode::Custom, None, ON_LAN),
        case(
            "custom (a host name)",
            BindMode::Custom,
            Some("localhost"),
            ON_LAN,
        ),
        case(
            "custom (another host's)",
            BindMode::Custom,
            Some("203.0.113.9"),
            ON_LAN,
        ),
    ];
}

/// The secret of `gateway.auth.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretCase {
    /// None is configured.
    Absent,
    /// One with fewer than [`MIN_EXPOSED_SECRET_CHARS`] characters.
    Weak,
    /// One with at least that many.
    Strong,
}

impl SecretCase {
    /// Every case.
    pub const ALL: &'static [Self] = &[Self::Absent, Self::Weak, Self::Strong];

    /// What it is called on the reference page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Weak => "weak",
            Self::Strong => "strong",
        }
    }

    /// The length of such a secret: the longest that is weak, the shortest that is strong.
    #[must_use]
    pub const fn chars(self) -> Option<usize> {
        match self {
            Self::Absent => None,
            Self::Weak => Some(MIN_EXPOSED_SECRET_CHARS - 1),
            Self::Strong => Some(MIN_EXPOSED_SECRET_CHARS),
        }
    }
}

/// One combination of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// The bind.
    pub bind: &'static BindCase,
    /// `gateway.auth.mode`.
    pub auth: AuthMode,
    /// The secret of that mode.
    pub secret: SecretCase,
    /// `gateway.tailscale.mode`.
    pub tailscale: TailscaleMode,
    /// Whether `gateway.trustedProxies` names any proxy.
    pub proxies: bool,
    /// `gateway.tls.enabled`.
    pub tls: bool,
}

impl Case {
    /// Every combination, the last member changing fastest.
    pub fn all() -> impl Iterator<Item = Self> {
        let flags = [false, true];
        BindCase::ALL.iter().flat_map(move |bind| {
            AuthMode::ALL.iter().flat_map(move |auth| {
                SecretCase::ALL.iter().flat_map(move |secret| {
                    TailscaleMode::ALL.iter().flat_map(move |tailscale| {
                        flags.into_iter().flat_map(move |proxies| {
                            flags.into_iter().map(move |tls| Self {
                                bind,
                                auth: *auth,
                                secret: *secret,
                                tailscale: *tailscale,
                                proxies,
                                tls,
                            })
                        })
                    })
                })
            })
        })
    }

    /// The facts of this combination, without a secret in `gateway.remote.*`.
    #[must_use]
    pub const fn facts(&self) -> ExposureFacts<'static> {
        ExposureFacts {
            bind: self.bind.mode,
            custom_host: self.bind.custom_host,
            interfaces: self.bind.interfaces,
            auth: self.auth,
            secret_chars: self.secret.chars(),
            tailscale: self.tailscale,
            has_trusted_proxies: self.proxies,
            has_tls: self.tls,
            has_remote_secret: false,
        }
    }

    /// What becomes of it.
    ///
    /// # Errors
    ///
    /// [`ExposureRefused`]
    pub fn decide(&self) -> Result<Exposure, ExposureRefused> {
        expose(&self.facts())
    }
}
