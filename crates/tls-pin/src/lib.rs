//! Trust in TLS for OpenClaw: certificate fingerprints, pins of certificates and keys, the rustls
//! verifiers that enforce them, and the certificates that a Gateway serves.
//!
//! No runtime, no configuration and no clock: time is always a parameter, in Unix seconds.
//!
//! | To find | Open |
//! | --- | --- |
//! | a SHA-256 fingerprint and its spellings | [`fingerprint`] |
//! | one pin, of a certificate or of a key | [`pin`] |
//! | several pins at once, and what a mismatch says | [`pin_set`] |
//! | the verifier that ends a handshake on a mismatch | [`verifier`] |
//! | the client's TLS configuration | [`client`] |
//! | the server's TLS configuration | [`server`] |
//! | making, renewing and reading a server certificate | [`server_cert`] |
//! | the two files it lives in | [`server_files`] |
//! | keeping one served while its files change and it is renewed | [`keeper`], [`served`] |
//! | whether its dates fit the clock | [`validity`] |
//! | the names it is valid for | [`names`] |
//! | a certificate in words | [`mod@describe`] |
//!
//! Invariant: a pin replaces the check of chain and name, never the check that the server holds
//! the private key.

mod cert_error;
mod parse;
mod pem;
mod private_file;
mod provider;
mod stamp;

pub mod client;
pub mod describe;
pub mod fingerprint;
pub mod keeper;
pub mod names;
pub mod pin;
pub mod pin_set;
pub mod served;
pub mod server;
pub mod server_cert;
pub mod server_files;
pub mod validity;
pub mod verifier;

pub use cert_error::{GenerateFailure, LoadFailure, ServerCertError};
pub use client::{ClientConfigError, Trust, client_config};
pub use describe::{CertificateInfo, KeyType, describe};
pub use fingerprint::{Fingerprint, UnreadableCertificate};
pub use keeper::{CertChange, CertKeeper, CertSource, ChangeReason};
pub use names::{InvalidSubjectName, SubjectNames};
pub use parse::PinParseError;
pub use pin::Pin;
pub use pin_set::{PinMismatch, PinSet};
pub use served::ServedCert;
pub use server::{MinimumTls, server_config, server_config_resolving};
pub use server_cert::{ServerCert, needs_renewal};
pub use server_files::{CertOrigin, ServerCertFiles};
pub use validity::DateConcern;
pub use verifier::{PinVerifier, pin_mismatch, pin_mismatch_in_io};
