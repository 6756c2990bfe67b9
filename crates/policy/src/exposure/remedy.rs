//! The settings that make a refused configuration legal.

use std::fmt;

/// One setting of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Setting {
    /// The key, `gateway.auth.mode`.
    pub key: &'static str,
    /// The value; in angle brackets where a person must choose one.
    pub value: &'static str,
}

/// Settings that are made together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Remedy(pub &'static [Setting]);

/// `KEY=VALUE and KEY=VALUE`
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, setting) in self.0.iter().enumerate() {
            let and = if number == 0 { "" } else { " and " };
            write!(f, "{and}{}={}", setting.key, setting.value)?;
        }
        Ok(())
    }
}

const fn set(key: &'static str, value: &'static str) -> Setting {
    Setting { key, value }
}

const LONG: &str = "<24 or more characters>";

const LOOPBACK: Remedy = Remedy(&[set("gateway.bind", "loopback")]);
const CUSTOM_ADDRESS: Remedy = Remedy(&[set(
    "gateway.customBindHost",
    "<an IP address of this host>",
)]);
const TAILSCALE_OFF: Remedy = Remedy(&[set("gateway.tailscale.mode", "off")]);
const SERVE: Remedy = Remedy(&[set("gateway.tailscale.mode", "serve")]);
const LONG_TOKEN: Remedy = Remedy(&[set("gateway.auth.token", LONG)]);
const LONG_PASSWORD: Remedy = Remedy(&[set("gateway.auth.password", LONG)]);
const TOKEN_MODE: Remedy = Remedy(&[
    set("gateway.auth.mode", "token"),
    set("gateway.auth.token", LONG),
]);
const PASSWORD_MODE: Remedy = Remedy(&[
    set("gateway.auth.mode", "password"),
    set("gateway.auth.password", LONG),
]);
const PROXIES: Remedy = Remedy(&[set("gateway.trustedProxies", "<the proxy's IP addresses>")]);

pub(super) const CUSTOM_HOST: &[Remedy] = &[CUSTOM_ADDRESS, LOOPBACK];
pub(super) const NO_TAILNET: &[Remedy] = &[LOOPBACK];
pub(super) const EXPOSED: &[Remedy] = &[TOKEN_MODE, PASSWORD_MODE, LOOPBACK];
pub(super) const WEAK_TOKEN: &[Remedy] = &[LONG_TOKEN, LOOPBACK];
pub(super) const WEAK_PASSWORD: &[Remedy] = &[LONG_PASSWORD, LOOPBACK];
pub(super) const WEAK_TOKEN_BEHIND_TAILSCALE: &[Remedy] = &[LONG_TOKEN, TAILSCALE_OFF];
pub(super) const WEAK_PASSWORD_BEHIND_TAILSCALE: &[Remedy] = &[LONG_PASSWORD, TAILSCALE_OFF];
pub(super) const TOKEN: &[Remedy] = &[LONG_TOKEN];
pub(super) const PASSWORD: &[Remedy] = &[LONG_PASSWORD];
pub(super) const NO_PROXIES: &[Remedy] = &[PROXIES, TOKEN_MODE, PASSWORD_MODE];
pub(super) const NEEDS_LOOPBACK: &[Remedy] = &[LOOPBACK, TAILSCALE_OFF];
pub(super) const FUNNEL: &[Remedy] = &[PASSWORD_MODE, SERVE, TAILSCALE_OFF];
pub(super) const TAILSCALE_WITHOUT_AUTH: &[Remedy] = &[PASSWORD_MODE, TOKEN_MODE, TAILSCALE_OFF];
