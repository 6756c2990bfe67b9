//! The configuration from file to type and back, through the public API.

mod gateway_secret;
mod home;
mod include;
mod invalid;
mod samples;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod write;
