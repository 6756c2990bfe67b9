//! The fuzzer of [`openclaw_fuzz::gateway_url`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::gateway_url(data));
