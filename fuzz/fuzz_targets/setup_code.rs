//! The fuzzer of [`openclaw_fuzz::setup_code`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::setup_code(data));
