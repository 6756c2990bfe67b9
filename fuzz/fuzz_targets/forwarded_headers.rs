//! The fuzzer of [`openclaw_fuzz::forwarded_headers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_fuzz::forwarded_headers(data));
