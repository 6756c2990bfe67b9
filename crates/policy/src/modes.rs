//! The words of `gateway.bind`, `gateway.auth.mode` and `gateway.tailscale.mode`.

use std::fmt;
use std::str::FromStr;

/// A word that is none of the listed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is none of {allowed}")]
pub struct UnknownWord {
    /// What stood there.
    pub found: String,
    /// What may stand there, quoted and separated by commas.
    pub allowed: String,
}

macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[$vmeta])* #[serde(rename = $text)] $variant, )+
        }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The word as it stands in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err(UnknownWord {
                        found: word.to_owned(),
                        allowed: [$( concat!("\"", $text, "\""), )+].join(", "),
                    }),
                }
            }
        }
    };
}

words! {
    /// `gateway.bind`: which addresses the Gateway listens on. A bind is never widened.
    pub enum BindMode {
        /// Loopback where it can be bound; refused elsewhere, never a wider address.
        Auto = "auto",
        /// Every IPv4 interface: 0.0.0.0.
        Lan = "lan",
        /// 127.0.0.1 and, where it exists, ::1.
        Loopback = "loopback",
        /// The address in `gateway.customBindHost`, and loopback.
        Custom = "custom",
        /// The machine's tailnet address, and loopback.
        Tailnet = "tailnet",
    }
}

words! {
    /// `gateway.auth.mode`: how clients prove themselves.
    pub enum AuthMode {
        /// Not at all; loopback only.
        None = "none",
        /// A shared token.
        Token = "token",
        /// A shared password.
        Password = "password",
        /// A reverse proxy names the user in a header.
        TrustedProxy = "trusted-proxy",
    }
}

words! {
    /// `gateway.tailscale.mode`: whether `tailscale` exposes the Gateway.
    pub enum TailscaleMode {
        /// Not at all.
        Off = "off",
        /// To the tailnet.
        Serve = "serve",
        /// To the internet.
        Funnel = "funnel",
    }
}
