//! Device tokens without a list of them: each is derived from a key that only this Gateway has.
//!
//! The store holds digests. A token can be handed out again to a device that proves itself, and
//! a copy of the database alone opens nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use openclaw_protocol::Role;
use openclaw_protocol::id::DeviceId;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;

/// The key from which device tokens are derived. `Debug` shows nothing of it.
pub struct TokenKey(SecretBox<[u8; 32]>);

impl TokenKey {
    /// The key in these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// A new random key: device tokens end with the process that made it.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(rand::random())
    }

    /// The token of a device for a role, as issued at this moment: 43 characters.
    pub(crate) fn token(&self, device: &DeviceId, role: &Role, issued_at_ms: u64) -> String {
        // HMAC takes a key of any length, so this cannot fail; an empty token opens nothing.
        let Ok(mut mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(self.0.expose_secret())
        else {
            return String::new();
        };
        mac.update(b"openclaw device token 1\0");
        mac.update(device.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(role.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(&issued_at_ms.to_be_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::Role;
    use openclaw_protocol::id::DeviceId;

    use super::TokenKey;

    #[test]
    fn every_part_counts() {
        let key = TokenKey::from_bytes([1; 32]);
        let device = DeviceId::from_digest([2; 32]);
        let token = key.token(&device, &Role::Node, 5);
        assert_eq!(token.len(), 43);
        assert_eq!(token, key.token(&device, &Role::Node, 5));
        let others = [
            key.token(&device, &Role::Operator, 5),
            key.token(&device, &Role::Node, 6),
            key.token(&DeviceId::from_digest([3; 32]), &Role::Node, 5),
            TokenKey::from_bytes([9; 32]).token(&device, &Role::Node, 5),
        ];
        assert!(others.iter().all(|other| *other != token));
    }
}
