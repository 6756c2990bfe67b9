//! What a client proves itself with.

use std::fmt;

use openclaw_protocol::connect::ConnectAuth;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Dialect;

/// Secrets of a client. `Debug` shows which are there, never what they are.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The Gateway's shared token, given by a person or a configuration.
    pub token: Option<SecretString>,
    /// The Gateway's shared password, given by a person or a configuration.
    pub password: Option<SecretString>,
    /// The token that the Gateway issued to this device. Only sent when there is neither token
    /// nor password: a wrong explicit credential is an error, even where this one would do.
    pub device_token: Option<SecretString>,
    /// The token of a setup code. Needs protocol 4 and a device.
    pub bootstrap_token: Option<SecretString>,
}

/// Which credential a `connect` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Token, password or both.
    Shared,
    /// The token of a setup code.
    Bootstrap,
    /// The token of this device.
    DeviceToken,
    /// None.
    None,
}

impl Credentials {
    /// No credentials.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A shared token.
    #[must_use]
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self {
            token: Some(token.into()),
            ..Self::default()
        }
    }

    /// A shared password.
    #[must_use]
    pub fn password(password: impl Into<SecretString>) -> Self {
        Self {
            password: Some(password.into()),
            ..Self::default()
        }
    }

    /// Which credential gets sent.
    #[must_use]
    pub const fn proof(&self) -> Proof {
        if self.token.is_some() || self.password.is_some() {
            Proof::Shared
        } else if self.bootstrap_token.is_some() {
            Proof::Bootstrap
        } else if self.device_token.is_some() {
            Proof::DeviceToken
        } else {
            Proof::None
        }
    }

    /// `connect.auth`. A February schema knows `token` and `password` only, so that a device
    /// token travels as `token` unless the dialect is protocol 4 alone.
    pub(crate) fn to_auth(&self, dialect: Dialect) -> Option<ConnectAuth> {
        let shown = |secret: &Option<SecretString>| {
            secret
                .as_ref()
                .map(|secret| secret.expose_secret().to_owned())
        };
        match self.proof() {
            Proof::None => None,
            Proof::Shared => Some(ConnectAuth {
                token: shown(&self.token),
                password: shown(&self.password),
                ..ConnectAuth::default()
            }),
            Proof::Bootstrap => Some(ConnectAuth {
                bootstrap_token: shown(&self.bootstrap_token),
                ..ConnectAuth::default()
            }),
            Proof::DeviceToken if dialect == Dialect::V4 => Some(ConnectAuth {
                device_token: shown(&self.device_token),
                ..ConnectAuth::default()
            }),
            Proof::DeviceToken => Some(ConnectAuth {
                token: shown(&self.device_token),
                ..ConnectAuth::default()
            }),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |secret: &Option<SecretString>| secret.as_ref().map(|_| "[redacted]");
        f.debug_struct("Credentials")
            .field("token", &shown(&self.token))
            .field("password", &shown(&self.password))
            .field("device_token", &shown(&self.device_token))
            .field("bootstrap_token", &shown(&self.bootstrap_token))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Credentials {
        Credentials {
            token: Some("shared".into()),
            password: Some("pass".into()),
            device_token: Some("device".into()),
            bootstrap_token: Some("setup".into()),
        }
    }

    fn sent(credentials: &Credentials, dialect: Dialect) -> serde_json::Value {
        serde_json::to_value(credentials.to_auth(dialect)).unwrap()
    }

    #[test]
    fn an_explicit_secret_hides_every_other() {
        let json = serde_json::json!({"token": "shared", "password": "pass"});
        for dialect in [Dialect::Both, Dialect::V3, Dialect::V4] {
            assert_eq!(sent(&all(), dialect), json);
        }
        let password = Credentials {
            token: None,
            ..all()
        };
        assert_eq!(
            sent(&password, Dialect::Both),
            serde_json::json!({"password": "pass"})
        );
    }

    #[test]
    fn a_device_token_travels_where_the_dialect_has_room() {
        let device = Credentials {
            device_token: Some("device".into()),
            ..Credentials::none()
        };
        assert_eq!(
            sent(&device, Dialect::Both),
            serde_json::json!({"token": "device"})
        );
        assert_eq!(
            sent(&device, Dialect::V3),
            serde_json::json!({"token": "device"})
        );
        assert_eq!(
            sent(&device, Dialect::V4),
            serde_json::json!({"deviceToken": "device"})
        );
        assert_eq!(
            sent(&Credentials::none(), Dialect::Both),
            serde_json::Value::Null
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", all());
        for secret in ["shared", "pass\"", "device\"", "setup"] {
            assert!(!text.contains(&format!("\"{secret}")), "{text}");
        }
    }
}
