//! The fuzzer of [`openclaw_fuzz::device_proof`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::device_proof(data));
