//! Who a device is, and how it proves that: the Ed25519 device key, the device id, the answer to
//! `connect.challenge` and its check, and the files that a client keeps.
//!
//! No sockets and no clock: time is always a parameter, in milliseconds since the epoch.
//!
//! | To find | Open |
//! | --- | --- |
//! | the key of this device | [`key`] |
//! | a public key in all its spellings | [`public_key`] |
//! | the texts that are signed (`v1`, `v2`, `v3`) | [`payload`] |
//! | signing a challenge, for clients | [`mod@prove`] |
//! | checking a proof, for servers | [`check`] |
//! | `identity/device.json` | [`identity_file`] |
//! | tokens by gateway and role | [`token_store`] |
//! | how a gateway is told from another | [`origin`] |
//!
//! Invariants: a private key or a token is in no error and no `Debug` text; a token stored for one
//! gateway is not offered to another; a file that cannot be read is never replaced.

mod encoding;
mod private_file;
mod token_file;

pub mod check;
pub mod identity_file;
pub mod key;
pub mod origin;
pub mod payload;
pub mod prove;
pub mod public_key;
pub mod token_store;

pub use check::{
    CheckRules, DeviceAuthFailure, DeviceClaim, NonceRule, SignedToken, Verified, check_device,
};
pub use identity_file::{DeviceIdentity, IdentityFileError};
pub use key::{DeviceKey, PrivateKeyError};
pub use openclaw_protocol::id::DeviceId;
pub use origin::{GatewayOrigin, OriginError};
pub use payload::{ChallengePayload, PayloadVersion, signed_token};
pub use prove::prove;
pub use public_key::{PublicKey, PublicKeyError, SignatureError};
pub use token_store::{StoredToken, TokenStore, TokenStoreError};
