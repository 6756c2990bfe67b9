//! What the fuzzers of OpenClaw run: one function per target, from bytes to nothing. A function
//! panics when the bytes break one of the properties that its module names.
//!
//! The same functions replay the stored corpus in ordinary tests, without a fuzzer.
//!
//! | Target | Module |
//! | --- | --- |
//! | a certificate, a PEM file, names for a certificate | [`mod@certificate`] |
//! | a configuration file | [`mod@config`] |
//! | the params of `connect` | [`mod@connect_params`] |
//! | a device's proof | [`mod@device_proof`] |
//! | a pin | [`mod@fingerprint`] |
//! | the forwarding headers of an upgrade | [`mod@forwarded_headers`] |
//! | a frame of the protocol | [`mod@frame`] |
//! | the URL of a gateway, an SSH target | [`mod@gateway_url`] |
//! | a setup code | [`mod@setup_code`] |
//! | bytes on a WebSocket | [`mod@websocket`] |

mod bytes;
mod json;
mod marker;
#[cfg(test)]
mod replay;

pub mod certificate;
pub mod config;
pub mod connect_params;
pub mod device_proof;
pub mod fingerprint;
pub mod forwarded_headers;
pub mod frame;
pub mod gateway_url;
pub mod setup_code;
pub mod websocket;

pub use certificate::certificate;
pub use config::config;
pub use connect_params::connect_params;
pub use device_proof::device_proof;
pub use fingerprint::fingerprint;
pub use forwarded_headers::forwarded_headers;
pub use frame::frame;
pub use gateway_url::gateway_url;
pub use setup_code::setup_code;
pub use websocket::websocket;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the function, of the fuzzer, of the folder of its corpus.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(&[u8]),
}

/// Every target, by name.
pub const TARGETS: &[Target] = &[
    target("certificate", certificate),
    target("config", config),
    target("connect_params", connect_params),
    target("device_proof", device_proof),
    target("fingerprint", fingerprint),
    target("forwarded_headers", forwarded_headers),
    target("frame", frame),
    target("gateway_url", gateway_url),
    target("setup_code", setup_code),
    target("websocket", websocket),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}
