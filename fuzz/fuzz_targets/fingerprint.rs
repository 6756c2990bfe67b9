//! The fuzzer of [`openclaw_fuzz::fingerprint`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::fingerprint(data));
