//! Identifiers, one type each, so that one cannot be passed where another belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes the text as it is.
            #[must_use]
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

text_id! {
    /// The id of a node: its device id, or `client.id` for a February node without a device.
    NodeId
}

text_id! {
    /// The id of one connection: a UUID, new for every socket.
    ConnId
}

text_id! {
    /// The id of one request, chosen by the sender and echoed in the response.
    RequestId
}

text_id! {
    /// The id of a pairing request: `[A-Za-z0-9][A-Za-z0-9._:-]{0,127}`, ours are UUIDs.
    PairingRequestId
}

text_id! {
    /// The id of one `node.invoke` on its way to a node: a UUID.
    InvokeId
}

text_id! {
    /// The id of an agent, `main` for example.
    AgentId
}

text_id! {
    /// The key of a session: `agent:main:main`, `cron:<job>`, `global`, ….
    SessionKey
}

text_id! {
    /// The id of one transcript of a session: a UUID, new after a reset.
    SessionId
}

text_id! {
    /// The id of one agent run: the caller's idempotency key.
    RunId
}

text_id! {
    /// The id of a scheduled job: a UUID.
    CronJobId
}

text_id! {
    /// The id of one question whether something may be done.
    ApprovalId
}

/// The id of a device: lower-case hex SHA-256 of its raw Ed25519 public key, 64 characters.
#[derive(
    Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct DeviceId(Box<str>);

impl DeviceId {
    /// The id for this SHA-256 digest of a public key.
    #[must_use]
    pub fn from_digest(digest: [u8; 32]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text.into_boxed_str())
    }

    /// The id in this text, if it has the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.into()))
    }

    /// The 64 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve characters, enough for a person to tell devices apart.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl AsRef<str> for DeviceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for DeviceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&DeviceId> for NodeId {
    /// A node with a device is known by its device id.
    fn from(device: &DeviceId) -> Self {
        Self(device.0.clone())
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
