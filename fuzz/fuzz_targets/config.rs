//! The fuzzer of [`openclaw_fuzz::config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::config(data));
