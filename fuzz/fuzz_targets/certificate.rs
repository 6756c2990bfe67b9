//! The fuzzer of [`openclaw_fuzz::certificate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::certificate(data));
