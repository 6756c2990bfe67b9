//! Whether this Gateway announces itself on the local network.

use std::fmt;

use crate::txt::TxtMode;

/// `discovery.mdns.mode` as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MdnsMode {
    /// Nothing is announced.
    Off,
    /// That there is a Gateway, and where.
    Minimal,
    /// Also the SSH port, the path of the program and the tailnet name.
    Full,
}

/// The system that the Gateway runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// macOS, where people expect to find their machines by name.
    MacOs,
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// Anything else.
    Other,
}

impl Platform {
    /// The system that this program was built for.
    pub const fn current() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(target_os = "linux") {
            Self::Linux
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Other
        }
    }
}

/// What [`should_advertise`] decides from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvertiseQuestion {
    /// `discovery.mdns.mode` where somebody wrote it; nothing where it is the default.
    pub mode: Option<MdnsMode>,
    /// Whether another machine of the local network can reach the Gateway's port.
    pub is_exposed: bool,
    /// The system.
    pub platform: Platform,
    /// Whether `OPENCLAW_DISABLE_BONJOUR` is set to a true value.
    pub is_disabled: bool,
}

/// The answer of [`should_advertise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Announce this much.
    Advertise(TxtMode),
    /// Say nothing, for this reason.
    Silent(Silence),
}

/// Why a Gateway says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Silence {
    /// The environment says so.
    Disabled,
    /// The configuration says so.
    Off,
    /// Nobody asked, and nobody else could reach it.
    NotExposed,
    /// Nobody asked, and this system does not announce by default.
    Platform,
}

/// Decides whether and what to announce.
///
/// What somebody wrote is done, the environment's veto first. A mode that is written is done for
/// a Gateway on loopback too: others reach it through SSH, and the beacon tells them where. By
/// default only a Gateway that others can reach announces itself, for anything else would tell
/// the network about a service that it cannot have; and of the systems only macOS, where the
/// newest release does too. A server does not talk to its network unless asked.
pub const fn should_advertise(question: AdvertiseQuestion) -> Decision {
    if question.is_disabled {
        return Decision::Silent(Silence::Disabled);
    }
    match question.mode {
        Some(MdnsMode::Off) => Decision::Silent(Silence::Off),
        Some(MdnsMode::Minimal) => Decision::Advertise(TxtMode::Minimal),
        Some(MdnsMode::Full) => Decision::Advertise(TxtMode::Full),
        None if !question.is_exposed => Decision::Silent(Silence::NotExposed),
        None => match question.platform {
            Platform::MacOs => Decision::Advertise(TxtMode::Minimal),
            Platform::Linux | Platform::Windows | Platform::Other => {
                Decision::Silent(Silence::Platform)
            }
        },
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "`OPENCLAW_DISABLE_BONJOUR` is set",
            Self::Off => "`discovery.mdns.mode` is `off`",
            Self::NotExposed => {
                "only this machine can reach the gateway; set `discovery.mdns.mode` to announce it all the same"
            }
            Self::Platform => {
                "this system does not announce by default; set `discovery.mdns.mode` to `minimal` or `full`"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use Decision::{Advertise, Silent};
        use MdnsMode::{Full, Minimal, Off};
        use Platform::{Linux, MacOs, Other, Windows};
        let rows = [
            // Nobody asked.
            (None, false, MacOs, Silent(Silence::NotExposed)),
            (None, false, Linux, Silent(Silence::NotExposed)),
            (None, true, MacOs, Advertise(TxtMode::Minimal)),
            (None, true, Linux, Silent(Silence::Platform)),
            (None, true, Windows, Silent(Silence::Platform)),
            (None, true, Other, Silent(Silence::Platform)),
            // Somebody did.
            (Some(Off), true, MacOs, Silent(Silence::Off)),
            (Some(Off), false, Linux, Silent(Silence::Off)),
            (Some(Minimal), false, Linux, Advertise(TxtMode::Minimal)),
            (Some(Minimal), true, Windows, Advertise(TxtMode::Minimal)),
            (Some(Full), false, MacOs, Advertise(TxtMode::Full)),
            (Some(Full), true, Other, Advertise(TxtMode::Full)),
        ];
        for (mode, is_exposed, platform, expected) in rows {
            let mut question = AdvertiseQuestion {
                mode,
                is_exposed,
                platform,
                is_disabled: false,
            };
            assert_eq!(should_advertise(question), expected, "{question:?}");
            question.is_disabled = true;
            assert_eq!(
                should_advertise(question),
                Silent(Silence::Disabled),
                "{question:?}"
            );
        }
    }

    #[test]
    fn every_silence_names_what_would_end_it() {
        for (silence, key) in [
            (Silence::Disabled, "OPENCLAW_DISABLE_BONJOUR"),
            (Silence::Off, "discovery.mdns.mode"),
            (Silence::NotExposed, "discovery.mdns.mode"),
            (Silence::Platform, "discovery.mdns.mode"),
        ] {
            assert!(silence.to_string().contains(key), "{silence}");
        }
    }
}
